//! A `ConfigMap` or Secret from a generator's arguments.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustc_hash::FxHashMap;

use crate::yaml::{Entry, Mapping, Node, Origin, Scalar, Style, Tag};

use super::super::file::{GeneratorArgs, GeneratorOptions, Text};
use super::super::{Behavior, BuildError, Resource};
use super::GeneratorError;
use super::key_values::{self, KeyValue, Load};

/// What a generator makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Generated {
    ConfigMap,
    Secret,
}

/// Makes the resource.
pub(in super::super) fn generate(
    what: Generated,
    args: &GeneratorArgs,
    global: Option<&GeneratorOptions>,
    load: &Load<'_>,
) -> Result<Resource, BuildError> {
    let at = args.origin;
    if args.name.is_empty() {
        return Err(GeneratorError::NoName { at }.into());
    }
    let options = merge_options(args.options.as_ref(), global);
    let pairs = key_values::load(args, load)?;
    check_keys(&args.name, &pairs)?;

    let mut root = Mapping::with_capacity(6);
    let kind = match what {
        Generated::ConfigMap => "ConfigMap",
        Generated::Secret => "Secret",
    };
    root.insert("apiVersion", Node::string("v1", at));
    root.insert("kind", Node::string(kind, at));
    root.insert("metadata", metadata(args, &options));
    match what {
        Generated::ConfigMap => {
            let (texts, binaries): (Vec<_>, Vec<_>) = pairs
                .into_iter()
                .partition(|pair| std::str::from_utf8(&pair.value).is_ok());
            insert_data(&mut root, "data", texts, at, |bytes| {
                String::from_utf8_lossy(bytes).into_owned()
            });
            insert_data(&mut root, "binaryData", binaries, at, base64_lines);
        }
        Generated::Secret => {
            let secret_type = if args.secret_type.is_empty() {
                Node::string("Opaque", at)
            } else {
                node(&args.secret_type)
            };
            root.insert("type", secret_type);
            root.insert("data", Node::mapping(Mapping::default(), at));
            insert_data(&mut root, "data", pairs, at, base64_lines);
        }
    }
    if options.immutable {
        let immutable = Scalar {
            text: "true".into(),
            tag: Tag::Bool,
            style: Style::Plain,
        };
        root.insert("immutable", Node::scalar(immutable, at));
    }

    let mut resource = Resource::new(Node::mapping(root, at));
    resource.needs_hash = !options.disable_name_suffix_hash;
    resource.behavior = Some(Behavior::named(&args.behavior).unwrap_or_default());
    Ok(resource)
}

/// Lays a generator's own options over those of all generators; of a switch, on wins.
fn merge_options(
    own: Option<&GeneratorOptions>,
    global: Option<&GeneratorOptions>,
) -> GeneratorOptions {
    let mut options = own.cloned().unwrap_or_default();
    let Some(global) = global else {
        return options;
    };
    for (key, value) in global.labels.iter() {
        options.labels.insert_new(key, value);
    }
    for (key, value) in global.annotations.iter() {
        options.annotations.insert_new(key, value);
    }
    options.disable_name_suffix_hash |= global.disable_name_suffix_hash;
    options.immutable |= global.immutable;
    options
}

fn check_keys(name: &str, pairs: &[KeyValue]) -> Result<(), GeneratorError> {
    let mut seen = FxHashMap::default();
    for pair in pairs {
        if let Some(first) = seen.insert(&pair.key, pair.origin) {
            return Err(GeneratorError::RepeatedKey {
                key: pair.key.to_string(),
                name: name.to_owned(),
                at: pair.origin,
                first,
            });
        }
    }
    Ok(())
}

fn metadata(args: &GeneratorArgs, options: &GeneratorOptions) -> Node {
    let mut metadata = Mapping::with_capacity(4);
    metadata.insert("name", node(&args.name));
    if !args.namespace.is_empty() {
        metadata.insert("namespace", node(&args.namespace));
    }
    for (key, texts) in [
        ("labels", &options.labels),
        ("annotations", &options.annotations),
    ] {
        if !texts.is_empty() {
            let mut mapping = Mapping::with_capacity(texts.len());
            for (key, value) in texts.iter() {
                mapping.insert(key, node(value));
            }
            metadata.insert(key, Node::mapping(mapping, options.origin));
        }
    }
    Node::mapping(metadata, args.origin)
}

fn node(text: &Text) -> Node {
    Node::string(text.text.clone(), text.origin)
}

fn insert_data(
    root: &mut Mapping,
    field: &str,
    mut pairs: Vec<KeyValue>,
    at: Origin,
    encode: impl Fn(&[u8]) -> String,
) {
    if pairs.is_empty() {
        return;
    }
    pairs.sort_by(|a, b| a.key.cmp(&b.key));
    let mut mapping = Mapping::with_capacity(pairs.len());
    for pair in pairs {
        mapping.push(Entry {
            key: Scalar::string(pair.key),
            key_origin: pair.origin,
            value: Node::string(encode(&pair.value), pair.origin),
        });
    }
    root.insert(field, Node::mapping(mapping, at));
}

/// Returns the content in base64; where it is longer than a line of 70, each line ends with a break.
fn base64_lines(content: &[u8]) -> String {
    const LINE: usize = 70;
    let text = STANDARD.encode(content);
    if text.len() < LINE {
        return text;
    }
    let mut lines = String::with_capacity(text.len() + text.len() / LINE + 1);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        lines.push_str(line);
        lines.push('\n');
        rest = after;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_broken_as_soon_as_it_fills_a_line() {
        assert_eq!(base64_lines(b"abc"), "YWJj");
        // 51 bytes make 68 characters, 52 make 72.
        assert!(!base64_lines(&[0; 51]).contains('\n'));
        let lines = base64_lines(&[0; 52]);
        assert_eq!(lines.len(), 74);
        assert_eq!(lines.find('\n'), Some(70));
        assert!(lines.ends_with('\n'));
    }
}
