//! Generators: the parameters of Applications that the tree can tell.

use smol_str::SmolStr;

use crate::helm::values::read::value;
use crate::helm::values::{Data, Table, Value};
use crate::yaml::{DuplicateKeys, Limits, Node, Origin, parse_version_2};

use super::super::context::{Context, Halt};
use super::super::error::Problem;
use super::super::fields::{find, list, pairs, text};
use super::git;
use super::template::Template;

/// What only a cluster or a forge can tell.
const ELSEWHERE: [&str; 6] = [
    "clusters",
    "scmProvider",
    "pullRequest",
    "clusterDecisionResource",
    "plugin",
    "merge",
];

/// The most sets of parameters of one generator.
const MOST: usize = 1_000;

/// Returns the parameters of a generator.
pub(super) fn params(
    context: &Context<'_>,
    generator: &Node,
    template: &Template,
) -> Result<Vec<Table>, Halt> {
    if let Some(selector) = find(generator, &["selector"]) {
        return Err(unsupported("a generator's `selector` is", selector.origin));
    }
    for field in ELSEWHERE {
        if let Some(node) = find(generator, &[field]) {
            return Err(unsupported(
                &format!("what the generator `{field}` gives is"),
                node.origin,
            ));
        }
    }
    for field in ["list", "git", "matrix"] {
        if let Some(node) = find(generator, &[field])
            && let Some(own) = find(node, &["template"])
        {
            return Err(unsupported("a generator's own `template` is", own.origin));
        }
    }
    if let Some(list) = find(generator, &["list"]) {
        return Ok(of_list(list, template)?);
    }
    if let Some(node) = find(generator, &["git"]) {
        return git::params(context, node, template);
    }
    if let Some(matrix) = find(generator, &["matrix"]) {
        return of_matrix(context, matrix, template);
    }
    Err(unsupported("this generator is", generator.origin))
}

fn unsupported(what: &str, at: Origin) -> Halt {
    Problem::Unsupported {
        what: format!("{what} not known here: `list`, `git` and `matrix` of these are"),
        hint: Some("`--expand=lenient` goes on without the Applications"),
        at,
    }
    .into()
}

fn of_list(list_node: &Node, template: &Template) -> Result<Vec<Table>, Problem> {
    let mut elements: Vec<Node> = list(list_node, &["elements"])?.to_vec();
    if let Some(yaml) = text(list_node, &["elementsYaml"])? {
        let parsed = parse_version_2(
            yaml.text.as_bytes(),
            yaml.at.file,
            &Limits::default(),
            DuplicateKeys::LastCounts,
        )
        .map_err(|error| Problem::NotManifest {
            error: error.at_places(|_| yaml.at),
        })?;
        let more = parsed.as_ref().and_then(Node::as_sequence);
        elements.extend(more.into_iter().flatten().cloned());
    }
    let mut all = Vec::new();
    for element in elements {
        let read = value(&element).map_err(Problem::Values)?;
        let Some(table) = read.as_table() else {
            return Err(Problem::BadValue {
                value: element.text().unwrap_or("a list").to_owned(),
                wanted: "a mapping of parameters",
                at: element.origin,
            });
        };
        all.push(if template.is_go {
            table.clone()
        } else {
            texts_of(table)?
        });
    }
    Ok(all)
}

/// Without Go's templates an element has texts, and `values` with texts.
fn texts_of(table: &Table) -> Result<Table, Problem> {
    let mut params: Vec<(SmolStr, Value)> = Vec::new();
    for (key, value) in table.iter() {
        match (&value.data, key.as_str()) {
            (Data::Text(_), _) => params.push((key.clone(), value.clone())),
            (Data::Table(values), "values") => {
                for (key, value) in values.iter() {
                    params.push((format!("values.{key}").into(), value.clone()));
                }
            }
            _ => {
                return Err(Problem::BadValue {
                    value: value.to_json().to_string(),
                    wanted: "text, as parameters are without `goTemplate`",
                    at: value.at,
                });
            }
        }
    }
    Ok(params.into_iter().collect())
}

/// Each set of the first generator with each of the second, which may name those of the first.
fn of_matrix(
    context: &Context<'_>,
    matrix: &Node,
    template: &Template,
) -> Result<Vec<Table>, Halt> {
    let [first, second] = list(matrix, &["generators"])? else {
        return Err(Problem::Unsupported {
            what: "a matrix is of two generators".to_owned(),
            hint: None,
            at: matrix.origin,
        }
        .into());
    };
    for nested in [first, second] {
        if let Some(matrix) = find(nested, &["matrix"]) {
            return Err(unsupported("a matrix in a matrix is", matrix.origin));
        }
    }
    let mut all = Vec::new();
    for outer in params(context, first, template)? {
        let second = template.node(second, &outer)?;
        for inner in params(context, &second, template)? {
            if all.len() >= MOST {
                return Err(Problem::TooMany {
                    limit: MOST,
                    at: matrix.origin,
                }
                .into());
            }
            all.push(inner.overlaid(&outer));
        }
    }
    Ok(all)
}

/// Adds `values` of a generator, in which parameters may stand.
pub(super) fn with_values(
    params: &Table,
    generator: &Node,
    template: &Template,
) -> Result<Table, Problem> {
    let mut values: Vec<(SmolStr, Value)> = Vec::new();
    for (key, text) in pairs(generator, &["values"])? {
        let value = template.text(text.text, params, text.at)?;
        values.push((key.into(), Value::new(Data::Text(value.into()), text.at)));
    }
    let Some((_, first)) = values.first() else {
        return Ok(params.clone());
    };
    let at = first.at;
    let values: Table = if template.is_go {
        let below = Value::new(Data::Table(values.into_iter().collect()), at);
        [(SmolStr::new_static("values"), below)]
            .into_iter()
            .collect()
    } else {
        let flat = values.into_iter();
        flat.map(|(key, value)| (format!("values.{key}").into(), value))
            .collect()
    };
    Ok(params.overlaid(&values))
}
