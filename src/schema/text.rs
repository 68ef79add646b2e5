//! A bundle as bytes: lines of text under zstd, so that two bundles can be compared and one reads in a millisecond.
//!
//! ```text
//! lockgate-schemas<TAB>2<TAB>v1.36.3
//! kind<TAB>apps/v1<TAB>Deployment<TAB>deployments<TAB>namespaced<TAB>17
//! struct<TAB>io.k8s.api.core.v1.ContainerPort<TAB>closed
//! containerPort<TAB>!<TAB>i
//! protocol<TAB><TAB>s<TAB>SCTP<TAB>TCP<TAB>UDP
//! ```
//!
//! A field is marked `!` where it is required, `~` where the server has an empty mapping in its place.
//! Structures are numbered in order. A type is one letter, behind `[` for a list of it (`[=` for a set, `[name,port;` for one
//! keyed by fields), `{` for a map to it; `#17` is a structure.

use std::fmt::Write as _;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::bundle::{
    Bundle, BundleError, Field, Kind, KindKey, List, Scope, Struct, StructId, Type, Unique,
};
use super::rules;
use super::violation::Severity;

const MAGIC: &str = "lockgate-schemas";
const FORMAT: &str = "2";
/// The most that a bundle may unpack to.
const MOST_BYTES: usize = 64 << 20;
const MOST_DEPTH: usize = 32;

impl Bundle {
    /// Reads a bundle.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BundleError> {
        let damaged = |reason: String| BundleError::Damaged { reason };
        let text = zstd::bulk::decompress(bytes, MOST_BYTES)
            .map_err(|error| damaged(error.to_string()))?;
        let text = std::str::from_utf8(&text).map_err(|error| damaged(error.to_string()))?;
        read(text).ok_or_else(|| damaged("a line is not as it should be".into()))
    }

    /// Writes the bundle. Same bundle, same bytes. Kinds added by [`Bundle::with_crds`] are left out.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BundleError> {
        zstd::bulk::compress(write(self).as_bytes(), 19).map_err(|error| BundleError::Damaged {
            reason: error.to_string(),
        })
    }
}

fn write(bundle: &Bundle) -> String {
    let mut text = format!("{MAGIC}\t{FORMAT}\t{}\n", bundle.version);
    let mut kinds: Vec<_> = bundle.kinds.iter().collect();
    kinds.sort_by_key(|(key, _)| *key);
    for (key, kind) in kinds {
        let scope = match kind.scope {
            Scope::Namespaced => "namespaced",
            Scope::Cluster => "cluster",
        };
        let _ = writeln!(
            text,
            "kind\t{}\t{}\t{}\t{scope}\t{}",
            key.api_version, key.kind, kind.plural, kind.root.0
        );
    }
    for structure in bundle.structs.iter() {
        let open = if structure.open { "open" } else { "closed" };
        let _ = writeln!(text, "struct\t{}\t{open}", structure.name);
        for field in &structure.fields {
            let required = if field.required { "!" } else { "" };
            let embedded = if field.embedded { "~" } else { "" };
            let _ = write!(text, "{}\t{required}{embedded}\t", field.name);
            write_type(&mut text, &field.kind);
            for value in &field.values {
                let _ = write!(text, "\t{value}");
            }
            text.push('\n');
        }
    }
    text
}

fn write_type(text: &mut String, kind: &Type) {
    text.push(match kind {
        Type::Any => '*',
        Type::AnyObject => 'o',
        Type::Boolean => 'b',
        Type::Int32 => 'i',
        Type::Int64 => 'l',
        Type::Number => 'n',
        Type::String => 's',
        Type::Bytes => 'y',
        Type::Time => 't',
        Type::Quantity => 'q',
        Type::IntOrString => 'x',
        // Custom kinds are not written.
        Type::WideIntOrString => 'X',
        Type::List(_) => '[',
        Type::Map(_) => '{',
        Type::Struct(_) => '#',
    });
    match kind {
        Type::List(list) => {
            match &list.unique {
                Unique::No => {}
                Unique::Value => text.push('='),
                Unique::Keys(keys) => {
                    let _ = write!(text, "{};", keys.join(","));
                }
            }
            write_type(text, &list.item);
        }
        Type::Map(value) => write_type(text, value),
        Type::Struct(id) => {
            let _ = write!(text, "{}", id.0);
        }
        _ => {}
    }
}

fn read(text: &str) -> Option<Bundle> {
    let mut lines = text.lines();
    let version = lines
        .next()?
        .strip_prefix(MAGIC)?
        .strip_prefix('\t')?
        .strip_prefix(FORMAT)?
        .strip_prefix('\t')?;
    let mut kinds = FxHashMap::default();
    let mut structs: Vec<Struct> = Vec::with_capacity(512);
    for line in lines {
        let mut parts = line.split('\t');
        let first = parts.next()?;
        match (first, structs.last_mut()) {
            ("kind", None) => {
                let key = KindKey::new(parts.next()?, parts.next()?);
                let plural = parts.next()?.into();
                let scope = match parts.next()? {
                    "namespaced" => Scope::Namespaced,
                    "cluster" => Scope::Cluster,
                    _ => return None,
                };
                let root = StructId(parts.next()?.parse().ok()?);
                kinds.insert(
                    key,
                    Kind {
                        scope,
                        plural,
                        root,
                    },
                );
            }
            ("struct", _) if line.matches('\t').count() == 2 && is_header(line) => {
                structs.push(Struct {
                    name: parts.next()?.into(),
                    open: parts.next()? == "open",
                    fields: Vec::new(),
                    rules: None,
                });
            }
            (_, Some(structure)) => {
                let marks = parts.next()?;
                let (kind, rest) = read_type(parts.next()?, 0)?;
                rest.is_empty().then_some(())?;
                structure.fields.push(Field {
                    name: first.into(),
                    kind,
                    required: marks.contains('!'),
                    embedded: marks.contains('~'),
                    values: parts.map(SmolStr::from).collect(),
                    rule: None,
                    duplicates: Severity::Error,
                });
            }
            _ => return None,
        }
    }
    for structure in &mut structs {
        rules::attach(structure);
    }
    Some(Bundle {
        version: version.into(),
        kinds: Arc::new(kinds),
        structs: Arc::new(structs),
        custom: FxHashMap::default(),
    })
}

/// A field may be called `struct` too; its third part is a type and never one of these words.
fn is_header(line: &str) -> bool {
    line.ends_with("\topen") || line.ends_with("\tclosed")
}

fn read_type(text: &str, depth: usize) -> Option<(Type, &str)> {
    if depth > MOST_DEPTH {
        return None;
    }
    let mut characters = text.chars();
    let first = characters.next()?;
    let rest = characters.as_str();
    let simple = match first {
        '*' => Type::Any,
        'o' => Type::AnyObject,
        'b' => Type::Boolean,
        'i' => Type::Int32,
        'l' => Type::Int64,
        'n' => Type::Number,
        's' => Type::String,
        'y' => Type::Bytes,
        't' => Type::Time,
        'q' => Type::Quantity,
        'x' => Type::IntOrString,
        '#' => return Some((Type::Struct(StructId(rest.parse().ok()?)), "")),
        '{' => {
            let (value, rest) = read_type(rest, depth + 1)?;
            return Some((Type::Map(Box::new(value)), rest));
        }
        '[' => {
            let (unique, rest) = match (rest.strip_prefix('='), rest.split_once(';')) {
                (Some(rest), _) => (Unique::Value, rest),
                (None, Some((keys, rest))) => {
                    let keys = keys.split(',').map(SmolStr::from).collect();
                    (Unique::Keys(keys), rest)
                }
                (None, None) => (Unique::No, rest),
            };
            let (item, rest) = read_type(rest, depth + 1)?;
            return Some((Type::List(Box::new(List { item, unique })), rest));
        }
        _ => return None,
    };
    Some((simple, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_the_same() {
        let bundle = Bundle::builtin("1.36").expect("a bundle");
        let text = write(&bundle);
        assert_eq!(write(&read(&text).expect("reads")), text);
    }

    #[test]
    fn damaged_bytes_are_an_error() {
        let bytes = Bundle::builtin("1.36").expect("a bundle").to_bytes();
        let mut bytes = bytes.expect("bytes");
        let middle = bytes.len() / 2;
        bytes.truncate(middle);
        assert!(Bundle::from_bytes(&bytes).is_err());
        for text in [
            "",
            "lockgate-schemas\t1\tx\n",
            "lockgate-schemas\t2\tx\nfield\t\ts\n",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
        let deep = format!("{}s", "[".repeat(100_000));
        assert!(read_type(&deep, 0).is_none());
    }
}
