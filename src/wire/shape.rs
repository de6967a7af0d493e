//! AWS's published models, reduced to the operations that are collected: `data/aws-shapes.json`.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// The models by service and operation.
#[derive(Debug, Deserialize)]
pub struct Shapes {
    pub partitions: Vec<Partition>,
    pub services: BTreeMap<String, Service>,
}

/// A partition and the domains of its endpoints.
#[derive(Debug, Deserialize)]
pub struct Partition {
    pub id: String,
    pub suffix: String,
    pub dual_suffix: String,
    /// The signing Region of the partition's global services.
    pub global_region: String,
}

/// One service's model.
#[derive(Debug, Deserialize)]
pub struct Service {
    pub protocol: Protocol,
    pub api_version: String,
    pub json_version: Option<String>,
    /// The prefix of the operation in `X-Amz-Target`.
    pub target: Option<String>,
    /// The SDK's name of the service: `CloudWatch Logs`.
    pub id: String,
    pub endpoint: Endpoint,
    pub operations: BTreeMap<String, Operation>,
    /// Enumerations that facts depend on.
    pub enumerations: BTreeMap<String, Vec<String>>,
    pub shapes: BTreeMap<String, Shape>,
}

/// The endpoint of a service: prefix, Region and domain, and the exceptions.
#[derive(Debug, Deserialize)]
pub struct Endpoint {
    pub prefix: String,
    pub signing_name: String,
    /// Partition and variant (`aws fips dual`) → the one URL and the region to sign for.
    pub fixed: BTreeMap<String, (String, String)>,
    /// Region and variant → URL.
    pub differ: BTreeMap<String, String>,
}

/// The protocol of a service. A new protocol is a new arm in [`super::answer`] and [`super::request`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Form-encoded requests, XML answers.
    Query,
    /// The same with EC2's variations.
    Ec2,
    /// JSON both ways; the operation is named in a header.
    Json,
    /// JSON both ways; the operation is a method and a path.
    RestJson,
}

/// One operation of a service.
#[derive(Debug, Deserialize)]
pub struct Operation {
    /// The element around the result: `ListUsersResult`.
    pub wrapper: Option<String>,
    pub input: Option<Kind>,
    pub output: Kind,
    /// Lists whose entries count as the answer's items.
    pub items: Vec<String>,
    /// Parameter → members of the answer that repeat it, as paths: `AccountAssignments[].AccountId`.
    pub echoes: BTreeMap<String, Vec<String>>,
    /// Parameters that the answer always repeats.
    pub exclusive: Vec<String>,
    /// Members that name the account that the answer is about, as paths.
    pub owners: Vec<String>,
    /// Its paging, if any.
    pub pages: Option<Pages>,
    /// Method and path pattern of REST operations.
    pub http: Option<(String, String)>,
}

/// The paging of an operation.
#[derive(Debug, Deserialize)]
pub struct Pages {
    /// The member of the request that takes the token.
    pub ask: String,
    /// The member of the answer that has it.
    pub token: String,
    /// The member of the request with the page size.
    pub limit: Option<String>,
    pub most: Option<i32>,
}

/// A structure, list or map that other shapes refer to by name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    Structure(Members),
    List(Member),
    /// The kind of the values; keys are text.
    Map(Kind),
}

/// A structure's members in the model's order, which is the order the AWS CLI prints.
#[derive(Debug)]
pub struct Members(pub Vec<(String, Member)>);

/// A member of a structure, or the entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Member {
    pub kind: Kind,
    /// Its name on the wire, if different.
    wire: Option<String>,
    pub place: Place,
}

/// The location of a member in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Body,
    Path,
    Query,
}

impl Member {
    /// The member's name on the wire.
    pub fn wire<'a>(&'a self, name: &'a str) -> &'a str {
        self.wire.as_deref().unwrap_or(name)
    }
}

impl From<String> for Member {
    fn from(text: String) -> Self {
        let (kind, wire) = text.split_once('@').map_or((text.as_str(), None), |(kind, wire)| (kind, Some(wire)));
        let (place, wire) = match wire.and_then(|wire| wire.split_once(':')) {
            Some(("uri", name)) => (Place::Path, Some(name)),
            Some((_, name)) => (Place::Query, Some(name)),
            None => (Place::Body, wire),
        };
        Self { kind: Kind::from(kind.to_owned()), wire: wire.map(str::to_owned), place }
    }
}

/// The kind of a value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Kind {
    String,
    Boolean,
    Integer,
    Number,
    Timestamp,
    Blob,
    /// A percent-encoded JSON document, printed as JSON.
    Policy,
    /// Must never be stored.
    Secret,
    /// The name of a [`Shape`].
    Shape(String),
}

impl From<String> for Kind {
    fn from(name: String) -> Self {
        match name.as_str() {
            "string" => Self::String,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "timestamp" => Self::Timestamp,
            "blob" => Self::Blob,
            "policy" => Self::Policy,
            "secret" => Self::Secret,
            _ => Self::Shape(name.trim_start_matches('#').to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a structure's members")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// The embedded models.
pub static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/aws-shapes.json")).expect("the embedded models are tested")
});

/// The model of a collected operation.
pub fn operation(service: &str, operation: &str) -> Option<(&'static Service, &'static Operation)> {
    let service = SHAPES.services.get(service)?;
    Some((service, service.operations.get(operation)?))
}

/// The names of an operation with static lifetime.
pub fn names(service: &str, operation: &str) -> Option<(&'static str, &'static str)> {
    let (name, model) = SHAPES.services.get_key_value(service)?;
    Some((name, model.operations.get_key_value(operation)?.0))
}

/// An enumeration's value in the model's spelling; `None` if the model does not list it. Services may use other
/// capitals than the model (AWS Config sends `SUCCESS` for `Success`).
pub fn spelling(service: &str, enumeration: &str, value: &str) -> Option<&'static str> {
    let values = SHAPES.services.get(service)?.enumerations.get(enumeration)?;
    values.iter().find(|known| known.eq_ignore_ascii_case(value)).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_that_is_named_exists() {
        for (service, model) in &SHAPES.services {
            let in_shapes = model.shapes.values().flat_map(|shape| match shape {
                Shape::Structure(members) => members.0.iter().map(|(_, member)| &member.kind).collect(),
                Shape::List(member) => vec![&member.kind],
                Shape::Map(kind) => vec![kind],
            });
            let in_operations = model.operations.values().flat_map(|it| it.input.iter().chain([&it.output]));
            for kind in in_shapes.chain(in_operations) {
                if let Kind::Shape(name) = kind {
                    assert!(model.shapes.contains_key(name), "{service}: {name}");
                }
            }
        }
    }
}
