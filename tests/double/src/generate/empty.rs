//! A member account with nothing in it, its root credentials removed by central root management.

use super::blueprint::{Blueprint, Root};
use super::report::Style;
use crate::time::at;

pub fn blueprint() -> Blueprint {
    let account = "777788889999";
    Blueprint {
        account: account.to_owned(),
        alias: None,
        // Nobody lives here: the management account looks in through a root session (AssumeRoot).
        caller: (format!("arn:aws:iam::{account}:root"), account.to_owned()),
        report_time: super::report_time(),
        report_style: Style::Live,
        root: Root { created: at(2026, 6, 3, 9, 41, 27), ..Root::default() },
        users: Vec::new(),
        groups: Vec::new(),
        roles: Vec::new(),
        policies: Vec::new(),
        password_policy: None,
        spare_devices: Vec::new(),
        certificates: Vec::new(),
        saml: Vec::new(),
        oidc: Vec::new(),
        v2_tokens: true,
    }
}
