//! EC2 instances and their instance profiles.

use super::row::operation;
use super::{Set, Source};

pub(super) static SOURCES: &[Source] =
    &[Source::regional("instances", Set::Ec2, &[operation("ec2", "DescribeInstances", "List of EC2 instances")])];
