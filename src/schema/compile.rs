//! What a server publishes under `/openapi/v3`, compiled to a bundle.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value;
use smol_str::{SmolStr, format_smolstr};

use super::bundle::{Bundle, Field, Kind, KindKey, List, Scope, Struct, StructId, Type, Unique};
use super::crd::plain_field;
use super::rules;
use super::violation::Severity;

/// Why documents don't make a bundle.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum CompileError {
    #[error("the documents hold no kind that can be created")]
    NoKinds,
    #[error("`{kind}` is created at `{path}`, but has no schema")]
    NoSchema { kind: String, path: String },
}

impl Bundle {
    /// Compiles the `OpenAPI` v3 documents of a server, one for each group and version.
    pub fn from_openapi(version: &str, documents: &[Value]) -> Result<Self, CompileError> {
        let schemas: BTreeMap<&str, &Value> = documents
            .iter()
            .filter_map(|document| document.pointer("/components/schemas")?.as_object())
            .flatten()
            .map(|(name, schema)| (name.as_str(), schema))
            .collect();
        let created = documents
            .iter()
            .filter_map(|document| document.get("paths")?.as_object())
            .flatten()
            .filter_map(|(path, item)| Created::of(path, item));

        let mut compiler = Compiler::new(&schemas);
        let mut kinds: BTreeMap<KindKey, Kind> = BTreeMap::new();
        for created in created {
            let schema = created.schema.ok_or_else(|| CompileError::NoSchema {
                kind: created.key.kind.to_string(),
                path: created.path.into(),
            })?;
            let root = compiler.named(schema);
            let kind = Kind {
                scope: created.scope,
                plural: created.plural.into(),
                root,
            };
            kinds.entry(created.key).or_insert(kind);
        }
        if kinds.is_empty() {
            return Err(CompileError::NoKinds);
        }
        let mut structs = compiler.finish();
        structs.iter_mut().for_each(rules::attach);
        Ok(Self {
            version: version.into(),
            kinds: Arc::new(kinds.into_iter().collect()),
            structs: Arc::new(structs),
            custom: FxHashMap::default(),
        })
    }
}

/// A path at which objects of a kind are created.
struct Created<'d> {
    path: &'d str,
    key: KindKey,
    plural: &'d str,
    scope: Scope,
    schema: Option<&'d str>,
}

impl<'d> Created<'d> {
    fn of(path: &'d str, item: &'d Value) -> Option<Self> {
        let post = item.get("post")?;
        // Below `{name}` are subresources.
        if post.get("x-kubernetes-action")? != "post" || path.contains("{name}") {
            return None;
        }
        let gvk = post.get("x-kubernetes-group-version-kind")?;
        let text = |key| gvk.get(key).and_then(Value::as_str).unwrap_or_default();
        let api_version = match text("group") {
            "" => SmolStr::from(text("version")),
            group => format_smolstr!("{group}/{}", text("version")),
        };
        let schema = post
            .pointer("/requestBody/content")?
            .as_object()?
            .values()
            .find_map(|content| content.pointer("/schema/$ref")?.as_str());
        Some(Self {
            path,
            key: KindKey::new(&api_version, text("kind")),
            plural: path.rsplit('/').next()?,
            scope: if path.contains("{namespace}") {
                Scope::Namespaced
            } else {
                Scope::Cluster
            },
            schema: schema.map(reference_name),
        })
    }
}

/// Compiles schemas to structures, each name once. Iterative over names: types may contain themselves.
pub(super) struct Compiler<'d> {
    schemas: &'d BTreeMap<&'d str, &'d Value>,
    ids: FxHashMap<SmolStr, StructId>,
    pending: VecDeque<&'d str>,
    structs: Vec<Struct>,
    /// Whether the schemas are those of custom resources.
    is_custom: bool,
}

/// Nesting of inline schemas beyond which a value may be anything.
const MOST_DEPTH: usize = 64;

impl<'d> Compiler<'d> {
    pub(super) fn new(schemas: &'d BTreeMap<&'d str, &'d Value>) -> Self {
        Self {
            schemas,
            ids: FxHashMap::default(),
            pending: VecDeque::new(),
            structs: Vec::new(),
            is_custom: false,
        }
    }

    /// A compiler of the schemas of custom resources, which the server fills and reads in other ways.
    pub(super) fn custom(schemas: &'d BTreeMap<&'d str, &'d Value>) -> Self {
        Self {
            is_custom: true,
            ..Self::new(schemas)
        }
    }

    /// Returns the structure of a named schema, to be filled by [`Compiler::finish`].
    pub(super) fn named(&mut self, name: &'d str) -> StructId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = self.reserve(name);
        self.ids.insert(name.into(), id);
        self.pending.push_back(name);
        id
    }

    /// Fills all that was asked for and returns the structures.
    pub(super) fn finish(mut self) -> Vec<Struct> {
        while let Some(name) = self.pending.pop_front() {
            if let (Some(schema), Some(id)) = (self.schemas.get(name), self.ids.get(name)) {
                self.fill(*id, schema, 0);
            }
        }
        self.structs
    }

    /// Compiles a schema that is written in place.
    pub(super) fn inline(&mut self, name: &str, schema: &'d Value, depth: usize) -> StructId {
        let id = self.reserve(name);
        self.fill(id, schema, depth);
        id
    }

    fn reserve(&mut self, name: &str) -> StructId {
        let id = StructId(u32::try_from(self.structs.len()).unwrap_or(u32::MAX));
        self.structs.push(Struct {
            name: name.into(),
            ..Struct::default()
        });
        id
    }

    fn fill(&mut self, id: StructId, schema: &'d Value, depth: usize) {
        let Some(name) = self.structs.get(id.0 as usize).map(|s| s.name.clone()) else {
            return;
        };
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let mut fields: Vec<Field> = schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(field, schema)| Field {
                name: field.into(),
                kind: self.type_of(&format_smolstr!("{name}.{field}"), schema, depth + 1),
                required: required.contains(&field.as_str())
                    && !(self.is_custom && schema.get("default").is_some()),
                embedded: !self.is_custom && schema.get("default").is_some_and(is_empty_object),
                // Conditions of custom resources are looked at apart.
                values: if self.is_custom {
                    Vec::new()
                } else {
                    texts(schema.get("enum"))
                },
                rule: None,
                duplicates: Severity::Error,
            })
            .collect();
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(structure) = self.structs.get_mut(id.0 as usize) {
            structure.fields = fields;
            structure.open = is_open(schema);
        }
    }

    pub(super) fn type_of(&mut self, name: &str, schema: &'d Value, depth: usize) -> Type {
        if depth > MOST_DEPTH {
            return Type::Any;
        }
        if let Some(reference) = reference_of(schema) {
            return self.referenced(reference, depth);
        }
        if schema.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
            return if self.is_custom {
                Type::WideIntOrString
            } else {
                Type::IntOrString
            };
        }
        let format = schema
            .get("format")
            .and_then(Value::as_str)
            .unwrap_or_default();
        match schema.get("type").and_then(Value::as_str) {
            Some("boolean") => Type::Boolean,
            Some("integer") if format == "int32" => Type::Int32,
            Some("integer") => Type::Int64,
            Some("number") => Type::Number,
            Some("string") if self.is_custom => Type::String,
            Some("string") => match format {
                "byte" => Type::Bytes,
                "date-time" => Type::Time,
                "int-or-string" => Type::IntOrString,
                _ => Type::String,
            },
            Some("array") => Type::List(Box::new(List {
                item: match schema.get("items") {
                    Some(items) => self.type_of(name, items, depth + 1),
                    None => Type::Any,
                },
                unique: unique_of(schema),
            })),
            Some("object") => self.object(name, schema, depth),
            _ if schema.get("properties").is_some() => self.object(name, schema, depth),
            _ => Type::Any,
        }
    }

    fn object(&mut self, name: &str, schema: &'d Value, depth: usize) -> Type {
        let is_resource = schema.get("x-kubernetes-embedded-resource") == Some(&Value::Bool(true));
        if is_resource || schema.get("properties").is_some() {
            let id = self.inline(name, schema, depth);
            if let Some(structure) = self.structs.get_mut(id.0 as usize).filter(|_| is_resource) {
                embed(structure);
            }
            return Type::Struct(id);
        }
        match schema.get("additionalProperties") {
            Some(value @ Value::Object(_)) => {
                Type::Map(Box::new(self.type_of(name, value, depth + 1)))
            }
            _ => Type::AnyObject,
        }
    }

    fn referenced(&mut self, name: &'d str, depth: usize) -> Type {
        let Some(schema) = self.schemas.get(name).copied() else {
            return Type::Any;
        };
        // These read themselves from JSON in ways that their schemas only hint at.
        match name.rsplit('.').next().unwrap_or_default() {
            "Quantity" => return Type::Quantity,
            "IntOrString" => return Type::IntOrString,
            "Time" | "MicroTime" => return Type::Time,
            "RawExtension" => return Type::AnyObject,
            _ => {}
        }
        if schema.get("properties").is_some() {
            return Type::Struct(self.named(name));
        }
        self.type_of(name, schema, depth + 1)
    }
}

fn reference_of(schema: &Value) -> Option<&str> {
    let direct = schema.get("$ref");
    let wrapped = || schema.get("allOf")?.as_array()?.first()?.get("$ref");
    direct.or_else(wrapped)?.as_str().map(reference_name)
}

fn reference_name(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// Makes a structure that of a whole object, which says what it is.
fn embed(structure: &mut Struct) {
    for (name, kind) in [
        ("apiVersion", Type::String),
        ("kind", Type::String),
        ("metadata", Type::AnyObject),
    ] {
        structure.fields.retain(|field| field.name != name);
        structure.fields.push(Field {
            required: name != "metadata",
            ..plain_field(name, kind)
        });
    }
    structure.fields.sort_by(|a, b| a.name.cmp(&b.name));
}

fn is_empty_object(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn is_open(schema: &Value) -> bool {
    let truth = Some(&Value::Bool(true));
    schema.get("x-kubernetes-preserve-unknown-fields") == truth
        || schema.get("additionalProperties") == truth
}

fn unique_of(schema: &Value) -> Unique {
    match schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("set") => Unique::Value,
        Some("map") => Unique::Keys(texts(schema.get("x-kubernetes-list-map-keys"))),
        _ => Unique::No,
    }
}

fn texts(list: Option<&Value>) -> Vec<SmolStr> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(SmolStr::from)
        .collect()
}
