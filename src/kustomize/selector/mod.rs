//! Which resources a selector means.

mod labels;

use std::sync::{LazyLock, PoisonError, RwLock};

use regex::Regex;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::re2;
use crate::yaml::{Diagnostic, Node, Origin};

use super::file::{Selector, Text};
use super::{Gvk, ResId, ResMap, Resource};
use labels::LabelSelector;

/// A selector ready for use.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    group: Pattern,
    version: Pattern,
    kind: Pattern,
    name: Pattern,
    namespace: Pattern,
    // Errors are kept until a resource comes so far: the reference tool reads these last.
    labels: Result<LabelSelector, SelectorError>,
    annotations: Result<LabelSelector, SelectorError>,
    selector: Selector,
}

/// Why a selector selects nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SelectorError {
    #[error("`{pattern}` is no regular expression: {reason}")]
    Pattern {
        pattern: String,
        reason: String,
        at: Origin,
    },
    #[error("`{selector}` is no selector of labels or annotations: {reason}")]
    Labels {
        selector: String,
        reason: String,
        at: Origin,
    },
}

impl Diagnostic for SelectorError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Pattern { at, .. } | Self::Labels { at, .. } => Some(*at),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Pattern { .. } => None,
            Self::Labels { .. } => Some("write it as `app=web,tier in (a, b),!old`".to_owned()),
        }
    }
}

impl Selection {
    /// Reads the selector's expressions.
    pub(crate) fn new(selector: &Selector) -> Result<Self, SelectorError> {
        let id = selector.id();
        Ok(Self {
            group: Pattern::new(&id.gvk.group, &selector.group)?,
            version: Pattern::new(&id.gvk.version, &selector.version)?,
            kind: Pattern::new(&id.gvk.kind, &selector.kind)?,
            name: Pattern::new(&id.name, &selector.name)?,
            namespace: Pattern::new(&id.namespace, &selector.namespace)?,
            labels: label_selector(&selector.label_selector),
            annotations: label_selector(&selector.annotation_selector),
            selector: selector.clone(),
        })
    }

    /// Returns the selector as it is written.
    pub(crate) fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Returns the place of the selector.
    pub(crate) fn origin(&self) -> Origin {
        self.selector.origin
    }

    /// Returns where the selected resources stand, in order.
    pub(crate) fn positions(&self, resources: &ResMap) -> Result<Vec<usize>, SelectorError> {
        let mut positions = Vec::new();
        for (position, resource) in resources.iter().enumerate() {
            if self.selects(resource)? {
                positions.push(position);
            }
        }
        Ok(positions)
    }

    /// Tells whether a resource is selected: by the name and namespace it has or those it was read with.
    pub(crate) fn selects(&self, resource: &Resource) -> Result<bool, SelectorError> {
        if !self.kind.matches(resource.kind()) {
            return Ok(false);
        }
        let name = || self.name.matches(resource.name());
        if resource.previous.is_empty() && !name() {
            return Ok(false);
        }
        let gvk = Gvk::of(&resource.node);
        if !self.group.matches(&gvk.group) || !self.version.matches(&gvk.version) {
            return Ok(false);
        }
        if !matches!((&self.name, &self.namespace), (Pattern::Any, Pattern::Any)) {
            let (original, current) = (resource.original_id(), resource.id());
            let is_named = self.name.matches(&original.name) || self.name.matches(&current.name);
            let is_placed = matches!(self.namespace, Pattern::Any)
                || self.namespace.matches(&original.effective_namespace())
                || self.namespace.matches(&current.effective_namespace());
            if !is_named || !is_placed {
                return Ok(false);
            }
        }
        let node = |field| resource.node.lookup(&["metadata", field]);
        Ok(matches(self.labels.as_ref(), node("labels"))?
            && matches(self.annotations.as_ref(), node("annotations"))?)
    }
}

impl Selection {
    /// Tells whether it says anything of ids.
    pub(crate) fn names_id(&self) -> bool {
        let parts = [
            &self.group,
            &self.version,
            &self.kind,
            &self.name,
            &self.namespace,
        ];
        !parts.iter().all(|part| matches!(part, Pattern::Any))
    }

    /// Tells whether an id is selected, its namespace as it is written there.
    pub(crate) fn matches_id(&self, id: &ResId) -> bool {
        self.group.matches(&id.gvk.group)
            && self.version.matches(&id.gvk.version)
            && self.kind.matches(&id.gvk.kind)
            && self.name.matches(&id.name)
            && self.namespace.matches(&id.namespace)
    }

    /// Tells whether it says anything of labels or annotations.
    pub(crate) fn names_labels(&self) -> bool {
        let says_nothing = |selector: &Result<LabelSelector, SelectorError>| {
            selector.as_ref().is_ok_and(LabelSelector::is_empty)
        };
        !(says_nothing(&self.labels) && says_nothing(&self.annotations))
    }

    /// Tells whether the labels and annotations of a resource are selected.
    pub(crate) fn matches_labels(&self, resource: &Resource) -> Result<bool, SelectorError> {
        let node = |field| resource.node.lookup(&["metadata", field]);
        Ok(matches(self.annotations.as_ref(), node("annotations"))?
            && matches(self.labels.as_ref(), node("labels"))?)
    }
}

/// Writes the parts that are not empty, as `kind: Deployment, name: web`.
impl std::fmt::Display for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let selector = &self.selector;
        let parts = [
            ("group", &selector.group),
            ("version", &selector.version),
            ("kind", &selector.kind),
            ("name", &selector.name),
            ("namespace", &selector.namespace),
            ("labelSelector", &selector.label_selector),
            ("annotationSelector", &selector.annotation_selector),
        ];
        let mut divider = "";
        for (field, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
            write!(f, "{divider}{field}: {}", &**value)?;
            divider = ", ";
        }
        Ok(())
    }
}

fn matches(
    selector: Result<&LabelSelector, &SelectorError>,
    labels: Option<&Node>,
) -> Result<bool, SelectorError> {
    let selector = selector.map_err(Clone::clone)?;
    Ok(selector.matches(|key| {
        labels?
            .get(key)
            .map(|value| value.text().unwrap_or_default())
    }))
}

fn label_selector(text: &Text) -> Result<LabelSelector, SelectorError> {
    LabelSelector::parse(text).map_err(|reason| SelectorError::Labels {
        selector: text.to_string(),
        reason,
        at: text.origin,
    })
}

/// A regular expression over the whole of a text.
#[derive(Clone, Debug)]
enum Pattern {
    Any,
    /// Without special characters.
    Literal(SmolStr),
    /// Without special characters but dots.
    Dotted(SmolStr),
    Regex(Regex),
}

/// Expressions seen before: a fleet's overlays have the same ones. Cleared when there are many.
static COMPILED: LazyLock<RwLock<FxHashMap<SmolStr, Regex>>> = LazyLock::new(RwLock::default);
const MOST_COMPILED: usize = 1000;

impl Pattern {
    fn new(pattern: &SmolStr, text: &Text) -> Result<Self, SelectorError> {
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b':');
        if pattern.is_empty() {
            return Ok(Self::Any);
        }
        if pattern.bytes().all(is_plain) {
            return Ok(Self::Literal(pattern.clone()));
        }
        if pattern.bytes().all(|byte| byte == b'.' || is_plain(byte)) {
            return Ok(Self::Dotted(pattern.clone()));
        }
        let compiled = COMPILED.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = compiled.get(pattern) {
            return Ok(Self::Regex(regex.clone()));
        }
        drop(compiled);
        let regex =
            re2::compile(&format!("^(?:{pattern})$")).map_err(|error| SelectorError::Pattern {
                pattern: pattern.to_string(),
                reason: error
                    .to_string()
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
                at: text.origin,
            })?;
        let mut compiled = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
        if compiled.len() >= MOST_COMPILED {
            compiled.clear();
        }
        compiled.insert(pattern.clone(), regex.clone());
        Ok(Self::Regex(regex))
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(literal) => literal == text,
            Self::Dotted(dotted) => {
                let mut chars = text.chars();
                let all = dotted.chars().all(|want| {
                    chars
                        .next()
                        .is_some_and(|have| want == have || (want == '.' && have != '\n'))
                });
                all && chars.next().is_none()
            }
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, parse};

    fn pattern(text: &str) -> Result<Pattern, SelectorError> {
        Pattern::new(&text.into(), &Text::default())
    }

    #[test]
    fn patterns_match_the_whole() {
        for (text, yes, no) in [
            ("web", "web", "web-1"),
            ("web.*", "web-1", "a-web"),
            ("apps.v1", "apps/v1", "apps/v"),
            ("a|b", "b", "ab"),
            ("", "anything", "\n"),
        ] {
            assert!(pattern(text).unwrap().matches(yes), "{text}");
            assert!(
                text.is_empty() || !pattern(text).unwrap().matches(no),
                "{text}"
            );
        }
        assert!(matches!(pattern("a("), Err(SelectorError::Pattern { .. })));
    }

    fn selects(selector: &Selector) -> Result<bool, SelectorError> {
        let text =
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, labels: {app: web}}}";
        let node = parse(text.as_bytes(), FileId::of("a.yaml"), &Limits::default())
            .unwrap()
            .remove(0);
        let mut resource = Resource::new(node);
        resource.store_previous_id();
        resource.set_name("x-a", resource.node.origin);
        Selection::new(selector).unwrap().selects(&resource)
    }

    fn text(text: &str) -> Text {
        Text {
            text: text.into(),
            ..Text::default()
        }
    }

    #[test]
    fn names_now_and_once_count() {
        for (name, namespace, want) in [
            ("a", "", true),
            ("x-a", "default", true),
            ("x-.*", "other", false),
            ("b", "", false),
        ] {
            let selector = Selector {
                name: text(name),
                namespace: text(namespace),
                ..Selector::default()
            };
            assert_eq!(selects(&selector), Ok(want), "{name} {namespace}");
        }
    }

    #[test]
    fn a_bad_label_selector_matters_only_to_what_gets_there() {
        let selector = |kind| Selector {
            kind: text(kind),
            label_selector: text("a=b=c"),
            ..Selector::default()
        };
        assert_eq!(selects(&selector("Service")), Ok(false));
        assert!(selects(&selector("Deployment")).is_err());
    }
}
