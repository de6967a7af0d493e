//! The account itself: its Regions, and whom AWS contacts about it.

use super::row::{About, Asked, Operation, operation};
use super::{Set, Source};

pub(super) static SOURCES: &[Source] = &[
    // Regional sources are asked in the Regions that it lists, so it is collected with each of them.
    Source::once(
        "regions",
        Set::Account,
        &[account("ListRegions", "List of Regions").asked(Asked::ByCode(About::Nothing, &[]))],
    ),
    Source::once(
        "contacts",
        Set::Account,
        &[
            account("GetAccountInformation", "Account information"),
            account("GetContactInformation", "Contact information"),
            account("GetAlternateContact", "Alternate contacts")
                .asked(Asked::Values("AlternateContactType", &["BILLING", "OPERATIONS", "SECURITY"]))
                .none_set("ResourceNotFoundException"),
        ],
    ),
];

const fn account(name: &'static str, title: &'static str) -> Operation {
    operation("account", name, title)
}
