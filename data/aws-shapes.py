#!/usr/bin/env python3
"""Reduces AWS's published API models to what auditpack reads: data/aws-shapes.json.

    pip install botocore==1.44.5
    python3 data/aws-shapes.py > data/aws-shapes.json

To collect one more operation, name it in OPERATIONS and run the script again.
The model's own words are kept: shapes refer to each other as "#Name"; a scalar is
one of KINDS. "policy" is a string that holds a percent-encoded JSON document (the
AWS CLI prints it as JSON); "secret" is a member that must never be stored.
"""

import gzip
import json
import os
import sys

import botocore

OPERATIONS = {
    "iam": [
        "GenerateCredentialReport",
        "GetAccountAuthorizationDetails",
        "GetAccountPasswordPolicy",
        "GetAccountSummary",
        "GetCredentialReport",
        "GetOpenIDConnectProvider",
        "GetSAMLProvider",
        "ListAccountAliases",
        "ListEntitiesForPolicy",
        "ListOpenIDConnectProviders",
        "ListRoles",
        "ListSAMLProviders",
        "ListServerCertificates",
        "ListUsers",
        "ListVirtualMFADevices",
    ],
    "sts": ["GetCallerIdentity"],
}

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


def reduce(service, names):
    model, pages = load(service)
    shapes = {}

    def kind(name):
        shape = model["shapes"][name]
        if shape.get("sensitive"):
            return "secret"
        if shape["type"] in KINDS:
            # The CLI decodes exactly the strings of this shape in IAM's answers.
            return "policy" if service == "iam" and name == "policyDocumentType" else KINDS[shape["type"]]
        if name not in shapes:
            shapes[name] = None  # the model may be recursive
            shapes[name] = composite(name, shape)
        return "#" + name

    def plain(name, place):
        # None of the operations above renames or flattens; whoever adds one that does must teach the reader.
        for trait in ("locationName", "flattened", "xmlAttribute"):
            if trait in place:
                sys.exit(f"{service}: {name} uses {trait}, which src/collect/shape.rs does not know")

    def composite(name, shape):
        plain(name, shape)
        if shape["type"] == "structure":
            for member in shape["members"].values():
                plain(name, member)
            return {"structure": {key: kind(member["shape"]) for key, member in shape["members"].items()}}
        if shape["type"] == "list":
            plain(name, shape["member"])
            return {"list": kind(shape["member"]["shape"])}
        if shape["type"] == "map":
            plain(name, shape["key"])
            plain(name, shape["value"])
            return {"map": kind(shape["value"]["shape"])}
        sys.exit(f"{service}: {name} is a {shape['type']}, which this script does not know")

    operations = {}
    for name in names:
        operation = model["operations"][name]
        output = operation["output"]
        top = model["shapes"][output["shape"]]["members"]
        lists = [key for key, member in top.items() if model["shapes"][member["shape"]]["type"] == "list"]
        result = pages.get(name, {}).get("result_key", lists if name.startswith("List") else [])
        errors = [model["shapes"][error["shape"]].get("error", {}) for error in operation.get("errors", [])]
        operations[name] = {
            "wrapper": output.get("resultWrapper"),
            "input": kind(operation["input"]["shape"]) if "input" in operation else None,
            "output": kind(output["shape"]),
            # The lists whose entries are the answer's items.
            "items": [result] if isinstance(result, str) else result,
            "errors": {error["code"]: error["httpStatusCode"] for error in errors if "code" in error},
        }
    protocol = model["metadata"]["protocol"]
    return {
        "api_version": model["metadata"]["apiVersion"],
        "protocol": protocol,
        "operations": operations,
        "shapes": dict(sorted(shapes.items())),
    }


json.dump(
    {
        "source": f"botocore {botocore.__version__}",
        "services": {service: reduce(service, names) for service, names in OPERATIONS.items()},
    },
    sys.stdout,
    indent=1,
)
print()
