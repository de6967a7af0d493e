//! The text of `SHA256SUMS`: what `sha256sum` writes and `sha256sum -c` reads.

/// The manifest's file name.
pub const MANIFEST: &str = "SHA256SUMS";

/// One line. Names with a backslash or a line break are escaped as GNU
/// coreutils does it: a leading backslash announces it.
pub fn manifest_line(name: &str, sha256: &str) -> String {
    let escaped = name.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
    let announce = if escaped == name { "" } else { "\\" };
    format!("{announce}{sha256}  {escaped}\n")
}

/// Name and hash of each line, in order; or what is wrong, with the line's number.
pub fn parse_manifest(bytes: &[u8]) -> Result<Vec<(String, String)>, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to()))?;
    // Lines end as `sha256sum` ends them: with `\r\n` it would look for other names than this program.
    if let Some(index) = text.split('\n').position(|line| line.ends_with('\r')) {
        return Err(format!("line {} ends with a carriage return", index + 1));
    }
    text.lines().enumerate().map(|(index, line)| parse_line(line).ok_or_else(|| bad_line(index + 1))).collect()
}

fn bad_line(number: usize) -> String {
    format!("line {number} is not `<64 hexadecimal digits>  <name>`")
}

fn parse_line(line: &str) -> Option<(String, String)> {
    let (escaped, line) = line.strip_prefix('\\').map_or((false, line), |rest| (true, rest));
    let (hash, name) = (line.get(..64)?, line.get(64..)?);
    let name = name.strip_prefix("  ").or_else(|| name.strip_prefix(" *"))?;
    if !hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) || name.is_empty() {
        return None;
    }
    Some((if escaped { unescape(name)? } else { name.to_owned() }, hash.to_owned()))
}

fn unescape(name: &str) -> Option<String> {
    let mut plain = String::new();
    let mut letters = name.chars();
    while let Some(letter) = letters.next() {
        plain.push(match letter {
            '\\' => match letters.next()? {
                'n' => '\n',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            other => other,
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_name_comes_back(name in "[^\0]{1,40}", hash in "[0-9a-f]{64}") {
            let line = manifest_line(&name, &hash);
            prop_assert_eq!(parse_manifest(line.as_bytes()).unwrap(), vec![(name, hash)]);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_manifest(&bytes);
        }
    }

    #[test]
    fn a_manifest_with_other_line_ends_is_refused() {
        let text = format!("{0}  a\n{0}  b\r\n", "0".repeat(64));
        assert_eq!(parse_manifest(text.as_bytes()).unwrap_err(), "line 2 ends with a carriage return");
    }

    #[test]
    fn a_torn_line_is_named() {
        let text = format!("{}  a\n{}", "0".repeat(64), "12ab");
        assert_eq!(parse_manifest(text.as_bytes()).unwrap_err(), "line 2 is not `<64 hexadecimal digits>  <name>`");
    }
}
