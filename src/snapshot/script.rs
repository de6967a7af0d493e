//! The shell script that creates the folder for `auditpack import`: helpers and special cases are in `collect.sh`, the
//! rest is generated from the table of operations.

use super::layout::{is_regional, kebab};
use crate::operations::{Calls, Constant, Extra, IDENTITY_RULES, List, Only, Operation, Source, ValueFrom, sources};
use std::collections::BTreeMap;

/// A POSIX shell script that makes a collection's calls with the AWS CLI and keeps answer, error text and exit code of
/// each call, so that "none", "denied" and "not called" remain distinguishable.
pub fn script() -> String {
    let functions: Vec<String> = sources().filter(|source| source.is_plain()).map(function).collect();
    let text = include_str!("collect.sh").replace("@identity@", &IDENTITY_RULES.join("|"));
    text.replace("@functions@\n", &functions.join("\n")).replace("@run@\n", &run())
}

/// All sources in collection order, regional ones in a loop over the Regions.
fn run() -> String {
    let all: Vec<&Source> = sources().collect();
    let mut text = Lines::default();
    for part in all.chunk_by(|one, next| one.is_regional == next.is_regional) {
        let is_regional = part[0].is_regional;
        text.add(if is_regional { "for region in $regions; do" } else { "region=''" });
        text.depth += usize::from(is_regional);
        for source in part {
            let option = match source.only_with {
                None => "",
                Some(Extra::Deep) => "[ \"$deep\" = yes ] && ",
                Some(Extra::Events) => "[ \"$events\" = yes ] && ",
                Some(Extra::ValidatePolicies) => "[ \"$validate\" = yes ] && ",
            };
            text.add(&format!("{option}{}", function_name(source)));
        }
        if is_regional {
            text.depth -= 1;
            text.add("done");
        }
    }
    text.text
}

fn function_name(source: &Source) -> String {
    format!("ask_{}", source.name.replace('-', "_"))
}

fn function(source: &Source) -> String {
    let mut text = Lines::default();
    text.add(&format!("{}() {{", function_name(source)));
    text.depth = 1;
    for group in source.groups() {
        groups(source, &group, &Request::default(), &mut text);
    }
    text.depth = 0;
    text.add("}");
    text.text
}

/// Lines of a script, indented.
#[derive(Default)]
struct Lines {
    text: String,
    depth: usize,
}

impl Lines {
    fn add(&mut self, line: &str) {
        self.text += &format!("{}{line}\n", "    ".repeat(self.depth));
    }

    /// A line, the lines that `inside` adds, and the closing line.
    fn block(&mut self, line: &str, end: &str, inside: impl FnOnce(&mut Self)) {
        self.add(line);
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.add(end);
    }
}

/// The parameters of a call: parameter → the shell variable with its JSON value.
type Request = BTreeMap<&'static str, String>;

/// The path of an operation's files for a request.
fn path(list: List, request: &Request) -> String {
    let region = if is_regional(list.service) { "$region/" } else { "" };
    let stem = format!("{}/{region}{}", list.service, kebab(list.operation));
    if request.is_empty() {
        return format!("\"{stem}\"");
    }
    let values: Vec<&str> = request.values().map(String::as_str).collect();
    format!("\"{stem}/$(encoded \"{}\")\"", values.join("&"))
}

/// Rows with the same list; `above` is the request whose answer contains it.
fn groups(source: &Source, group: &[&Operation], above: &Request, text: &mut Lines) {
    match group[0].calls {
        Calls::Once => text.add(&plain(group[0])),
        Calls::IfAnswered(lists) => {
            let one = |list: &List| format!("answered {}", path(*list, &Request::new()));
            let all: Vec<String> = lists.iter().map(one).collect();
            text.block(&format!("if {}; then", all.join(" && ")), "fi", |text| text.add(&plain(group[0])));
        }
        Calls::IfListed(lists) => {
            let one = |list: &List| format!("listed {} {}", path(*list, &Request::new()), list.member);
            let all: Vec<String> = lists.iter().map(one).collect();
            text.block(&format!("if {}; then", all.join(" && ")), "fi", |text| text.add(&plain(group[0])));
        }
        Calls::Values(name, values) => {
            let values = values.join(" ").replace("{partition}", "$partition");
            text.block(&format!("for value in {values}; do"), "done", |text| {
                about(source, group[0], &Request::from([(name, "$value".to_owned())]), text);
            });
        }
        Calls::OnceAndEach(lists, _) => {
            for row in group {
                text.add(&plain(row));
            }
            each(source, group, lists[0], above, text);
        }
        Calls::Each(lists, _) if group.iter().any(|row| row.own_list().is_some()) => tree(source, group, lists, text),
        Calls::Each(lists, _) => each(source, group, lists[0], above, text),
        Calls::ByCode(..) => unreachable!("what has code of its own is in the script's own text"),
    }
}

/// A call without varying parameters. A list is sent as JSON, which leaves a record of it beside the answer.
fn plain(row: &Operation) -> String {
    let options = row.constants.iter().map(|(name, constant)| match constant {
        Constant::Text(text) => format!(" --{} {text}", kebab(name)),
        Constant::Texts(_) => String::new(),
        Constant::True => format!(" --{}", kebab(name)),
    });
    let lists: Vec<String> =
        row.constants.iter().filter(|(_, constant)| matches!(constant, Constant::Texts(_))).map(json_member).collect();
    let request = if lists.is_empty() { String::new() } else { format!("request='{{{}}}'; ", lists.join(", ")) };
    format!("{request}plain {} {}{}", row.service, kebab(row.name), options.collect::<String>())
}

/// `"AlarmTypes": ["CompositeAlarm", "MetricAlarm"]`
fn json_member((name, constant): &(&str, Constant)) -> String {
    let quoted = |text: &str| format!("\"{text}\"");
    let value = match constant {
        Constant::Text(text) => quoted(text),
        Constant::Texts(texts) => format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")),
        Constant::True => "true".to_owned(),
    };
    format!("\"{name}\": {value}")
}

/// One call with parameters, and the calls that depend on its answer.
fn about(source: &Source, row: &Operation, request: &Request, text: &mut Lines) {
    if !row.constants.is_empty() {
        let members: Vec<String> = row.constants.iter().map(json_member).collect();
        text.add(&format!("also='{}'", members.join(", ")));
    }
    let members: String = request.iter().map(|(name, value)| format!(" {name} \"{value}\"")).collect();
    text.add(&format!("about {} {}{members}", row.service, kebab(row.name)));
    for group in source.below(row) {
        groups(source, &group, request, text);
    }
}

/// A loop over the entries of a list.
fn each(source: &Source, group: &[&Operation], list: List, above: &Request, text: &mut Lines) {
    let depth = text.depth;
    let variable = |member: &str| format!("{member}_{depth}");
    let mut members: Vec<&str> = Vec::new();
    for row in group {
        members.extend(tested(row.only));
        let (Calls::Each(_, parameters) | Calls::OnceAndEach(_, parameters)) = row.calls else { continue };
        members.extend(parameters.iter().filter_map(|(_, from)| match from {
            ValueFrom::Member(member) => Some(member),
            ValueFrom::Entry | ValueFrom::Request => None,
        }));
    }
    let mut seen: Vec<&str> = Vec::new();
    members.retain(|member| {
        !seen.contains(member) && {
            seen.push(member);
            true
        }
    });
    let file = path(list, above);
    let start = if members.is_empty() {
        format!("texts {file} {} | while IFS= read -r {}; do", list.member, variable("entry"))
    } else {
        let variables: Vec<String> = members.iter().map(|member| variable(member)).collect();
        let (read, variables) = (members.join(" "), variables.join(" "));
        format!("rows {file} {} {read} | while IFS=$sep read -r {variables}; do", list.member)
    };
    text.block(&start, "done", |text| {
        for row in group {
            let request = request(row, above, &variable);
            match condition(row.only, &variable) {
                None => about(source, row, &request, text),
                Some(condition) => {
                    text.block(&format!("if {condition}; then"), "fi", |text| about(source, row, &request, text));
                }
            }
        }
    });
}

fn request(row: &Operation, above: &Request, variable: &impl Fn(&str) -> String) -> Request {
    let (Calls::Each(_, parameters) | Calls::OnceAndEach(_, parameters)) = row.calls else { return Request::new() };
    let value = |name: &str, from: ValueFrom| match from {
        ValueFrom::Member(member) => format!("${}", variable(member)),
        ValueFrom::Entry => format!("${}", variable("entry")),
        ValueFrom::Request => above.get(name).cloned().unwrap_or_default(),
    };
    parameters.iter().map(|(name, from)| (*name, value(name, *from))).collect()
}

/// The members of an entry that decide whether calls are made for it.
fn tested(only: Only) -> Vec<&'static str> {
    match only {
        Only::All => Vec::new(),
        Only::With(member, _) | Only::WithoutAnyOf(member, _) | Only::Given(member) | Only::InHomeRegion(member) => {
            vec![member]
        }
        Only::CustomerPolicies => vec!["Arn"],
        Only::IdentityRules => vec!["SourceIdentifier", "Owner", "EvaluationVisibility"],
    }
}

fn condition(only: Only, variable: &impl Fn(&str) -> String) -> Option<String> {
    let values: Vec<String> = tested(only).into_iter().map(|member| format!("\"${}\"", variable(member))).collect();
    let values = values.join(" ");
    match only {
        Only::All => None,
        Only::With(_, words) => Some(format!("one_of {values} {}", words.join(" "))),
        Only::WithoutAnyOf(_, words) => Some(format!("! one_of {values} {}", words.join(" "))),
        Only::Given(_) => Some(format!("[ -n {values} ]")),
        Only::InHomeRegion(_) => Some(format!("is_asked_here {values}")),
        Only::CustomerPolicies => Some(format!("! is_of_aws {values}")),
        Only::IdentityRules => Some(format!("is_about_identity {values}")),
    }
}

/// A loop over a tree: the entries of each level are the parents of the next.
fn tree(source: &Source, group: &[&Operation], lists: &[List], text: &mut Lines) {
    let Calls::Each(_, [(name, ValueFrom::Member(member))]) = group[0].calls else {
        unreachable!("a tree is asked by one member of its entries")
    };
    let parent = Request::from([(*name, "$parent".to_owned())]);
    text.add(&format!("parents=$(rows {} {} {member})", path(lists[0], &Request::new()), lists[0].member));
    text.block("while [ -n \"$parents\" ]; do", "done", |text| {
        text.add("below=''");
        text.block("for parent in $parents; do", "done", |text| {
            for row in group {
                about(source, row, &parent, text);
                if let Some(list) = row.own_list() {
                    text.add(&format!("below=\"$below $(rows {} {} {member})\"", path(list, &parent), list.member));
                }
            }
        });
        text.add("parents=$(echo $below)");
    });
}
