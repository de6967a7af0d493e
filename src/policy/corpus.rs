//! Real documents for tests: every version of every AWS-managed policy.

use std::io::Read;

/// `NAME VERSION` and the document, versions of a policy in their order.
pub fn aws_managed_policies() -> Vec<(String, String)> {
    let packed = include_bytes!("../../tests/data/aws-managed-policies.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    let mut policies = Vec::new();
    let mut before: Vec<&str> = Vec::new();
    for part in text[1..].split("\n#") {
        let mut lines = part.lines();
        let title = lines.next().unwrap();
        let mut own = Vec::new();
        for line in lines {
            if let Some(range) = line.strip_prefix('=') {
                let (from, to) = range.split_once(' ').unwrap();
                own.extend_from_slice(&before[from.parse().unwrap()..to.parse().unwrap()]);
            } else {
                own.push(line.strip_prefix('+').unwrap());
            }
        }
        policies.push((title.to_owned(), own.join("\n")));
        before = own;
    }
    policies
}
