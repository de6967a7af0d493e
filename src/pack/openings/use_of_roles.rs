//! What roles use of what they may, by Access Advisor; only where the deep collection asked it.

use super::{Chart, ChartLine, Opening, Tone, missing, shortened};
use crate::pack::Inputs;
use crate::pack::words::count;

const KINDS: [(Tone, &str); 2] = [(Tone::Open, "never tried"), (Tone::Settled, "tried")];

pub(super) fn opening(inputs: &Inputs<'_>) -> Option<Opening> {
    let access = &inputs.account.role_access;
    let known: Vec<_> = access
        .subjects
        .iter()
        .filter_map(|one| {
            let all = usize::try_from(*one.services_allowed.known()?).ok()?;
            let unused = one.unused_services.known()?.len().min(all);
            Some((one, all, unused))
        })
        .collect();
    if known.is_empty() {
        return None;
    }
    let idle = known.iter().filter(|(_, all, unused)| *all > 0 && all == unused).count();
    let mut lines: Vec<ChartLine> = known
        .iter()
        .map(|(one, all, unused)| ChartLine {
            label: one.label.clone(),
            note: String::new(),
            counts: vec![*unused, all - unused],
        })
        .collect();
    lines.sort_by(|one, other| (other.counts[0], &one.label).cmp(&(one.counts[0], &other.label)));
    Some(Opening {
        sentences: vec![format!(
            "Access Advisor answered about {}; {idle} of them tried none of the services that their policies reach within its \
             tracking period of up to 400 days.",
            count(known.len(), "role", "roles")
        )],
        missing: missing(&access.gaps),
        charts: vec![Chart {
            id: "services-tried-by-role".to_owned(),
            title: "Services that roles reach and never tried".to_owned(),
            heads: ["Role", "", "Services", "All"],
            kinds: KINDS.to_vec(),
            lines: shortened(lines, "roles"),
        }],
    })
}
