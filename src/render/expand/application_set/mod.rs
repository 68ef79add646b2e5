//! Argo CD's `ApplicationSet`: an Application for each set of parameters that its generators give.
//!
//! [`expand`] is the way in; `generators` gives the parameters that the tree can tell, `git` those of its folders and
//! files, `template` puts them into the Applications.

mod generators;
mod git;
mod template;

use crate::helm::values::Table;
use crate::kustomize::Built;
use crate::yaml::{DuplicateKeys, Limits, Mapping, Node, parse_version_2};

use super::chart::missing;
use super::context::{Context, Halt};
use super::error::Problem;
use super::fields::{find, list, mapping, namespace, text};
use super::overlay::lay_over;

use template::Template;

/// What the step is called in a history.
const STEP: &str = "ApplicationSet";

/// The most Applications of one set.
const MOST: usize = 1_000;

/// Makes the Applications of a set.
pub(super) fn expand(context: &Context<'_>, set: &Node) -> Result<Built, Halt> {
    let template = Template::of(set)?;
    let mut applications = Vec::new();
    for generator in list(set, &["spec", "generators"])? {
        for params in generators::params(context, generator, &template)? {
            if applications.len() >= MOST {
                return Err(Problem::TooMany {
                    limit: MOST,
                    at: generator.origin,
                }
                .into());
            }
            applications.push(application(set, &template, &params)?);
        }
    }
    let built = context.builder.take(STEP, set.origin, applications);
    Ok(built.map_err(Problem::from)?)
}

/// Makes the Application of some parameters.
fn application(set: &Node, template: &Template, params: &Table) -> Result<Node, Problem> {
    let at = set.origin;
    let Some(written) = mapping(set, &["spec", "template"])? else {
        return Err(missing("spec.template", at));
    };
    let made = template.node(written, params)?;
    let mut metadata = Mapping::default();
    for field in ["name", "labels", "annotations", "finalizers"] {
        if let Some(value) = find(&made, &["metadata", field]) {
            metadata.insert(field, value.clone());
        }
    }
    metadata.insert("namespace", Node::string(namespace(set), at));
    let mut application = Mapping::default();
    let api_version = set.get("apiVersion").and_then(Node::text);
    let api_version = api_version.unwrap_or("argoproj.io/v1alpha1");
    application.insert("apiVersion", Node::string(api_version, at));
    application.insert("kind", Node::string("Application", at));
    application.insert("metadata", Node::mapping(metadata, made.origin));
    if let Some(spec) = find(&made, &["spec"]) {
        application.insert("spec", spec.clone());
    }
    let mut application = Node::mapping(application, written.origin);
    if let Some(patch) = text(set, &["spec", "templatePatch"])? {
        let rendered = template.text(patch.text, params, patch.at)?;
        let patch = parse_version_2(
            rendered.as_bytes(),
            patch.at.file,
            &Limits::default(),
            DuplicateKeys::LastCounts,
        )
        .map_err(|error| Problem::NotManifest {
            error: error.at_places(|_| patch.at),
        })?;
        if let Some(mut patch_node) = patch {
            relocate(&mut patch_node, find(set, &["spec", "templatePatch"]));
            lay_over(&mut application, &patch_node);
        }
    }
    Ok(application)
}

/// Gives all of a node the place of another.
fn relocate(node: &mut Node, to: Option<&Node>) {
    let Some(at) = to.map(|node| node.origin) else {
        return;
    };
    node.origin = at;
    if let Some(items) = node.as_sequence_mut() {
        for item in items {
            relocate(item, to);
        }
    } else if let Some(fields) = node.as_mapping_mut() {
        for entry in fields {
            entry.key_origin = at;
            relocate(&mut entry.value, to);
        }
    }
}
