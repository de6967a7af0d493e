#!/usr/bin/env python3
"""Reduces AWS's published API models to what auditpack reads: data/aws-shapes.json.

    pip install botocore==1.44.5
    python3 data/aws-shapes.py > data/aws-shapes.json

The operations are those of the table in src/operations; run the script again when a row is added.
The model's own words are kept: shapes refer to each other as "#Name"; a scalar is
one of KINDS. "policy" is a string that holds a percent-encoded JSON document (the
AWS CLI prints it as JSON); "secret" is a member that must never be stored.
A member that has another name on the wire is "kind@name"; one that travels outside
the body is "kind@uri:name" or "kind@querystring:name".
"""

import gzip
import json
import os
import re
import sys

import botocore
from botocore.endpoint_provider import EndpointProvider

# The services that are collected, in the order of the file.
SERVICES = (
    "iam",
    "sts",
    "account",
    "accessanalyzer",
    "config",
    "cloudtrail",
    "cloudwatch",
    "logs",
    "sns",
    "ec2",
    "organizations",
    "sso-admin",
    "identitystore",
)


def declared():
    """The operations of the table in src/operations, by service: `operation("sns", "ListTopics", …)`, or a shorter
    function of the file for one service, `const fn iam(…) … { operation("iam", name, title) }`."""
    found = {service: set() for service in SERVICES}
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "operations")
    for file in sorted(os.listdir(folder)):
        with open(os.path.join(folder, file), encoding="utf-8") as table:
            text = table.read()
        short = dict(re.findall(r'const fn (\w+)\([^)]*\) -> Operation \{\s*operation\("([^"]+)", name', text))
        rows = re.findall(r'\b(\w+)\(\s*(?:"([a-z0-9-]+)",\s*)?"([A-Z]\w+)",', text)
        for function, service, name in rows:
            if function == "operation" or function in short:
                found[service or short[function]].add(name)
    return {service: sorted(names) for service, names in found.items()}


# Members of an answer that repeat a parameter under another name. One that bears the parameter's own name is found
# by the script. "[]" is each entry of a list.
ECHOES = {
    ("iam", "GetOpenIDConnectProvider"): {"OpenIDConnectProviderArn": ["Url"]},
    ("iam", "GetPolicy"): {"PolicyArn": ["Policy.Arn"]},
    ("accessanalyzer", "GetAnalyzer"): {"analyzerName": ["analyzer.name"]},
    ("cloudtrail", "GetEventSelectors"): {"TrailName": ["TrailARN"]},
    ("organizations", "DescribePolicy"): {"PolicyId": ["Policy.PolicySummary.Id"]},
    ("organizations", "ListPolicies"): {"Filter": ["Policies[].Type"]},
}

# Parameters without which the answer is about what has no such member: the customer's own recorder has no service.
EXCLUSIVE = {
    ("config", "DescribeConfigurationRecorders"): ["ServicePrincipal"],
    ("config", "DescribeConfigurationRecorderStatus"): ["ServicePrincipal"],
}

# Members that name the account whose resource it is, as its number or in an ARN. AWS answers these operations about
# the account that asks, so another number means that another account answered. Operations that also list what belongs
# to others (trails and analyzers of an organization, subscriptions, assignments) are not here.
OWNERS = {
    ("iam", "GetAccountAuthorizationDetails"): [
        "UserDetailList[].Arn",
        "GroupDetailList[].Arn",
        "RoleDetailList[].Arn",
        "Policies[].Arn",
    ],
    ("iam", "GetPolicy"): ["Policy.Arn"],
    ("iam", "ListOpenIDConnectProviders"): ["OpenIDConnectProviderList[].Arn"],
    ("iam", "ListRoles"): ["Roles[].Arn"],
    ("iam", "ListSAMLProviders"): ["SAMLProviderList[].Arn"],
    ("iam", "ListServerCertificates"): ["ServerCertificateMetadataList[].Arn"],
    ("iam", "ListUsers"): ["Users[].Arn"],
    ("iam", "ListVirtualMFADevices"): ["VirtualMFADevices[].SerialNumber", "VirtualMFADevices[].User.Arn"],
    ("sts", "GetCallerIdentity"): ["Account", "Arn"],
    ("account", "GetAccountInformation"): ["AccountId"],
    ("accessanalyzer", "GetAnalyzer"): ["analyzer.arn"],
    ("accessanalyzer", "ListAnalyzers"): ["analyzers[].arn"],
    ("config", "DescribeConfigRules"): ["ConfigRules[].ConfigRuleArn"],
    ("config", "DescribeConfigurationAggregators"): ["ConfigurationAggregators[].ConfigurationAggregatorArn"],
    ("config", "DescribeConfigurationRecorders"): ["ConfigurationRecorders[].arn"],
    ("config", "DescribeConformancePacks"): ["ConformancePackDetails[].ConformancePackArn"],
    ("config", "ListConfigurationRecorders"): ["ConfigurationRecorderSummaries[].arn"],
    ("cloudwatch", "DescribeAlarms"): ["MetricAlarms[].AlarmArn", "CompositeAlarms[].AlarmArn"],
    ("ec2", "DescribeInstances"): ["Reservations[].OwnerId"],
}

# Enumerations that facts are decided by: a value that is not in them is not known.
ENUMERATIONS = {
    "account": ["RegionOptStatus"],
    "accessanalyzer": ["AnalyzerStatus", "FindingStatus", "FindingType", "Type"],
    "config": ["ComplianceType", "RecorderStatus", "DeliveryStatus", "RecordingStrategyType", "Owner"],
    "cloudtrail": ["ReadWriteType"],
    "cloudwatch": ["ComparisonOperator", "Statistic"],
    "ec2": ["InstanceStateName"],
    "organizations": ["AccountState", "AccountStatus", "PolicyType", "PolicyTypeStatus"],
    "sso-admin": ["PrincipalType"],
}

# Where the model says "sensitive" of people's names and addresses, which are the evidence. Elsewhere
# the word is taken to mean a secret.
PERSONAL = ("account", "identitystore", "organizations", "sso-admin")

# The largest page where the model does not tell it.
UNSAID = {"accessanalyzer": 100, "ec2": 1000}

# Of several protocols that a service speaks, the first in this list. CBOR has no advantage for evidence that
# people read.
PROTOCOLS = ("json", "rest-json", "query", "ec2")

with open(os.path.join(os.path.dirname(botocore.__file__), "data", "partitions.json")) as partitions:
    PARTITIONS = json.load(partitions)["partitions"]

# One endpoint a partition, whatever the region.
GLOBAL = ("iam", "account", "organizations")

KINDS = {
    "string": "string",
    "boolean": "boolean",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "timestamp": "timestamp",
    "blob": "blob",
}


def load(service):
    """The newest published version of a service's model, and its pagination rules."""
    folder = os.path.join(os.path.dirname(botocore.__file__), "data", service)
    folder = os.path.join(folder, sorted(os.listdir(folder))[-1])
    with gzip.open(os.path.join(folder, "service-2.json.gz")) as file:
        model = json.load(file)
    try:
        with open(os.path.join(folder, "paginators-1.json")) as file:
            pages = json.load(file)["pagination"]
    except FileNotFoundError:
        pages = {}
    return model, pages


def endpoint(service, model):
    """How a service is reached: its rules, run over every known region, as a pattern and what differs from it."""
    data = os.path.join(os.path.dirname(botocore.__file__), "data")
    folder = os.path.join(data, service, sorted(os.listdir(os.path.join(data, service)))[-1])
    with gzip.open(os.path.join(folder, "endpoint-rule-set-1.json.gz")) as file:
        provider = EndpointProvider(json.load(file), {"partitions": PARTITIONS, "version": "1.1"})
    prefix = model["metadata"]["endpointPrefix"]
    fixed, differ = {}, {}
    for partition in PARTITIONS:
        outputs = partition["outputs"]
        regions = [region for region in partition["regions"] if not region.endswith("-global")]
        for fips in (False, True):
            for dual in (False, True):
                found = {}
                for region in regions:
                    told = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual)
                    signed = (told.properties.get("authSchemes") or [{}])[0].get("signingRegion", region)
                    found[region] = (told.url, signed)
                key = "".join([" fips" if fips else "", " dual" if dual else ""])
                suffix = outputs["dualStackDnsSuffix"] if dual else outputs["dnsSuffix"]
                if len(regions) > 1 and len(set(found.values())) == 1 or service in GLOBAL:
                    fixed[partition["id"] + key] = list(found[outputs["implicitGlobalRegion"]])
                    continue
                for region, (url, _) in found.items():
                    if url != f"https://{prefix}{'-fips' if fips else ''}.{region}.{suffix}":
                        differ[region + key] = url
    return {"prefix": prefix, "signing_name": model["metadata"].get("signingName", prefix), "fixed": fixed, "differ": differ}


def reduce(service, names):
    model, pages = load(service)
    shapes = {}
    speaks = model["metadata"].get("protocols", [model["metadata"]["protocol"]])
    protocol = next(protocol for protocol in PROTOCOLS if protocol in speaks)

    def kind(name):
        shape = model["shapes"][name]
        if shape.get("sensitive") and service not in PERSONAL:
            return "secret"
        if shape["type"] in KINDS:
            # The CLI decodes exactly the strings of this shape in IAM's answers.
            return "policy" if service == "iam" and name == "policyDocumentType" else KINDS[shape["type"]]
        if name not in shapes:
            shapes[name] = None  # the model may be recursive
            shapes[name] = composite(name, shape)
        return "#" + name

    def placed(kind, name, place):
        """A kind with the member's name on the wire, if that is another one, or its place outside the body."""
        if "location" in place:
            return f"{kind}@{place['location']}:{place.get('locationName', name)}"
        wire = place.get("locationName", name)
        return kind if wire == name else f"{kind}@{wire}"

    def composite(name, shape):
        for trait in ("flattened", "xmlAttribute"):
            if trait in shape:
                sys.exit(f"{service}: {name} uses {trait}, which src/collect/wire does not know")
        if shape["type"] == "structure":
            members = shape["members"].items()
            return {"structure": {key: placed(kind(member["shape"]), key, member) for key, member in members}}
        if shape["type"] == "list":
            return {"list": placed(kind(shape["member"]["shape"]), "member", shape["member"])}
        if shape["type"] == "map":
            return {"map": kind(shape["value"]["shape"])}
        sys.exit(f"{service}: {name} is a {shape['type']}, which this script does not know")

    def most(limit):
        """The largest page that the model allows; where it says nothing, what the documentation does."""
        return model["shapes"][limit["shape"]].get("max", UNSAID.get(service)) if limit else None

    def repeated(shape, wanted, path, above):
        """Members of a shape that bear a parameter's name."""
        shape = model["shapes"][shape]
        if shape["type"] == "list":
            return repeated(shape["member"]["shape"], wanted, path + "[]", above)
        if shape["type"] == "string" and path.rpartition(".")[2].casefold() == wanted.casefold():
            return [path]
        if shape["type"] != "structure" or len(above) > 4 or id(shape) in above:
            return []
        members = shape["members"].items()
        inside = [
            repeated(member["shape"], wanted, f"{path}.{key}" if path else key, [*above, id(shape)]) for key, member in members
        ]
        return sum(inside, [])

    def echoes(name, operation, pages):
        members = model["shapes"][operation["input"]["shape"]]["members"] if "input" in operation else {}
        asked = [key for key, member in members.items() if model["shapes"][member["shape"]]["type"] == "string" and key not in pages]
        found = {key: repeated(operation["output"]["shape"], key, "", []) for key in asked}
        return {key: paths for key, paths in {**found, **ECHOES.get((service, name), {})}.items() if paths}

    operations = {}
    for name in names:
        operation = model["operations"][name]
        output = operation["output"]
        top = model["shapes"][output["shape"]]["members"]
        lists = [key for key, member in top.items() if model["shapes"][member["shape"]]["type"] == "list"]
        result = pages.get(name, {}).get("result_key", lists if name.startswith("List") else [])
        rules = pages.get(name, {})
        members = model["shapes"][operation["input"]["shape"]]["members"] if "input" in operation else {}
        token = rules.get("output_token") or next((it for it in ("NextToken", "nextToken", "Marker") if it in top), None)
        paged = isinstance(token, str) and token in top
        asks = rules.get("input_token") or token
        limits = ("MaxResults", "maxResults", "Limit", "limit", "MaxItems", "MaxRecords")
        limit = rules.get("limit_key") or next((it for it in limits if it in members), None)
        errors = [model["shapes"][error["shape"]].get("error", {}) for error in operation.get("errors", [])]
        operations[name] = {
            "wrapper": output.get("resultWrapper"),
            "input": kind(operation["input"]["shape"]) if "input" in operation else None,
            "output": kind(output["shape"]),
            # The lists whose entries are the answer's items.
            "items": [result] if isinstance(result, str) else result,
            # Parameter → members of the answer that repeat it.
            "echoes": echoes(name, operation, ("NextToken", "nextToken", "Marker")),
            # Those parameters of them that must stand in the request if the answer has the member.
            "exclusive": EXCLUSIVE.get((service, name), []),
            # Members that name the account that the answer is about.
            "owners": OWNERS.get((service, name), []),
            "errors": {error["code"]: error["httpStatusCode"] for error in errors if "code" in error},
        }
        if paged and asks in members:
            operations[name]["pages"] = {"ask": asks, "token": token, "limit": limit, "most": most(limit and members[limit])}
        if protocol == "rest-json":
            operations[name]["http"] = [operation["http"]["method"], operation["http"]["requestUri"]]
    metadata = model["metadata"]
    return {
        "api_version": metadata["apiVersion"],
        "protocol": protocol,
        "json_version": metadata.get("jsonVersion"),
        "target": metadata.get("targetPrefix"),
        "id": metadata["serviceId"],
        "endpoint": endpoint(service, model),
        "operations": operations,
        "enumerations": {name: model["shapes"][name]["enum"] for name in ENUMERATIONS.get(service, [])},
        "shapes": dict(sorted(shapes.items())),
    }


json.dump(
    {
        "source": f"botocore {botocore.__version__}",
        "partitions": [
            {
                "id": partition["id"],
                "suffix": partition["outputs"]["dnsSuffix"],
                "dual_suffix": partition["outputs"]["dualStackDnsSuffix"],
                "global_region": partition["outputs"]["implicitGlobalRegion"],
            }
            for partition in PARTITIONS
        ],
        "services": {service: reduce(service, names) for service, names in declared().items()},
    },
    sys.stdout,
    indent=1,
)
print()
