//! The value of `--store`: `s3://bucket/prefix`, `file:///folder`, or a folder's path.

use percent_encoding::percent_decode_str;
use std::fmt;
use std::path::{Path, PathBuf};

/// The address of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub place: Place,
}

/// The kinds of stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Folder(PathBuf),
    /// The prefix has no leading or trailing slash; it may be empty.
    S3 {
        bucket: String,
        prefix: String,
    },
}

impl Address {
    /// Parses the user's text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let told = |problem: &str| {
            format!("{text:?}: {problem}\n  next: give s3://bucket/prefix, file:///folder, or a folder's path")
        };
        let place = match text.split_once("://") {
            None if text.trim().is_empty() => return Err(told("the store has no name")),
            None => Place::Folder(text.into()),
            Some(("file", rest)) => {
                let path = percent_decode_str(rest).decode_utf8().map_err(|_| told("the path is not UTF-8"))?;
                if !path.starts_with('/') || path.contains('\0') {
                    return Err(told("the path is not absolute"));
                }
                Place::Folder(path.into_owned().into())
            }
            Some(("s3", rest)) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                if !is_bucket(bucket) {
                    return Err(told("that is no name of a bucket"));
                }
                let prefix = prefix.trim_matches('/');
                if !prefix.is_empty() && !prefix.split('/').all(is_plain) {
                    return Err(told("a prefix has letters, digits and -_.=+@ between its slashes"));
                }
                Place::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() }
            }
            Some((scheme, _)) => return Err(told(&format!("stores at {scheme}:// are not known"))),
        };
        Ok(Self { place })
    }

    /// Whether a path on the command line is a store URL and not a local path.
    pub fn is_url(path: &Path) -> bool {
        path.to_str().is_some_and(|text| text.starts_with("s3://") || text.starts_with("file://"))
    }

    /// `s3://bucket/prefix/name` → the store and the name in it; `None` for a folder, which is a local path.
    pub fn split(&self) -> Result<Option<(Self, String)>, String> {
        let Place::S3 { bucket, prefix } = &self.place else { return Ok(None) };
        if prefix.is_empty() {
            return Err(format!("{self}: it names a store, and nothing in it\n  next: add a pack's name to it"));
        }
        let (prefix, name) = prefix.rsplit_once('/').unwrap_or(("", prefix));
        let place = Place::S3 { bucket: bucket.clone(), prefix: prefix.to_owned() };
        Ok(Some((Self { place }, name.to_owned())))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Folder(dir) => write!(f, "{}", dir.display()),
            Place::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Place::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

/// S3's rule for bucket names, which become part of a host name.
fn is_bucket(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    (3..=63).contains(&name.len())
        && name.bytes().all(known)
        && ends(name.as_bytes().first())
        && ends(name.as_bytes().last())
        && !name.contains("..")
}

/// Whether a segment has no character with a meaning in a URL, a policy pattern or a path.
fn is_plain(segment: &str) -> bool {
    !segment.is_empty()
        && !matches!(segment, "." | "..")
        && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=+@".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<String> {
        Address::parse(text).ok().map(|address| address.to_string())
    }

    #[test]
    fn an_address_is_a_bucket_or_a_folder() {
        assert_eq!(parsed("s3://audit-packs/iam/2026/").as_deref(), Some("s3://audit-packs/iam/2026"));
        assert_eq!(parsed("s3://audit-packs").as_deref(), Some("s3://audit-packs"));
        assert_eq!(parsed("file:///srv/audit%20packs").as_deref(), Some("/srv/audit packs"));
        assert_eq!(parsed("../packs").as_deref(), Some("../packs"));
        for wrong in [
            "",
            "s3://",
            "s3://Upper",
            "s3://a/b",
            "s3://bucket/../x",
            "s3://bucket/a//b",
            "s3://bucket/*",
            "file://x",
            "gs://x",
            "s3://bu..cket/x",
        ] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_pack_in_a_store_is_the_last_part_of_its_url() {
        let split = |text: &str| Address::parse(text).unwrap().split();
        let is = |store: &str, name: &str| Ok(Some((Address::parse(store).unwrap(), name.to_owned())));
        assert_eq!(split("s3://packs/iam/123-x/"), is("s3://packs/iam", "123-x"));
        assert_eq!(split("s3://packs/123-x"), is("s3://packs", "123-x"));
        assert_eq!(split("file:///srv/packs/123-x"), Ok(None));
        assert!(split("s3://packs").unwrap_err().contains("nothing in it"));
    }
}
