//! `postBuild`: variables put into the objects that a Kustomization built.
//!
//! As in the reference, an object is written as YAML, its text substituted, and read again: a variable can change the
//! type of what it stands in. Each node of the result is known by the line that wrote it, or by the line that has the
//! variable's value.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::kustomize::{Built, Warning};
use crate::yaml::{
    FileId, MadeDocument, MadeFrom, Node, Origin, Value, emit, parse_made_version_2,
};

use super::context::{Context, Halt};
use super::envsubst::{self, Part, Reason};
use super::error::Problem;
use super::fields::{find, flag, list, namespace, pairs, require, text};
use super::objects::Key;
use super::values_from::datum;

/// The label or annotation by which an object is left as it is.
const OPT_OUT: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// Variables with their values, each with its line.
type Variables = BTreeMap<String, (String, Origin)>;

/// Substitutes the variables of `postBuild`, if the Kustomization has it.
pub(super) fn post_build(
    context: &Context<'_>,
    object: &Node,
    built: &mut Built,
) -> Result<(), Halt> {
    let Some(post_build) = find(object, &["spec", "postBuild"]) else {
        return Ok(());
    };
    let variables = variables(context, object, post_build)?;
    let strategy = text(post_build, &["substituteStrategy"])?;
    let is_always = strategy.is_some_and(|strategy| strategy.text == "Always");
    if variables.is_empty() && !is_always {
        return Ok(());
    }
    if let Some(bad) = variables.iter().find(|(name, _)| !is_name(name)) {
        return Err(Problem::VariableName {
            name: bad.0.clone(),
            at: bad.1.1,
        }
        .into());
    }
    let substitution = Substitution {
        variables: &variables,
        is_strict: context.is_strict_about_variables,
        asked_at: post_build.origin,
    };
    let mut unset = BTreeMap::new();
    built.remake("postBuild", post_build.origin, |node: &Node| {
        substitution.apply(node, &mut unset)
    })?;
    for (name, at) in unset {
        built.warnings.push(Warning {
            message: format!("the variable `{name}` is not set, so it is empty"),
            origin: at,
            is_logged: false,
        });
    }
    Ok(())
}

/// Reads the variables: those of `substituteFrom` in their order, then those of `substitute`.
fn variables(context: &Context<'_>, object: &Node, post_build: &Node) -> Result<Variables, Halt> {
    let mut variables = Variables::new();
    for reference in list(post_build, &["substituteFrom"])? {
        let kind = require(reference, &["kind"])?;
        let name = require(reference, &["name"])?;
        if !["ConfigMap", "Secret"].contains(&kind.text) {
            return Err(Problem::BadValue {
                value: kind.text.to_owned(),
                wanted: "`ConfigMap` or `Secret`",
                at: kind.at,
            }
            .into());
        }
        let is_optional = flag(reference, &["optional"])?;
        let key = Key::new("", kind.text, namespace(object), name.text);
        let Some(node) = context.look_up(&key, is_optional, name.at)? else {
            continue;
        };
        let fields: &[&str] = if kind.text == "Secret" {
            &["data", "stringData"]
        } else {
            &["data"]
        };
        let entries = fields
            .iter()
            .filter_map(|field| node.get(field).and_then(Node::as_mapping))
            .flatten();
        for entry in entries {
            let key = entry.key.text.as_str();
            match datum(node, key, name.at) {
                Ok(datum) => {
                    let at = datum.origin();
                    variables.insert(key.to_owned(), (on_one_line(&datum.text), at));
                }
                Err(problem @ Problem::Encrypted { .. }) => {
                    context.without::<()>(problem, false)?;
                    break;
                }
                Err(problem) => return Err(problem.into()),
            }
        }
    }
    for (name, value) in pairs(post_build, &["substitute"])? {
        variables.insert(name.to_owned(), (on_one_line(value.text), value.at));
    }
    Ok(variables)
}

fn on_one_line(value: &str) -> String {
    value.replace('\n', "")
}

fn is_name(name: &str) -> bool {
    let is_of_name = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    name.bytes().all(is_of_name)
        && name
            .bytes()
            .next()
            .is_some_and(|first| !first.is_ascii_digit())
}

struct Substitution<'s> {
    variables: &'s Variables,
    is_strict: bool,
    asked_at: Origin,
}

impl Substitution<'_> {
    /// Returns the object with its variables substituted; `None` where there are none. Notes variables without a value.
    fn apply(
        &self,
        node: &Node,
        unset: &mut BTreeMap<String, Origin>,
    ) -> Result<Option<MadeDocument>, Problem> {
        if is_left_as_it_is(node) {
            return Ok(None);
        }
        let mut text = String::new();
        emit(node, &mut text);
        if !text.contains('$') {
            return Ok(None);
        }
        let places = Places::of(node, &text)?;
        let failed = |error: envsubst::SubstitutionError| Problem::Substitution {
            hint: match &error.reason {
                Reason::NotSet(_) => {
                    Some("set it in `postBuild`, or give it a default: `${name:=default}`")
                }
                _ => Some("a `$` that is meant as such is written `$$`"),
            },
            at: places.at(error.at).unwrap_or(node.origin),
            asked_at: self.asked_at,
            reason: error.reason.to_string(),
        };
        let parsed = envsubst::parse(&text).map_err(failed)?;
        let value = |name: &str| self.variables.get(name).map(|(value, _)| value.as_str());
        let substituted = envsubst::run(&parsed, &value, self.is_strict).map_err(failed)?;
        if substituted.text == text {
            return Ok(None);
        }
        for part in &substituted.parts {
            if let Some(name) = part.bare_variable()
                && !self.variables.contains_key(name)
            {
                let at = places.at(part.from.start).unwrap_or(node.origin);
                unset.entry(name.to_owned()).or_insert(at);
            }
        }
        let suppliers = substituted
            .parts
            .iter()
            .map(|part| self.variables.get(part.variable.as_deref()?))
            .map(|variable| variable.map(|(_, at)| *at))
            .collect();
        let from = SubstitutedText {
            parts: substituted.parts,
            suppliers,
            places,
        };
        let file = node.origin.file;
        let document = parse_made_version_2(substituted.text, file, Box::new(from))
            .map_err(Problem::Substituted)?;
        match document {
            Some(document) => Ok(Some(document)),
            None => Err(Problem::Substitution {
                reason: "nothing is left of the object".to_owned(),
                hint: None,
                at: node.origin,
                asked_at: self.asked_at,
            }),
        }
    }
}

fn is_left_as_it_is(node: &Node) -> bool {
    ["labels", "annotations"].into_iter().any(|field| {
        let value = node.lookup(&["metadata", field, OPT_OUT]);
        value.and_then(Node::text) == Some("disabled")
    })
}

/// Where the nodes of an object begin in its text, in order, each with its line in the tree.
#[derive(Clone)]
struct Places(Arc<[(usize, Origin)]>);

impl Places {
    /// Reads the text that an object was written as, and takes the places of both together.
    fn of(node: &Node, text: &str) -> Result<Self, Problem> {
        let file = FileId::of("");
        let written = crate::yaml::parse_with(
            text.as_bytes(),
            file,
            &crate::yaml::Limits::default(),
            crate::yaml::DuplicateKeys::LastCounts,
        );
        let written = written.map_err(Problem::Substituted)?;
        let starts: Vec<usize> = std::iter::once(0)
            .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|newline| newline + 1))
            .collect();
        let offset = |at: Origin| {
            let line = usize::try_from(at.line).ok()?.checked_sub(1)?;
            let start = *starts.get(line)?;
            let column = usize::try_from(at.column).ok()?.saturating_sub(1);
            let rest = text.get(start..)?;
            let within = rest.char_indices().nth(column);
            Some(start + within.map_or(rest.len(), |(within, _)| within))
        };
        let mut places = Vec::new();
        if let Some(written) = written.first() {
            collect(written, node, &offset, &mut places);
        }
        places.sort_by_key(|(start, _)| *start);
        Ok(Self(places.into()))
    }

    /// The line in the tree of what stands at a place of the text.
    fn at(&self, offset: usize) -> Option<Origin> {
        let next = self.0.partition_point(|(start, _)| *start <= offset);
        let (_, at) = self.0.get(next.checked_sub(1)?)?;
        Some(*at)
    }
}

/// Collects where the keys and values of a node begin, which two trees of one shape have.
fn collect(
    written: &Node,
    node: &Node,
    offset: &dyn Fn(Origin) -> Option<usize>,
    places: &mut Vec<(usize, Origin)>,
) {
    let mut add = |at: Origin, origin: Origin| {
        if let Some(offset) = offset(at) {
            places.push((offset, origin));
        }
    };
    add(written.origin, node.origin);
    match (&written.value, &node.value) {
        (Value::Sequence(written), Value::Sequence(nodes)) => {
            for (written, node) in written.iter().zip(nodes.iter()) {
                collect(written, node, offset, places);
            }
        }
        (Value::Mapping(written), Value::Mapping(_)) => {
            for entry in written.iter() {
                let Some(same) = node.as_mapping().and_then(|mapping| {
                    mapping.iter().find(|same| same.key.text == entry.key.text)
                }) else {
                    continue;
                };
                if let Some(offset) = offset(entry.key_origin) {
                    places.push((offset, same.key_origin));
                }
                collect(&entry.value, &same.value, offset, places);
            }
        }
        _ => {}
    }
}

/// What is known of a text with values in it.
struct SubstitutedText {
    parts: Vec<Part>,
    /// The line that has the value of each part, where a variable supplied it.
    suppliers: Vec<Option<Origin>>,
    places: Places,
}

impl fmt::Debug for SubstitutedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubstitutedText").finish_non_exhaustive()
    }
}

impl SubstitutedText {
    /// The parts that a piece of the text is made of, by their numbers.
    fn within(&self, range: &Range<usize>) -> Range<usize> {
        let first = self.parts.partition_point(|part| part.start <= range.start);
        let end = self.parts.partition_point(|part| part.start < range.end);
        first.saturating_sub(1)..end
    }

    /// The line in the tree of where a piece of the text begins.
    fn written(&self, start: usize) -> Option<Origin> {
        let number = self.within(&(start..start + 1)).start;
        let part = self.parts.get(number)?;
        let within = (part.from.start + (start - part.start)).min(part.from.end);
        self.places.at(within)
    }
}

impl MadeFrom for SubstitutedText {
    fn place(&self, range: Range<usize>) -> Option<Origin> {
        let mut suppliers = self.suppliers.get(self.within(&range))?.iter();
        let supplied = suppliers.find_map(|supplier| *supplier);
        supplied.or_else(|| self.written(range.start))
    }

    fn through(&self, range: Range<usize>) -> Vec<Origin> {
        self.written(range.start).into_iter().collect()
    }
}
