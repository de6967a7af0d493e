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

# rows FILE LIST MEMBER...: of each entry of a list at the top of an answer these members, in a row. Of members of one name
# the first counts.
rows() {
    answer=$out/$1.json list=$2
    shift 2
    [ -f "$answer" ] || return 0
    awk -v list="$list" -v wanted="$*" -v sep="$sep" "$json"'
        BEGIN { count = split(wanted, names, " ") }
        depth == 1 && match(line, /^"[^"]+": \[$/) { current = substr(line, 2, RLENGTH - 5) }
        name != "" && !(name in found) { found[name] = value }
        line ~ /^}/ && depth == 2 {
            row = found[names[1]]
            for (i = 2; i <= count; i++) row = row sep found[names[i]]
            if (current == list) print row
            split("", found)
        }
        line ~ /[{\[]$/ { depth++ }' "$answer"
}

# listed FILE LIST: whether a list at the top of an answer has an entry.
listed() {
    rows "$1" "$2" | grep -q ''
}

# answered FILE: whether a call was answered.
answered() {
    [ "$(cat "$out/$1.exit" 2>/dev/null)" = 0 ]
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

# --- which entries of a list are asked about ---

# one_of VALUE WORD...: whether the value is one of the words.
one_of() {
    _value=$1
    shift
    for _word in "$@"; do [ "$_value" = "$_word" ] && return 0; done
    return 1
}

# is_of_aws ARN: whether a policy is AWS's own.
is_of_aws() {
    case $1 in *:iam::aws:*) return 0 ;; *) return 1 ;; esac
}

# is_about_identity IDENTIFIER OWNER VISIBILITY: whether a rule is AWS's own and about identity or the audit trail.
is_about_identity() {
    [ "$2" = AWS ] && [ "$3" != INTERNAL ] && printf '%s\n' "$1" | grep -qE '^(@identity@)'
}

# is_asked_here REGION: what shows in several regions is asked about at home, or else in the first region.
is_asked_here() {
    _place=$first
    for _one in $regions; do [ "$_one" = "$1" ] && _place=$1; done
    [ "$_place" = "$region" ]
}

# --- what is asked, source by source ---

ask_caller_identity() {
    plain sts get-caller-identity
    partition=$(member sts/get-caller-identity Arn | sed -n 's/^arn:\([a-z-]*\):.*$/\1/p')
    partition=${partition:-aws}
    number=$(member sts/get-caller-identity Account)
}

# The credential report is made by a job; it is asked for until it is there, for two minutes at most.
ask_credential_report() {
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
}

# The regions that are switched on are those that are asked.
ask_regions() {
    plain account list-regions
    here=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region 2>/dev/null)}}
    here=${here:-us-east-1}
    regions=$(rows account/list-regions Regions RegionName RegionOptStatus |
        sed -n "s/^\([a-z0-9-]*\)${sep}ENABLED.*$/\1/p")
    regions=${regions:-$here}
    for first in $regions; do break; done
    case $partition in
        aws-cn) global=cn-northwest-1 ;;
        aws-us-gov) global=us-gov-west-1 ;;
        aws-eusc) global=eusc-de-east-1 ;;
        *) global=us-east-1 ;;
    esac
}

# What is not compliant in other accounts; this account's own is asked for with its rules.
ask_config_aggregate_details() {
    rows "config/$region/describe-configuration-aggregators" ConfigurationAggregators ConfigurationAggregatorName |
        while IFS= read -r aggregator; do
            aggregate_details "$aggregator"
        done
}

aggregate_details() {
    folder=config/$region/describe-aggregate-compliance-by-config-rules/$(encoded "$1")
    rows "$folder" AggregateComplianceByConfigRules AccountId AwsRegion ComplianceType ConfigRuleName |
        while IFS=$sep read -r account place state rule; do
            [ "$state" = NON_COMPLIANT ] || continue
            [ "$account" = "$number" ] && continue
            identity_rules | grep -Fqx -e "$rule" || continue
            about config get-aggregate-compliance-details-by-config-rule AccountId "$account" AwsRegion "$place" \
                ComplianceType "$state" ConfigRuleName "$rule" ConfigurationAggregatorName "$1"
        done
}

identity_rules() {
    rows "config/$region/describe-config-rules" ConfigRules \
        SourceIdentifier Owner EvaluationVisibility ConfigRuleName |
        while IFS=$sep read -r identifier owner visibility rule; do
            is_about_identity "$identifier" "$owner" "$visibility" && printf '%s\n' "$rule"
        done
}

look() {
    called "$1&$2" cloudtrail lookup-events --lookup-attributes "AttributeKey=$1,AttributeValue=$2" --max-items 2000
}

ask_trail_events() {
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

# Topics of alarms on what metric filters count, and of composite alarms.
ask_alarm_topics() {
    [ -f "$out/logs/$region/describe-metric-filters.json" ] || return 0
    awk "$json"'
        FNR == 1 { depth = 0; file++ }
        file == 1 && name == "metricNamespace" { space = value }
        file == 1 && name == "metricName" { metric = value }
        file == 1 && line ~ /^}/ && metric != "" { counted[space, metric] = 1; metric = "" }
        file == 2 && name == "Namespace" { space = value }
        file == 2 && name == "MetricName" { metric = value }
        # A metric of an expression has its namespace before its name, and an alarm has it after.
        file == 2 && (name == "Namespace" || name == "MetricName") && (space, metric) in counted { watched = 1 }
        # A composite alarm may notify for any of them.
        file == 2 && name == "AlarmRule" { watched = 1 }
        file == 2 && line ~ /^"AlarmActions": \[$/ { inside = 1 }
        file == 2 && inside && line ~ /^"[^"]*",?$/ { action = line; gsub(/[",]/, "", action); actions[action] = 1 }
        inside && line ~ /^\]/ { inside = 0 }
        file == 2 && line ~ /^}/ && depth == 2 {
            if (watched) for (action in actions) print action
            space = ""; metric = ""; watched = 0; split("", actions)
        }
        line ~ /[{\[]$/ { depth++ }' \
        "$out/logs/$region/describe-metric-filters.json" "$out/cloudwatch/$region/describe-alarms.json" |
        sort -u | grep "^arn:[a-z-]*:sns:$region:" | while IFS= read -r topic; do
            about sns list-subscriptions-by-topic TopicArn "$topic"
        done
}

ask_access_advisor() {
    for list in UserDetailList RoleDetailList; do
        rows iam/get-account-authorization-details "$list" Arn | while IFS= read -r arn; do
            service_last_accessed "$arn"
        done
    done
}

# The answer is made by a job; it is asked for until it is there, for two minutes at most.
service_last_accessed() {
    about iam generate-service-last-accessed-details Arn "$1"
    job=$(member "iam/generate-service-last-accessed-details/$(encoded "$1")" JobId)
    [ -n "$job" ] || return 0
    tries=0
    while [ "$tries" -lt 40 ]; do
        about iam get-service-last-accessed-details JobId "$job"
        grep -q '"JobStatus": *"IN_PROGRESS"' "$out/iam/get-service-last-accessed-details/$(encoded "$job").json" ||
            break
        tries=$((tries + 1))
        sleep 3
    done
}

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
        }' "$out/iam/get-account-authorization-details.json"
}

ask_policy_validation() {
    [ -f "$out/iam/get-account-authorization-details.json" ] || return 0
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
    set -f
    region=''
}

@functions@

# --- the collection ---

@run@

# Loops that read rows count in a shell of their own, so the files are counted.
asked=$(find "$out" -name '*.exit' | wc -l)
failed=$(find "$out" -name '*.exit' -exec grep -vlx 0 {} + | wc -l)
echo
echo "$((asked)) calls, $((failed)) of them without an answer; the files are in $out"
echo "next: auditpack import $out --out SNAPSHOT"
exit 0
