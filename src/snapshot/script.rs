//! The shell script that makes the folder which `auditpack import` reads.

/// A POSIX shell script that asks AWS everything a standard collection asks, with the AWS
/// CLI alone, and keeps answer, error text and exit code of each call side by side, so that
/// "none", "refused" and "not asked" stay three different things.
pub fn script() -> String {
    SCRIPT.to_owned()
}

const SCRIPT: &str = r#"#!/bin/sh
# Collects the evidence of one AWS account with the AWS CLI, for `auditpack import`.
#
#   sh collect.sh [FOLDER]      FOLDER must not exist yet; default: answers
#
# Every call only reads. The profile, region and credentials are those the AWS CLI
# uses anyway (AWS_PROFILE and so on). Each call leaves three files: its answer
# (.json), its error text (.stderr) and its exit code (.exit). A refused call does
# not stop the script; that it was refused is evidence, too.
# The folder describes who can do what in the account: treat it as confidential.

set -u
set -f
umask 077
AWS_PAGER=''
export AWS_PAGER

out=${1:-answers}
if [ -e "$out" ]; then
    echo "$out exists already; name a new folder: sh collect.sh FOLDER" >&2
    exit 2
fi
if ! command -v aws >/dev/null 2>&1; then
    echo "the AWS CLI (aws) is not installed or not in PATH" >&2
    exit 2
fi
mkdir -p "$out/sts" "$out/iam/get-saml-provider" "$out/iam/get-open-id-connect-provider" \
    "$out/iam/list-entities-for-policy" || exit 2
date -u +%Y-%m-%dT%H:%M:%SZ > "$out/collected-at.txt"

asked=0
failed=0
code=0

# ask FILE SERVICE OPERATION [OPTION...]: one call, three files.
ask() {
    file=$out/$1
    shift
    aws "$@" --output json > "$file.json" 2> "$file.stderr"
    code=$?
    echo "$code" > "$file.exit"
    asked=$((asked + 1))
    if [ "$code" -eq 0 ]; then
        echo "ok       $1 $2"
    else
        failed=$((failed + 1))
        echo "failed   $1 $2 (exit code $code, see $file.stderr)"
    fi
}

# encoded TEXT: the text as a file name.
encoded() {
    printf '%s' "$1" | sed -e 's/%/%25/g' -e 's/:/%3A/g' -e 's,/,%2F,g' -e 's/+/%2B/g' -e 's/=/%3D/g' \
        -e 's/@/%40/g' -e 's/,/%2C/g'
}

# arns FILE: the ARNs in an answer, one a line.
arns() {
    [ -f "$out/$1.json" ] && sed -n 's/^.*"Arn": *"\([^"]*\)".*$/\1/p' "$out/$1.json"
}

ask sts/get-caller-identity sts get-caller-identity
partition=$(arns sts/get-caller-identity | sed -n 's/^arn:\([a-z-]*\):.*$/\1/p')
partition=${partition:-aws}

# The credential report is made by a job; it is asked for until it is there, for two minutes at most.
tries=0
while :; do
    ask iam/generate-credential-report iam generate-credential-report
    tries=$((tries + 1))
    [ "$code" -ne 0 ] && break
    grep -q '"State": *"COMPLETE"' "$out/iam/generate-credential-report.json" && break
    [ "$tries" -ge 40 ] && break
    sleep 3
done
ask iam/get-credential-report iam get-credential-report

ask iam/get-account-summary iam get-account-summary
ask iam/get-account-authorization-details iam get-account-authorization-details
ask iam/get-account-password-policy iam get-account-password-policy
ask iam/list-account-aliases iam list-account-aliases
ask iam/list-users iam list-users
ask iam/list-roles iam list-roles
ask iam/list-virtual-mfa-devices iam list-virtual-mfa-devices --assignment-status Any
ask iam/list-server-certificates iam list-server-certificates

ask iam/list-saml-providers iam list-saml-providers
for arn in $(arns iam/list-saml-providers); do
    ask "iam/get-saml-provider/$(encoded "$arn")" iam get-saml-provider --saml-provider-arn "$arn"
done
ask iam/list-open-id-connect-providers iam list-open-id-connect-providers
for arn in $(arns iam/list-open-id-connect-providers); do
    ask "iam/get-open-id-connect-provider/$(encoded "$arn")" \
        iam get-open-id-connect-provider --open-id-connect-provider-arn "$arn"
done

for name in AWSSupportAccess AWSCloudShellFullAccess; do
    arn=arn:$partition:iam::aws:policy/$name
    ask "iam/list-entities-for-policy/$(encoded "$arn")" \
        iam list-entities-for-policy --policy-arn "$arn" --policy-usage-filter PermissionsPolicy
done

echo
echo "$asked calls, $failed of them without an answer; the files are in $out"
echo "next: auditpack import $out --out SNAPSHOT"
exit 0
"#;
