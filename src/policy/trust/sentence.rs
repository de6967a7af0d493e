//! One plain sentence for each entry.

use super::trusted_principal::{OwnKind, relation};
use super::{Answer, Entry, ExternalId, Guests, Relation, TrustContext, TrustedPrincipal, flags};
use crate::policy::conditions::{Class, Demand, Pin, Shown, is_external_id};
use crate::policy::{oidc_issuers, service_principals};

pub(super) fn entry_sentence(entry: &Entry, context: &TrustContext) -> String {
    if let TrustedPrincipal::Dangling(id) = &entry.who {
        return format!(
            "The trust policy names a deleted principal ({id}). It grants nobody access and should be removed."
        );
    }
    let who = subject(entry, context);
    let place = entry.statement + 1;
    if !entry.may_assume {
        return format!(
            "Statement {place} does not let this role be assumed by {}: it allows only {}.",
            lower(&who),
            actions(entry)
        );
    }
    if let Some(statement) = entry.denied_by {
        return format!(
            "Statement {place} allows this role to {}, and statement {} denies it.",
            lower(&who),
            statement + 1
        );
    }
    if let Some(never) = entry.never_met() {
        return format!(
            "Nobody can assume this role by statement {place}, which names {}: no request meets {} ({}).",
            lower(&principal(entry, context)),
            never.text,
            never.judgement.reason
        );
    }
    let mut only = Vec::new();
    let mut parts = Vec::new();
    external_id(entry, &mut parts);
    for shown in entry.conditions.iter().filter(|shown| !is_external_id(&shown.key)) {
        add_condition(entry, shown, &mut only, &mut parts);
    }
    if let (Answer::Yes, TrustedPrincipal::Service(name)) = (entry.flags.service_without_source, &entry.who) {
        let what = if service_principals::through(name).is_some() {
            "where they come from"
        } else {
            "whose resources it acts for"
        };
        parts.push(format!("no aws:SourceAccount or aws:SourceArn condition limits {what}"));
    }
    if entry.by_not_action {
        parts.push("it is allowed because NotAction does not exclude it".to_owned());
    }
    parts.extend(entry.also_denied.iter().cloned());
    let only = if only.is_empty() { String::new() } else { format!(", only {}", only.join(" and ")) };
    let rest: String = parts.iter().map(|part| format!("; {part}")).collect();
    // Who is admitted depends on something unknown.
    if entry.flags.public == Answer::Unknown || entry.flags.oidc_without_subject == Answer::Unknown {
        return format!("It is not known whether {} can assume this role{only}{rest}.", lower(&who));
    }
    format!("{who} can assume this role{only}{rest}.")
}

/// For the middle of a sentence.
fn lower(who: &str) -> String {
    let who = who.trim_end_matches(',');
    let starts = ["Any", "The", "A ", "Everyone", "Users", "Machines", "Pods", "Members", "Workflows"];
    if starts.iter().any(|start| who.starts_with(start)) {
        who[..1].to_ascii_lowercase() + &who[1..]
    } else {
        who.to_owned()
    }
}

fn actions(entry: &Entry) -> String {
    if entry.actions.is_empty() { "nothing".to_owned() } else { entry.actions.join(", ") }
}

/// The admitted principals, with the restrictions of conditions.
fn subject(entry: &Entry, context: &TrustContext) -> String {
    match &entry.who {
        TrustedPrincipal::Everyone | TrustedPrincipal::EveryoneExcept(_)
            if !entry.pins().is_empty() && entry.never_met().is_none() =>
        {
            let groups: Vec<String> = entry.pins().into_iter().map(|pin| within(pin, context)).collect();
            format!("Anyone {}{}", groups.join(" and "), except(&entry.who))
        }
        TrustedPrincipal::Oidc { issuer, .. } => oidc(entry, issuer),
        _ => principal(entry, context),
    }
}

/// The principal that the statement names.
fn principal(entry: &Entry, context: &TrustContext) -> String {
    match &entry.who {
        TrustedPrincipal::Everyone => "Anyone in any AWS account".to_owned(),
        TrustedPrincipal::EveryoneExcept(_) => format!("Everyone in any AWS account{}", except(&entry.who)),
        TrustedPrincipal::OwnAccount => {
            "Any user or role in this account that is allowed sts:AssumeRole on it".to_owned()
        }
        TrustedPrincipal::OwnPrincipal { kind: OwnKind::User, name, .. } => format!("The user {name} of this account"),
        TrustedPrincipal::OwnPrincipal { kind: OwnKind::Role, name, .. } => format!("The role {name} of this account"),
        TrustedPrincipal::OwnPrincipal { kind: OwnKind::Session, name, .. } => {
            format!("The session {name} of this account")
        }
        TrustedPrincipal::Account { id, relation } => {
            format!("Any principal in account {id} ({}) that its administrators permit", related(relation, context))
        }
        TrustedPrincipal::Foreign { arn, relation, .. } => {
            format!("The principal {arn} ({}), if its administrators permit it,", related(relation, context))
        }
        TrustedPrincipal::Service(name) => {
            service_principals::through(name).map_or_else(|| format!("The AWS service {name}"), str::to_owned)
        }
        TrustedPrincipal::Oidc { issuer, .. } => format!("tokens of {issuer}"),
        TrustedPrincipal::Saml { name, .. } => format!("Any user whom the SAML provider {name} signs in"),
        TrustedPrincipal::Dangling(id) => id.clone(),
        TrustedPrincipal::NotUnderstood(text) => format!("A principal that is not understood ({text})"),
    }
}

fn except(who: &TrustedPrincipal) -> String {
    match who {
        TrustedPrincipal::EveryoneExcept(names) => format!(" except {}", names.join(", ")),
        _ => String::new(),
    }
}

fn related(relation: &Relation, context: &TrustContext) -> String {
    match relation {
        Relation::Own => "this account".to_owned(),
        Relation::OwnOrganization => "a member of this organization".to_owned(),
        Relation::Vendor(name) => format!("the vendor {name}"),
        Relation::Stranger if stands_alone(context) => "another account".to_owned(),
        Relation::Stranger => "not a member of this organization".to_owned(),
        Relation::NotKnown => "the accounts of this organization were not collected".to_owned(),
    }
}

/// The account is in no organization.
fn stands_alone(context: &TrustContext) -> bool {
    context.organization.is_none() && context.organization_accounts.as_ref().is_some_and(|all| all.len() <= 1)
}

fn within(pin: &Pin, context: &TrustContext) -> String {
    let accounts = |list: &[String]| -> String {
        let named = list.iter().map(|id| {
            if id.trim_start().starts_with("${") {
                "the account that owns the role".to_owned()
            } else {
                format!("account {id} ({})", related(&relation(id, context), context))
            }
        });
        named.collect::<Vec<_>>().join(" or ")
    };
    match pin {
        Pin::Nobody => "who meets a condition that nobody can meet".to_owned(),
        Pin::Organizations(list) => format!("in the organization {}", organizations(list, context)),
        Pin::Accounts(list) => format!("in {}", accounts(list)),
        Pin::Principals(list) => format!("who is {}", list.join(" or ")),
        Pin::SourceAccounts(list) => format!("through an AWS service that acts for {}", accounts(list)),
        Pin::Sources(list) => format!("through an AWS service that acts for {}", list.join(" or ")),
        Pin::SourceOrganizations(list) => {
            format!("through an AWS service that acts for the organization {}", organizations(list, context))
        }
        Pin::Networks(list) => format!("who calls from {}", list.join(" or ")),
        Pin::Services(list) => format!("that is the AWS service {}", list.join(" or ")),
        Pin::Subjects(list) => format!("with the subject {}", list.join(" or ")),
        Pin::Audiences(list) => format!("with a token for {}", list.join(" or ")),
        Pin::Attribute(text) => format!("for whom {text}"),
        Pin::ExternalId => "who knows the external ID".to_owned(),
    }
}

fn organizations(list: &[String], context: &TrustContext) -> String {
    let own = |id: &String| context.organization.as_deref() == Some(id.as_str()) || id.starts_with("${");
    let named: Vec<String> = list
        .iter()
        .map(|id| match (&context.organization, own(id)) {
            // A policy variable is no ID: `${aws:ResourceOrgID}` is the organization of the role's own account.
            (known, _) if id.starts_with("${") => match known {
                Some(id) => format!("{id} (this organization)"),
                None => "of this account".to_owned(),
            },
            (_, true) => format!("{id} (this organization)"),
            (Some(_), false) => format!("{id} (another organization)"),
            (None, false) => id.clone(),
        })
        .collect();
    named.join(" or ")
}

fn oidc(entry: &Entry, issuer: &str) -> String {
    let listed = |of: fn(&Pin) -> Option<&Vec<String>>| -> Vec<&str> {
        entry.pins().into_iter().filter_map(of).flatten().map(String::as_str).collect()
    };
    let subjects = listed(|pin| if let Pin::Subjects(list) = pin { Some(list) } else { None });
    let audiences = listed(|pin| if let Pin::Audiences(list) = pin { Some(list) } else { None });
    if !subjects.is_empty() {
        return format!("A token of {issuer} for {}", subjects.join(" or "));
    }
    let shared = oidc_issuers::shared(issuer);
    if oidc_issuers::is_cognito(issuer) {
        return cognito(entry.guests, &audiences);
    }
    match shared {
        Some(shared) if shared.application && !audiences.is_empty() => {
            format!("Any user of {issuer} who signed in for {}", audiences.join(" or "))
        }
        Some(_) if flags::names_customer(issuer) && !audiences.is_empty() => {
            format!("Any token of {issuer} for the audience {}", audiences.join(" or "))
        }
        Some(shared) => shared.anyone.clone(),
        None if issuer.starts_with("oidc.eks.") => format!("Any pod of the EKS cluster behind {issuer}"),
        None => format!("Any token of {issuer}, whatever its subject,"),
    }
}

fn cognito(guests: Guests, pools: &[&str]) -> String {
    let pool = match pools {
        [] => "any Cognito identity pool, in whatever account,".to_owned(),
        pools => format!("the Cognito identity pool {}", pools.join(" or ")),
    };
    match guests {
        Guests::No => format!("Any user who signed in to {pool}"),
        Guests::Only => format!("Any guest of {pool}, without signing in (the pool's ID is enough),"),
        Guests::Too => format!("Any user or guest of {pool}, with or without signing in (the pool's ID is enough),"),
    }
}

fn external_id(entry: &Entry, parts: &mut Vec<String>) {
    match (&entry.external_id, &entry.who) {
        (ExternalId::Required, _) => parts.push("an external ID is required".to_owned()),
        (ExternalId::NotEnforced(why), _) => parts.push(format!("an external ID is named but not enforced: {why}")),
        (
            ExternalId::NotAsked,
            TrustedPrincipal::Account { relation, .. } | TrustedPrincipal::Foreign { relation, .. },
        ) if *relation != Relation::OwnOrganization => {
            parts.push("no external ID is required".to_owned());
        }
        (ExternalId::NotAsked, _) => {}
    }
}

/// Adds a condition's phrase, unless the subject of the sentence already says it.
fn add_condition(entry: &Entry, shown: &Shown, only: &mut Vec<String>, parts: &mut Vec<String>) {
    // If another condition fixes the callers, this one is a requirement for them.
    let everyone = matches!(entry.who, TrustedPrincipal::Everyone | TrustedPrincipal::EveryoneExcept(_))
        && entry.pins().is_empty();
    if shown.judgement.pin.as_ref().is_some_and(|pin| is_in_subject(entry, pin)) {
        return;
    }
    let key = shown.key.to_ascii_lowercase();
    // Claims of the token or the assertion.
    let is_whose = match &entry.who {
        TrustedPrincipal::Oidc { issuer, .. } => key.starts_with(&format!("{}:", issuer.to_ascii_lowercase())),
        TrustedPrincipal::Saml { .. } => key.starts_with("saml:"),
        _ => false,
    };
    match (shown.judgement.class, &shown.demand) {
        (Class::Narrowing, Demand::Words(words)) => only.push(words.clone()),
        (Class::Narrowing, _) => only.push(format!("where {}", shown.text)),
        (Class::Unknown, _) => {
            parts.push(format!("what {} limits is not known: {}", shown.text, shown.judgement.reason));
        }
        // The subject of the sentence already names who signs in.
        (Class::NotNarrowing, _) if is_whose && key.ends_with(":amr") && oidc_issuers::is_cognito(issuer(entry)) => {}
        (Class::NotNarrowing, _) if everyone || is_whose => {
            parts.push(format!("{} does not limit who: {}", shown.text, shown.judgement.reason));
        }
        (Class::NotNarrowing, Demand::Words(words)) => only.push(words.clone()),
        (Class::NotNarrowing, Demand::Text) => parts.push(format!("{} must also hold", shown.text)),
        (Class::NotNarrowing, Demand::Nothing) => {
            parts.push(format!("{} limits nothing: {}", shown.text, shown.judgement.reason));
        }
    }
}

fn issuer(entry: &Entry) -> &str {
    if let TrustedPrincipal::Oidc { issuer, .. } = &entry.who { issuer } else { "" }
}

fn is_in_subject(entry: &Entry, pin: &Pin) -> bool {
    match &entry.who {
        TrustedPrincipal::Everyone | TrustedPrincipal::EveryoneExcept(_) => true,
        TrustedPrincipal::Oidc { issuer, .. } => {
            let subject = entry.pins().into_iter().any(|pin| matches!(pin, Pin::Subjects(_)));
            matches!(pin, Pin::Subjects(_))
                || (matches!(pin, Pin::Audiences(_)) && !subject && flags::names_customer(issuer))
        }
        _ => false,
    }
}
