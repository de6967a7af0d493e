//! The accounts of a process: a file of account IDs, and a shard K of N.

use crate::digest::sha256;
use std::env;
use std::path::Path;

/// Shard `index` (from 0) of `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    pub index: u64,
    pub of: u64,
}

impl Shard {
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Whether an account belongs to this shard; independent of the list's order.
    pub fn contains(self, account: &str) -> bool {
        let hash = sha256(account.as_bytes());
        let number = u64::from_str_radix(&hash[..15], 16).expect("a hash is hexadecimal");
        number % self.of == self.index
    }

    /// From the option, otherwise from the variables of an AWS Batch array job.
    pub fn chosen(option: Option<&str>) -> Result<Self, String> {
        chosen(option, &|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }
}

const BATCH: (&str, &str) = ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE");
const KUBERNETES: &str = "JOB_COMPLETION_INDEX";

fn chosen(option: Option<&str>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let wrong = |what: &str| format!("{what}\n  next: give --shard like 2/8, or auto/8");
    let number = |text: &str| text.parse::<u64>().map_err(|_| wrong(&format!("{text:?} is not a number")));
    let index = || variable(BATCH.0).or_else(|| variable(KUBERNETES));
    let (index, of) = match option.map(|option| option.split_once('/').ok_or(option)) {
        Some(Err(option)) => return Err(wrong(&format!("--shard {option:?} is not K/N"))),
        Some(Ok(("auto", of))) => {
            let told = index().ok_or_else(|| wrong(&format!("neither {} nor {KUBERNETES} is set", BATCH.0)))?;
            (number(&told)?, number(of)?)
        }
        Some(Ok((part, of))) => {
            (number(part)?.checked_sub(1).ok_or_else(|| wrong("parts are counted from 1"))?, number(of)?)
        }
        None => match (index(), variable(BATCH.1)) {
            (None, _) => return Ok(Shard::WHOLE),
            (Some(index), Some(of)) => (number(&index)?, number(&of)?),
            // Otherwise every process would do all the work.
            (Some(_), None) => {
                return Err("this is one of several processes, and nothing says of how many\n  next: add --shard auto/N (N as in the job's `completions`)"
                    .to_owned());
            }
        },
    };
    if index < of { Ok(Shard { index, of }) } else { Err(wrong(&format!("there is no part {} of {of}", index + 1))) }
}

/// The account IDs in a file, or all errors with their lines.
pub fn accounts(path: &Path) -> Result<Vec<String>, String> {
    let text = crate::files::read_text(path).map_err(|error| {
        format!("{}: {error}\n  next: name a file with one account's number a line", path.display())
    })?;
    parse_accounts(&text).map_err(|mistakes| {
        let lines: Vec<String> =
            mistakes.iter().map(|(line, told)| format!("{}:{line}: {told}", path.display())).collect();
        format!("{}\n  next: one account's number of twelve digits a line; # begins a comment", lines.join("\n"))
    })
}

fn parse_accounts(text: &str) -> Result<Vec<String>, Vec<(usize, String)>> {
    let (mut accounts, mut mistakes) = (Vec::<String>::new(), Vec::new());
    for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let number = text.split('#').next().unwrap_or_default().trim();
        if number.is_empty() {
            continue;
        }
        if !crate::arn::is_account(number) {
            mistakes.push((line, format!("{number:?} is not the number of an account")));
        } else if accounts.iter().any(|known| known == number) {
            mistakes.push((line, format!("{number} stands here a second time")));
        } else {
            accounts.push(number.to_owned());
        }
    }
    if mistakes.is_empty() && accounts.is_empty() {
        mistakes.push((1, "the file names no account".to_owned()));
    }
    accounts.sort();
    if mistakes.is_empty() { Ok(accounts) } else { Err(mistakes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_cover_all_accounts_once() {
        for account in 0..500_u64 {
            let account = format!("{:012}", account * 7_919);
            let parts: Vec<u64> = (0..7).filter(|index| Shard { index: *index, of: 7 }.contains(&account)).collect();
            assert_eq!(parts.len(), 1, "{account}");
        }
        let sizes: Vec<usize> = (0..4)
            .map(|index| (0..1000_u64).filter(|n| Shard { index, of: 4 }.contains(&format!("{n:012}"))).count())
            .collect();
        assert!(sizes.iter().all(|size| (200..300).contains(size)), "{sizes:?}");
    }

    #[test]
    fn the_shard_comes_from_the_option_or_the_environment() {
        let with = |option: Option<&str>, set: &[(&str, &str)]| {
            let set: Vec<(String, String)> = set.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            chosen(option, &|name| set.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
                .map(|shard| (shard.index, shard.of))
                .map_err(|problem| problem.lines().next().unwrap_or_default().to_owned())
        };
        assert_eq!(with(None, &[]), Ok((0, 1)));
        assert_eq!(with(Some("2/8"), &[]), Ok((1, 8)));
        assert_eq!(with(Some("auto/8"), &[(KUBERNETES, "7")]), Ok((7, 8)));
        assert_eq!(with(None, &[(BATCH.0, "0"), (BATCH.1, "3")]), Ok((0, 3)));
        for wrong in ["0/8", "9/8", "1", "a/b", "1/0", "auto/8"] {
            assert!(with(Some(wrong), &[]).is_err(), "{wrong}");
        }
        assert!(with(None, &[(KUBERNETES, "1")]).unwrap_err().contains("nothing says of how many"));
    }

    #[test]
    fn errors_in_a_file_have_line_numbers() {
        assert_eq!(
            parse_accounts("# ours\n222222222222 # b\n\n111111111111\n").unwrap(),
            ["111111111111", "222222222222"]
        );
        let mistakes = parse_accounts("12345\n111111111111\n111111111111\n").unwrap_err();
        assert_eq!(mistakes.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 3]);
        assert!(parse_accounts("# nothing\n").is_err());
    }
}
