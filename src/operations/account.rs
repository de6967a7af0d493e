//! The account: its Regions and contacts.

use super::row::{About, Calls, Operation, operation};
use super::{Set, Source};

pub(super) static SOURCES: &[Source] = &[
    // Regional sources are collected in the Regions that it lists, so it is collected with each of them.
    Source::once(
        "regions",
        Set::Account,
        &[account("ListRegions", "List of Regions").calls(Calls::ByCode(About::Nothing, &[]))],
    ),
    Source::once(
        "contacts",
        Set::Account,
        &[
            account("GetAccountInformation", "Account information"),
            account("GetContactInformation", "Contact information"),
            account("GetAlternateContact", "Alternate contacts")
                .calls(Calls::Values("AlternateContactType", &["BILLING", "OPERATIONS", "SECURITY"]))
                .none_set("ResourceNotFoundException"),
        ],
    ),
];

const fn account(name: &'static str, title: &'static str) -> Operation {
    operation("account", name, title)
}
