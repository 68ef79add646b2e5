//! The kinds of one Kubernetes version and the types of their fields.

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::crd::CustomKind;
use super::rules::{Rule, TypeRules};
use super::violation::Severity;

/// The kinds of one Kubernetes version.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub(super) version: SmolStr,
    pub(super) kinds: Arc<FxHashMap<KindKey, Kind>>,
    pub(super) structs: Arc<Vec<Struct>>,
    pub(super) custom: FxHashMap<KindKey, Arc<CustomKind>>,
}

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum BundleError {
    #[error("there is no schema of Kubernetes {version}; there is one of {known}")]
    UnknownVersion {
        version: String,
        known: &'static str,
    },
    #[error("the bundle is damaged: {reason}")]
    Damaged { reason: String },
}

/// `apiVersion` and kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct KindKey {
    pub(super) api_version: SmolStr,
    pub(super) kind: SmolStr,
}

/// A kind that a server serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) scope: Scope,
    pub(super) plural: SmolStr,
    pub(super) root: StructId,
}

/// Where the objects of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Namespaced,
    Cluster,
}

/// An index into the structures of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct StructId(pub(super) u32);

/// A mapping with known fields.
#[derive(Clone, Debug, Default)]
pub(super) struct Struct {
    pub(super) name: SmolStr,
    /// Whether fields beside the known ones are kept.
    pub(super) open: bool,
    /// Sorted by name.
    pub(super) fields: Vec<Field>,
    /// What the API's own validation adds.
    pub(super) rules: Option<&'static TypeRules>,
}

/// A known field.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: SmolStr,
    pub(super) kind: Type,
    pub(super) required: bool,
    /// Whether the server has a mapping here even where none is written: it then looks at an empty one.
    pub(super) embedded: bool,
    /// The only texts it may have; empty where it may have any.
    pub(super) values: Vec<SmolStr>,
    pub(super) rule: Option<&'static Rule>,
    /// What it means that two items of a list have one key.
    pub(super) duplicates: Severity,
}

/// What a value must be to be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Any,
    AnyObject,
    Boolean,
    Int32,
    Int64,
    Number,
    String,
    Bytes,
    Time,
    Quantity,
    IntOrString,
    /// An integer of 64 bits, in custom resources.
    WideIntOrString,
    List(Box<List>),
    Map(Box<Type>),
    Struct(StructId),
}

/// A list, with what makes an item unique in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct List {
    pub(super) item: Type,
    pub(super) unique: Unique,
}

/// What no two items of a list may share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unique {
    No,
    /// `x-kubernetes-list-type: set`
    Value,
    /// `x-kubernetes-list-type: map`
    Keys(Vec<SmolStr>),
}

impl Struct {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .binary_search_by(|field| field.name.as_str().cmp(name))
            .ok()
            .and_then(|index| self.fields.get(index))
    }
}

const KNOWN: &str = "1.36";
const BUILTIN: &[u8] = include_bytes!("bundles/1.36.bin");

static LOADED: LazyLock<Result<Bundle, String>> =
    LazyLock::new(|| Bundle::from_bytes(BUILTIN).map_err(|error| error.to_string()));

impl Bundle {
    /// Returns the bundle of a version that ships with the binary. It is unpacked when first asked for.
    pub fn builtin(version: &str) -> Result<Self, BundleError> {
        if !is_of(version, KNOWN) {
            return Err(BundleError::UnknownVersion {
                version: version.into(),
                known: KNOWN,
            });
        }
        LOADED
            .clone()
            .map_err(|reason| BundleError::Damaged { reason })
    }

    /// Returns the versions that ship with the binary.
    pub fn builtin_versions() -> &'static [&'static str] {
        &[KNOWN]
    }

    /// Tells whether the bundle is of a version as `1.36`.
    pub fn is_of(&self, minor: &str) -> bool {
        is_of(&self.version, minor)
    }

    /// Returns the version of the server that the bundle was taken from, as `v1.36.3`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns all kinds as `apiVersion`, kind, plural and whether they are namespaced, in order.
    pub fn kinds(&self) -> Vec<(SmolStr, SmolStr, SmolStr, bool)> {
        let mut kinds: Vec<_> = self
            .kinds
            .iter()
            .map(|(key, kind)| {
                (
                    key.api_version.clone(),
                    key.kind.clone(),
                    kind.plural.clone(),
                    kind.scope == Scope::Namespaced,
                )
            })
            .collect();
        kinds.sort();
        kinds
    }

    /// Tells whether the objects of a kind live in namespaces; `None` where the kind is unknown.
    pub fn is_namespaced(&self, api_version: &str, kind: &str) -> Option<bool> {
        let key = KindKey::new(api_version, kind);
        let scope = match self.kinds.get(&key) {
            Some(kind) => kind.scope,
            None => self.custom.get(&key)?.scope,
        };
        Some(scope == Scope::Namespaced)
    }

    pub(super) fn structure(&self, id: StructId) -> Option<&Struct> {
        self.structs.get(id.0 as usize)
    }

    pub(super) fn kind(&self, api_version: &str, kind: &str) -> Option<&Kind> {
        self.kinds.get(&KindKey::new(api_version, kind))
    }
}

/// Tells whether a version as `v1.36.3` is one of a minor version as `1.36`.
fn is_of(version: &str, minor: &str) -> bool {
    version
        .trim_start_matches('v')
        .strip_prefix(minor)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '+', '-']))
}

impl KindKey {
    /// Costs no allocation for names of common length.
    pub(super) fn new(api_version: &str, kind: &str) -> Self {
        Self {
            api_version: api_version.into(),
            kind: kind.into(),
        }
    }
}
