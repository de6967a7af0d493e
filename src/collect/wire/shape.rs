//! AWS's published models, reduced to the operations that are collected: `data/aws-shapes.json`.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// What an operation takes and returns, by service and operation.
#[derive(Debug, Deserialize)]
pub struct Shapes {
    pub services: BTreeMap<String, Service>,
}

/// One service's model.
#[derive(Debug, Deserialize)]
pub struct Service {
    pub protocol: Protocol,
    pub operations: BTreeMap<String, Operation>,
    pub shapes: BTreeMap<String, Shape>,
}

/// How a service speaks. A further protocol is a further arm in [`super::answer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Form-encoded requests, XML answers.
    Query,
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
}

/// A structure, list or map that other shapes refer to by name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    Structure(Members),
    List(Kind),
    /// Keys are text; this is the kind of the values.
    Map(Kind),
}

/// A structure's members in the model's order, which is the order the AWS CLI prints.
#[derive(Debug)]
pub struct Members(pub Vec<(String, Kind)>);

/// What a value is.
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
    serde_json::from_str(include_str!("../../../data/aws-shapes.json")).expect("the embedded models are tested")
});

/// The model of an operation, if it is one that is collected.
pub fn operation(service: &str, operation: &str) -> Option<(&'static Service, &'static Operation)> {
    let service = SHAPES.services.get(service)?;
    Some((service, service.operations.get(operation)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_that_is_named_exists() {
        for (service, model) in &SHAPES.services {
            let in_shapes = model.shapes.values().flat_map(|shape| match shape {
                Shape::Structure(members) => members.0.iter().map(|(_, kind)| kind).collect(),
                Shape::List(kind) | Shape::Map(kind) => vec![kind],
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
