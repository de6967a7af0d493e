//! `auditpack controls` and `auditpack permissions`.

use super::arguments::{ControlsCommand, ControlsOptions, PermissionsFormat, PermissionsOptions};
use crate::catalog::{self, Catalog, Control, Overrides, Severity};
use crate::collect::permissions as wanted;
use crate::run::exit::Exit;
use crate::run::progress::Console;
use crate::store::Place;
use std::error::Error;

pub fn controls(options: ControlsOptions, console: &Console) -> Result<Exit, Box<dyn Error>> {
    match options.what {
        ControlsCommand::List { controls } => {
            let catalog = catalog::load(controls.as_deref(), &Overrides::new())?;
            let json: Vec<_> = catalog.controls.iter().map(json).collect();
            console.result(&serde_json::json!(json), &list(&catalog));
        }
        ControlsCommand::Show { id } => {
            let catalog = catalog::load(None, &Overrides::new())?;
            let control = find(&catalog, &id)?;
            console.result(&json(control), &page(control));
        }
        ControlsCommand::Check { dir } => {
            if !dir.is_dir() {
                return Err(format!(
                    "{}: no such folder\n  next: name a folder with control pages (*.md)",
                    dir.display()
                )
                .into());
            }
            let catalog = catalog::load(Some(&dir), &Overrides::new())?;
            let own = catalog.controls.iter().filter(|control| control.from != "embedded").count();
            console.result(&serde_json::json!({ "pages": own }), &format!("{own} pages, no mistake"));
        }
        ControlsCommand::Facts => {
            let text = catalog::schema_text();
            console.result(&serde_json::json!({ "facts": text }), &text);
        }
    }
    Ok(Exit::Done)
}

pub fn permissions(options: &PermissionsOptions, console: &Console) -> Exit {
    let bucket = options.store.as_ref().and_then(|store| match &store.place {
        Place::S3 { bucket, prefix } => Some((bucket.as_str(), prefix.as_str())),
        // A folder's permissions are the file system's.
        Place::Folder(_) => None,
    });
    let text = match (options.format, options.collector) {
        (PermissionsFormat::Json, false) => wanted::json(),
        (PermissionsFormat::CloudFormation, false) => wanted::cloudformation(),
        (PermissionsFormat::Terraform, false) => wanted::terraform(),
        (PermissionsFormat::Json, true) => wanted::collector_json(bucket),
        (PermissionsFormat::CloudFormation, true) => wanted::collector_cloudformation(bucket),
        (PermissionsFormat::Terraform, true) => wanted::collector_terraform(bucket),
    };
    console.result(&serde_json::json!({ "permissions": text }), text.trim_end());
    Exit::Done
}

fn find<'a>(catalog: &'a Catalog, id: &str) -> Result<&'a Control, String> {
    catalog.controls.iter().find(|control| control.id == id).ok_or_else(|| {
        let like: Vec<_> = catalog.controls.iter().filter(|c| c.id.contains(id)).map(|c| c.id.as_str()).collect();
        let hint = if like.is_empty() { "`auditpack controls list` names all".to_owned() } else { like.join(", ") };
        format!("no control is called {id:?}\n  next: {hint}")
    })
}

fn list(catalog: &Catalog) -> String {
    let mut lines = Vec::new();
    let mut section = None;
    for control in &catalog.controls {
        if section != Some(control.section) {
            section = Some(control.section);
            lines.push(format!("\n{}", control.section));
        }
        let manual = if control.review().is_some() { " (a person decides)" } else { "" };
        lines.push(format!("  {:<8} {:<55} {}{manual}", name(control.severity), control.id, control.title));
    }
    lines.push(format!("\n{} controls, catalog {}", catalog.controls.len(), catalog.version));
    lines.join("\n").trim_start().to_owned()
}

fn page(control: &Control) -> String {
    let body = &control.body;
    let satisfies: Vec<_> =
        control.satisfies.iter().map(|(edition, ids)| format!("  {edition}: {}", ids.join(", "))).collect();
    let scope = control.in_scope.as_ref().map_or(String::new(), |c| format!("In scope   {}\n", c.source));
    format!(
        "{}\n{} · {} · {}\n\nSubject    {}: {}\n{scope}{}\n\nRequirement\n{}\n\nWhy it matters\n{}\n\nHow it is tested\n{}\n\nHow to fix it\n{}\n\nLimits\n{}\n\nFrameworks\n{}",
        control.title,
        control.id,
        name(control.severity),
        control.section,
        control.kind.name,
        control.kind.doc.trim(),
        decided(control),
        body.requirement,
        body.why,
        body.how_tested,
        body.how_to_fix,
        body.limits,
        satisfies.join("\n"),
    )
}

/// By what the control is decided.
fn decided(control: &Control) -> String {
    match (control.passes(), control.review()) {
        (Some(criterion), _) => format!("Passes     {}", criterion.source),
        (None, review) => {
            let needs = |wanted: bool, word: &str| if wanted { format!(", with {word}") } else { String::new() };
            let reviewer = needs(review.is_some_and(|one| one.needs_reviewer), "a second person's review");
            let evidence = needs(review.is_some_and(|one| one.needs_evidence), "a file handed over");
            format!(
                "Decided    by a person, in an attestation of {} days at most{reviewer}{evidence}",
                control.valid_days()
            )
        }
    }
}

fn json(control: &Control) -> serde_json::Value {
    serde_json::json!({
        "id": control.id, "title": control.title, "severity": name(control.severity), "section": control.section,
        "subject": control.kind.name, "in_scope": control.in_scope.as_ref().map(|c| &c.source),
        "assessment": if control.review().is_some() { "manual" } else { "automated" },
        "passes": control.passes().map(|c| &c.source), "satisfies": control.satisfies, "from": control.from,
    })
}

fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}
