//! Nodes: what is printed, and in which order.

use super::output::Output;
use super::{Frame, Held};
use crate::template::print::write_display;
use crate::template::stack::with_stack;
use crate::template::syntax::tree::{Branch, Node, Template};
use crate::template::{ExecError, Kind, Origin, Reason, Value, Written};

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    On,
    Break,
    Continue,
}

impl Frame<'_, '_> {
    pub(super) fn list(
        &mut self,
        nodes: &[Node],
        dot: &Held,
        out: &mut Output,
    ) -> Result<Flow, ExecError> {
        for node in nodes {
            self.step()?;
            let flow = match node {
                Node::Text(range) => {
                    if out.is_traced() {
                        self.text(range.start, range.end, out);
                    } else {
                        out.bytes.extend_from_slice(self.tree.source.slice(range));
                    }
                    Flow::On
                }
                Node::Action(pipeline) => {
                    self.at = pipeline.pos;
                    let value = self.pipeline(pipeline, dot)?;
                    if pipeline.declared.is_empty() {
                        self.at = pipeline.pos;
                        self.print(&value, out);
                    }
                    Flow::On
                }
                Node::If(branch) => self.if_or_with(branch, dot, false, out)?,
                Node::With(branch) => self.if_or_with(branch, dot, true, out)?,
                Node::Range(branch) => self.range(branch, dot, out)?,
                Node::Template(template) => {
                    self.template(template, dot, out)?;
                    Flow::On
                }
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
            };
            if out.bytes.len() as u64 > self.run.bounds.output {
                let message = format!(
                    "the output has more than {} MiB",
                    self.run.bounds.output >> 20
                );
                return Err(ExecError {
                    place: Some(self.place(&"")),
                    reason: Reason::Bound(message),
                });
            }
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    /// Prints text, a span a line.
    fn text(&mut self, start: u32, end: u32, out: &mut Output) {
        let source = self.tree.source.clone();
        let mut at = start;
        for line in source
            .slice(&(start..end))
            .split_inclusive(|byte| *byte == b'\n')
        {
            self.at = at;
            let origin = self.here();
            out.mark(origin);
            out.bytes.extend_from_slice(line);
            at += u32::try_from(line.len()).unwrap_or_default();
        }
    }

    fn print(&mut self, value: &Value, out: &mut Output) {
        if out.is_traced() {
            return self.print_traced(value, out);
        }
        write_printed(value, &mut out.bytes);
    }

    fn print_traced(&mut self, value: &Value, out: &mut Output) {
        let action = self.here();
        let start = out.bytes.len();
        if let Kind::Str(text) = &value.kind
            && let Some(spans) = text.trace()
        {
            let mut before = 0;
            for span in spans {
                out.bytes
                    .extend_from_slice(text.get(before..span.start).unwrap_or_default());
                before = span.start;
                let origin = self.printed(action, span.origin);
                out.mark(origin);
            }
            out.bytes
                .extend_from_slice(text.get(before..).unwrap_or_default());
            debug_assert_eq!(out.bytes.len(), start + text.len());
            return;
        }
        let origin = self.printed(action, value.origin);
        out.mark(origin);
        write_printed(value, &mut out.bytes);
    }

    fn printed(&mut self, action: Origin, value: Origin) -> Origin {
        match &mut self.run.origins {
            Some(origins) if value != Origin::NONE => {
                origins.intern(Written::Printed { action, value })
            }
            _ => action,
        }
    }

    fn if_or_with(
        &mut self,
        branch: &Branch,
        dot: &Held,
        is_with: bool,
        out: &mut Output,
    ) -> Result<Flow, ExecError> {
        let mark = self.variables.len();
        self.at = branch.pos;
        let value = self.pipeline(&branch.pipeline, dot)?;
        let flow = with_stack(|| {
            if value.truth() {
                if is_with {
                    self.list(&branch.list, &Held::plain(value), out)
                } else {
                    self.list(&branch.list, dot, out)
                }
            } else if let Some(otherwise) = &branch.otherwise {
                self.list(otherwise, dot, out)
            } else {
                Ok(Flow::On)
            }
        });
        self.variables.truncate(mark);
        flow
    }

    fn range(&mut self, branch: &Branch, dot: &Held, out: &mut Output) -> Result<Flow, ExecError> {
        let mark = self.variables.len();
        self.at = branch.pos;
        let value = self.pipeline(&branch.pipeline, dot)?;
        let is_empty = match &value.kind {
            Kind::Int(count, kind) => {
                self.refuse_two(branch, &value)?;
                for number in 0..(*count).max(0) {
                    let element = Kind::Int(number, *kind).into();
                    if self.iteration(branch, Value::NIL, &Held::plain(element), out)?
                        == Flow::Break
                    {
                        break;
                    }
                }
                *count <= 0
            }
            Kind::Uint(count, kind) => {
                self.refuse_two(branch, &value)?;
                for number in 0..*count {
                    let element = Kind::Uint(number, *kind).into();
                    if self.iteration(branch, Value::NIL, &Held::plain(element), out)?
                        == Flow::Break
                    {
                        break;
                    }
                }
                *count == 0
            }
            Kind::List(list) => {
                self.items(branch, list, out)?;
                list.is_empty()
            }
            Kind::Bytes(bytes) => {
                let byte = |byte: &u8| {
                    Kind::Uint(u64::from(*byte), crate::template::UintType::Uint8).into()
                };
                let items: Vec<Value> = bytes.iter().map(byte).collect();
                self.items(branch, &items, out)?;
                bytes.is_empty()
            }
            Kind::Map(map) => {
                let entries = map.snapshot();
                self.entries(branch, &entries, out)?;
                entries.is_empty()
            }
            Kind::Object(object) => match (object.entries(), object.items()) {
                (Some(entries), _) => {
                    self.entries(branch, &entries, out)?;
                    entries.is_empty()
                }
                (None, Some(items)) => {
                    self.items(branch, &items, out)?;
                    items.is_empty()
                }
                (None, None) => return self.cannot_range(branch, &value),
            },
            Kind::Nil => true,
            Kind::Bool(_) | Kind::Float(_) | Kind::Str(_) => {
                return self.cannot_range(branch, &value);
            }
        };
        let flow = match &branch.otherwise {
            Some(otherwise) if is_empty => self.list(otherwise, dot, out),
            _ => Ok(Flow::On),
        };
        self.variables.truncate(mark);
        flow
    }

    fn refuse_two(&self, branch: &Branch, value: &Value) -> Result<(), ExecError> {
        if branch.pipeline.declared.len() > 1 {
            let shown = crate::template::display(value);
            let message = format!(
                "can't use {} to iterate over more than one variable",
                shown.text()
            );
            return self.error(&branch.pipeline, message);
        }
        Ok(())
    }

    fn cannot_range<T>(&self, branch: &Branch, value: &Value) -> Result<T, ExecError> {
        let shown = crate::template::display(value);
        self.error(
            &branch.pipeline,
            format!("range can't iterate over {}", shown.text()),
        )
    }

    fn items(
        &mut self,
        branch: &Branch,
        items: &[Value],
        out: &mut Output,
    ) -> Result<(), ExecError> {
        for (place, item) in items.iter().enumerate() {
            let index = Value::int(i64::try_from(place).unwrap_or(i64::MAX));
            if self.iteration(branch, index, &Held::element(item.clone()), out)? == Flow::Break {
                break;
            }
        }
        Ok(())
    }

    fn entries(
        &mut self,
        branch: &Branch,
        entries: &[(crate::template::Str, Value)],
        out: &mut Output,
    ) -> Result<(), ExecError> {
        for (key, value) in entries {
            let index = Value::str(key.clone()).at(value.origin);
            if self.iteration(branch, index, &Held::element(value.clone()), out)? == Flow::Break {
                break;
            }
        }
        Ok(())
    }

    fn iteration(
        &mut self,
        branch: &Branch,
        index: Value,
        element: &Held,
        out: &mut Output,
    ) -> Result<Flow, ExecError> {
        self.step()?;
        let mark = self.variables.len();
        let pipeline = &branch.pipeline;
        if pipeline.is_assignment {
            match &*pipeline.declared {
                [first, second] => {
                    self.assign(first, Held::plain(index));
                    self.assign(second, element.clone());
                }
                [only] => self.assign(only, element.clone()),
                _ => {}
            }
        } else {
            // The pipeline has put its variables on top, the element's last.
            let declared = pipeline.declared.len();
            if let (1.., Some((_, top))) = (declared, self.variables.last_mut()) {
                *top = element.clone();
            }
            if declared > 1
                && let Some(place) = mark.checked_sub(2)
                && let Some((_, second)) = self.variables.get_mut(place)
            {
                *second = Held::plain(index);
            }
        }
        let flow = with_stack(|| self.list(&branch.list, element, out));
        self.variables.truncate(mark);
        flow
    }

    fn template(&mut self, node: &Template, dot: &Held, out: &mut Output) -> Result<(), ExecError> {
        self.at = node.pos;
        let shown = || format!("template {:?}", node.name);
        let Some(tree) = self.run.tree(&node.name) else {
            return self.error(&shown(), format!("template {:?} not defined", node.name));
        };
        let data = match &node.pipeline {
            Some(pipeline) => self.pipeline(pipeline, dot)?,
            None => Value::NIL,
        };
        self.at = node.pos;
        self.run
            .render_into(&tree, &data, out)
            .map_err(|mut error| {
                error.place.get_or_insert_with(|| self.place(&shown()));
                error
            })
    }
}

/// Appends what an action prints of a value.
fn write_printed(value: &Value, out: &mut Vec<u8>) {
    match &value.kind {
        Kind::Nil => out.extend_from_slice(b"<no value>"),
        Kind::Object(object) => out.extend_from_slice(&object.printed()),
        _ => write_display(value, out),
    }
}
