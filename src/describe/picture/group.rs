//! The picture in as many lines as a page has: at twenty roles each by its name, at two thousand
//! in groups of those that trust the same on the same terms.

use super::party::{Kind, Name};
use super::{Mark, Party, Terms, Trusting, roles_in_words};
use crate::describe::some_names;
use crate::policy::trust::ManagedByAws;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Lines on a side of the page.
const LINES: usize = 42;
/// A line of a heading, in lines.
const HEADING: usize = 1;
/// Open roles that each keep a line in a crowd, if there are no more.
const ALONE: usize = 16;
/// Names in the text of a line of several roles; the format cuts it to its room.
const SHOWN: usize = 6;
/// Names in the full text of a line that stands for many.
const NAMED: usize = 50;

/// What is drawn: parties, roles or groups of them, and ties between the two.
#[derive(Debug, Default, Serialize)]
pub struct Drawn {
    /// Roles or parties share lines.
    pub grouped: bool,
    /// Parties, kinds together.
    pub left: Vec<Node>,
    /// Roles, by name; the format puts them where ties cross least.
    pub right: Vec<Node>,
    pub ties: Vec<Tie>,
}

#[derive(Debug, Serialize)]
pub struct Node {
    /// The heading it stands under; empty for roles.
    pub section: &'static str,
    pub text: String,
    /// Everything that the line stands for, where the text may be cut.
    pub full: String,
    /// The sheet, where the line stands for one thing that has one.
    pub file: String,
    /// Roles behind it.
    pub count: usize,
    pub mark: Mark,
}

#[derive(Debug, Serialize)]
pub struct Tie {
    /// Places in [`Drawn::left`] and [`Drawn::right`].
    pub left: usize,
    pub right: usize,
    pub roles: usize,
    pub mark: Mark,
    /// A condition limits who gets in, for all of these roles.
    pub conditional: bool,
}

/// Whom a role trusts among the drawn parties.
type Signature = Vec<(usize, Terms)>;

pub fn draw(parties: &[Party], names: &[Name], roles: &[Trusting]) -> Drawn {
    let trusting: Vec<&Trusting> = roles.iter().filter(|role| !role.trusts.is_empty()).collect();
    let grouped = trusting.len() > LINES;
    let (mut left, line_of) = fold(parties, names, &trusting, grouped);
    let signatures = trusting.iter().map(|role| (signature(role, &line_of), *role));
    let mut groups: BTreeMap<(Signature, usize), Vec<&Trusting>> = BTreeMap::new();
    let open = trusting.iter().filter(|role| role.mark() == Mark::Open).count();
    for (number, (signature, role)) in signatures.enumerate() {
        // Nobody shares a line where all have one; and of the open ones a few are always named.
        let alone = !grouped || (open <= ALONE && role.mark() == Mark::Open);
        let own = if alone { number + 1 } else { 0 };
        groups.entry((signature, own)).or_default().push(role);
    }
    let groups: Vec<(Signature, Vec<&Trusting>)> = groups.into_iter().map(|((key, _), them)| (key, them)).collect();
    let groups = within_the_page(groups, &left);
    let mut drawn = Drawn { grouped: grouped || left.len() < parties.len(), ..Drawn::default() };
    for (number, (signature, them)) in groups.iter().enumerate() {
        for (line, terms) in signature {
            left[*line].mark = left[*line].mark.max(terms.mark);
            let (mark, conditional) = (terms.mark, terms.conditional);
            drawn.ties.push(Tie { left: *line, right: number, roles: them.len(), mark, conditional });
        }
        drawn.right.push(node_of(them));
    }
    drawn.left = left;
    drawn
}

/// The parties' lines, and each party's line. Every kind has at least one; the largest kinds are cut first.
fn fold(parties: &[Party], names: &[Name], roles: &[&Trusting], grouped: bool) -> (Vec<Node>, Vec<usize>) {
    let marks = marks(parties.len(), roles);
    let mut kinds: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
    for (place, name) in names.iter().enumerate() {
        kinds.entry(name.kind).or_default().push(place);
    }
    let room = LINES.saturating_sub(kinds.len() * HEADING);
    let total = |cap: usize| kinds.values().map(|of| of.len().min(cap)).sum::<usize>();
    let cap = (1..=room).rev().find(|&cap| total(cap) <= room).unwrap_or(1);
    let mut lines = Vec::new();
    let mut line_of = vec![0; parties.len()];
    for (kind, mut of) in kinds {
        // In a crowd, the roles that services made for themselves need no line a service.
        if grouped && kind == Kind::Service {
            let (own, others): (Vec<usize>, Vec<usize>) = of.into_iter().partition(|place| is_own(*place, roles));
            of = others;
            if own.len() > 1 {
                let text = format!("{} services, for themselves", own.len());
                lines.push(together(kind, text, &own, parties, &marks, &mut line_of, lines.len()));
            } else {
                of.extend(own);
            }
        }
        of.sort_by_key(|&place| (Reverse(marks[place]), Reverse(parties[place].count), place));
        let rest = if of.len() > cap { of.split_off(cap - 1) } else { Vec::new() };
        of.sort_unstable();
        for place in of {
            let party = &parties[place];
            line_of[place] = lines.len();
            lines.push(Node {
                section: kind.title(),
                text: party.name.clone(),
                full: format!("{}. {}", party.name, party.sentence),
                file: party.file.clone(),
                count: party.count,
                mark: Mark::Plain,
            });
        }
        if !rest.is_empty() {
            lines.push(together(kind, kind.more(rest.len()), &rest, parties, &marks, &mut line_of, lines.len()));
        }
    }
    (lines, line_of)
}

/// One line for several parties.
fn together(
    kind: Kind,
    text: String,
    of: &[usize],
    parties: &[Party],
    marks: &[Mark],
    line_of: &mut [usize],
    line: usize,
) -> Node {
    for &place in of {
        line_of[place] = line;
    }
    let names: Vec<&str> = of.iter().map(|&place| parties[place].name.as_str()).collect();
    Node {
        section: kind.title(),
        full: format!("{text}: {}", some_names(&names, NAMED)),
        text,
        file: String::new(),
        count: of.iter().map(|&place| parties[place].count).sum(),
        mark: of.iter().map(|&place| marks[place]).max().unwrap_or_default(),
    }
}

fn marks(parties: usize, roles: &[&Trusting]) -> Vec<Mark> {
    let mut marks = vec![Mark::Plain; parties];
    for (place, terms) in roles.iter().flat_map(|role| &role.trusts) {
        marks[*place] = marks[*place].max(terms.mark);
    }
    marks
}

/// Is the party trusted by service-linked roles alone?
fn is_own(place: usize, roles: &[&Trusting]) -> bool {
    roles
        .iter()
        .filter(|role| role.trusts.contains_key(&place))
        .all(|role| role.keeper == Some(ManagedByAws::ServiceLinked))
}

fn signature(role: &Trusting, line_of: &[usize]) -> Signature {
    let mut lines: BTreeMap<usize, Terms> = BTreeMap::new();
    for (place, terms) in &role.trusts {
        let terms = terms.drawn();
        lines.entry(line_of[*place]).and_modify(|known| *known = known.or(terms)).or_insert(terms);
    }
    lines.into_iter().collect()
}

/// The groups that have a line: the sharpest and largest; what is left shares a line by its first party's kind.
fn within_the_page<'a>(
    mut groups: Vec<(Signature, Vec<&'a Trusting>)>,
    left: &[Node],
) -> Vec<(Signature, Vec<&'a Trusting>)> {
    if groups.len() <= LINES {
        return groups;
    }
    groups.sort_by_cached_key(|(signature, roles)| {
        let mark = signature.iter().map(|(_, terms)| terms.mark).max().unwrap_or_default();
        (Reverse(mark), Reverse(roles.len()), roles[0].name.clone())
    });
    // As many kinds as there are may each need a line for their rest.
    let mut sections: Vec<&str> = left.iter().map(|node| node.section).collect();
    sections.dedup();
    let rest = groups.split_off(LINES - sections.len());
    let mut by_section: BTreeMap<&str, (BTreeMap<usize, Terms>, Vec<&Trusting>)> = BTreeMap::new();
    for (signature, roles) in rest {
        let section = signature.first().map_or("", |(line, _)| left[*line].section);
        let (lines, them) = by_section.entry(section).or_default();
        for (line, terms) in signature {
            lines.entry(line).and_modify(|known| *known = known.or(terms)).or_insert(terms);
        }
        them.extend(roles);
    }
    let merged = by_section.into_values().map(|(lines, them)| (lines.into_iter().collect(), them));
    groups.extend(merged);
    groups
}

fn node_of(roles: &[&Trusting]) -> Node {
    let mark = roles.iter().map(|role| role.mark()).max().unwrap_or_default();
    if let [role] = roles {
        let (text, file) = (role.name.clone(), role.file.clone());
        return Node { section: "", full: text.clone(), text, file, count: 1, mark };
    }
    let names: Vec<&str> = roles.iter().map(|role| role.name.as_str()).collect();
    let all = |keeper| roles.iter().all(|role| role.keeper == Some(keeper));
    let lead = if all(ManagedByAws::ServiceLinked) {
        format!("{} service-linked roles", roles.len())
    } else if all(ManagedByAws::IdentityCenter) {
        format!("{} roles of permission sets", roles.len())
    } else {
        roles_in_words(roles.len())
    };
    Node {
        section: "",
        text: format!("{lead}: {}", names[..names.len().min(SHOWN)].join(", "))
            + if names.len() > SHOWN { ", …" } else { "" },
        full: format!("{lead}: {}", some_names(&names, NAMED)),
        file: String::new(),
        count: roles.len(),
        mark,
    }
}
