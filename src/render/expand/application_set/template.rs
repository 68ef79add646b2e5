//! Parameters put into an Application's texts: by Go's templates, or by names in braces.

use std::sync::{Arc, LazyLock};

use crate::helm::func;
use crate::helm::values::template::Converter;
use crate::helm::values::{Data, Table};
use crate::template::func::functions;
use crate::template::{
    Bounds, CallError, Function, Functions, Kind, MissingKey, Random, Run, Set, Value as Argument,
};
use crate::yaml::{Entry, Mapping, Node, Origin, Scalar, Value};

use super::super::error::Problem;
use super::super::fields::{flag, texts};

/// How texts are templates.
pub(super) struct Template {
    pub(super) is_go: bool,
    missing_key: MissingKey,
}

impl Template {
    /// What a set says of it.
    pub(super) fn of(set: &Node) -> Result<Self, Problem> {
        let mut missing_key = MissingKey::Invalid;
        for option in texts(set, &["spec", "goTemplateOptions"])? {
            missing_key = match option.text {
                "missingkey=default" | "missingkey=invalid" => MissingKey::Invalid,
                "missingkey=zero" => MissingKey::Zero,
                "missingkey=error" => MissingKey::Error,
                other => {
                    return Err(Problem::BadValue {
                        value: other.to_owned(),
                        wanted: "an option of templates, as `missingkey=error`",
                        at: option.at,
                    });
                }
            };
        }
        Ok(Self {
            is_go: flag(set, &["spec", "goTemplate"])?,
            missing_key,
        })
    }

    /// Puts parameters into all texts of a node, keys included.
    pub(super) fn node(&self, node: &Node, params: &Table) -> Result<Node, Problem> {
        let value = match &node.value {
            Value::Scalar(scalar) if node.as_str().is_some_and(|text| text.contains("{{")) => {
                Value::Scalar(Scalar {
                    text: self.text(&scalar.text, params, node.origin)?.into(),
                    ..scalar.clone()
                })
            }
            Value::Scalar(_) => return Ok(node.clone()),
            Value::Sequence(items) => {
                let items: Vec<Node> = items
                    .iter()
                    .map(|item| self.node(item, params))
                    .collect::<Result<_, _>>()?;
                Value::Sequence(Arc::new(items))
            }
            Value::Mapping(mapping) => {
                let mut entries = Mapping::with_capacity(mapping.len());
                for entry in mapping.iter() {
                    let key = self.text(&entry.key.text, params, entry.key_origin)?;
                    let value = self.node(&entry.value, params)?;
                    if entries.contains_key(&key) {
                        entries.insert(&key, value);
                    } else {
                        entries.push(Entry {
                            key: Scalar::string(key),
                            key_origin: entry.key_origin,
                            value,
                        });
                    }
                }
                Value::Mapping(Arc::new(entries))
            }
        };
        Ok(Node {
            value,
            origin: node.origin,
        })
    }

    /// Puts parameters into a text.
    pub(super) fn text(&self, text: &str, params: &Table, at: Origin) -> Result<String, Problem> {
        if !text.contains("{{") {
            return Ok(text.to_owned());
        }
        if self.is_go {
            return self
                .go(text, params)
                .map_err(|reason| Problem::Template { reason, at });
        }
        Ok(by_name(text, params))
    }

    fn go(&self, text: &str, params: &Table) -> Result<String, String> {
        let mut set = Set::new(Arc::clone(all()));
        set.parse("template", text.as_bytes())
            .map_err(|error| error.message)?;
        let mut run =
            Run::new(&set, &(), Bounds::default(), Random::System).missing_key(self.missing_key);
        let params = Argument::from(Converter::default().table(params));
        let rendered = run.execute("template", &params);
        let rendered = rendered.map_err(|error| error.to_string())?;
        Ok(rendered.text().into_owned())
    }
}

/// Puts the texts of parameters in the place of their names in braces; what names none stays.
fn by_name(text: &str, params: &Table) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((name, after)) = behind.split_once("}}") else {
            break;
        };
        out.push_str(before);
        if let Some(Data::Text(value)) = params.get(name.trim()).map(|value| &value.data) {
            out.push_str(value);
        } else {
            out.push_str("{{");
            out.push_str(name);
            out.push_str("}}");
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Sprig's functions, those of YAML and Argo CD's own.
fn all() -> &'static Arc<Functions> {
    static FUNCTIONS: LazyLock<Arc<Functions>> = LazyLock::new(|| {
        let mut functions = Functions::standard();
        functions.remove(&["env", "expandenv", "getHostByName"]);
        functions.add(func::yaml::FUNCTIONS);
        functions.add(OWN);
        Arc::new(functions)
    });
    &FUNCTIONS
}

const OWN: &[Function] = functions![("normalize", [Str], normalize)];

fn normalize(run: &mut Run<'_>, arguments: &[Argument]) -> Result<Argument, CallError> {
    let text = match arguments.first().map(|argument| &argument.kind) {
        Some(Kind::Str(text)) => text.text().into_owned(),
        _ => String::new(),
    };
    run.take(text.len())?;
    Ok(Argument::str(sanitized(&text)))
}

/// What is left of a text as a name of Kubernetes.
pub(super) fn sanitized(text: &str) -> String {
    let name: String = text
        .to_lowercase()
        .chars()
        .map(|character| match character {
            'a'..='z' | '0'..='9' | '-' | '.' => character,
            _ => '-',
        })
        .take(253)
        .collect();
    name.trim_matches(['-', '.']).to_owned()
}
