//! Fields that the schemas of custom resources mark as names, labels or annotations.
//!
//! A file listed in `crds` maps type names to `OpenAPI` definitions, as `openapi-gen` writes them.

use smol_str::SmolStr;

use super::{MergeConflict, NameReference, TransformerConfig};
use crate::kustomize::Gvk;
use crate::kustomize::fieldspec::{FieldSpec, FieldSpecs, SpecPath};
use crate::yaml::{Node, Origin};

/// How deep definitions may refer to one another.
const DEPTH: usize = 32;

/// Returns what in a file listed in `crds` is no definition.
pub(crate) fn not_a_definition(document: &Node) -> Option<Origin> {
    let Some(definitions) = document.as_mapping() else {
        return Some(document.origin);
    };
    let mut values = definitions.iter().map(|entry| &entry.value);
    let wrong = values.find(|value| value.as_mapping().is_none() && !value.is_null());
    wrong.map(|value| value.origin)
}

/// Reads a file listed in `crds`.
pub(crate) fn read_crds(document: &Node) -> Result<TransformerConfig, MergeConflict> {
    let mut config = std::sync::Arc::new(TransformerConfig::default());
    for entry in document.as_mapping().into_iter().flatten() {
        let Some(properties) = properties(&entry.value) else {
            continue;
        };
        let is_object = ["kind", "apiVersion", "metadata"]
            .iter()
            .all(|key| properties.get(key).is_some());
        if !is_object {
            continue;
        }
        let kind = entry.key.text.rsplit('.').next().unwrap_or_default();
        let mut reader = Reader {
            definitions: document,
            gvk: Gvk::new("", kind),
            path: Vec::new(),
            within: vec![entry.key.text.clone()],
            found: TransformerConfig::default(),
        };
        reader.read(properties)?;
        config = config.merge(&std::sync::Arc::new(reader.found))?;
    }
    Ok(std::sync::Arc::unwrap_or_clone(config))
}

fn properties(definition: &Node) -> Option<&Node> {
    let schema = definition
        .as_mapping()?
        .iter()
        .find(|entry| entry.key.text.eq_ignore_ascii_case("schema"))?;
    schema.value.get("properties")
}

struct Reader<'d> {
    definitions: &'d Node,
    gvk: Gvk,
    path: Vec<SmolStr>,
    /// The definitions that refer to the one that is read.
    within: Vec<SmolStr>,
    found: TransformerConfig,
}

impl Reader<'_> {
    fn read(&mut self, properties: &Node) -> Result<(), MergeConflict> {
        for entry in properties.as_mapping().into_iter().flatten() {
            self.path.push(entry.key.text.clone());
            self.property(&entry.value)?;
            self.path.pop();
        }
        Ok(())
    }

    fn property(&mut self, property: &Node) -> Result<(), MergeConflict> {
        let extension = |key: &str| property.get(key).and_then(Node::as_str);
        let found = &mut self.found;
        let here = || spec(&self.gvk, &self.path, None);
        if extension("x-kubernetes-annotation").is_some() {
            add(&mut found.common_annotations, "commonAnnotations", here())?;
        }
        if extension("x-kubernetes-label-selector").is_some() {
            add(&mut found.common_labels, "commonLabels", here())?;
        }
        if extension("x-kubernetes-identity").is_some() {
            add(&mut found.name_prefix, "namePrefix", here())?;
        }
        if let (Some(version), Some(kind)) = (
            extension("x-kubernetes-object-ref-api-version"),
            extension("x-kubernetes-object-ref-kind"),
        ) {
            let key = extension("x-kubernetes-object-ref-name-key").unwrap_or("name");
            let reference = NameReference {
                target: Gvk {
                    group: SmolStr::default(),
                    version: version.into(),
                    kind: kind.into(),
                },
                referrers: FieldSpecs::from_iter([spec(&self.gvk, &self.path, Some(key))]),
            };
            let other = TransformerConfig {
                name_reference: [reference].into(),
                ..TransformerConfig::default()
            };
            found.name_reference = found.merge_references(&other)?;
        }
        match extension("$ref") {
            Some(name) => self.definition(&SmolStr::new(name)),
            None => Ok(()),
        }
    }

    fn definition(&mut self, name: &SmolStr) -> Result<(), MergeConflict> {
        // A type that holds itself would go on for ever.
        if self.within.len() >= DEPTH || self.within.contains(name) {
            return Ok(());
        }
        let definitions = self.definitions;
        let Some(properties) = definitions.get(name).and_then(properties) else {
            return Ok(());
        };
        self.within.push(name.clone());
        self.read(properties)?;
        self.within.pop();
        Ok(())
    }
}

fn spec(gvk: &Gvk, path: &[SmolStr], key: Option<&str>) -> FieldSpec {
    let keys: Vec<&str> = path.iter().map(SmolStr::as_str).chain(key).collect();
    FieldSpec {
        gvk: gvk.clone(),
        path: SpecPath::new(keys.join("/")),
        create: false,
    }
}

fn add(
    specs: &mut FieldSpecs,
    section: &'static str,
    spec: FieldSpec,
) -> Result<(), MergeConflict> {
    *specs = specs
        .merge(&FieldSpecs::from_iter([spec]))
        .map_err(|conflict| MergeConflict::new(section, conflict))?;
    Ok(())
}
