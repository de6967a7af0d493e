//! Parses the AWS CLI's error output.

use super::super::format::CallError;

/// The most characters of an error text.
const LONGEST: usize = 2_000;

/// CLI phrases for calls without an answer from AWS, and this program's codes for them.
const BEFORE_AWS: &[(&str, &str)] = &[
    ("Unable to locate credentials", "NoCredentials"),
    ("could not be found", "NoCredentials"), // The config profile (x) could not be found
    ("Error when retrieving token from sso", "NoCredentials"),
    ("The SSO session associated with this profile has expired", "NoCredentials"),
    ("Could not connect to the endpoint URL", "Connection"),
    ("timeout on endpoint URL", "Timeout"),
];

/// `An error occurred (AccessDenied) when calling the ListUsers operation: …` as a call's error.
pub fn error(text: &str, exit: &str) -> CallError {
    let text: String = text.trim_start_matches('\u{feff}').trim().chars().take(LONGEST).collect();
    if let Some((code, message)) = from_aws(&text) {
        return CallError::new(code, message);
    }
    let known = BEFORE_AWS.iter().find(|(phrase, _)| text.contains(phrase)).map(|(_, code)| *code);
    let message = match text.as_str() {
        "" => {
            let exit: String = exit.chars().take(20).collect();
            format!("the AWS CLI ended with exit code {exit} and said nothing")
        }
        _ => text,
    };
    CallError::new(known.unwrap_or("CommandFailed"), &message)
}

fn from_aws(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("An error occurred (")?;
    let (code, rest) = rest.split_once(')')?;
    let (_, message) = rest.split_once(" operation")?;
    // "(reached max retries: 4)" may precede the colon.
    let message = message.split_once(": ").map_or("", |(_, message)| message);
    (!code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)))
        .then_some((code, message.trim()))
}

#[cfg(test)]
mod tests {
    use super::error;

    #[test]
    fn the_code_and_words_of_aws_come_out_of_what_the_cli_prints() {
        for (text, code, message) in [
            (
                "\nAn error occurred (AccessDenied) when calling the ListUsers operation: User: arn:aws:iam::1:user/x is not authorized\n",
                "AccessDenied",
                "User: arn:aws:iam::1:user/x is not authorized",
            ),
            (
                "aws: [ERROR]: An error occurred (Throttling) when calling the ListRoles operation (reached max retries: 4): Rate exceeded",
                "Throttling",
                "4): Rate exceeded",
            ),
            ("Unable to locate credentials. You can configure", "NoCredentials", "Unable to locate credentials."),
            ("aws: error: argument operation: Invalid choice", "CommandFailed", "Invalid choice"),
        ] {
            let error = error(text, "254");
            assert_eq!(error.code, code);
            assert!(error.message.contains(message.trim_start_matches("4): ")), "{:?}", error.message);
        }
        assert_eq!(error("", "127").message, "the AWS CLI ended with exit code 127 and said nothing");
    }
}
