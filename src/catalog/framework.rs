//! Framework editions: `controls/frameworks/<edition>.toml`.

use super::header::Reader;
use super::source::Source;
use super::{Framework, Problem, Requirement};
use std::collections::BTreeSet;

/// Reads an edition; `stem` is its file's name without `.toml`.
pub fn framework(source: &Source, stem: &str, problems: &mut Vec<Problem>) -> Option<Framework> {
    let before = problems.len();
    let table = Reader::parse(source, 0..source.text.len(), problems)?;
    let mut reader = Reader { source, offset: 0, problems };
    reader.only(&table, &["id", "name", "scope", "requirements"], "an edition");
    let id = reader.text(&table, "id");
    let name = reader.text(&table, "name");
    let scope = reader.text(&table, "scope");
    let mut requirements = Vec::new();
    if let Some(member) = reader.member(&table, "requirements") {
        match member.get_ref().as_array() {
            Some(items) => {
                let mut seen = BTreeSet::new();
                for item in items {
                    requirements.extend(requirement(&mut reader, item, &mut seen));
                }
            }
            None => {
                reader.wrong::<()>("requirements", member, "a list of tables");
            }
        }
    }
    let id = id?;
    if id.value != stem {
        let message = format!("the id is {}, the file is called {stem}", id.value);
        reader.problems.push(source.problem(id.byte(0), message, format!("call the file {}.toml", id.value)));
    }
    let framework = Framework { id: id.value, name: name?.value, scope: scope?.value, requirements };
    (problems.len() == before).then_some(framework)
}

fn requirement(
    reader: &mut Reader<'_>,
    item: &toml::Spanned<toml::de::DeValue<'_>>,
    seen: &mut BTreeSet<String>,
) -> Option<Requirement> {
    let Some(table) = item.get_ref().as_table() else {
        return reader.wrong("requirements", item, "a list of tables");
    };
    reader.only(table, &["id", "title", "assessment", "level"], "a requirement");
    let mut text = |key: &str| match table.get(key) {
        Some(member) => reader.literal(key, member).map(|literal| literal.value),
        None => {
            reader.problem(
                &item.span(),
                format!("a requirement without {key}"),
                "write { id = \"1.1\", title = \"…\" }",
            );
            None
        }
    };
    let (id, title) = (text("id"), text("title"));
    let assessment = table.get("assessment").and_then(|member| reader.literal("assessment", member));
    let level = table.get("level").and_then(|member| reader.integer("level", member));
    let (id, title) = (id?, title?);
    if !seen.insert(id.clone()) {
        reader.problem(&item.span(), format!("requirement {id} is listed twice"), "list it once");
    }
    let assessment = assessment.map(|literal| literal.value);
    Some(Requirement { id, title, assessment, level: level.and_then(|level| u8::try_from(level).ok()) })
}
