//! What tests, benches and fuzz targets use of the rooms. Nothing here is a promise: the program is the product, and the
//! rooms are private to it, so that the compiler reports unused code.

#![allow(clippy::module_name_repetitions, reason = "the rooms' own names")]

pub mod account {
    pub use crate::account::{
        Account, Agreement, Count, Disagreement, KINDS, Population, Reconciliation, ViewMut, read,
    };
    pub mod fact {
        pub use crate::account::fact::{
            ACCOUNT_SUMMARY, AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Evidence, Fact, Gap, GapKind, Kind, Observed,
            PASSWORD_POLICY, SERVER_CERTIFICATES, USER_LIST,
        };
    }
    pub mod regional {
        pub mod subjects {
            pub use crate::account::regional::subjects::{
                AccessFinding, AnalyzerFinding, ArchiveRule, ConfigDeployment, ConfigRule, Monitoring, Region, Trail,
                WatchedEvent,
            };
        }
    }
    pub mod subjects {
        pub use crate::account::access_advisor::RoleAccess;
        pub use crate::account::account_profile::AccountProfile;
        pub use crate::account::ec2_instances::Instance;
        pub use crate::account::identity_center::{Assignment, PermissionSet};
        pub use crate::account::organizations::{Organization, OrganizationAccount, TrustedService};
        pub use crate::account::subjects::{
            AccessKey, AccountFacts, Credential, Group, OidcProvider, PasswordPolicy, Policy, Principal, Role, Root,
            SamlProvider, ServerCertificate, SigningCertificate, User, VirtualMfaDevice,
        };
        pub use crate::account::user_credentials::OtherCredential;
    }
}

pub mod assess {
    pub use crate::assess::{
        Assessment, AttestationResult, AttestationState, ControlResult, ExceptionResult, ExceptionState,
        PopulationCount, SubjectResult, Verdict, assess,
    };
}

pub mod catalog {
    pub use crate::catalog::{
        Accounts, Attestation, Attested, Body, Catalog, Conclusion, Control, Criterion, Exception, Framework,
        Overrides, Parameter, ParameterValue, Part, Person, Requirement, Reviewed, Section, Severity, Template, Test,
        load, schema_text,
    };
}

pub mod collect {
    pub use crate::collect::{CollectError, Collector, Extra, Options, RateLimiter, Set, Silent, rederive};
}

pub mod compare {
    pub use crate::compare::{Side, compare};
}

pub mod describe {
    pub use crate::describe::describe;
}

pub mod operations {
    pub use crate::operations::{Operation, operations, sources};
}

pub mod pack {
    pub use crate::pack::*;
    pub mod assessment {
        pub use crate::pack::assessment::{AccountRef, Administrators, CatalogRef, Completeness, Document};
    }
    pub mod register {
        pub use crate::pack::register::*;
    }
}

pub mod policy {
    pub mod actions {
        pub use crate::policy::actions::{Level, table};
    }
    pub mod escalation {
        pub use crate::policy::escalation::{AccountContext, Gives, Holder, Path, paths};
    }
    pub mod grants {
        pub use crate::policy::grants::{Grants, PolicyAnalysis, analyze, union};
    }
    pub mod graph {
        pub use crate::policy::graph::{Node, build};
    }
    pub mod parse {
        pub use crate::policy::parse::parse;
    }
    pub mod print {}
    pub mod trust {
        pub use crate::policy::trust::{Trust, TrustContext, TrustSettings, explain, masked_in_lines};
    }
    pub mod plain_english {
        pub use crate::policy::plain_english::statement;
    }
}

pub mod render {
    pub use crate::render::Replaced;
    pub mod csv {
        pub use crate::render::csv::write;
    }
    pub mod html {
        pub use crate::render::html::write;
    }
    pub mod json {
        pub use crate::render::json::write;
    }
    pub mod pdf {
        pub use crate::render::pdf::{Extras, Fonts, Picture, write};
    }
    pub mod picture {
        pub use crate::render::picture::trust_text;
    }
    pub mod register {
        pub use crate::render::register::write;
    }
    pub mod text {
        pub use crate::render::text::escape_html;
    }
}

pub mod seal {
    pub use crate::seal::{Findings, seal, verify};
}

pub mod snapshot {
    pub use crate::snapshot::{Call, Exhibit, ExhibitFile, FORMAT, Origin, Outcome, Snapshot, is_paging};
    pub mod format {
        pub use crate::snapshot::format::{Call, CallError, Caller, Header, Origin, Requested};
    }
    pub mod import {
        pub use crate::snapshot::import::{ImportError, Imported, Known, import, known_operations, script};
    }
    pub mod layout {
        pub use crate::snapshot::layout::kebab;
    }
}

pub mod verdict {
    pub use crate::verdict::Verdict;
}
