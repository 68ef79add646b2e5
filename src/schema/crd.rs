//! The kinds that the `CustomResourceDefinition`s of a rendered set bring.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use smol_str::format_smolstr;

use crate::render::Object;

use super::bundle::{Bundle, Field, KindKey, Scope, Struct, Type};
use super::compile::Compiler;
use super::constraints::Constraints;
use super::json;
use super::violation::Severity;

/// A kind with its structural schema.
#[derive(Debug)]
pub(super) struct CustomKind {
    pub(super) scope: Scope,
    pub(super) structs: Vec<Struct>,
    pub(super) root: Type,
    pub(super) constraints: Option<Constraints>,
}

impl Bundle {
    /// Returns the bundle with the kinds that these objects define; what is no CRD is passed over.
    #[must_use]
    pub fn with_crds<'o>(&self, objects: impl IntoIterator<Item = &'o Object>) -> Self {
        let mut bundle = self.clone();
        let crds = objects.into_iter().filter(|object| {
            object.id.kind == "CustomResourceDefinition"
                && object.id.group == "apiextensions.k8s.io"
        });
        for object in crds {
            let crd = json::of(&object.node);
            for (key, kind) in kinds_of(&crd) {
                bundle.custom.insert(key, Arc::new(kind));
            }
        }
        bundle
    }
}

fn kinds_of(crd: &Value) -> Vec<(KindKey, CustomKind)> {
    let text = |pointer: &str| {
        crd.pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (group, kind) = (text("/spec/group"), text("/spec/names/kind"));
    let scope = match text("/spec/scope") {
        "Cluster" => Scope::Cluster,
        _ => Scope::Namespaced,
    };
    let versions = crd.pointer("/spec/versions").and_then(Value::as_array);
    versions
        .into_iter()
        .flatten()
        .filter(|version| version.get("served") != Some(&Value::Bool(false)))
        .filter_map(|version| {
            let name = version.get("name")?.as_str()?;
            let schema = version.pointer("/schema/openAPIV3Schema")?;
            let key = KindKey::new(&format_smolstr!("{group}/{name}"), kind);
            Some((key, compile(kind, schema, scope)))
        })
        .collect()
}

fn compile(kind: &str, schema: &Value, scope: Scope) -> CustomKind {
    let none = BTreeMap::new();
    let mut compiler = Compiler::custom(&none);
    let root = compiler.type_of(kind, schema, 0);
    let mut structs = compiler.finish();
    if let Type::Struct(id) = &root
        && let Some(structure) = structs.get_mut(id.0 as usize)
    {
        // Every object has these, whatever its schema says of them; metadata is looked at apart.
        for (name, kind) in [
            ("apiVersion", Type::String),
            ("kind", Type::String),
            ("metadata", Type::Any),
        ] {
            structure.fields.retain(|field| field.name != name);
            structure.fields.push(plain_field(name, kind));
        }
        structure.fields.sort_by(|a, b| a.name.cmp(&b.name));
    }
    CustomKind {
        scope,
        structs,
        root,
        constraints: Constraints::of(schema),
    }
}

/// A field that may be missing.
pub(super) fn plain_field(name: &str, kind: Type) -> Field {
    Field {
        name: name.into(),
        kind,
        required: false,
        embedded: false,
        values: Vec::new(),
        rule: None,
        duplicates: Severity::Error,
    }
}
