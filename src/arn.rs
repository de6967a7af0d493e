//! Parts of AWS's names: account IDs, organization IDs, and the name at the end of an ARN. Deliberately absent: what a
//! name means, and whether what it names exists.

/// Whether a text is an account ID: twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is a whole organization ID: `o-` and 10 to 32 letters and digits.
pub fn is_organization(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(|id| {
        (10..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// What follows the last slash: the name without its path.
pub fn name_of(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_and_organization_ids_are_whole() {
        assert!(is_account("012345678901"));
        for wrong in ["", "12345678901", "1234567890123", "12345678901x", "١٢٣٤٥٦٧٨٩٠١٢", "123456789012\n"]
        {
            assert!(!is_account(wrong), "{wrong}");
        }
        assert!(is_organization("o-a1b2c3d4e5"));
        for wrong in ["o-", "o-short", "o-a1b2c3d4*", "a1b2c3d4e5f6", "o-A1B2C3D4E5"] {
            assert!(!is_organization(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_what_follows_the_path() {
        assert_eq!(name_of("arn:aws:iam::123456789012:role/team/app"), "app");
        assert_eq!(name_of("app"), "app");
        assert_eq!(name_of("path/"), "");
    }
}
