//! What a policy or a binding is about: rules over resources, selectors over labels.

use smol_str::SmolStr;

use crate::yaml::Node;

use super::definition::Fields;
use super::error::PolicyError;
use super::selector::Selector;

/// `matchConstraints` of a policy, or `matchResources` of a binding.
#[derive(Clone, Debug, Default)]
pub(super) struct Match {
    rules: Vec<Rule>,
    excluded: Vec<Rule>,
    namespaces: Selector,
    objects: Selector,
    /// Whether another version of the same resource counts: `matchPolicy: Equivalent`.
    equivalent: bool,
}

#[derive(Clone, Debug)]
struct Rule {
    groups: Vec<SmolStr>,
    versions: Vec<SmolStr>,
    resources: Vec<SmolStr>,
    names: Vec<SmolStr>,
    operations: Vec<SmolStr>,
    scope: Scope,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Any,
    Cluster,
    Namespaced,
}

/// What is known of an object when rules are asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'o> {
    pub(super) group: &'o str,
    pub(super) version: &'o str,
    pub(super) resource: &'o str,
    pub(super) name: &'o str,
    pub(super) cluster_scoped: bool,
    pub(super) object: &'o Node,
    /// The object's namespace; for a namespace, itself.
    pub(super) namespace: Option<&'o Node>,
}

impl Match {
    /// Reads the constraints.
    pub(super) fn read(node: &Node, what: &str) -> Result<Self, PolicyError> {
        let mut fields = Fields::of(node, what)?;
        let rules = |nodes: &[Node]| nodes.iter().map(Rule::read).collect::<Result<_, _>>();
        let this = Self {
            rules: rules(fields.list("resourceRules")?)?,
            excluded: rules(fields.list("excludeResourceRules")?)?,
            namespaces: selector(&mut fields, "namespaceSelector")?,
            objects: selector(&mut fields, "objectSelector")?,
            equivalent: match fields.take("matchPolicy") {
                None => true,
                Some(node) => match node.text() {
                    Some("Equivalent") => true,
                    Some("Exact") => false,
                    _ => {
                        return Err(PolicyError::BadValue {
                            field: "matchPolicy".to_owned(),
                            wanted: "`Exact` or `Equivalent`",
                            at: node.origin,
                        });
                    }
                },
            },
        };
        fields.finish()?;
        Ok(this)
    }

    /// Tells whether the object is meant. Rules come first: they are cheap and refuse most.
    pub(super) fn matches(&self, subject: &Subject<'_>) -> bool {
        if !self.rules.is_empty()
            && !self
                .rules
                .iter()
                .any(|rule| rule.matches(subject, self.equivalent))
        {
            return false;
        }
        if self
            .excluded
            .iter()
            .any(|rule| rule.matches(subject, self.equivalent))
        {
            return false;
        }
        self.selects_object(subject) && self.selects_namespace(subject)
    }

    fn selects_object(&self, subject: &Subject<'_>) -> bool {
        self.objects.is_empty()
            || self
                .objects
                .selects(|key| subject.object.lookup(&["metadata", "labels", key])?.text())
    }

    fn selects_namespace(&self, subject: &Subject<'_>) -> bool {
        if self.namespaces.is_empty() {
            return true;
        }
        let Some(namespace) = subject.namespace else {
            // What is in no namespace is never held back by a namespace selector.
            return true;
        };
        self.namespaces.selects(|key| {
            if key == NAME_LABEL {
                return namespace.lookup(&["metadata", "name"])?.text();
            }
            namespace.lookup(&["metadata", "labels", key])?.text()
        })
    }
}

/// The label that the API server puts on each namespace.
pub(super) const NAME_LABEL: &str = "kubernetes.io/metadata.name";

fn selector(fields: &mut Fields<'_>, name: &'static str) -> Result<Selector, PolicyError> {
    fields
        .take(name)
        .map(Selector::read)
        .transpose()
        .map(Option::unwrap_or_default)
}

impl Rule {
    fn read(node: &Node) -> Result<Self, PolicyError> {
        let mut fields = Fields::of(node, "a resource rule")?;
        let rule = Self {
            groups: fields.texts("apiGroups")?,
            versions: fields.texts("apiVersions")?,
            resources: fields.texts("resources")?,
            names: fields.texts("resourceNames")?,
            operations: fields.texts("operations")?,
            scope: match fields.take("scope") {
                None => Scope::Any,
                Some(node) => match node.text() {
                    Some("*") => Scope::Any,
                    Some("Cluster") => Scope::Cluster,
                    Some("Namespaced") => Scope::Namespaced,
                    _ => {
                        return Err(PolicyError::BadValue {
                            field: "scope".to_owned(),
                            wanted: "`Cluster`, `Namespaced` or `*`",
                            at: node.origin,
                        });
                    }
                },
            },
        };
        fields.finish()?;
        Ok(rule)
    }

    fn matches(&self, subject: &Subject<'_>, equivalent: bool) -> bool {
        let listed =
            |list: &[SmolStr], value: &str| list.iter().any(|have| have == "*" || have == value);
        let scope = match self.scope {
            Scope::Any => true,
            // A namespace is cluster-scoped to rules, too.
            Scope::Cluster => subject.cluster_scoped,
            Scope::Namespaced => !subject.cluster_scoped,
        };
        scope
            && listed(&self.groups, subject.group)
            // Of two versions of a resource the server tries the other, too; the object is read as it is.
            && (equivalent || listed(&self.versions, subject.version))
            && listed(&self.operations, "CREATE")
            && self.resources.iter().any(|have| {
                // `*/*` and `pods/*` stand for the resource with its subresources.
                have == "*" || have == "*/*" || have == subject.resource
                    || have.strip_suffix("/*").is_some_and(|have| have == subject.resource)
            })
            && (self.names.is_empty() || self.names.iter().any(|name| name == subject.name))
    }
}
