//! The facts as a text, for authors of control pages.

use super::check::FUNCTIONS;
use super::types::Type;
use crate::account::KINDS;
use crate::account::fact::Evidence;
use std::fmt::Write;

/// Every kind of subject and every fact: name, type, meaning, evidence.
pub fn schema_text() -> String {
    let mut text = String::new();
    write(&mut text).expect("text can be written to");
    text
}

fn write(out: &mut String) -> std::fmt::Result {
    writeln!(out, "A criterion is CEL over the facts of one subject. It also knows:\n")?;
    writeln!(out, "  account.…  the facts of the account, listed below")?;
    writeln!(out, "  params.…   the page's own [params]")?;
    writeln!(out, "  as_of      a time: when the source that the subject comes from was read\n")?;
    writeln!(out, "Functions:\n")?;
    for (_, usage) in FUNCTIONS {
        writeln!(out, "  {usage}")?;
    }
    writeln!(out, "  list.all(x, …), exists, exists_one, filter, map\n")?;
    writeln!(out, "A fact that may be null must be compared with null before it is ordered or subtracted.")?;
    writeln!(out, "A fact that is not known makes the subject inconclusive, unless another operand decides alone.")?;
    for kind in KINDS {
        writeln!(out, "\nsubject = \"{}\"   variable: {}", kind.name, kind.variable)?;
        writeln!(out, "  {}", kind.doc.trim())?;
        let listed = join_evidence(kind.enumerated_by);
        writeln!(out, "  enumerated by: {}", if listed.is_empty() { "always exactly one" } else { &listed })?;
        for field in kind.fields {
            writeln!(out, "\n  {}.{}   {}", kind.variable, field.name, Type::from(field.ty))?;
            writeln!(out, "      {}", field.doc.trim())?;
            writeln!(out, "      evidence: {}", join_evidence(field.evidence))?;
        }
    }
    Ok(())
}

fn join_evidence(evidence: &[Evidence]) -> String {
    evidence.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
