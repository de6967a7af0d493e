//! Policies that are easy to read wrongly: absent keys, sets of values, patterns in the middle, lists that are empty.
//! Each answer is AWS's documentation's.

use super::evaluation::wrong_answers;

#[test]
fn policies_that_are_easy_to_read_wrongly_are_evaluated_as_aws_documents() {
    let (count, wrong) = wrong_answers(include_str!("adversarial.txt"));
    assert!(count >= 60, "{count} cases");
    assert!(wrong.is_empty(), "{} wrong of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
