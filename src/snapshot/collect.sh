#!/bin/sh
# Collects the evidence of one AWS account with the AWS CLI, for `auditpack import`.
#
#   sh collect.sh [--deep] [--events] [--validate-policies] [FOLDER]
#
#   FOLDER               must not exist yet; default: answers
#   --deep               asks about every user, role and policy: keys, MFA devices, Access Advisor, descriptions
#   --events             what root did and what changed in IAM, from CloudTrail's event history (slow)
#   --validate-policies  what Access Analyzer says of every policy document
#
# Every call only reads. The profile, region and credentials are those the AWS CLI
# uses anyway (AWS_PROFILE and so on). Each call leaves three files: its answer
# (.json), its error text (.stderr) and its exit code (.exit); what it was about is
# in a fourth (.request). A refused call does not stop the script; that it was
# refused is evidence, too.
#
# The account chooses its names, and the AWS CLI reads a file or fetches an address
# where an option's value looks like one (file://, http://). So no text of the account
# is ever an option: it is sent as JSON (--cli-input-json), which the CLI takes as it is.
# The folder describes who can do what in the account: treat it as confidential.

set -u
set -f
umask 077
AWS_PAGER=''
export AWS_PAGER

deep=no events=no validate=no out=answers
for word in "$@"; do
    case $word in
        --deep) deep=yes ;;
        --events) events=yes ;;
        --validate-policies) validate=yes ;;
        -*)
            echo "$word is no option of this script; its first lines tell which there are" >&2
            exit 2
            ;;
        *) out=$word ;;
    esac
done
if [ -e "$out" ]; then
    echo "$out exists already; name a new folder: sh collect.sh FOLDER" >&2
    exit 2
fi
if ! command -v aws >/dev/null 2>&1; then
    echo "the AWS CLI (aws) is not installed or not in PATH" >&2
    exit 2
fi
mkdir -p "$out" || exit 2
date -u +%Y-%m-%dT%H:%M:%SZ > "$out/collected-at.txt"

code=0
# Between the members of a row; no text of AWS holds it.
sep=$(printf '\037')

# What the next call is about, as JSON; empty where it is about nothing.
request=''

# ask FILE SERVICE OPERATION [OPTION...]: one call and its files.
ask() {
    _file=$out/$1
    shift
    mkdir -p "${_file%/*}"
    _words="$1 $2"
    if [ -n "$request" ]; then
        printf '%s\n' "$request" > "$_file.request"
        set -- "$@" --cli-input-json "$request"
        request=''
    fi
    aws "$@" --output json > "$_file.json" 2> "$_file.stderr" < /dev/null
    code=$?
    echo "$code" > "$_file.exit"
    if [ "$code" -eq 0 ]; then
        echo "ok       $_words ${region:-}"
    else
        echo "failed   $_words ${region:-} (exit code $code, see $_file.stderr)"
    fi
}

# encoded TEXT: text as it stands in JSON, as the name of a file: all but letters, digits, -, _ and . by their bytes'
# numbers. A name that a file system would not take ends in a checksum; the file .request has it whole.
encoded() {
    printf '%s' "$1" | sed -e "s/\\\\\\\\/$sep/g" -e 's/\\"/"/g' -e 's,\\/,/,g' -e "s/$sep/\\\\/g" |
        LC_ALL=C od -An -v -t x1 | awk '
        BEGIN {
            for (i = 33; i < 127; i++) {
                letter = sprintf("%c", i)
                if (letter ~ /[A-Za-z0-9_.-]/) plain[sprintf("%02x", i)] = letter
            }
        }
        { for (i = 1; i <= NF; i++) name = name ($i in plain && !(name == "" && $i == "2e") ? plain[$i] : "%" toupper($i)) }
        END { print name }' | {
        read -r _plain
        if [ "${#_plain}" -gt 200 ]; then
            _sum=$(printf '%s' "$_plain" | cksum)
            _plain=$(printf '%s' "$_plain" | cut -c 1-150)~${_sum%% *}
        fi
        printf '%s' "$_plain"
    }
}

# The name by which the AWS CLI knows a service.
command_of() {
    case $1 in
        config) echo configservice ;;
        *) echo "$1" ;;
    esac
}

# plain SERVICE OPERATION [OPTION...]: a call that is asked once; in $region, if that is set.
plain() {
    _service=$1 _operation=$2
    shift 2
    if [ -n "${region:-}" ]; then
        ask "$_service/$region/$_operation" "$(command_of "$_service")" "$_operation" --region "$region" "$@"
    else
        ask "$_service/$_operation" "$(command_of "$_service")" "$_operation" "$@"
    fi
}

# called NAME SERVICE OPERATION [OPTION...]: the same, with a name for its files. Neither name nor options hold a text of
# the account.
called() {
    _name=$(encoded "$1") _service=$2 _operation=$3
    shift 3
    if [ -n "${region:-}" ]; then
        ask "$_service/$region/$_operation/$_name" "$(command_of "$_service")" "$_operation" --region "$region" "$@"
    else
        ask "$_service/$_operation/$_name" "$(command_of "$_service")" "$_operation" "$@"
    fi
}

# about SERVICE OPERATION MEMBER VALUE [MEMBER VALUE...]: the same about something: members of the request in the order
# of their names, values as they stand in JSON between the quotes.
about() {
    _about="$1 $2" _texts='' _members=''
    shift 2
    while [ $# -gt 0 ]; do
        _texts=$_texts${_members:+&}$2
        _members="$_members${_members:+, }\"$1\": \"$2\""
        shift 2
    done
    request="{$_members${also:+, $also}}"
    also=''
    # Service and operation are two words of this script.
    called "$_texts" $_about
}
# Members of the next request that its files are not named after.
also=''

# What reads the CLI's JSON, a member a line: `depth` counts open brackets, `name` and `value` are of a member with a text,
# which stays as it stands in the JSON.
json='
{
    line = $0; name = ""; value = ""
    sub(/^ +/, "", line)
    if (line ~ /^[}\]]/) depth--
    if (line ~ /^"[^"]+": "/) {
        match(line, /^"[^"]+": "/)
        name = substr(line, 2, RLENGTH - 5)
        value = substr(line, RLENGTH + 1)
        sub(/",?$/, "", value)
    }
}'

# rows FILE MEMBER...: of each entry of the lists at the top of an answer these members, in a row. Of members of one name
# the first counts.
rows() {
    answer=$out/$1.json
    shift
    [ -f "$answer" ] || return 0
    awk -v wanted="$*" -v sep="$sep" "$json"'
        BEGIN { count = split(wanted, names, " ") }
        name != "" && !(name in found) { found[name] = value }
        line ~ /^}/ && depth == 2 {
            row = found[names[1]]
            for (i = 2; i <= count; i++) row = row sep found[names[i]]
            print row
            split("", found)
        }
        line ~ /[{\[]$/ { depth++ }' "$answer"
}

# texts FILE LIST: the texts of a list that holds nothing else.
texts() {
    [ -f "$out/$1.json" ] || return 0
    awk -v list="$2" '
        $0 ~ "^ *\"" list "\": \\[$" { inside = 1; next }
        /^ *\]/ { inside = 0 }
        inside { sub(/^ *"/, ""); sub(/",?$/, ""); print }' "$out/$1.json"
}

# member FILE NAME: a text of an answer.
member() {
    [ -f "$out/$1.json" ] || return 0
    sed -n 's/^ *"'"$2"'": *"\([^"]*\)".*$/\1/p' "$out/$1.json" | head -n 1
}

# --- the account ---

region=''
plain sts get-caller-identity
partition=$(member sts/get-caller-identity Arn | sed -n 's/^arn:\([a-z-]*\):.*$/\1/p')
partition=${partition:-aws}
number=$(member sts/get-caller-identity Account)

# The credential report is made by a job; it is asked for until it is there, for two minutes at most.
tries=0
while :; do
    plain iam generate-credential-report
    tries=$((tries + 1))
    [ "$code" -ne 0 ] && break
    grep -q '"State": *"COMPLETE"' "$out/iam/generate-credential-report.json" && break
    [ "$tries" -ge 40 ] && break
    sleep 3
done
plain iam get-credential-report

plain iam get-account-summary
plain iam get-account-authorization-details
plain iam get-account-password-policy
plain iam list-account-aliases
plain iam list-users
plain iam list-roles
plain iam list-virtual-mfa-devices --assignment-status Any
plain iam list-server-certificates

plain iam list-saml-providers
for arn in $(rows iam/list-saml-providers Arn); do
    about iam get-saml-provider SAMLProviderArn "$arn"
done
plain iam list-open-id-connect-providers
for arn in $(rows iam/list-open-id-connect-providers Arn); do
    about iam get-open-id-connect-provider OpenIDConnectProviderArn "$arn"
done

for name in AWSSupportAccess AWSCloudShellFullAccess; do
    arn=arn:$partition:iam::aws:policy/$name
    also='"PolicyUsageFilter": "PermissionsPolicy"'
    about iam list-entities-for-policy PolicyArn "$arn"
done

plain account list-regions
plain account get-account-information
plain account get-contact-information
for kind in BILLING OPERATIONS SECURITY; do
    about account get-alternate-contact AlternateContactType "$kind"
done

# --- the regions ---

here=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region 2>/dev/null)}}
here=${here:-us-east-1}
regions=$(rows account/list-regions RegionName RegionOptStatus | sed -n "s/^\([a-z0-9-]*\)${sep}ENABLED.*$/\1/p")
regions=${regions:-$here}
case $partition in
    aws-cn) global=cn-northwest-1 ;;
    aws-us-gov) global=us-gov-west-1 ;;
    aws-eusc) global=eusc-de-east-1 ;;
    *) global=us-east-1 ;;
esac

analyzers() {
    plain accessanalyzer list-analyzers
    rows "accessanalyzer/$region/list-analyzers" arn name type | while IFS=$sep read -r arn name type; do
        about accessanalyzer get-analyzer analyzerName "$name"
        about accessanalyzer list-archive-rules analyzerName "$name"
        about accessanalyzer get-findings-statistics analyzerArn "$arn"
        # The first API tells details of external findings in its list, and knows no others.
        case $type in
            ACCOUNT | ORGANIZATION) about accessanalyzer list-findings analyzerArn "$arn" ;;
            *)
                about accessanalyzer list-findings-v2 analyzerArn "$arn"
                folder=accessanalyzer/$region/list-findings-v2/$(encoded "$arn")
                for id in $(rows "$folder" id); do
                    about accessanalyzer get-finding-v2 analyzerArn "$arn" id "$id"
                done
                ;;
        esac
    done
}

# Rules of AWS's own about identity or the audit trail, known by their identifiers.
identity='^(IAM_|ROOT_ACCOUNT_|ACCESS_KEYS_ROTATED|MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS|ACCOUNT_PART_OF_ORGANIZATIONS|SECURITY_ACCOUNT_INFORMATION_PROVIDED|EC2_INSTANCE_PROFILE_ATTACHED|CLOUD_TRAIL_|CLOUDTRAIL_|MULTI_REGION_CLOUD_TRAIL_ENABLED)'
identity_rules() {
    rows "config/$region/describe-config-rules" SourceIdentifier Owner EvaluationVisibility ConfigRuleName |
        grep -E "$identity" | awk -F "$sep" '$2 == "AWS" && $3 != "INTERNAL" { print $4 }'
}

config() {
    plain config list-configuration-recorders
    plain config describe-configuration-recorders
    plain config describe-configuration-recorder-status
    for service in $(rows "config/$region/list-configuration-recorders" servicePrincipal); do
        principal=$service
        about config describe-configuration-recorders ServicePrincipal "$principal"
        about config describe-configuration-recorder-status ServicePrincipal "$principal"
    done
    plain config describe-delivery-channels
    plain config describe-delivery-channel-status
    plain config describe-configuration-aggregators
    plain config describe-config-rules
    plain config describe-compliance-by-config-rule
    plain config describe-config-rule-evaluation-status
    identity_rules | while IFS= read -r rule; do
        about config get-compliance-details-by-config-rule ConfigRuleName "$rule"
    done
    plain config describe-conformance-packs
    plain config describe-conformance-pack-status
    rows "config/$region/describe-conformance-packs" ConformancePackName | while IFS= read -r pack; do
        about config describe-conformance-pack-compliance ConformancePackName "$pack"
    done
    rows "config/$region/describe-configuration-aggregators" ConfigurationAggregatorName |
        while IFS= read -r aggregator; do
            about config describe-configuration-aggregator-sources-status \
                ConfigurationAggregatorName "$aggregator"
            about config describe-aggregate-compliance-by-config-rules \
                ConfigurationAggregatorName "$aggregator"
            [ "$deep" = yes ] && aggregate_details "$aggregator"
        done
}

# What is not compliant in other accounts; this account's own was asked for above.
aggregate_details() {
    folder=config/$region/describe-aggregate-compliance-by-config-rules/$(encoded "$1")
    rows "$folder" AccountId AwsRegion ComplianceType ConfigRuleName | while IFS=$sep read -r account place state rule; do
        [ "$state" = NON_COMPLIANT ] || continue
        [ "$account" = "$number" ] && continue
        identity_rules | grep -Fqx -e "$rule" || continue
        about config get-aggregate-compliance-details-by-config-rule AccountId "$account" AwsRegion "$place" \
            ComplianceType "$state" ConfigRuleName "$rule" ConfigurationAggregatorName "$1"
    done
}

# A trail of several regions shows in all of them; it is asked about at home, or else in the first region.
trails() {
    plain cloudtrail describe-trails --include-shadow-trails
    rows "cloudtrail/$region/describe-trails" TrailARN HomeRegion | while IFS=$sep read -r arn home; do
        place=$first
        for one in $regions; do [ "$one" = "$home" ] && place=$home; done
        [ "$place" = "$region" ] || continue
        about cloudtrail get-trail-status Name "$arn"
        about cloudtrail get-event-selectors TrailName "$arn"
    done
}

look() {
    called "$1&$2" cloudtrail lookup-events --lookup-attributes "AttributeKey=$1,AttributeValue=$2" --max-items 2000
}

history_of_events() {
    look Username root
    [ "$region" = "$global" ] || return 0
    for change in AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreateAccessKey \
        CreateLoginProfile CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion CreateRole \
        CreateSAMLProvider CreateUser DeactivateMFADevice DeleteAccountPasswordPolicy \
        DeleteRolePermissionsBoundary DeleteUserPermissionsBoundary PutGroupPolicy PutRolePermissionsBoundary \
        PutRolePolicy PutUserPermissionsBoundary PutUserPolicy SetDefaultPolicyVersion \
        UpdateAccountPasswordPolicy UpdateAssumeRolePolicy UpdateLoginProfile UpdateSAMLProvider; do
        look EventName "$change"
    done
}

# Topics of alarms on what metric filters count.
alarms() {
    plain cloudwatch describe-alarms
    plain logs describe-metric-filters
    [ -f "$out/logs/$region/describe-metric-filters.json" ] || return 0
    awk "$json"'
        FNR == 1 { depth = 0; file++ }
        file == 1 && name == "metricNamespace" { space = value }
        file == 1 && name == "metricName" { metric = value }
        file == 1 && line ~ /^}/ && metric != "" { counted[space, metric] = 1; metric = "" }
        file == 2 && name == "Namespace" { space = value }
        file == 2 && name == "MetricName" { metric = value }
        file == 2 && line ~ /^"AlarmActions": \[$/ { inside = 1 }
        file == 2 && inside && line ~ /^"[^"]*",?$/ { action = line; gsub(/[",]/, "", action); actions[action] = 1 }
        inside && line ~ /^\]/ { inside = 0 }
        file == 2 && line ~ /^}/ && depth == 2 {
            if ((space, metric) in counted) for (action in actions) print action
            space = ""; metric = ""; split("", actions)
        }
        line ~ /[{\[]$/ { depth++ }' \
        "$out/logs/$region/describe-metric-filters.json" "$out/cloudwatch/$region/describe-alarms.json" |
        sort -u | grep "^arn:[a-z-]*:sns:$region:" | while IFS= read -r topic; do
            about sns list-subscriptions-by-topic TopicArn "$topic"
        done
}

set -- $regions
first=$1
for region in $regions; do
    analyzers
    config
    trails
    [ "$events" = yes ] && history_of_events
    alarms
    plain ec2 describe-instances
done

# --- the organization ---

region=''
plain organizations describe-organization
if [ "$code" -eq 0 ]; then
    plain organizations list-accounts
    plain organizations list-roots
    parents=$(rows organizations/list-roots Id)
    while [ -n "$parents" ]; do
        below=''
        for parent in $parents; do
            about organizations list-accounts-for-parent ParentId "$parent"
            about organizations list-organizational-units-for-parent ParentId "$parent"
            below="$below $(rows "organizations/list-organizational-units-for-parent/$(encoded "$parent")" Id)"
        done
        parents=$(echo $below)
    done
    plain organizations list-delegated-administrators
    for id in $(rows organizations/list-delegated-administrators Id); do
        about organizations list-delegated-services-for-account AccountId "$id"
    done
    plain organizations list-aws-service-access-for-organization
    plain organizations describe-resource-policy
fi
for kind in SERVICE_CONTROL_POLICY RESOURCE_CONTROL_POLICY; do
    about organizations list-policies Filter "$kind"
    for id in $(rows "organizations/list-policies/$kind" Id); do
        about organizations describe-policy PolicyId "$id"
        about organizations list-targets-for-policy PolicyId "$id"
    done
done
plain iam list-organizations-features
# Only whoever may list the accounts may ask which rules the organization deploys.
if [ -n "$(rows organizations/list-accounts Id)" ]; then
    for region in $regions; do
        plain config describe-organization-config-rules
        plain config describe-organization-config-rule-statuses
        plain config describe-organization-conformance-packs
        plain config describe-organization-conformance-pack-statuses
    done
fi

# --- Identity Center ---

permission_set() {
    for operation in describe-permission-set get-inline-policy-for-permission-set \
        list-managed-policies-in-permission-set list-customer-managed-policy-references-in-permission-set \
        get-permissions-boundary-for-permission-set list-accounts-for-provisioned-permission-set; do
        about sso-admin "$operation" InstanceArn "$1" PermissionSetArn "$2"
    done
    folder=sso-admin/$region/list-accounts-for-provisioned-permission-set/$(encoded "$1&$2")
    for account in $(texts "$folder" AccountIds); do
        about sso-admin list-account-assignments AccountId "$account" InstanceArn "$1" PermissionSetArn "$2"
    done
}

for region in $regions; do
    plain sso-admin list-instances
    rows "sso-admin/$region/list-instances" InstanceArn IdentityStoreId | while IFS=$sep read -r instance store; do
        about sso-admin list-permission-sets InstanceArn "$instance"
        for set in $(texts "sso-admin/$region/list-permission-sets/$(encoded "$instance")" PermissionSets); do
            permission_set "$instance" "$set"
        done
        about sso-admin describe-instance InstanceArn "$instance"
        about sso-admin list-trusted-token-issuers InstanceArn "$instance"
        folder=sso-admin/$region/list-trusted-token-issuers/$(encoded "$instance")
        for issuer in $(rows "$folder" TrustedTokenIssuerArn); do
            about sso-admin describe-trusted-token-issuer TrustedTokenIssuerArn "$issuer"
        done
        about sso-admin list-applications InstanceArn "$instance"
        folder=sso-admin/$region/list-applications/$(encoded "$instance")
        for application in $(rows "$folder" ApplicationArn); do
            about sso-admin list-application-assignments ApplicationArn "$application"
        done
        about identitystore list-users IdentityStoreId "$store"
        about identitystore list-groups IdentityStoreId "$store"
        for group in $(rows "identitystore/$region/list-groups/$(encoded "$store")" GroupId); do
            about identitystore list-group-memberships GroupId "$group" IdentityStoreId "$store"
        done
    done
done

# --- what the options ask for ---

region=''
details=iam/get-account-authorization-details
if [ "$deep" = yes ]; then
    for arn in $(rows "$details" Arn | grep ':policy/' | grep -v ':iam::aws:'); do
        about iam get-policy PolicyArn "$arn"
    done
    for user in $(rows iam/list-users UserName); do
        about iam list-access-keys UserName "$user"
        for key in $(rows "iam/list-access-keys/$(encoded "$user")" AccessKeyId); do
            about iam get-access-key-last-used AccessKeyId "$key"
        done
        about iam list-mfa-devices UserName "$user"
        about iam list-service-specific-credentials UserName "$user"
        about iam list-ssh-public-keys UserName "$user"
        about iam list-signing-certificates UserName "$user"
    done
    for arn in $(rows "$details" Arn | grep -e ':user/' -e ':role/'); do
        about iam generate-service-last-accessed-details Arn "$arn"
        job=$(member "iam/generate-service-last-accessed-details/$(encoded "$arn")" JobId)
        [ -n "$job" ] || continue
        tries=0
        while [ "$tries" -lt 40 ]; do
            about iam get-service-last-accessed-details JobId "$job"
            grep -q '"JobStatus": *"IN_PROGRESS"' "$out/iam/get-service-last-accessed-details/$(encoded "$job").json" ||
                break
            tries=$((tries + 1))
            sleep 3
        done
    done
fi

# Documents in force of customer policies, and trust policies; equal ones once.
documents() {
    awk -v kind="$1" -v folder="$2" "$json"'
        depth == 2 && line ~ /^}/ { arn = "" }
        name == "Arn" && arn == "" { arn = value }
        open != "" { text = text tight(line) }
        open != "" && depth == at && line ~ /^}/ { open = ""; if (kind == "trust") keep() }
        kind == "trust" && line ~ /^"AssumeRolePolicyDocument": \{$/ { start() }
        kind == "identity" && line ~ /^"Document": \{$/ { start() }
        kind == "identity" && open == "" && line ~ /^"IsDefaultVersion": true/ && arn !~ /:iam::aws:/ { keep() }
        line ~ /[{\[]$/ { depth++ }
        function tight(part) {
            if (match(part, /^"([^"\\]|\\.)*": /)) part = substr(part, 1, RLENGTH - 1) substr(part, RLENGTH + 1)
            return part
        }
        function start() { open = 1; at = depth; text = "{" }
        function keep() {
            sub(/,$/, "", text)
            if (text == "" || text in seen) return
            seen[text] = 1
            file = folder "/" kind "-" sprintf("%04d", ++count) ".document"
            printf "%s", text > file
            close(file)
            text = ""
        }' "$out/$details.json"
}

if [ "$validate" = yes ] && [ -f "$out/$details.json" ]; then
    region=$here
    folder=accessanalyzer/$region/validate-policy
    mkdir -p "$out/$folder"
    documents identity "$out/$folder"
    documents trust "$out/$folder"
    set +f
    for document in "$out/$folder"/*.document; do
        [ -f "$document" ] || continue
        name=${document##*/}
        name=${name%.document}
        case $name in
            identity-*) set -- --policy-type IDENTITY_POLICY ;;
            *)
                set -- --policy-type RESOURCE_POLICY \
                    --validate-policy-resource-type AWS::IAM::AssumeRolePolicyDocument
                ;;
        esac
        called "$name" accessanalyzer validate-policy --policy-document "file://$document" "$@"
    done
fi

# Loops that read rows count in a shell of their own, so the files are counted.
asked=$(find "$out" -name '*.exit' | wc -l)
failed=$(find "$out" -name '*.exit' -exec grep -vlx 0 {} + | wc -l)
echo
echo "$((asked)) calls, $((failed)) of them without an answer; the files are in $out"
echo "next: auditpack import $out --out SNAPSHOT"
exit 0
