//! What a cluster can do, as templates ask for it: its version and API versions.

use std::any::Any;
use std::rc::Rc;

use crate::template::{CallError, Elem, Field, Kind, List, Map, Object, Run, Str, Value, quoted};

/// The API versions that the reference knows of without a cluster, in its order.
const API_VERSIONS: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

/// A cluster, or what stands in for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The version of Kubernetes.
    pub kube_version: KubeVersion,
    /// The API versions, some with a kind: `apps/v1`, `apps/v1/Deployment`.
    pub api_versions: Vec<String>,
}

/// A version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// As it was given, with a `v`.
    pub version: String,
    /// Its numbers alone, with a `v`: what ranges are compared with.
    pub normalized: String,
    /// The first number.
    pub major: String,
    /// The second number.
    pub minor: String,
}

/// A text is no version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version of Kubernetes: write one as `1.36.0`")]
pub struct KubeVersionError(pub String);

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            kube_version: KubeVersion::default(),
            api_versions: API_VERSIONS.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Default for KubeVersion {
    /// The version that the reference is built for.
    fn default() -> Self {
        Self {
            version: "v1.37.0".to_owned(),
            normalized: "v1.37.0".to_owned(),
            major: "1".to_owned(),
            minor: "37".to_owned(),
        }
    }
}

impl KubeVersion {
    /// Reads a version: two numbers or more with dots between them, and whatever follows.
    pub fn parse(text: &str) -> Result<Self, KubeVersionError> {
        let error = || KubeVersionError(text.to_owned());
        let trimmed = text.trim_start();
        let trimmed = trimmed.strip_prefix('v').unwrap_or(trimmed);
        let mut numbers: Vec<u64> = Vec::new();
        let mut rest = trimmed;
        loop {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, behind) = rest.split_at(digits);
            let is_first = numbers.is_empty();
            if is_first && number.len() > 1 && number.starts_with('0') {
                return Err(error());
            }
            numbers.push(number.parse().map_err(|_| error())?);
            match behind.strip_prefix('.') {
                Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
                _ => {
                    rest = behind;
                    break;
                }
            }
        }
        let [major, minor, ..] = numbers.as_slice() else {
            return Err(error());
        };
        if rest.contains('\n') {
            return Err(error());
        }
        let normalized: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        Ok(Self {
            version: if text.starts_with('v') {
                text.to_owned()
            } else {
                format!("v{text}")
            },
            normalized: format!("v{}", normalized.join(".")),
            major: major.to_string(),
            minor: minor.to_string(),
        })
    }
}

/// `.Capabilities`
#[derive(Debug)]
pub(crate) struct CapabilitiesObject(pub(crate) Rc<Capabilities>);

#[derive(Debug)]
struct KubeVersionObject(Rc<Capabilities>);

#[derive(Debug)]
struct VersionSet(Rc<Capabilities>);

/// What the reference says of its own build.
#[derive(Debug)]
struct HelmVersion;

/// The fields of [`HelmVersion`]: the name, the name in JSON, the value.
const HELM_VERSION: [(&str, &str, &str); 5] = [
    ("Version", "version", "v4.3.1"),
    (
        "GitCommit",
        "git_commit",
        "c0d08d0d6d9424d4a14febb5e8a3e51b0dd00dff",
    ),
    ("GitTreeState", "git_tree_state", "clean"),
    ("GoVersion", "go_version", "go1.27.2"),
    ("KubeClientVersion", "kube_client_version", "v1.37"),
];

fn object(object: impl Object + 'static) -> Value {
    Kind::Object(Rc::new(object)).into()
}

/// A field that has the same name in JSON.
fn field(name: &'static str, value: Option<Result<Value, CallError>>) -> Field {
    Field {
        name,
        json_name: name,
        value: value.and_then(Result::ok).unwrap_or_default(),
    }
}

/// Fields as a map.
fn map(fields: Option<Vec<Field>>) -> Value {
    let fields = fields.into_iter().flatten();
    let map: Map = fields
        .map(|field| (Str::from(field.json_name), field.value))
        .collect();
    map.into()
}

impl Object for CapabilitiesObject {
    fn type_name(&self) -> &'static str {
        "*common.Capabilities"
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Result<Value, CallError>> {
        match name {
            "KubeVersion" => Some(Ok(object(KubeVersionObject(Rc::clone(&self.0))))),
            "APIVersions" => Some(Ok(object(VersionSet(Rc::clone(&self.0))))),
            "HelmVersion" => Some(Ok(object(HelmVersion))),
            _ => None,
        }
    }

    fn method(
        &self,
        name: &str,
        _run: &mut Run<'_>,
        arguments: &[Value],
    ) -> Option<Result<Value, CallError>> {
        match (name, arguments) {
            ("Copy", []) => Some(Ok(object(Self(Rc::clone(&self.0))))),
            _ => None,
        }
    }

    fn display(&self) -> Str {
        let version = KubeVersionObject(Rc::clone(&self.0)).display();
        let set = VersionSet(Rc::clone(&self.0)).display();
        format!(
            "&{{{} {} {}}}",
            version.text(),
            set.text(),
            HelmVersion.display().text()
        )
        .into()
    }

    fn fields(&self) -> Option<Vec<Field>> {
        let names = ["KubeVersion", "APIVersions", "HelmVersion"];
        let fields = names.map(|name| field(name, self.field(name)));
        Some(fields.into())
    }

    fn json(&self) -> Value {
        map(self.fields())
    }
}

impl Object for KubeVersionObject {
    fn type_name(&self) -> &'static str {
        "common.KubeVersion"
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Result<Value, CallError>> {
        let version = &self.0.kube_version;
        match name {
            "Version" => Some(Ok(version.version.as_str().into())),
            "Major" => Some(Ok(version.major.as_str().into())),
            "Minor" => Some(Ok(version.minor.as_str().into())),
            _ => None,
        }
    }

    fn method(
        &self,
        name: &str,
        _run: &mut Run<'_>,
        arguments: &[Value],
    ) -> Option<Result<Value, CallError>> {
        let version = &self.0.kube_version;
        match (name, arguments) {
            ("GitVersion", []) => Some(Ok(version.version.as_str().into())),
            ("String", []) => Some(Ok(version.normalized.as_str().into())),
            _ => None,
        }
    }

    fn display(&self) -> Str {
        let version = &self.0.kube_version;
        format!(
            "{{{} {} {} {}}}",
            version.version, version.normalized, version.major, version.minor
        )
        .into()
    }

    fn go_syntax(&self) -> Option<String> {
        let version = &self.0.kube_version;
        Some(go_struct(
            self.type_name(),
            [
                ("Version", version.version.as_str()),
                ("normalizedVersion", &version.normalized),
                ("Major", &version.major),
                ("Minor", &version.minor),
            ],
        ))
    }

    fn printed(&self) -> Str {
        self.0.kube_version.normalized.as_str().into()
    }

    fn fields(&self) -> Option<Vec<Field>> {
        let names = ["Version", "Major", "Minor"];
        let fields = names.map(|name| field(name, self.field(name)));
        Some(fields.into())
    }

    fn json(&self) -> Value {
        map(self.fields())
    }
}

impl Object for VersionSet {
    fn type_name(&self) -> &'static str {
        "common.VersionSet"
    }

    fn kind_name(&self) -> &'static str {
        "slice"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(
        &self,
        name: &str,
        _run: &mut Run<'_>,
        arguments: &[Value],
    ) -> Option<Result<Value, CallError>> {
        if name != "Has" {
            return None;
        }
        let [
            Value {
                kind: Kind::Str(wanted),
                ..
            },
        ] = arguments
        else {
            return Some(Err(CallError::new("Has takes one string")));
        };
        let mut versions = self.0.api_versions.iter();
        Some(Ok(versions
            .any(|version| version.as_bytes() == wanted.bytes())
            .into()))
    }

    fn items(&self) -> Option<List> {
        let items = self.0.api_versions.iter();
        let items = items.map(|version| Value::from(version.as_str()));
        Some(List::with_elem(items.collect(), Elem::Str))
    }

    fn display(&self) -> Str {
        format!("[{}]", self.0.api_versions.join(" ")).into()
    }

    fn json(&self) -> Value {
        Value::strings(self.0.api_versions.iter().map(String::as_str))
    }
}

impl Object for HelmVersion {
    fn type_name(&self) -> &'static str {
        "version.BuildInfo"
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Result<Value, CallError>> {
        let mut fields = HELM_VERSION.iter();
        let (_, _, value) = fields.find(|(field, ..)| *field == name)?;
        Some(Ok((*value).into()))
    }

    fn display(&self) -> Str {
        let values: Vec<&str> = HELM_VERSION.iter().map(|(.., value)| *value).collect();
        format!("{{{}}}", values.join(" ")).into()
    }

    fn go_syntax(&self) -> Option<String> {
        let fields = HELM_VERSION.map(|(name, _, value)| (name, value));
        Some(go_struct(self.type_name(), fields))
    }

    fn fields(&self) -> Option<Vec<Field>> {
        let fields = HELM_VERSION.map(|(name, json_name, value)| Field {
            name,
            json_name,
            value: value.into(),
        });
        Some(fields.into())
    }

    fn json(&self) -> Value {
        map(self.fields())
    }
}

/// A struct of strings as `%#v` prints it.
fn go_struct<'f>(type_name: &str, fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> String {
    let fields = fields.into_iter().map(|(name, value)| {
        let value = quoted(value.as_bytes());
        format!("{name}:{}", String::from_utf8_lossy(&value))
    });
    let fields: Vec<String> = fields.collect();
    format!("{type_name}{{{}}}", fields.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_kubernetes_reads_them() {
        for (text, version, normalized, minor) in [
            ("1.22", "v1.22", "v1.22", "22"),
            ("v1.22.17", "v1.22.17", "v1.22.17", "22"),
            ("1.33.4-gke.1245000", "v1.33.4-gke.1245000", "v1.33.4", "33"),
            ("1.05+", "v1.05+", "v1.5", "5"),
        ] {
            let parsed = KubeVersion::parse(text).unwrap();
            assert_eq!(
                (
                    parsed.version.as_str(),
                    parsed.normalized.as_str(),
                    parsed.minor.as_str()
                ),
                (version, normalized, minor)
            );
        }
        for text in ["1", "", "abc", "01.2", "1."] {
            assert!(KubeVersion::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn json_and_pretty_yaml_keep_the_order_of_fields() {
        let capabilities = Capabilities {
            api_versions: vec!["v1".to_owned()],
            ..Capabilities::default()
        };
        let value = object(CapabilitiesObject(Rc::new(capabilities)));
        let mut json = String::new();
        crate::template::json::write(&value, crate::template::json::Escape::Html, &mut json)
            .unwrap();
        let start = r#"{"KubeVersion":{"Version":"v1.37.0","Major":"1","Minor":"37"},"APIVersions":["v1"],"HelmVersion":{"version":"v4.3.1","git_commit":""#;
        assert!(json.starts_with(start), "{json}");
        let pretty = crate::helm::yaml::pretty::pretty(&value).unwrap();
        let start = "kubeversion:\n  version: v1.37.0\n  major: \"1\"\n  minor: \"37\"\napiversions:\n  - v1\nhelmversion:\n  version: v4.3.1\n  gitcommit: ";
        assert!(pretty.starts_with(start), "{pretty}");
    }
}
