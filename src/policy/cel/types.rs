//! Static types: enough of them to refuse what the API server refuses when a policy is created.

use std::fmt;
use std::sync::Arc;

/// What is known of an expression's value before it is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// Anything: fields of objects are.
    Dyn,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Duration,
    Timestamp,
    List(Arc<Type>),
    Map(Arc<Type>, Arc<Type>),
    Optional(Arc<Type>),
    /// The type of types.
    Meta,
    /// A type of the Kubernetes libraries.
    Opaque(&'static str),
    /// A type with declared fields.
    Object(&'static str),
    /// A type parameter of a function's signature.
    Parameter(&'static str),
}

impl Type {
    pub(crate) fn list(element: Type) -> Self {
        Self::List(Arc::new(element))
    }

    pub(crate) fn map(key: Type, value: Type) -> Self {
        Self::Map(Arc::new(key), Arc::new(value))
    }

    pub(crate) fn optional(value: Type) -> Self {
        Self::Optional(Arc::new(value))
    }

    /// Reads a type of a signature: `string`, `list<T>`, `map<string, int>`, `Quantity`.
    pub(crate) fn read(text: &'static str) -> Self {
        let text = text.trim();
        if let Some(inner) = inside(text, "list<") {
            return Self::list(Self::read(inner));
        }
        if let Some(inner) = inside(text, "optional<") {
            return Self::optional(Self::read(inner));
        }
        if let Some((key, value)) = inside(text, "map<").and_then(|inner| inner.split_once(',')) {
            return Self::map(Self::read(key), Self::read(value));
        }
        match text {
            "dyn" => Self::Dyn,
            "null" => Self::Null,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "uint" => Self::Uint,
            "double" => Self::Double,
            "string" => Self::String,
            "bytes" => Self::Bytes,
            "duration" => Self::Duration,
            "timestamp" => Self::Timestamp,
            "type" => Self::Meta,
            name if name.len() == 1 => Self::Parameter(name),
            name => Self::Opaque(name),
        }
    }

    /// Tells whether a value of this type may stand where `want` is asked; binds `want`'s parameters.
    pub(crate) fn fits(&self, want: &Type, bindings: &mut Vec<(&'static str, Type)>) -> bool {
        match (self, want) {
            (_, Type::Parameter(name)) => {
                if let Some((_, bound)) = bindings.iter().find(|(have, _)| have == name) {
                    let bound = bound.clone();
                    return self.fits(&bound, bindings) || bound.fits(self, &mut Vec::new());
                }
                bindings.push((name, self.clone()));
                true
            }
            (Type::Dyn | Type::Parameter(_), _) | (_, Type::Dyn) => true,
            (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => {
                a.fits(b, bindings)
            }
            (Type::Map(ak, av), Type::Map(bk, bv)) => {
                ak.fits(bk, bindings) && av.fits(bv, bindings)
            }
            (a, b) => a == b,
        }
    }

    /// Tells whether two types are the same; a parameter, which an empty literal has, is any.
    pub(crate) fn is_equivalent(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Parameter(_), _) | (_, Type::Parameter(_)) => true,
            (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => {
                a.is_equivalent(b)
            }
            (Type::Map(ak, av), Type::Map(bk, bv)) => ak.is_equivalent(bk) && av.is_equivalent(bv),
            (a, b) => a == b,
        }
    }

    /// Puts what parameters were bound to in their place.
    pub(crate) fn resolve(&self, bindings: &[(&'static str, Type)]) -> Type {
        match self {
            Type::Parameter(name) => bindings
                .iter()
                .find(|(have, _)| have == name)
                .map_or(Type::Dyn, |(_, bound)| bound.clone()),
            Type::List(inner) => Type::list(inner.resolve(bindings)),
            Type::Optional(inner) => Type::optional(inner.resolve(bindings)),
            Type::Map(key, value) => Type::map(key.resolve(bindings), value.resolve(bindings)),
            other => other.clone(),
        }
    }

    /// Returns the type that covers both: itself where they are equal, else `dyn`.
    pub(crate) fn join(&self, other: &Type) -> Type {
        if self == other {
            self.clone()
        } else {
            Type::Dyn
        }
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Type::Int | Type::Uint | Type::Double)
    }

    /// Returns the type of a declared field; `None` where the object has no such field.
    pub(crate) fn field_of(object: &'static str, field: &str) -> Option<Type> {
        let strings = || Type::map(Type::String, Type::String);
        let found = match (object, field) {
            (REQUEST, "kind" | "requestKind") => Type::Object(KIND),
            (REQUEST, "resource" | "requestResource") => Type::Object(RESOURCE),
            (
                REQUEST,
                "subResource" | "requestSubResource" | "name" | "namespace" | "operation",
            )
            | (KIND, "group" | "version" | "kind")
            | (RESOURCE, "group" | "version" | "resource")
            | (USER, "username" | "uid")
            | (
                NAMESPACE_METADATA,
                "name" | "generateName" | "namespace" | "UID" | "resourceVersion",
            )
            | (NAMESPACE_STATUS, "phase") => Type::String,
            (REQUEST, "userInfo") => Type::Object(USER),
            (REQUEST, "dryRun") => Type::Bool,
            (REQUEST, "options") => Type::Dyn,
            (USER, "groups") | (NAMESPACE_METADATA | NAMESPACE_SPEC, "finalizers") => {
                Type::list(Type::String)
            }
            (USER, "extra") => Type::map(Type::String, Type::list(Type::String)),
            (NAMESPACE, "metadata") => Type::Object(NAMESPACE_METADATA),
            (NAMESPACE, "spec") => Type::Object(NAMESPACE_SPEC),
            (NAMESPACE, "status") => Type::Object(NAMESPACE_STATUS),
            (NAMESPACE_METADATA, "labels" | "annotations") => strings(),
            (NAMESPACE_METADATA, "creationTimestamp" | "deletionTimestamp") => Type::Timestamp,
            (NAMESPACE_METADATA, "deletionGracePeriodSeconds" | "generation") => Type::Int,
            (NAMESPACE_STATUS, "conditions") => Type::list(Type::Dyn),
            _ => return None,
        };
        Some(found)
    }
}

/// The type of `request`.
pub(crate) const REQUEST: &str = "kubernetes.AdmissionRequest";
/// The type of `namespaceObject`.
pub(crate) const NAMESPACE: &str = "kubernetes.Namespace";
const KIND: &str = "kubernetes.GroupVersionKind";
const RESOURCE: &str = "kubernetes.GroupVersionResource";
const USER: &str = "kubernetes.UserInfo";
const NAMESPACE_METADATA: &str = "kubernetes.NamespaceMetadata";
const NAMESPACE_SPEC: &str = "kubernetes.NamespaceSpec";
const NAMESPACE_STATUS: &str = "kubernetes.NamespaceStatus";

fn inside<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    text.strip_prefix(start)?.strip_suffix('>')
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Type::List(element) => return write!(f, "list({element})"),
            Type::Map(key, value) => return write!(f, "map({key}, {value})"),
            Type::Optional(value) => return write!(f, "optional_type({value})"),
            Type::Dyn => "dyn",
            Type::Null => "null",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Uint => "uint",
            Type::Double => "double",
            Type::String => "string",
            Type::Bytes => "bytes",
            Type::Duration => "google.protobuf.Duration",
            Type::Timestamp => "google.protobuf.Timestamp",
            Type::Meta => "type",
            Type::Opaque(name) | Type::Object(name) | Type::Parameter(name) => name,
        };
        f.write_str(name)
    }
}
