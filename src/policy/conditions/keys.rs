//! What each condition key says about a caller.

use super::values::{ArnAccount, arn_account, has_wildcard, is_account, is_organisation, is_wildcard_only, variable};
use super::{Caller, Family, Judgement, Pin};
use crate::policy::document::{Condition, SetPrefix};

/// Keys that describe something else than who calls, and what they describe.
const ABOUT_OTHER_THINGS: &[(&str, &str)] = &[
    ("aws:resourceaccount", "it names the account of the resource, not of the caller"),
    ("aws:resourceorgid", "it names the organisation of the resource, not of the caller"),
    ("aws:resourceorgpaths", "it names the organisation of the resource, not of the caller"),
    ("aws:multifactorauthpresent", "callers of any account can sign in with a device of their own"),
    ("aws:multifactorauthage", "callers of any account can sign in with a device of their own"),
    ("aws:securetransport", "it asks for encryption in transit, which every caller can use"),
    ("aws:requestedregion", "it limits the Region, not the caller"),
    ("aws:currenttime", "it limits the time, not the caller"),
    ("aws:epochtime", "it limits the time, not the caller"),
    ("aws:tokenissuetime", "it limits the age of the session, not the caller"),
    ("aws:useragent", "the caller chooses this text"),
    ("aws:referer", "the caller chooses this text"),
    ("aws:vpcsourceip", "private addresses are the same in everybody's networks"),
    ("aws:tagkeys", "the caller chooses the tags of the request"),
    ("aws:username", "any account can have a user of that name"),
    ("aws:principaltype", "it names a kind of principal, which every account has"),
    ("aws:principalisawsservice", "it admits AWS services whoever they act for"),
    ("aws:viaawsservice", "it admits calls through AWS services whoever they act for"),
    ("aws:calledvia", "it names the services on the way, not who called them"),
    ("aws:calledviafirst", "it names the services on the way, not who called them"),
    ("aws:calledvialast", "it names the services on the way, not who called them"),
    ("sts:rolesessionname", "the caller chooses the session's name"),
    ("sts:sourceidentity", "the caller chooses this name"),
    ("aws:sourceidentity", "the caller or its account chooses this name"),
    ("sts:transitivetagkeys", "the caller chooses the tags of the session"),
];

/// Judges a condition whose operator may narrow; its key is given in lower case.
pub(super) fn judge(condition: &Condition, key: &str, family: Family, caller: Caller<'_>) -> Judgement {
    if let Some((_, reason)) = ABOUT_OTHER_THINGS.iter().find(|(name, _)| *name == key) {
        return Judgement::open(*reason);
    }
    if let Some((prefix, tag)) = ["aws:resourcetag/", "aws:requesttag/"].iter().find_map(|p| key.split_once(p)) {
        debug_assert!(prefix.is_empty());
        return Judgement::open(format!("the tag {tag} is the resource's or the request's, not the caller's"));
    }
    let Family::Positive { wildcards, arn } = family else {
        return Judgement::unknown(format!(
            "{} says nothing that is known about {}",
            condition.operator, condition.key
        ));
    };
    // Even where the operator takes `*` literally: nobody writes it to mean an asterisk.
    if condition.values.iter().any(|value| is_wildcard_only(value)) {
        return Judgement::open("a value of nothing but wildcards admits everyone");
    }
    if let Some(judgement) = by_variable(condition, key) {
        return judgement;
    }
    let values = Values { list: &condition.values, wildcards, arn, set: condition.set };
    match key {
        "aws:principalorgid" => values.organisations(Pin::Organisations, "only members of the organisation can call"),
        "aws:sourceorgid" => {
            values.organisations(Pin::SourceOrganisations, "services act only for members of the organisation")
        }
        "aws:principalorgpaths" => values.paths(Pin::Organisations, "only members of the organisation can call"),
        "aws:sourceorgpaths" => {
            values.paths(Pin::SourceOrganisations, "services act only for members of the organisation")
        }
        "aws:principalaccount" | "kms:calleraccount" => values.accounts(Pin::Accounts, "it fixes the caller's account"),
        "aws:sourceaccount" => values.accounts(Pin::SourceAccounts, "it fixes the account that services act for"),
        "aws:principalarn" => values.arns(Pin::Principals, "it fixes the caller's account and name", false),
        "aws:sourcearn" => values.arns(Pin::Sources, "it fixes the resource that services act for", true),
        "aws:sourcevpc" => values.literal("vpc-", "only calls through that network's endpoints pass"),
        "aws:sourcevpce" => values.literal("vpce-", "only calls through that endpoint pass"),
        "aws:principalservicename" | "aws:principalservicenameslist" => values.services(),
        "aws:userid" => values.user_ids(),
        "sts:externalid" => external_id(&values, caller),
        _ if key.starts_with("aws:principaltag/") => principal_tag(condition, caller),
        _ => claim(&values, key, caller),
    }
}

/// A variable in the value compares the caller with itself, or with the
/// resource's owner; only the latter fixes anything.
fn by_variable(condition: &Condition, key: &str) -> Option<Judgement> {
    let variable = condition.values.iter().find_map(|value| variable(value))?;
    if variable == key {
        return Some(Judgement::open("it compares the caller with itself, which is always true"));
    }
    let whole =
        condition.values.len() == 1 && condition.values[0].trim().eq_ignore_ascii_case(&format!("${{{variable}}}"));
    Some(match (key, variable.as_str()) {
        ("aws:principalorgid", "aws:resourceorgid") if whole => Judgement::narrowing(
            Pin::Organisations(condition.values.clone()),
            "only members of the organisation that owns this account can call",
        ),
        ("aws:principalaccount", "aws:resourceaccount") if whole => Judgement::narrowing(
            Pin::Accounts(condition.values.clone()),
            "only the account that owns the role can call",
        ),
        ("sts:externalid", _) => Judgement::open("the external id is whatever the caller's own attributes make it"),
        _ => {
            Judgement::unknown(format!("it compares with the variable {variable}, known only at the time of the call"))
        }
    })
}

fn external_id(values: &Values<'_>, caller: Caller<'_>) -> Judgement {
    match caller {
        Caller::Named if values.wildcards && values.list.iter().any(|value| has_wildcard(value)) => {
            Judgement::unknown("the external id is a pattern, which may be guessed")
        }
        Caller::Named => Judgement::narrowing(Pin::ExternalId, "the caller must present the agreed external id"),
        _ => Judgement::open("an external id tells who is acted for, not who calls"),
    }
}

fn principal_tag(condition: &Condition, caller: Caller<'_>) -> Judgement {
    if caller == Caller::Everyone {
        return Judgement::open("every account gives its own principals whatever tags it likes");
    }
    let text = format!("{} is {}", condition.key, condition.values.join(" or "));
    Judgement::narrowing(Pin::Attribute(text), "only principals with that tag can call; their account sets the tag")
}

/// Claims of federated tokens: `<issuer>:sub`, `SAML:aud` and the like.
fn claim(values: &Values<'_>, key: &str, caller: Caller<'_>) -> Judgement {
    match caller {
        Caller::Saml => match key {
            "saml:aud" if values.leaves_host_open() => {
                Judgement::open("the pattern leaves the host of the sign-in address open")
            }
            "saml:aud" => Judgement::narrowing(
                Pin::Audiences(values.list.to_vec()),
                "only assertions made for that sign-in address are accepted",
            ),
            "saml:sub" | "saml:iss" | "saml:namequalifier" => {
                Judgement::narrowing(Pin::Subjects(values.list.to_vec()), "only those subjects are accepted")
            }
            _ if key.starts_with("saml:") => Judgement::narrowing(
                Pin::Attribute(format!("{key} is {}", values.list.join(" or "))),
                "only assertions with that attribute are accepted",
            ),
            _ => not_known(key),
        },
        Caller::Oidc(issuer) => match key.strip_prefix(&format!("{}:", issuer.to_ascii_lowercase())) {
            Some(claim) => oidc_claim(values, claim, issuer),
            None => not_known(key),
        },
        _ => not_known(key),
    }
}

fn not_known(key: &str) -> Judgement {
    Judgement::unknown(format!("whether {key} limits who may call is not known"))
}

fn oidc_claim(values: &Values<'_>, claim: &str, issuer: &str) -> Judgement {
    let list = values.list.to_vec();
    match claim {
        "aud" | "azp" | "app_id" if values.any_wildcard() => {
            Judgement::unknown("the audience is a pattern, which other applications may fit")
        }
        "aud" | "azp" | "app_id" => {
            Judgement::narrowing(Pin::Audiences(list), "only tokens made for that audience are accepted")
        }
        "sub" => subject(values, issuer),
        "repository" if pins_first_part(values, '/') => {
            Judgement::narrowing(Pin::Subjects(list), "only that repository's or owner's workflows are accepted")
        }
        "job_workflow_ref" if pins_first_part(values, '/') => {
            Judgement::narrowing(Pin::Subjects(list), "only that owner's workflow files are accepted")
        }
        "repository_id" | "repository_owner" | "repository_owner_id" | "enterprise" | "enterprise_id" | "org_id"
            if !values.any_wildcard() =>
        {
            Judgement::narrowing(Pin::Subjects(list), "only that owner's workflows are accepted")
        }
        "repository" | "job_workflow_ref" | "repository_owner" => {
            Judgement::open("the pattern leaves the owner open, so any owner's workflows pass")
        }
        "amr" => Judgement::open("it tells whether the user signed in, not which user"),
        _ => Judgement::unknown(format!("what the claim {claim} of this issuer limits is not known")),
    }
}

/// Issuers that serve the whole world, how their subjects begin, and what ends
/// the part that names the customer.
const SHARED_ISSUERS: &[(&str, &str, char, &str)] = &[
    ("token.actions.githubusercontent.com", "repo:", '/', "GitHub owner"),
    ("gitlab.com", "project_path:", '/', "GitLab group"),
    ("app.terraform.io", "organization:", ':', "Terraform organisation"),
    ("agent.buildkite.com", "organization:", ':', "Buildkite organisation"),
    ("oidc.vercel.com", "owner:", ':', "Vercel team"),
];

/// Does this issuer give tokens to anybody who opens an account there?
pub(super) fn is_shared(issuer: &str) -> bool {
    SHARED_ISSUERS.iter().any(|(name, ..)| issuer.eq_ignore_ascii_case(name))
}

fn subject(values: &Values<'_>, issuer: &str) -> Judgement {
    let shared = SHARED_ISSUERS.iter().find(|(name, ..)| issuer.eq_ignore_ascii_case(name));
    let list = values.list.to_vec();
    let Some((_, start, end, customer)) = shared else {
        if values.wildcards && values.list.iter().any(|value| value.starts_with(['*', '?'])) {
            return Judgement::unknown("the subject pattern begins with a wildcard");
        }
        return Judgement::narrowing(Pin::Subjects(list), "only tokens with that subject are accepted");
    };
    for value in values.list {
        let rest = value.strip_prefix(start);
        let name = rest.and_then(|rest| rest.split_once(*end)).map(|(name, _)| name);
        if name.is_some_and(|name| !(name.is_empty() || values.wildcards && has_wildcard(name))) {
            continue;
        }
        if values.wildcards && (rest.is_some() || value.starts_with(['*', '?']) || has_wildcard(first_letters(value))) {
            return Judgement::open(format!("the subject pattern leaves the {customer} open, so anybody's jobs pass"));
        }
        // Owners can give their tokens a subject of another form, without their name in it.
        return Judgement::unknown(format!("the subject {value} does not name the {customer}"));
    }
    Judgement::narrowing(Pin::Subjects(list), format!("only tokens of that {customer} are accepted"))
}

fn first_letters(value: &str) -> &str {
    value.split(':').next().unwrap_or_default()
}

/// Is the text before the separator literal in every value?
fn pins_first_part(values: &Values<'_>, end: char) -> bool {
    values.list.iter().all(|value| match value.split_once(end) {
        Some((first, _)) => !first.is_empty() && (!values.wildcards || !has_wildcard(first)),
        None => false,
    })
}

struct Values<'a> {
    list: &'a [String],
    wildcards: bool,
    arn: bool,
    set: Option<SetPrefix>,
}

impl Values<'_> {
    fn any_wildcard(&self) -> bool {
        self.wildcards && self.list.iter().any(|value| has_wildcard(value))
    }

    /// Some value has a wildcard before the end of `https://host/`.
    fn leaves_host_open(&self) -> bool {
        let open = |value: &String| {
            let (scheme, rest) = value.split_once("://").unwrap_or(("", value));
            has_wildcard(scheme) || has_wildcard(rest.split('/').next().unwrap_or_default())
        };
        self.wildcards && self.list.iter().any(open)
    }

    fn organisations(&self, pin: fn(Vec<String>) -> Pin, reason: &str) -> Judgement {
        match self.list.iter().find(|value| !is_organisation(value)) {
            None => Judgement::narrowing(pin(self.list.to_vec()), reason),
            Some(value) if has_wildcard(value) => {
                Judgement::open(format!("the pattern {value} fits other organisations too"))
            }
            Some(value) => Judgement::unknown(format!("{value} is no organisation id")),
        }
    }

    fn paths(&self, pin: fn(Vec<String>) -> Pin, reason: &str) -> Judgement {
        if self.set.is_none() {
            return Judgement::unknown("the key has many values and the operator has no ForAnyValue");
        }
        let roots: Vec<String> =
            self.list.iter().map(|value| value.split('/').next().unwrap_or_default().to_owned()).collect();
        let complete = self.list.iter().all(|value| value.contains('/'));
        match roots.iter().find(|root| !is_organisation(root)) {
            None if complete => Judgement::narrowing(pin(roots), reason),
            None => Judgement::unknown("the path ends at the organisation's id"),
            Some(root) if has_wildcard(root) => {
                Judgement::open(format!("the pattern {root} fits other organisations too"))
            }
            Some(root) => Judgement::unknown(format!("{root} is no organisation id")),
        }
    }

    fn accounts(&self, pin: fn(Vec<String>) -> Pin, reason: &str) -> Judgement {
        match self.list.iter().find(|value| !is_account(value)) {
            None => Judgement::narrowing(pin(self.list.to_vec()), reason),
            Some(value) if has_wildcard(value) => {
                Judgement::open(format!("the pattern {value} fits other accounts too"))
            }
            Some(value) => Judgement::unknown(format!("{value} is no account id")),
        }
    }

    fn arns(&self, pin: fn(Vec<String>) -> Pin, reason: &str, may_lack_account: bool) -> Judgement {
        for value in self.list {
            match arn_account(value, self.arn) {
                ArnAccount::Fixed(_) => {}
                ArnAccount::Absent if may_lack_account => {}
                ArnAccount::Any => return Judgement::open(format!("the pattern {value} leaves the account open")),
                ArnAccount::Absent | ArnAccount::NoArn => {
                    return Judgement::unknown(format!("{value} is not an ARN with an account"));
                }
            }
        }
        Judgement::narrowing(pin(self.list.to_vec()), reason)
    }

    fn literal(&self, prefix: &str, reason: &str) -> Judgement {
        if self.any_wildcard() {
            return Judgement::open("the pattern fits the networks of other accounts too");
        }
        if self.list.iter().all(|value| value.starts_with(prefix)) {
            Judgement::narrowing(Pin::Networks(self.list.to_vec()), reason)
        } else {
            Judgement::unknown(format!("a value does not begin with {prefix}"))
        }
    }

    fn services(&self) -> Judgement {
        if self.any_wildcard() {
            return Judgement::open("the pattern fits many services, whoever they act for");
        }
        Judgement::narrowing(Pin::Services(self.list.to_vec()), "only that AWS service can call")
    }

    /// `AROA…:*` is one role's sessions; `*:name` is a name that anyone may choose.
    fn user_ids(&self) -> Judgement {
        let fixed = |value: &String| {
            let id = value.split(':').next().unwrap_or_default();
            (id.len() >= 16 && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())) || is_account(id)
        };
        if self.list.iter().all(fixed) {
            Judgement::narrowing(Pin::Principals(self.list.to_vec()), "it fixes the unique id of the caller")
        } else if self.any_wildcard() {
            Judgement::open("the pattern leaves the caller's unique id open")
        } else {
            Judgement::unknown("a value is no unique id")
        }
    }
}
