//! Roles that AWS manages.

use crate::policy::trust::{ManagedByAws, managed_by_aws};

#[test]
fn roles_under_reserved_paths_are_aws_s_and_none_else() {
    for (path, kept) in [
        ("/aws-service-role/support.amazonaws.com/", Some(ManagedByAws::ServiceLinked)),
        ("/aws-reserved/sso.amazonaws.com/", Some(ManagedByAws::IdentityCenter)),
        ("/aws-reserved/sso.amazonaws.com/eu-west-1/", Some(ManagedByAws::IdentityCenter)),
        ("/", None),
        ("/service-role/", None),
        ("/team/aws-service-role/", None),
        ("/AWS-service-role/", None),
        ("/aws-reserved/sso.amazonaws.com.evil/", None),
    ] {
        assert_eq!(managed_by_aws(path), kept, "{path}");
    }
}
