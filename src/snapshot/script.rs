//! The shell script that makes the folder which `auditpack import` reads.

/// A POSIX shell script that asks AWS what a collection asks, with the AWS CLI alone, and
/// keeps answer, error text and exit code of each call side by side, so that "none",
/// "refused" and "not asked" stay three different things.
pub fn script() -> String {
    include_str!("collect.sh").to_owned()
}
