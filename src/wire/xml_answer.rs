//! Converts XML bodies to the AWS CLI's format.

use super::scalar;
use super::shape::{self, Kind, Member, Protocol, Service, Shape};
use super::xml::{self, Node};
use serde_json::{Map, Value};

/// The answer, and whether a member that must not be stored was omitted.
pub fn answer(
    model: &'static Service,
    operation: &str,
    shape: &shape::Operation,
    body: &[u8],
) -> Result<(Value, bool), String> {
    let mut converter = Converter { model, secret: false };
    let mut root = xml::parse(body)?;
    let expected = format!("{operation}Response");
    if root.name != expected {
        return Err(format!("the document is <{}>, not <{expected}>", root.name));
    }
    if model.protocol == Protocol::Ec2 {
        // Part of the envelope, which the CLI does not print.
        root.children.retain(|child| child.name != "requestId");
    }
    let result = match &shape.wrapper {
        Some(name) => root.child(name).ok_or_else(|| format!("<{expected}> holds no <{name}>, or several"))?,
        None => &root,
    };
    let value = converter.convert(result, &shape.output)?;
    Ok((value, converter.secret))
}

struct Converter {
    model: &'static Service,
    secret: bool,
}

impl Converter {
    fn convert(&mut self, node: &Node, kind: &Kind) -> Result<Value, String> {
        let Kind::Shape(name) = kind else {
            return match node.children.first() {
                Some(child) => Err(format!("<{}> should be text and holds <{}>", node.name, child.name)),
                None => Ok(scalar(&node.text, kind)),
            };
        };
        if !node.text.trim().is_empty() {
            return Err(format!("<{}> should hold elements and holds text", node.name));
        }
        match self.model.shapes.get(name) {
            Some(Shape::Structure(members)) => self.convert_structure(node, &members.0),
            Some(Shape::List(entry)) => self.convert_list(node, entry),
            Some(Shape::Map(value)) => self.convert_map(node, value),
            None => Err(format!("the model has no shape {name}")),
        }
    }

    fn convert_structure(&mut self, node: &Node, members: &[(String, Member)]) -> Result<Value, String> {
        let mut object = Map::new();
        for (name, member) in members {
            let (kind, wire) = (&member.kind, member.wire(name));
            let mut found = node.children.iter().filter(|child| child.name == wire);
            let Some(first) = found.next() else { continue };
            if found.next().is_some() {
                return Err(format!("<{}> holds <{wire}> more than once", node.name));
            }
            if *kind == Kind::Secret {
                self.secret |= !first.text.is_empty() || !first.children.is_empty();
                continue;
            }
            object.insert(name.clone(), self.convert(first, kind)?);
        }
        for child in &node.children {
            if !members.iter().any(|(name, member)| member.wire(name) == child.name) {
                insert_unknown(&mut object, child);
            }
        }
        Ok(Value::Object(object))
    }

    fn convert_list(&mut self, node: &Node, entry: &Member) -> Result<Value, String> {
        let mut list = Vec::with_capacity(node.children.len());
        for child in &node.children {
            if child.name != entry.wire("member") {
                return Err(format!("the list <{}> holds <{}>", node.name, child.name));
            }
            list.push(self.convert(child, &entry.kind)?);
        }
        Ok(Value::Array(list))
    }

    fn convert_map(&mut self, node: &Node, value: &Kind) -> Result<Value, String> {
        let mut map = Map::new();
        for entry in &node.children {
            let (Some(key), Some(held)) = (entry.text_of("key"), entry.child("value")) else {
                return Err(format!("the map <{}> holds <{}> without one key and one value", node.name, entry.name));
            };
            if map.insert(key.to_owned(), self.convert(held, value)?).is_some() {
                return Err(format!("the map <{}> holds the key {key:?} twice", node.name));
            }
        }
        Ok(Value::Object(map))
    }
}

/// An element the model does not know: text stays text, children become members.
fn unknown(node: &Node) -> Value {
    if node.children.is_empty() {
        return Value::String(node.text.clone());
    }
    if node.children.iter().all(|child| child.name == "member") {
        return Value::Array(node.children.iter().map(unknown).collect());
    }
    let mut object = Map::new();
    for child in &node.children {
        insert_unknown(&mut object, child);
    }
    Value::Object(object)
}

fn insert_unknown(object: &mut Map<String, Value>, node: &Node) {
    let value = unknown(node);
    match object.get_mut(&node.name) {
        None => {
            object.insert(node.name.clone(), value);
        }
        Some(Value::Array(list)) => list.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}
