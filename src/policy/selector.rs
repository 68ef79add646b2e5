//! Label selectors.

use smol_str::SmolStr;

use crate::yaml::Node;

use super::definition::Fields;
use super::error::PolicyError;

/// A label selector; empty, it selects everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Selector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug)]
struct Requirement {
    key: SmolStr,
    operator: Operator,
    values: Vec<SmolStr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl Selector {
    /// Reads a selector.
    pub(super) fn read(node: &Node) -> Result<Self, PolicyError> {
        let mut fields = Fields::of(node, "a label selector")?;
        let mut requirements = Vec::new();
        if let Some(labels) = fields.take("matchLabels").and_then(Node::as_mapping) {
            requirements.extend(labels.iter().map(|entry| Requirement {
                key: entry.key.text.clone(),
                operator: Operator::In,
                values: vec![entry.value.text().unwrap_or_default().into()],
            }));
        }
        for node in fields.list("matchExpressions")? {
            let mut fields = Fields::of(node, "a requirement of a label selector")?;
            let key = fields.text("key")?;
            let operator = fields.require("operator")?;
            let operator = match operator.text() {
                Some("In") => Operator::In,
                Some("NotIn") => Operator::NotIn,
                Some("Exists") => Operator::Exists,
                Some("DoesNotExist") => Operator::DoesNotExist,
                _ => {
                    return Err(PolicyError::BadValue {
                        field: "operator".to_owned(),
                        wanted: "`In`, `NotIn`, `Exists` or `DoesNotExist`",
                        at: operator.origin,
                    });
                }
            };
            let values = fields.texts("values")?;
            fields.finish()?;
            requirements.push(Requirement {
                key,
                operator,
                values,
            });
        }
        fields.finish()?;
        Ok(Self { requirements })
    }

    /// Tells whether every object is selected.
    pub(super) fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Tells whether an object with these labels is selected.
    pub(super) fn selects<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = label(&requirement.key);
            let listed = value.is_some_and(|value| requirement.values.iter().any(|v| v == value));
            match requirement.operator {
                Operator::In => listed,
                Operator::NotIn => !listed,
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            }
        })
    }
}
