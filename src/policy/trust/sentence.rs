//! One plain sentence for each entry.

use super::who::{OwnKind, relation};
use super::{Entry, ExternalId, Relation, TrustContext, Who, flags, supports_source_conditions};
use crate::policy::conditions::{Class, Pin, is_external_id};

pub(super) fn of(entry: &Entry, context: &TrustContext) -> String {
    if let Who::Dangling(id) = &entry.who {
        return format!("The deleted user or role {id} is still named; nobody gets in through it, and it can go.");
    }
    let who = subject(entry, context);
    if !entry.may_assume {
        return format!("{who} may not assume this role by this statement, which allows only {}.", actions(entry));
    }
    if let Some(statement) = entry.denied_by {
        return format!(
            "{who} may not assume this role: it is allowed here, and statement {} denies it.",
            statement + 1
        );
    }
    let mut sentence = format!("{who} may assume this role");
    for part in tail(entry) {
        sentence.push_str("; ");
        sentence.push_str(&part);
    }
    sentence.push('.');
    sentence
}

fn actions(entry: &Entry) -> String {
    if entry.actions.is_empty() { "nothing".to_owned() } else { entry.actions.join(", ") }
}

fn subject(entry: &Entry, context: &TrustContext) -> String {
    match &entry.who {
        Who::Everyone => everyone(entry, context, ""),
        Who::EveryoneExcept(names) => everyone(entry, context, &format!(" except {}", names.join(", "))),
        Who::OwnAccount => "Anyone in this account whom its own policies allow".to_owned(),
        Who::OwnPrincipal { kind: OwnKind::User, name, .. } => format!("The user {name} of this account"),
        Who::OwnPrincipal { kind: OwnKind::Role, name, .. } => format!("The role {name} of this account"),
        Who::OwnPrincipal { kind: OwnKind::Session, name, .. } => format!("The session {name} of this account"),
        Who::Account { id, relation } => {
            format!("Anyone in account {id} ({}) that its administrators allow", related(relation))
        }
        Who::Foreign { arn, relation, .. } => {
            format!("{arn}, in an account that is {}, if its administrators allow,", related(relation))
        }
        Who::Service(name) => format!("The AWS service {name}"),
        Who::Oidc { issuer, shared, .. } => oidc(entry, issuer, *shared),
        Who::Saml { name, .. } => format!("Whoever the SAML provider {name} signs in"),
        Who::Dangling(id) => id.clone(),
        Who::NotUnderstood(text) => format!("A principal that is not understood ({text})"),
    }
}

fn related(relation: &Relation) -> String {
    match relation {
        Relation::Own => "this account".to_owned(),
        Relation::OwnOrganisation => "of this organisation".to_owned(),
        Relation::Vendor(name) => format!("of the vendor {name}"),
        Relation::Stranger => "unknown to this organisation".to_owned(),
        Relation::NotKnown => "perhaps of this organisation, whose accounts were not collected".to_owned(),
    }
}

fn everyone(entry: &Entry, context: &TrustContext, except: &str) -> String {
    let groups: Vec<String> = entry.pins().into_iter().map(|pin| within(pin, context)).collect();
    if groups.is_empty() {
        let start = if except.is_empty() { "Anyone" } else { "Everyone" };
        format!("{start} in any AWS account{except}")
    } else {
        format!("Anyone {}{except}", groups.join(" and "))
    }
}

fn within(pin: &Pin, context: &TrustContext) -> String {
    match pin {
        Pin::Organisations(list) => format!("in the organisation {}", organisations(list, context)),
        Pin::Accounts(list) => {
            let named: Vec<String> =
                list.iter().map(|id| format!("{id} ({})", related(&relation(id, context)))).collect();
            format!("in account {}", named.join(" or "))
        }
        Pin::Principals(list) => format!("who is {}", list.join(" or ")),
        Pin::SourceAccounts(list) => format!("through an AWS service acting for account {}", list.join(" or ")),
        Pin::Sources(list) => format!("through an AWS service acting for {}", list.join(" or ")),
        Pin::SourceOrganisations(list) => {
            format!("through an AWS service acting for the organisation {}", organisations(list, context))
        }
        Pin::Networks(list) => format!("who calls from {}", list.join(" or ")),
        Pin::Services(list) => format!("that is the AWS service {}", list.join(" or ")),
        Pin::Subjects(list) => format!("with the subject {}", list.join(" or ")),
        Pin::Audiences(list) => format!("with a token for {}", list.join(" or ")),
        Pin::Attribute(text) => format!("for whom {text}"),
        Pin::ExternalId => "who knows the external id".to_owned(),
    }
}

fn organisations(list: &[String], context: &TrustContext) -> String {
    let own = |id: &String| context.organisation.as_deref() == Some(id.as_str()) || id.starts_with("${");
    let named: Vec<String> = list
        .iter()
        .map(|id| match (&context.organisation, own(id)) {
            (_, true) => format!("{id} (this organisation)"),
            (Some(_), false) => format!("{id} (another organisation)"),
            (None, false) => id.clone(),
        })
        .collect();
    named.join(" or ")
}

fn oidc(entry: &Entry, issuer: &str, shared: bool) -> String {
    let subjects: Vec<&str> = entry
        .pins()
        .into_iter()
        .filter_map(|pin| if let Pin::Subjects(list) = pin { Some(list) } else { None })
        .flatten()
        .map(String::as_str)
        .collect();
    let audiences: Vec<&str> = entry
        .pins()
        .into_iter()
        .filter_map(|pin| if let Pin::Audiences(list) = pin { Some(list) } else { None })
        .flatten()
        .map(String::as_str)
        .collect();
    if !subjects.is_empty() {
        return format!("A token of {issuer} for {}", subjects.join(" or "));
    }
    if flags::is_application_issuer(issuer) && !audiences.is_empty() {
        return format!("Any user of {issuer} who signed in for {}", audiences.join(" or "));
    }
    let whose = if shared { ", whoever's it is," } else { ", whatever its subject," };
    format!("Any token of {issuer}{whose}")
}

/// What the subject of the sentence has not told yet.
fn tail(entry: &Entry) -> Vec<String> {
    let mut parts = Vec::new();
    match (&entry.external_id, &entry.who) {
        (ExternalId::Required, _) => parts.push("an external id is required".to_owned()),
        (ExternalId::NotEnforced(why), _) => parts.push(format!("an external id is named but not enforced: {why}")),
        (ExternalId::NotAsked, Who::Account { relation, .. } | Who::Foreign { relation, .. })
            if *relation != Relation::OwnOrganisation =>
        {
            parts.push("no external id is required".to_owned());
        }
        (ExternalId::NotAsked, _) => {}
    }
    let told = |pin: &Pin| match &entry.who {
        Who::Everyone | Who::EveryoneExcept(_) => true,
        Who::Oidc { issuer, .. } => {
            matches!(pin, Pin::Subjects(_))
                || (flags::is_application_issuer(issuer) && matches!(pin, Pin::Audiences(_)))
        }
        _ => false,
    };
    for shown in entry.conditions.iter().filter(|shown| !is_external_id(&shown.key)) {
        match (&shown.judgement.class, &shown.judgement.pin) {
            (_, Some(pin)) if told(pin) => {}
            (Class::Narrowing, _) => parts.push(format!("only where {}", shown.text)),
            (Class::Unknown, _) => {
                parts.push(format!("{} is asked too, and what that limits is not known", shown.text));
            }
            (Class::NotNarrowing, _) if matches!(entry.who, Who::Everyone | Who::EveryoneExcept(_)) => {
                parts.push(format!("{} does not limit who: {}", shown.text, shown.judgement.reason));
            }
            (Class::NotNarrowing, _) => parts.push(format!("{} is asked too", shown.text)),
        }
    }
    if let Who::Service(name) = &entry.who
        && supports_source_conditions(name)
        && entry.pins().is_empty()
    {
        parts.push("nothing limits whose resources the service acts for".to_owned());
    }
    if entry.by_not_action {
        parts.push("it is allowed by not being excepted (NotAction)".to_owned());
    }
    parts
}
