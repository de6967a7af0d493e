//! How each condition key restricts the caller.

use super::values::{ArnAccount, arn_account, has_wildcard, is_account, is_organization, is_wildcard_only, variable};
use super::{Caller, Family, Judgement, Pin, oidc_subjects};
use crate::policy::document::{Condition, SetPrefix, Version};
use crate::policy::matching::{Glob, symbols};
use crate::policy::{oidc_issuers, service_principals};

/// Keys that do not describe the caller, and what they describe.
const ABOUT_OTHER_THINGS: &[(&str, &str)] = &[
    ("aws:resourceaccount", "it names the account of the resource, not of the caller"),
    ("aws:resourceorgid", "it names the organization of the resource, not of the caller"),
    ("aws:resourceorgpaths", "it names the organization of the resource, not of the caller"),
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

/// Keys about MFA.
const MFA: [&str; 2] = ["aws:multifactorauthpresent", "aws:multifactorauthage"];

/// Judges a condition with an operator that may narrow; `key` is in lower case.
pub(super) fn judge(condition: &Condition, key: &str, family: Family, caller: Caller<'_>) -> Judgement {
    if let Some(judgement) = of_a_service(condition, key, family, caller) {
        return judgement;
    }
    let shared = if let Caller::Oidc(issuer) = caller { oidc_issuers::shared(issuer) } else { None };
    // Some issuers identify the customer by a key that other callers choose freely.
    let names_customer = key.contains(':') && shared.is_some_and(|shared| shared.is_named_by(key));
    if !names_customer {
        if caller == Caller::Named && MFA.contains(&key) {
            return Judgement::open("it limits how callers sign in, not which callers");
        }
        if let Some((_, reason)) = ABOUT_OTHER_THINGS.iter().find(|(name, _)| *name == key) {
            return Judgement::open(*reason);
        }
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
    if let Some(judgement) = by_variable(condition, key) {
        return judgement;
    }
    let is_subject = matches!(caller, Caller::Oidc(_)) && (key.ends_with(":sub") || names_customer);
    // Subjects have their own rules; for every other key a lone wildcard admits every value.
    if wildcards && !is_subject && condition.values.iter().any(|value| is_wildcard_only(value)) {
        return Judgement::open("a value of nothing but wildcards admits everyone");
    }
    let (list, dropped) = if wildcards { (condition.values.clone(), None) } else { possible(condition, key) };
    if list.is_empty() {
        return Judgement::never(format!(
            "{} takes the {} literally, and no caller has such a value",
            condition.operator,
            mark(condition)
        ));
    }
    let values = Values { list: &list, wildcards, arn, set: condition.set };
    let mut judgement = match key {
        "aws:principalorgid" => values.organizations(Pin::Organizations, "only members of the organization can call"),
        "aws:sourceorgid" => {
            values.organizations(Pin::SourceOrganizations, "services act only for members of the organization")
        }
        "aws:principalorgpaths" => values.paths(Pin::Organizations, "only members of the organization can call"),
        "aws:sourceorgpaths" => {
            values.paths(Pin::SourceOrganizations, "services act only for members of the organization")
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
        _ => claim(&values, key, caller, &condition.key),
    };
    if let Some(value) = dropped {
        judgement.reason = format!(
            "{}; {} takes the value {value} literally, and nobody has it",
            judgement.reason, condition.operator
        );
    }
    judgement
}

/// The values that a request can have under an exact operator, and the first that no request can have.
fn possible(condition: &Condition, key: &str) -> (Vec<String>, Option<String>) {
    let has_mark = |value: &str| has_wildcard(value) || condition.literal && value.contains("${");
    let has = |value: &String| match key {
        // Resource names may contain a star; the ARN's parts before them may not.
        "aws:principalarn" | "aws:sourcearn" => {
            let parts: Vec<&str> = value.splitn(6, ':').collect();
            !is_wildcard_only(value) && !parts.iter().take(5).any(|part| has_mark(part))
        }
        "aws:principalorgid"
        | "aws:sourceorgid"
        | "aws:principalorgpaths"
        | "aws:sourceorgpaths"
        | "aws:principalaccount"
        | "kms:calleraccount"
        | "aws:sourceaccount"
        | "aws:sourcevpc"
        | "aws:sourcevpce"
        | "aws:principalservicename"
        | "aws:principalservicenameslist"
        | "aws:userid"
        | "sts:externalid"
        | "saml:aud" => !has_mark(value),
        _ => true,
    };
    let (possible, impossible): (Vec<String>, Vec<String>) = condition.values.iter().cloned().partition(has);
    (possible, impossible.into_iter().next())
}

/// What no value of a request contains.
fn mark(condition: &Condition) -> &'static str {
    if condition.values.iter().any(|value| has_wildcard(value)) {
        "wildcard"
    } else {
        "policy variable (the document's version has none)"
    }
}

/// Keys that a service sets for callers that come through it.
fn of_a_service(condition: &Condition, key: &str, family: Family, caller: Caller<'_>) -> Option<Judgement> {
    let Caller::Service(principal) = caller else { return None };
    let certificate = service_principals::is_roles_anywhere(principal)
        && (key.starts_with("aws:principaltag/") || key == "sts:sourceidentity");
    let limits = service_principals::is_limited_by(principal, key);
    let Family::Positive { wildcards, .. } = family else { return None };
    if !certificate && !limits {
        return None;
    }
    if wildcards && condition.values.iter().any(|value| value.starts_with(['*', '?'])) {
        return Some(Judgement::open("the pattern leaves the value open"));
    }
    if !condition.literal && condition.values.iter().any(|value| variable(value).is_some()) {
        return Some(Judgement::unknown("it compares with a variable, known only at the time of the call"));
    }
    if key == "sts:externalid" {
        let reason = "the service sends the account that it acts for as the external ID";
        return Some(Judgement::narrowing(Pin::ExternalId, reason));
    }
    let text = format!("{} is {}", condition.key, condition.values.join(" or "));
    let reason = if certificate {
        "only certificates with that attribute pass; the certificate sets it"
    } else {
        "the service sets this tag for those who get in through it"
    };
    Some(Judgement::narrowing(Pin::Attribute(text), reason))
}

/// A variable in the value compares the caller with itself or with the resource's owner; only the latter narrows.
fn by_variable(condition: &Condition, key: &str) -> Option<Judgement> {
    if condition.literal {
        return None;
    }
    let variable = condition.values.iter().find_map(|value| variable(value))?;
    if variable == key {
        return Some(Judgement::open("it compares the caller with itself, which is always true"));
    }
    let whole =
        condition.values.len() == 1 && condition.values[0].trim().eq_ignore_ascii_case(&format!("${{{variable}}}"));
    Some(match (key, variable.as_str()) {
        ("aws:principalorgid", "aws:resourceorgid") if whole => Judgement::narrowing(
            Pin::Organizations(condition.values.clone()),
            "only members of the organization that owns this account can call",
        ),
        ("aws:principalaccount", "aws:resourceaccount") if whole => Judgement::narrowing(
            Pin::Accounts(condition.values.clone()),
            "only the account that owns the role can call",
        ),
        ("sts:externalid", _) => Judgement::open("the external ID is whatever the caller's own attributes make it"),
        _ => {
            Judgement::unknown(format!("it compares with the variable {variable}, known only at the time of the call"))
        }
    })
}

fn external_id(values: &Values<'_>, caller: Caller<'_>) -> Judgement {
    match caller {
        Caller::Named if values.wildcards && values.list.iter().any(|value| has_wildcard(value)) => {
            Judgement::unknown("the external ID is a pattern, which may be guessed")
        }
        Caller::Named => Judgement::narrowing(Pin::ExternalId, "the caller must present the agreed external ID"),
        _ => Judgement::open("an external ID says who is acted for, not who calls"),
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
fn claim(values: &Values<'_>, key: &str, caller: Caller<'_>, written: &str) -> Judgement {
    match caller {
        Caller::Saml => match key {
            "saml:aud" => match values.list.iter().find(|value| values.wildcards && leaves_host_open(value)) {
                Some(value) => {
                    Judgement::open(format!("the pattern {value} leaves the host of the sign-in address open"))
                }
                None => Judgement::narrowing(
                    Pin::Audiences(values.list.to_vec()),
                    "only assertions made for that sign-in address are accepted",
                ),
            },
            "saml:sub" | "saml:iss" | "saml:namequalifier" => {
                Judgement::narrowing(Pin::Subjects(values.list.to_vec()), "only those subjects are accepted")
            }
            _ if key.starts_with("saml:") => Judgement::narrowing(
                Pin::Attribute(format!("{key} is {}", values.list.join(" or "))),
                "only assertions with that attribute are accepted",
            ),
            _ => not_known(written),
        },
        Caller::Oidc(issuer) => match key.strip_prefix(&format!("{}:", issuer.to_ascii_lowercase())) {
            Some(claim) => oidc_claim(values, claim, issuer),
            None if oidc_issuers::shared(issuer).is_some_and(|shared| shared.is_named_by(key)) => {
                oidc_subjects::judge(values, issuer)
            }
            None => not_known(written),
        },
        _ => not_known(written),
    }
}

fn not_known(written: &str) -> Judgement {
    Judgement::unknown(format!("the key {written} is not known for this call"))
}

fn oidc_claim(values: &Values<'_>, claim: &str, issuer: &str) -> Judgement {
    let list = values.list.to_vec();
    let shared = oidc_issuers::shared(issuer);
    match claim {
        "aud" | "azp" | "app_id" if values.any_wildcard() => match shared {
            Some(shared) if shared.is_named_by(claim) => {
                Judgement::open(format!("the audience pattern leaves the {} open", shared.customer))
            }
            _ => Judgement::unknown("the audience is a pattern, which other applications may fit"),
        },
        "aud" | "azp" | "app_id"
            if !values.wildcards && shared.is_some() && list.iter().all(|it| is_wildcard_only(it)) =>
        {
            Judgement::never("the operator takes the wildcard literally, and no token has such an audience")
        }
        "aud" | "azp" | "app_id" => {
            Judgement::narrowing(Pin::Audiences(list), "only tokens made for that audience are accepted")
        }
        "sub" => oidc_subjects::judge(values, issuer),
        "id" | "user_id" if shared.is_some_and(|shared| shared.is_named_by(claim)) => {
            oidc_subjects::judge(values, issuer)
        }
        "amr" if oidc_issuers::is_cognito(issuer) => Judgement::open(if values.admit("unauthenticated") {
            "it admits guests, who do not sign in"
        } else {
            "it demands that the user signed in, whoever that is"
        }),
        "repository" if pins_first_part(values, '/') => {
            Judgement::narrowing(Pin::Subjects(list), "only that repository's or owner's workflows are accepted")
        }
        "job_workflow_ref" if pins_first_part(values, '/') => {
            Judgement::narrowing(Pin::Subjects(list), "only that owner's workflow files are accepted")
        }
        "repository_id"
        | "repository_owner"
        | "repository_owner_id"
        | "enterprise"
        | "enterprise_id"
        | "org_id"
        | "oidc.circleci.com/project-id"
            if !values.any_wildcard() =>
        {
            Judgement::narrowing(Pin::Subjects(list), "only that owner's workflows are accepted")
        }
        "repository" | "job_workflow_ref" | "repository_owner" => {
            Judgement::open("the pattern leaves the owner open, so any owner's workflows pass")
        }
        "environment" | "ref" | "workflow" if is_github(issuer) => Judgement::open(match claim {
            "environment" => "any repository can have an environment of that name",
            "ref" => "any repository can have a branch or tag of that name",
            _ => "any repository can have a workflow of that name",
        }),
        "actor" | "actor_id" if is_github(issuer) => Judgement::unknown(
            "the claim names who started the workflow, and any repository can have workflows that this person starts",
        ),
        "amr" => Judgement::open("it tells whether the user signed in, not which user"),
        _ => Judgement::unknown(format!("what the claim {claim} of this issuer limits is not known")),
    }
}

fn is_github(issuer: &str) -> bool {
    issuer.to_ascii_lowercase().ends_with("token.actions.githubusercontent.com")
}

/// AWS's sign-in hosts; a pattern in front of them stays within AWS's domain.
const SIGN_IN_HOSTS: [&str; 3] = ["signin.aws.amazon.com", "signin.amazonaws-us-gov.com", "signin.amazonaws.cn"];

/// Whether the pattern has a wildcard before the end of `https://host/`, other than for a Region in front of AWS's
/// sign-in host.
fn leaves_host_open(value: &str) -> bool {
    let (scheme, rest) = value.split_once("://").unwrap_or(("", value));
    let host = rest.split('/').next().unwrap_or_default();
    if has_wildcard(scheme) {
        return true;
    }
    let own = SIGN_IN_HOSTS.iter().find_map(|own| host.strip_suffix(own));
    match own {
        // `https://*signin…` and `https://*.signin…`, in an address that has a path.
        Some(region) => has_wildcard(region) && (scheme != "https" || !region.is_empty() && !rest.contains('/')),
        None => has_wildcard(host),
    }
}

/// Whether the text before the separator is literal in every value.
fn pins_first_part(values: &Values<'_>, end: char) -> bool {
    values.list.iter().all(|value| match value.split_once(end) {
        Some((first, _)) => !first.is_empty() && (!values.wildcards || !has_wildcard(first)),
        None => false,
    })
}

/// The values of a condition, and its operator's comparison.
pub(super) struct Values<'a> {
    pub(super) list: &'a [String],
    /// `*` and `?` are wildcards.
    pub(super) wildcards: bool,
    arn: bool,
    set: Option<SetPrefix>,
}

impl Values<'_> {
    fn any_wildcard(&self) -> bool {
        self.wildcards && self.list.iter().any(|value| has_wildcard(value))
    }

    /// Whether one of the values matches this text.
    fn admit(&self, text: &str) -> bool {
        let fits = |value: &String| {
            if self.wildcards {
                Glob::new(symbols(value, Version::V2008)).matches(text)
            } else {
                value.eq_ignore_ascii_case(text)
            }
        };
        self.list.iter().any(fits)
    }

    fn organizations(&self, pin: fn(Vec<String>) -> Pin, reason: &str) -> Judgement {
        match self.list.iter().find(|value| !is_organization(value)) {
            None => Judgement::narrowing(pin(self.list.to_vec()), reason),
            Some(value) if has_wildcard(value) => {
                Judgement::open(format!("the pattern {value} fits other organizations too"))
            }
            Some(value) => Judgement::unknown(format!("{value} is no organization ID")),
        }
    }

    fn paths(&self, pin: fn(Vec<String>) -> Pin, reason: &str) -> Judgement {
        if self.set.is_none() {
            return Judgement::unknown("the key has many values and the operator has no ForAnyValue");
        }
        let roots: Vec<String> =
            self.list.iter().map(|value| value.split('/').next().unwrap_or_default().to_owned()).collect();
        let complete = self.list.iter().all(|value| value.contains('/'));
        match roots.iter().find(|root| !is_organization(root)) {
            None if complete => Judgement::narrowing(pin(roots), reason),
            None => Judgement::unknown("the path ends at the organization's ID"),
            Some(root) if has_wildcard(root) => {
                Judgement::open(format!("the pattern {root} fits other organizations too"))
            }
            Some(root) => Judgement::unknown(format!("{root} is no organization ID")),
        }
    }

    fn accounts(&self, pin: fn(Vec<String>) -> Pin, reason: &str) -> Judgement {
        match self.list.iter().find(|value| !is_account(value)) {
            None => Judgement::narrowing(pin(self.list.to_vec()), reason),
            Some(value) if has_wildcard(value) => {
                Judgement::open(format!("the pattern {value} fits other accounts too"))
            }
            Some(value) => Judgement::unknown(format!("{value} is no account ID")),
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

    /// `AROA…:*` matches one role's sessions; `*:name` matches a session name that anyone can choose.
    fn user_ids(&self) -> Judgement {
        let fixed = |value: &String| {
            let id = value.split(':').next().unwrap_or_default();
            (id.len() >= 16 && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())) || is_account(id)
        };
        if self.list.iter().all(fixed) {
            Judgement::narrowing(Pin::Principals(self.list.to_vec()), "it fixes the unique ID of the caller")
        } else if self.any_wildcard() {
            Judgement::open("the pattern leaves the caller's unique ID open")
        } else {
            Judgement::unknown("a value is no unique ID")
        }
    }
}
