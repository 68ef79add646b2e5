//! Templates are rendered: [`Run::execute`] is the way in.
//!
//! `walk` goes through the nodes and prints; `eval` computes pipelines; `field` looks into values; `call` checks
//! the arguments of functions as Go's reflection does; `output` keeps what was printed and where it comes from.

mod call;
mod eval;
mod field;
mod output;
#[cfg(test)]
mod tests;
mod walk;

use std::rc::Rc;
use std::sync::Arc;

use output::Output;

use super::run::MissingKey;
use super::set::Scope;
use super::stack::with_stack;
use super::syntax::tree::{Pos, Tree};
use super::syntax::{parse, shortened};
use super::{CallError, ExecError, Origin, Place, Reason, Run, Str, Value};

/// Bytes that a definition mostly prints.
const USUAL_LINE: usize = 128;

impl Run<'_> {
    /// Renders the template of that name.
    ///
    /// # Errors
    ///
    /// A place in a template and what the reference says of it; nothing is returned of what was printed before.
    pub fn execute(&mut self, name: &str, data: &Value) -> Result<Str, ExecError> {
        match self.tree(name) {
            Some(tree) => self.render(&tree, data),
            None => Err(ExecError {
                place: None,
                reason: Reason::Message(format!("template: no template {name:?}")),
            }),
        }
    }

    /// Renders the template of that name for a function.
    pub fn include(&mut self, name: &str, data: &Value) -> Result<Str, CallError> {
        let Some(tree) = self.tree(name) else {
            let text = format!("template: no template {name:?} associated with template \"gotpl\"");
            return Err(CallError::Failed(text));
        };
        self.render(&tree, data)
            .map_err(|error| CallError::Template(Box::new(error)))
    }

    /// Renders a text, which comes from `origin`, as a template of that name, for a function. What it defines is
    /// seen in it only.
    pub fn render_text(
        &mut self,
        name: &str,
        (text, origin): (&Str, Origin),
        data: &Value,
    ) -> Result<Str, CallError> {
        let parsed = if let Some(parsed) = self.parsed.get(text) {
            parsed.clone()
        } else {
            self.take(text.len() * 8)?;
            let parsed =
                parse(name, text.bytes().into(), self.set.functions()).map_err(|error| {
                    let text = super::quoted(text);
                    CallError::Failed(format!(
                        "cannot parse template {}: {error}",
                        String::from_utf8_lossy(&text)
                    ))
                })?;
            let parsed = Rc::new(parsed);
            self.parsed.insert(text.clone(), parsed.clone());
            parsed
        };
        let outer = self.scope.clone();
        if parsed.trees.len() > 1
            || parsed
                .trees
                .iter()
                .all(|tree| tree.name != parsed.main.name)
        {
            self.scope = Some(Rc::new(Scope::new(outer.clone(), self.set, &parsed)));
        }
        let rendered = self.render(&parsed.main, data);
        self.scope = outer;
        let rendered = rendered.map_err(|error| CallError::Template(Box::new(error)))?;
        Ok(match &mut self.origins {
            Some(origins) if origin != Origin::NONE || text.trace().is_some() => {
                origins.of_text(rendered, name, (text, origin))
            }
            _ => rendered,
        })
    }

    fn tree(&self, name: &str) -> Option<Arc<Tree>> {
        match &self.scope {
            Some(scope) => scope.get(self.set, name),
            None => self.set.get(name).cloned(),
        }
    }

    fn render(&mut self, tree: &Arc<Tree>, data: &Value) -> Result<Str, ExecError> {
        // A file mostly prints about what it has; what it defines, a line.
        let is_file = tree.name == tree.source.name;
        let room = if is_file {
            tree.source.text.len()
        } else {
            USUAL_LINE
        };
        let mut out = Output::with_capacity(room, self.origins.is_some());
        self.render_into(tree, data, &mut out)?;
        if let Err(error) = self.take(out.bytes.len()) {
            let message = error.to_string();
            return Err(ExecError {
                place: None,
                reason: Reason::Bound(message),
            });
        }
        Ok(out.into_str())
    }

    /// Renders a template behind what was printed so far.
    fn render_into(
        &mut self,
        tree: &Arc<Tree>,
        data: &Value,
        out: &mut Output,
    ) -> Result<(), ExecError> {
        if self.depth >= self.bounds.depth {
            let message = format!(
                "more than {} templates within each other",
                self.bounds.depth
            );
            return Err(ExecError {
                place: None,
                reason: Reason::Bound(message),
            });
        }
        self.depth += 1;
        let done = with_stack(|| {
            let mut frame = Frame {
                run: self,
                tree,
                variables: Vec::with_capacity(8),
                at: 0,
            };
            frame
                .variables
                .push(("$".into(), Held::plain(data.clone())));
            frame.list(&tree.root, &Held::plain(data.clone()), out)
        });
        self.depth -= 1;
        done.map(|_| ())
    }
}

/// A template under way.
struct Frame<'f, 's> {
    run: &'f mut Run<'s>,
    tree: &'f Arc<Tree>,
    /// The innermost last.
    variables: Vec<(Arc<str>, Held)>,
    /// The node that is executed, for messages and origins.
    at: Pos,
}

/// A value as Go's reflection holds it. An absent value and a nil *of type* `interface {}` (an element of a list,
/// an entry of a map) are both nil, yet only the first has fields, which are nil, too.
#[derive(Clone, Debug)]
struct Held {
    value: Value,
    is_interface: bool,
}

impl Held {
    fn plain(value: Value) -> Self {
        Self {
            value,
            is_interface: false,
        }
    }

    /// An element of a list or map.
    fn element(value: Value) -> Self {
        Self {
            is_interface: value.is_nil(),
            value,
        }
    }
}

impl Frame<'_, '_> {
    fn place(&self, code: &impl std::fmt::Display) -> Place {
        let (line, column) = self.tree.source.line_and_column(self.at);
        Place {
            source: self.tree.source.name.clone(),
            line,
            column,
            template: self.tree.name.clone(),
            code: shortened(code),
        }
    }

    fn error<T>(
        &self,
        code: &impl std::fmt::Display,
        message: impl Into<String>,
    ) -> Result<T, ExecError> {
        Err(ExecError {
            place: Some(self.place(code)),
            reason: Reason::Message(message.into()),
        })
    }

    /// Counts a step.
    fn step(&mut self) -> Result<(), ExecError> {
        self.run.steps += 1;
        if self.run.steps > self.run.bounds.steps {
            let message = format!(
                "the template takes more than {} steps",
                self.run.bounds.steps
            );
            return Err(ExecError {
                place: Some(self.place(&"")),
                reason: Reason::Bound(message),
            });
        }
        Ok(())
    }

    fn is_missing_key_an_error(&self) -> bool {
        self.run.missing_key == MissingKey::Error
    }

    /// The origin of what stands at the present node.
    fn here(&mut self) -> Origin {
        let Some(origins) = &mut self.run.origins else {
            return Origin::NONE;
        };
        let (line, _) = self.tree.source.line_and_column(self.at);
        origins.intern(super::Written::Template {
            source: self.tree.source.name.clone(),
            line,
        })
    }
}
