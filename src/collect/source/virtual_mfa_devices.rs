//! Virtual MFA devices, root's and unassigned ones included.

use super::{Run, Set, Source, operation};
use crate::collect::query::Query;
use crate::collect::session::{Session, Stop};
use aws_sdk_iam::types::AssignmentStatusType;

/// See the module.
pub const SOURCE: Source = Source {
    name: "virtual-mfa-devices",
    operations: &[operation!("iam", "ListVirtualMFADevices")],
    set: Set::Iam,
    only_with: None,
    run: Run::Alone(|session| Box::pin(run(session))),
};

async fn run(session: &mut Session<'_>) -> Result<(), Stop> {
    let query = Query::iam("ListVirtualMFADevices");
    session
        .pages(&query, |aws, capture, turn| {
            let request = aws
                .iam
                .list_virtual_mfa_devices()
                .set_marker(turn.marker)
                .max_items(turn.size)
                .assignment_status(AssignmentStatusType::Any);
            request.customize().interceptor(capture).send()
        })
        .await
}
