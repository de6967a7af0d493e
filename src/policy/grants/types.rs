//! The resource types that a statement's patterns cover, each pattern matched against all types at once.
//!
//! Most statements have a few actions of a few types, which are checked one by one. A hostile policy with hundreds of
//! patterns on every action would need millions of checks, so larger statements are matched in bulk.

use super::scope::{self, LENGTHS, own_account, partition, unknown};
use crate::policy::actions::{Bits, Runs, Table, table};
use crate::policy::document::Version;
use crate::policy::matching::{BitslicedTexts, Glob, Resource, Symbol, overlap, symbols};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Up to this many checks of a pattern against a type are made one by one.
const ONE_BY_ONE_LIMIT: usize = 512;

/// The actions on a type that the patterns cover completely, or, for `NotResource`, do not exclude completely.
pub(super) fn of_type(actions: &Runs, resources: &[Resource], all_but: bool) -> Runs {
    // A pattern without a wildcard names one resource.
    let broad: Vec<&Resource> = resources.iter().filter(|resource| resource.is_pattern()).collect();
    if broad.is_empty() && !all_but {
        return Runs::default();
    }
    let table = table();
    if actions.count() as usize * broad.len() <= ONE_BY_ONE_LIMIT {
        return one_by_one(actions, &broad, all_but, table);
    }
    let mut kinds: Vec<bool> = vec![false; table.types.len()];
    for pattern in &broad {
        all_types().covered(pattern, &mut kinds);
    }
    let mut on = Bits::default();
    for (kind, covered) in (0..).zip(&kinds) {
        if *covered != all_but {
            on.add(table.of_type(kind));
        }
    }
    if all_but {
        on.union(&table.scopable().complement(table.len()));
    }
    let mut named = Bits::default();
    named.add(actions);
    on.intersect(&named);
    on.runs()
}

fn one_by_one(actions: &Runs, broad: &[&Resource], all_but: bool, table: &Table) -> Runs {
    let mut known: BTreeMap<u16, bool> = BTreeMap::new();
    let mut covered = |kind: u16| {
        *known.entry(kind).or_insert_with(|| {
            let kind = &table.types[usize::from(kind)];
            broad.iter().any(|pattern| scope::covers_type(pattern, kind)) != all_but
        })
    };
    actions
        .numbers()
        .filter(|&action| {
            let types = &table.actions[action as usize].types;
            all_but && types.is_empty() || types.iter().any(|&kind| covered(kind))
        })
        .collect()
}

/// The most comparisons in one statement; beyond them a pattern counts as covering every type.
const MAX_COMPARISONS: usize = 200_000;

/// The actions on a resource that some pattern can match. An action without a resource type applies to `*`; AWS
/// evaluates some of them (`s3:ListAllMyBuckets`) on all resources of their service.
pub(super) fn possible(actions: &Runs, resources: &[Resource]) -> Runs {
    let table = table();
    // A pattern without a service name can match any service.
    if resources.iter().any(|pattern| service_of(pattern).is_none()) {
        return actions.clone();
    }
    let mut known: BTreeMap<u16, bool> = BTreeMap::new();
    let mut compared = 0;
    let mut possible = |kind: u16| {
        *known.entry(kind).or_insert_with(|| {
            let kind = &table.types[usize::from(kind)];
            resources.iter().any(|pattern| {
                compared += 1;
                compared > MAX_COMPARISONS || kind.arns.iter().any(|arn| may_be(pattern, arn))
            })
        })
    };
    let whole: OnceCell<Vec<Option<Glob>>> = OnceCell::new();
    let mut services: BTreeMap<u16, bool> = BTreeMap::new();
    let mut on_service = |service: u16| {
        *services.entry(service).or_insert_with(|| {
            let prefix = table.services[usize::from(service)].prefix;
            let whole = whole.get_or_init(|| resources.iter().map(whole_service).collect());
            whole.iter().flatten().any(|pattern| pattern.matches(prefix))
        })
    };
    let mut kept = |action: u32| {
        let action = &table.actions[action as usize];
        if action.types.is_empty() {
            on_service(action.service)
        } else {
            action.types.iter().any(|&kind| possible(kind))
        }
    };
    actions.numbers().filter(|&action| kept(action)).collect()
}

/// The services, as a pattern, of which the pattern matches every resource; `None` if it is more specific.
fn whole_service(pattern: &Resource) -> Option<Glob> {
    let only_wild = |text: &str| text.contains('*') && text.bytes().all(|byte| matches!(byte, b'*' | b'?'));
    match pattern.parts() {
        Some(parts) => {
            let name = pattern.text().splitn(6, ':').nth(5).unwrap_or_default();
            only_wild(name).then(|| parts[2].clone())
        }
        // `arn:aws:iam::*`: the star extends over the following parts.
        None => {
            let last = pattern.text().rsplit(':').next().unwrap_or_default();
            service_of(pattern).filter(|_| only_wild(last)).map(Glob::of_action)
        }
    }
}

/// The literal service name in the pattern.
fn service_of(pattern: &Resource) -> Option<&str> {
    let mut parts = pattern.text().split(':');
    let open = |part: &str| part.contains(['*', '?', '$']);
    let (Some("arn"), Some(partition), Some(service)) = (parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    (!partition.contains("${") && !open(service) && !service.is_empty()).then_some(service)
}

/// Whether the pattern can match an ARN of this format.
pub(super) fn may_be(pattern: &Resource, arn: &str) -> bool {
    let open = |part: &str| part.contains(['*', '?', '$']);
    // Most differ in the service, which is cheap to check.
    if let (Some(service), Some(their_service)) = (service_of(pattern), arn.split(':').nth(2)) {
        let whole = || pattern.text().matches(':').count() >= 5 && !pattern.text().contains("${");
        if service != their_service && !open(their_service) && whole() {
            return false;
        }
    }
    let own: Vec<&str> = pattern.text().splitn(6, ':').collect();
    let theirs: Vec<&str> = arn.splitn(6, ':').collect();
    let (
        &[scheme, partition, service, region, account, name],
        &[_, _, their_service, their_region, their_account, their_name],
    ) = (&own[..], &theirs[..])
    else {
        return pattern.is_pattern() && overlap(pattern.glob().symbols(), &symbols(arn, Version::V2008));
    };
    // A colon inside a variable does not end a part.
    if [scheme, partition, service, region, account].iter().any(|part| part.contains("${")) {
        return overlap(pattern.glob().symbols(), &symbols(arn, Version::V2008));
    }
    let part = |own: &str, theirs: &str| match (open(own), open(theirs)) {
        (false, false) => own == theirs,
        _ => overlap(&symbols(own, Version::V2008), &symbols(theirs, Version::V2008)),
    };
    let quick =
        |own: &str, theirs: &str| own == theirs || own == "*" || theirs == "*" && !own.is_empty() || part(own, theirs);
    let start = |text: &str| text.find(['*', '?', '$']).unwrap_or(text.len());
    let (own_start, their_start) = (&name[..start(name)], &their_name[..start(their_name)]);
    quick(service, their_service)
        && (own_start.starts_with(their_start) || their_start.starts_with(own_start))
        && quick(region, their_region)
        && quick(account, their_account)
        && (name == "*"
            || their_name == "*"
            || overlap(&symbols(name, Version::V2012), &symbols(their_name, Version::V2008)))
}

/// The actions of which a denial's patterns match every resource, for all types that the action works on.
pub(super) fn wholly(actions: &Runs, resources: &[Resource], all_but: bool) -> Runs {
    let table = table();
    let broad = |pattern: &&Resource| pattern.text().ends_with('*') && service_of(pattern).is_some();
    let patterns: Vec<&Resource> =
        if all_but { resources.iter().collect() } else { resources.iter().filter(broad).collect() };
    if patterns.is_empty() || all_but && patterns.iter().any(|pattern| service_of(pattern).is_none()) {
        return Runs::default();
    }
    let mut known: BTreeMap<u16, bool> = BTreeMap::new();
    let mut compared = 0;
    let mut covered = |kind: u16| {
        *known.entry(kind).or_insert_with(|| {
            let kind = &table.types[usize::from(kind)];
            compared += patterns.len();
            if compared > MAX_COMPARISONS {
                return false;
            }
            if all_but {
                return !patterns.iter().any(|pattern| kind.arns.iter().any(|arn| may_be(pattern, arn)));
            }
            let of_service =
                |pattern: &Resource| kind.arns.iter().all(|arn| arn.split(':').nth(2) == service_of(pattern));
            patterns.iter().any(|pattern| of_service(pattern) && scope::covers_type(pattern, kind))
        })
    };
    actions
        .numbers()
        .filter(|&action| {
            let types = &table.actions[action as usize].types;
            !types.is_empty() && types.iter().all(|&kind| covered(kind))
        })
        .collect()
}

/// An ARN of a type; each part is an index into a list of distinct parts.
struct Arn {
    text: &'static str,
    service: usize,
    region: usize,
    account: usize,
    name: usize,
}

/// The ARNs of all types, prepared for matching.
struct Types {
    arns: Vec<Arn>,
    /// The ARNs of each type.
    of_type: Vec<std::ops::Range<usize>>,
    regions: Vec<&'static str>,
    accounts: Vec<&'static str>,
    services: BitslicedTexts,
    /// The resource names, with unknown parts of each length.
    names: [BitslicedTexts; 2],
    /// The same for whole ARNs in the `aws` partition without a specific account.
    whole: [BitslicedTexts; 2],
}

fn all_types() -> &'static Types {
    static TYPES: OnceLock<Types> = OnceLock::new();
    TYPES.get_or_init(|| Types::from_table(table()))
}

/// Distinct texts in order of first appearance.
#[derive(Default)]
struct List {
    texts: Vec<&'static str>,
    places: BTreeMap<&'static str, usize>,
}

impl List {
    fn place(&mut self, text: &'static str) -> usize {
        *self.places.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() - 1
        })
    }
}

impl Types {
    fn from_table(table: &Table) -> Self {
        let [mut services, mut regions, mut accounts, mut names] = std::array::from_fn(|_| List::default());
        let (mut arns, mut of_type) = (Vec::new(), Vec::with_capacity(table.types.len()));
        for kind in &table.types {
            let from = arns.len();
            for &text in &kind.arns {
                let mut parts = text.splitn(6, ':').skip(2);
                let mut part = || parts.next();
                // An ARN without six parts is never covered, so its type is skipped.
                let (Some(service), Some(region), Some(account), Some(name)) = (part(), part(), part(), part()) else {
                    continue;
                };
                let (service, region) = (services.place(service), regions.place(region));
                let (account, name) = (accounts.place(account), names.place(name));
                arns.push(Arn { text, service, region, account, name });
            }
            // A type is covered only if all of its ARNs are.
            of_type.push(if arns.len() - from == kind.arns.len() { from..arns.len() } else { 0..0 });
        }
        let any_resource = Resource::new("*", Version::V2012);
        let names_of = |length: usize| {
            BitslicedTexts::of_symbols(
                &names.texts.iter().map(|name| unknown(name, length).collect()).collect::<Vec<_>>(),
            )
        };
        let whole = |length: usize| {
            let texts =
                arns.iter().map(|arn| scope::spelt_out(arn.text, &any_resource, length).expect("has six parts"));
            BitslicedTexts::of_symbols(&texts.collect::<Vec<_>>())
        };
        Self {
            services: BitslicedTexts::of_texts(services.texts.iter().copied()),
            names: LENGTHS.map(names_of),
            whole: LENGTHS.map(whole),
            regions: regions.texts,
            accounts: accounts.texts,
            arns,
            of_type,
        }
    }

    /// Marks the types that the pattern covers: all of their ARNs match.
    fn covered(&self, pattern: &Resource, kinds: &mut [bool]) {
        let taken: Box<dyn Fn(usize) -> bool> = match pattern.parts() {
            Some(parts) if parts[0].matches("arn") => match self.by_parts(pattern, parts) {
                Some(taken) => Box::new(taken),
                None => return,
            },
            // The pattern's first colon is not the ARN's first, so the name must contain colons too.
            Some(_) => Box::new(|at| {
                let name = self.arns[at].text.splitn(6, ':').nth(5).unwrap_or_default();
                name.contains(':') && scope::covers_arn(pattern, self.arns[at].text)
            }),
            None => Box::new(self.as_a_whole(pattern.glob())),
        };
        for (kind, arns) in kinds.iter_mut().zip(&self.of_type) {
            *kind = *kind || !arns.is_empty() && arns.clone().all(&taken);
        }
    }

    fn as_a_whole(&self, glob: &Glob) -> impl Fn(usize) -> bool + use<> {
        let all = self.whole.each_ref().map(|slices| slices.matching(glob, 0..self.arns.len()));
        move |at| all.iter().all(|taken| has(taken, at))
    }

    /// Matches part by part; `None` if a part matches nothing.
    fn by_parts<'a>(&'a self, pattern: &Resource, parts: &[Glob]) -> Option<impl Fn(usize) -> bool + use<'a>> {
        if !parts[1].accepts(partition(pattern).into_iter()) {
            return None;
        }
        let services = self.services.matching(&parts[2], 0..usize::MAX);
        if services.iter().all(|word| *word == 0) {
            return None;
        }
        let regions: Vec<bool> = self.regions.iter().map(|region| parts[3].accepts(unknown(region, 9))).collect();
        let account = |account: &&str| {
            let symbols: Vec<Symbol> =
                if **account == *"*" { own_account(pattern) } else { unknown(account, 12).collect() };
            parts[4].accepts(symbols.into_iter())
        };
        let accounts: Vec<bool> = self.accounts.iter().map(account).collect();
        let names = self.names.each_ref().map(|slices| slices.matching(&parts[5], 0..usize::MAX));
        Some(move |at: usize| {
            let arn = &self.arns[at];
            has(&services, arn.service)
                && regions[arn.region]
                && accounts[arn.account]
                && names.iter().all(|taken| has(taken, arn.name))
        })
    }
}

fn has(taken: &[u64], at: usize) -> bool {
    taken[at / 64] >> (at % 64) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::Version;
    use proptest::prelude::*;

    fn resource(pattern: &str) -> Resource {
        Resource::new(pattern, Version::V2012)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        /// Bulk matching agrees with matching one by one.
        #[test]
        fn all_at_once_is_one_by_one(
            pattern in "(arn|a\\*|\\*|x):(aws|\\*|aws-cn|\\?ws):(s3|iam|\\*|e\\*|\\?\\?\\?):(\\*||eu-west-1):(\\*||123456789012|\\$\\{a\\}):[a-t*?/:]{0,5}\\*?|\\*[a-z*:?]{0,6}\\*|arn:\\*[a-z]{0,2}\\*",
            all_but in any::<bool>(),
        ) {
            let table = table();
            let actions = Runs::one(0..table.len());
            let pattern = resource(&pattern);
            let slow = one_by_one(&actions, &[&pattern], all_but, table);
            prop_assert_eq!(of_type(&actions, &[pattern], all_but), slow);
        }
    }

    #[test]
    fn patterns_that_people_write_are_among_them() {
        let table = table();
        let actions = Runs::one(0..table.len());
        for pattern in [
            "arn:aws:iam::*:role/*",
            "arn:aws:s3:::*",
            "arn:aws:iam::123456789012:*",
            "arn:aws:lambda:*:*:function:*",
            "*:role/*",
        ] {
            let pattern = [resource(pattern)];
            let fast = of_type(&actions, &pattern, false);
            assert!(!fast.is_empty());
            assert_eq!(fast, one_by_one(&actions, &[&pattern[0]], false, table));
        }
    }
}
