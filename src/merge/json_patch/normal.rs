//! An object as it is after the way through JSON, which a JSON patch sends it.

use std::sync::Arc;

use crate::yaml::{Entry, Mapping, Node, Style, Tag, Value, json};

/// Returns the node without what JSON cannot hold: styles that make no difference, nulls that were
/// written as nothing. Where there is none of it the node is shared.
pub(super) fn normalized(node: &Node) -> Node {
    changed(node).unwrap_or_else(|| node.clone())
}

fn changed(node: &Node) -> Option<Node> {
    match &node.value {
        Value::Scalar(scalar) => {
            let mut new = scalar.clone();
            match scalar.tag {
                Tag::Null if scalar.style == Style::NothingInFlow => new.tag = Tag::Str,
                Tag::Null => new.text = "null".into(),
                Tag::Timestamp => {
                    if let serde_json::Value::String(text) = json::to_value(node) {
                        new.text = text.into();
                    }
                    new.tag = Tag::Str;
                }
                Tag::Int | Tag::Float if !is_short_integer(&scalar.text) => {
                    new.text = number_text(node).into();
                    if !new.text.contains(['.', 'e']) {
                        new.tag = Tag::Int;
                    }
                }
                _ => {}
            }
            if new.tag != Tag::Str || is_plain(&new.text) {
                new.style = Style::Plain;
            }
            (new != *scalar).then(|| Node::scalar(new, node.origin))
        }
        Value::Sequence(items) => {
            let new: Vec<_> = items.iter().map(changed).collect();
            if new.iter().all(Option::is_none) {
                return None;
            }
            let items = items.iter().zip(new);
            let items = items.map(|(old, new)| new.unwrap_or_else(|| old.clone()));
            Some(Node::sequence(items.collect(), node.origin))
        }
        Value::Mapping(fields) => {
            let mut values = Vec::with_capacity(fields.len());
            let mut any = false;
            for entry in fields.iter() {
                let value = changed(&entry.value);
                any |= value.is_some();
                values.push(value);
            }
            if !any {
                return None;
            }
            let mut new = Mapping::with_capacity(fields.len());
            for (entry, value) in fields.iter().zip(values) {
                new.push(Entry {
                    key: entry.key.clone(),
                    key_origin: entry.key_origin,
                    value: value.unwrap_or_else(|| entry.value.clone()),
                });
            }
            Some(Node {
                value: Value::Mapping(Arc::new(new)),
                origin: node.origin,
            })
        }
    }
}

/// Returns a number as JSON has it. All numbers are floats on the way, so long ones lose digits.
fn number_text(node: &Node) -> String {
    let mut text = String::new();
    json::write(node, json::Escape::Minimal, &mut text);
    match text.parse::<f64>() {
        Ok(number) if number.abs() < 1e21 && number.fract() == 0.0 => format!("{number}"),
        _ => text,
    }
}

fn is_short_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.len() <= 15
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
}

/// Tells whether a text is surely written without quotes. Of the others only those matter whose style
/// a later patch inherits.
fn is_plain(text: &str) -> bool {
    let mut bytes = text.bytes();
    let starts = bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'/');
    let simple = |byte: u8| byte.is_ascii_alphanumeric() || b" -_./:=@%+,".contains(&byte);
    starts
        && bytes.all(simple)
        && !text.contains(": ")
        && !text.ends_with([' ', ':'])
        && !is_word(text)
}

fn is_word(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}
