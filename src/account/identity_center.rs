//! IAM Identity Center as the evidence shows it: instances, permission sets, assignments and directories.
//!
//! This is the only reading of these answers. The account's populations and the organization's pack are both made
//! from it, and every answer is parsed once.

mod directory;
mod grade;
mod instances;
mod populations;
mod replicas;
mod sets;

use super::answers::{Missing, Noted};
use super::fact::Observed;
use super::regions::Regions;
use crate::account::organizations::Membership;
use crate::snapshot::Snapshot;
use std::collections::{BTreeMap, BTreeSet};

pub use directory::{Directory, Store};
pub use grade::{Grade, Unread, grade};
pub use instances::{Instance, Instances};
pub(in crate::account) use populations::populations;
pub use populations::{Assignment, PermissionSet};
pub(in crate::account) use replicas::is_answered_elsewhere;
pub use sets::{SetEvidence, SetList};

macro_rules! shapes {
    ($( $Name:ident { $( $field:ident : $ty:ty, )* } )*) => { $(
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct $Name { $( $field: $ty, )* }
    )* };
}
use shapes;

/// What the evidence holds about Identity Center.
pub struct IdentityCenter {
    pub instances: Instances,
    /// One for each instance that can have permission sets.
    pub lists: Vec<SetList>,
    /// Each permission set once, in the order of the lists.
    pub sets: Vec<SetEvidence>,
    pub directory: Directory,
    /// Every answer that is missing or not whole.
    pub missing: Vec<Missing>,
}

impl IdentityCenter {
    /// Reads it; instances of a single account have no permission sets, which `membership` tells apart.
    pub fn read(snapshot: &Snapshot, regions: &Regions, membership: &Observed<Option<Membership>>) -> Self {
        let mut noted = Noted::default();
        let instances = Instances::read(snapshot, regions, &mut noted);
        let (lists, sets) = sets::read(snapshot, &instances, membership, &mut noted);
        let mut groups: BTreeMap<directory::Key, BTreeSet<String>> = BTreeMap::new();
        for set in &sets {
            let wanted = groups.entry(instances.all[set.instance].directory());
            let mut assigned = set.assigned.iter().flat_map(|one| &one.list).peekable();
            if assigned.peek().is_some() {
                let of_groups = assigned.filter(|one| one.kind.as_deref() == Some("GROUP"));
                wanted.or_default().extend(of_groups.map(|one| one.id.clone()));
            }
        }
        let directory = Directory::read(snapshot, groups, &mut noted);
        Self { instances, lists, sets, directory, missing: noted.0 }
    }
}
