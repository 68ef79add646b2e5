//! `ValidatingAdmissionPolicy` and its binding, read and compiled.

use smol_str::SmolStr;

use crate::yaml::{Node, Origin};

use super::cel::{Expr, Scope};
use super::error::PolicyError;
use super::expression::{Expression, Wanted, compile};
use super::matching::Match;
use super::parameters::{ParamKind, ParamRef};

/// A policy, compiled.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) name: SmolStr,
    pub(super) origin: Origin,
    pub(super) about: Match,
    /// The kind of its parameters.
    pub(super) param_kind: Option<ParamKind>,
    /// With how many of its parameters it must hold.
    pub(super) quorum: Quorum,
    /// Whether what fails to evaluate is denied; else it passes.
    pub(super) fails_closed: bool,
    pub(super) conditions: Vec<Expression>,
    pub(super) variables: Vec<(SmolStr, Expr)>,
    pub(super) validations: Vec<Validation>,
    pub(super) annotations: Vec<Expression>,
    /// Annotations of the policy itself that are shown to people.
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
}

/// With how many of its parameters a policy must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quorum {
    /// With each, as the API server has it.
    All,
    /// With one of them, which no cluster has: what must exist somewhere beside the object. Where there
    /// is no parameter, `params` is null.
    Any,
}

/// One rule of a policy.
#[derive(Debug)]
pub(super) struct Validation {
    pub(super) expression: Expression,
    pub(super) message: Option<String>,
    pub(super) message_expression: Option<Expression>,
    pub(super) reason: SmolStr,
}

/// What puts a policy in force.
#[derive(Debug)]
pub(super) struct Binding {
    pub(super) name: SmolStr,
    pub(super) policy: SmolStr,
    /// Where the policy is named.
    pub(super) origin: Origin,
    pub(super) about: Match,
    pub(super) param_ref: Option<ParamRef>,
    pub(super) actions: Vec<Action>,
}

/// An item of `validationActions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Deny,
    Warn,
    Audit,
}

/// The annotation that says with how many parameters the policy must hold.
const PARAMETERS: &str = "lockgate.dev/parameters";
/// The annotation with a policy's title.
const TITLE: &str = "lockgate.dev/title";
/// The annotation with what a policy is for.
const DESCRIPTION: &str = "lockgate.dev/description";

impl Policy {
    /// Reads and compiles a policy; `file` is the text that holds it.
    pub(super) fn read(node: &Node, file: &[u8], errors: &mut Vec<PolicyError>) -> Option<Self> {
        let (name, spec) = match metadata_and_spec(node, "a ValidatingAdmissionPolicy") {
            Ok(found) => found,
            Err(error) => {
                errors.push(error);
                return None;
            }
        };
        let before = errors.len();
        let policy = Self::read_spec(node, name, spec, file, errors)
            .map_err(|error| errors.push(error))
            .ok();
        policy.filter(|_| errors.len() == before)
    }

    fn read_spec(
        node: &Node,
        name: SmolStr,
        spec: &Node,
        file: &[u8],
        errors: &mut Vec<PolicyError>,
    ) -> Result<Self, PolicyError> {
        let mut fields = Fields::of(spec, "the spec of a ValidatingAdmissionPolicy")?;
        let param_kind = fields.take("paramKind").map(param_kind).transpose()?;
        let about = match fields.take("matchConstraints") {
            Some(node) => Match::read(node, "`matchConstraints`")?,
            None => {
                return Err(PolicyError::MissingField {
                    what: "the spec of a ValidatingAdmissionPolicy".to_owned(),
                    field: "matchConstraints".to_owned(),
                    at: spec.origin,
                });
            }
        };
        let fails_closed = match fields.take("failurePolicy") {
            None => true,
            Some(node) => match node.text() {
                Some("Fail") => true,
                Some("Ignore") => false,
                _ => {
                    return Err(PolicyError::BadValue {
                        field: "failurePolicy".to_owned(),
                        wanted: "`Fail` or `Ignore`",
                        at: node.origin,
                    });
                }
            },
        };
        let mut scope = Scope {
            params: param_kind.is_some(),
            variables: Vec::new(),
        };
        let mut conditions = Vec::new();
        for node in fields.list("matchConditions")? {
            keep(condition(node, &scope, file), &mut conditions, errors);
        }
        let mut variables = Vec::new();
        for node in fields.list("variables")? {
            // What uses a variable that does not compile would only repeat its error.
            let (name, expression, r#type) = variable(node, &scope, file)?;
            scope.variables.push((name.clone(), r#type));
            variables.push((name, expression.compiled));
        }
        let mut validations = Vec::new();
        for node in fields.list("validations")? {
            keep(validation(node, &scope, file), &mut validations, errors);
        }
        let mut annotations = Vec::new();
        for node in fields.list("auditAnnotations")? {
            keep(annotation(node, &scope, file), &mut annotations, errors);
        }
        fields.finish()?;
        let annotation_of = |key: &str| {
            node.lookup(&["metadata", "annotations", key])
                .and_then(Node::text)
                .map(|text| text.trim().to_owned())
        };
        Ok(Self {
            name,
            origin: node.origin,
            about,
            param_kind,
            quorum: quorum(node)?,
            fails_closed,
            conditions,
            variables,
            validations,
            annotations,
            title: annotation_of(TITLE),
            description: annotation_of(DESCRIPTION),
        })
    }
}

fn keep<T>(result: Result<T, PolicyError>, kept: &mut Vec<T>, errors: &mut Vec<PolicyError>) {
    match result {
        Ok(value) => kept.push(value),
        Err(error) => errors.push(error),
    }
}

fn quorum(policy: &Node) -> Result<Quorum, PolicyError> {
    let Some(node) = policy.lookup(&["metadata", "annotations", PARAMETERS]) else {
        return Ok(Quorum::All);
    };
    match node.text() {
        Some("all") => Ok(Quorum::All),
        Some("any") => Ok(Quorum::Any),
        _ => Err(PolicyError::BadValue {
            field: PARAMETERS.to_owned(),
            wanted: "`all` or `any`",
            at: node.origin,
        }),
    }
}

fn param_kind(node: &Node) -> Result<ParamKind, PolicyError> {
    let mut fields = Fields::of(node, "`paramKind`")?;
    let kind = ParamKind {
        api_version: fields.text("apiVersion")?,
        kind: fields.text("kind")?,
    };
    fields.finish()?;
    Ok(kind)
}

fn condition(node: &Node, scope: &Scope, file: &[u8]) -> Result<Expression, PolicyError> {
    let mut fields = Fields::of(node, "a match condition")?;
    fields.text("name")?;
    let expression = fields.require("expression")?;
    fields.finish()?;
    compile(
        expression,
        "matchConditions.expression",
        scope,
        &Wanted::Bool,
        file,
    )
    .map(|(e, _)| e)
}

fn variable(
    node: &Node,
    scope: &Scope,
    file: &[u8],
) -> Result<(SmolStr, Expression, super::cel::Type), PolicyError> {
    let mut fields = Fields::of(node, "a variable")?;
    let name = fields.text("name")?;
    let expression = fields.require("expression")?;
    fields.finish()?;
    let field = format!("variables.{name}");
    let (expression, r#type) = compile(expression, &field, scope, &Wanted::Any, file)?;
    Ok((name, expression, r#type))
}

fn validation(node: &Node, scope: &Scope, file: &[u8]) -> Result<Validation, PolicyError> {
    let mut fields = Fields::of(node, "a validation")?;
    let expression = fields.require("expression")?;
    let message = fields
        .take("message")
        .and_then(Node::text)
        .map(|text| text.trim().to_owned());
    let message_expression = fields.take("messageExpression");
    let reason = fields.take("reason").and_then(Node::text);
    fields.finish()?;
    Ok(Validation {
        expression: compile(
            expression,
            "validations.expression",
            scope,
            &Wanted::Bool,
            file,
        )?
        .0,
        message,
        message_expression: message_expression
            .map(|node| compile(node, "messageExpression", scope, &Wanted::Text, file))
            .transpose()?
            .map(|(expression, _)| expression),
        reason: reason.unwrap_or("Invalid").into(),
    })
}

fn annotation(node: &Node, scope: &Scope, file: &[u8]) -> Result<Expression, PolicyError> {
    let mut fields = Fields::of(node, "an audit annotation")?;
    fields.text("key")?;
    let expression = fields.require("valueExpression")?;
    fields.finish()?;
    compile(
        expression,
        "auditAnnotations.valueExpression",
        scope,
        &Wanted::TextOrNull,
        file,
    )
    .map(|(e, _)| e)
}

impl Binding {
    /// Reads a binding.
    pub(super) fn read(node: &Node) -> Result<Self, PolicyError> {
        let (name, spec) = metadata_and_spec(node, "a ValidatingAdmissionPolicyBinding")?;
        let mut fields = Fields::of(spec, "the spec of a ValidatingAdmissionPolicyBinding")?;
        let policy = fields.require("policyName")?;
        let about = fields
            .take("matchResources")
            .map(|node| Match::read(node, "`matchResources`"))
            .transpose()?
            .unwrap_or_default();
        let param_ref = fields.take("paramRef").map(ParamRef::read).transpose()?;
        let actions_node = fields.require("validationActions")?;
        let mut actions = Vec::new();
        for node in actions_node.as_sequence().unwrap_or_default() {
            actions.push(match node.text() {
                Some("Deny") => Action::Deny,
                Some("Warn") => Action::Warn,
                Some("Audit") => Action::Audit,
                _ => {
                    return Err(PolicyError::BadValue {
                        field: "validationActions".to_owned(),
                        wanted: "a list of `Deny`, `Warn`, `Audit`",
                        at: node.origin,
                    });
                }
            });
        }
        fields.finish()?;
        Ok(Self {
            name,
            policy: policy.text().unwrap_or_default().into(),
            origin: policy.origin,
            about,
            param_ref,
            actions,
        })
    }
}

fn metadata_and_spec<'n>(node: &'n Node, what: &str) -> Result<(SmolStr, &'n Node), PolicyError> {
    let missing = |field: &str| PolicyError::MissingField {
        what: what.to_owned(),
        field: field.to_owned(),
        at: node.origin,
    };
    let name = node
        .lookup(&["metadata", "name"])
        .and_then(Node::text)
        .ok_or_else(|| missing("metadata.name"))?;
    let spec = node.get("spec").ok_or_else(|| missing("spec"))?;
    Ok((name.into(), spec))
}

/// Takes the fields of a mapping one by one; what is left over is an error.
pub(super) struct Fields<'n> {
    node: &'n Node,
    what: String,
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    pub(super) fn of(node: &'n Node, what: &str) -> Result<Self, PolicyError> {
        if node.as_mapping().is_none() {
            return Err(PolicyError::BadValue {
                field: what.to_owned(),
                wanted: "a mapping",
                at: node.origin,
            });
        }
        Ok(Self {
            node,
            what: what.to_owned(),
            known: Vec::new(),
        })
    }

    /// Returns a field; one that is null counts as missing.
    pub(super) fn take(&mut self, field: &'static str) -> Option<&'n Node> {
        self.known.push(field);
        self.node.get(field).filter(|node| !node.is_null())
    }

    pub(super) fn require(&mut self, field: &'static str) -> Result<&'n Node, PolicyError> {
        self.take(field).ok_or_else(|| PolicyError::MissingField {
            what: self.what.clone(),
            field: field.to_owned(),
            at: self.node.origin,
        })
    }

    pub(super) fn text(&mut self, field: &'static str) -> Result<SmolStr, PolicyError> {
        let node = self.require(field)?;
        node.text()
            .map(SmolStr::from)
            .ok_or_else(|| PolicyError::BadValue {
                field: field.to_owned(),
                wanted: "text",
                at: node.origin,
            })
    }

    pub(super) fn list(&mut self, field: &'static str) -> Result<&'n [Node], PolicyError> {
        let Some(node) = self.take(field) else {
            return Ok(&[]);
        };
        node.as_sequence().ok_or_else(|| PolicyError::BadValue {
            field: field.to_owned(),
            wanted: "a list",
            at: node.origin,
        })
    }

    pub(super) fn texts(&mut self, field: &'static str) -> Result<Vec<SmolStr>, PolicyError> {
        let nodes = self.list(field)?;
        Ok(nodes
            .iter()
            .map(|node| node.text().unwrap_or_default().into())
            .collect())
    }

    /// Refuses fields that nobody asked for: a misspelt rule would be no rule.
    pub(super) fn finish(self) -> Result<(), PolicyError> {
        let Some(mapping) = self.node.as_mapping() else {
            return Ok(());
        };
        for entry in mapping {
            let field = entry.key.text.as_str();
            if !self.known.contains(&field) {
                let nearest = self
                    .known
                    .iter()
                    .filter(|known| strsim::damerau_levenshtein(field, known) <= 3)
                    .min_by_key(|known| strsim::damerau_levenshtein(field, known));
                return Err(PolicyError::UnknownField {
                    what: self.what,
                    field: field.to_owned(),
                    nearest: nearest.map(|known| (*known).to_owned()),
                    at: entry.key_origin,
                });
            }
        }
        Ok(())
    }
}
