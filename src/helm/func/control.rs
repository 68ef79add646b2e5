//! Templates within templates, and refusals: `include`, `tpl`, `required`, `fail`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::template::{CallError, Function, Kind, Run, Str, Value, func::functions};

use super::lookup::Lookup;

/// How often a template may be within itself: the reference's count.
const MOST_NESTED: u32 = 1000;

/// The name that the reference gives to texts that `tpl` renders.
const ROOT: &str = "gotpl";

/// What the functions of a chart keep between calls.
#[derive(Debug)]
pub(crate) struct Host {
    /// How often each template is under way by `include`.
    included: RefCell<HashMap<Str, u32>>,
    /// Who answers `lookup`.
    pub(super) cluster: Option<Arc<dyn Lookup>>,
}

impl Host {
    /// For a render that may look into a cluster.
    pub(crate) fn new(cluster: Option<Arc<dyn Lookup>>) -> Self {
        Self {
            included: RefCell::default(),
            cluster,
        }
    }
}

/// The functions.
pub(super) const FUNCTIONS: &[Function] = functions![
    ("include", [Str, Any], include),
    ("tpl", [Str, Any], tpl),
    ("required", [Str, Any], required),
    ("fail", [Str], fail),
];

fn include(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let [name, data] = two(arguments)?;
    let host = run.host().downcast_ref::<Host>();
    let name = text(name)?;
    if let Some(host) = host {
        let mut included = host.included.borrow_mut();
        let count = included.entry(name.clone()).or_default();
        if *count > MOST_NESTED {
            return Err(CallError::new(format!(
                "rendering template has a nested reference name: {}: unable to execute template",
                name.text()
            )));
        }
        *count += 1;
    }
    let rendered = run.include(&name.text(), data);
    if let Some(host) = host
        && let Some(count) = host.included.borrow_mut().get_mut(name)
    {
        *count = count.saturating_sub(1);
    }
    rendered.map(Value::from)
}

fn tpl(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let [template, data] = two(arguments)?;
    let origin = template.origin;
    let rendered = run.render_text(ROOT, (text(template)?, origin), data)?;
    Ok(without_no_value(rendered).into())
}

fn required(_run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let [message, value] = two(arguments)?;
    let is_missing = match &value.kind {
        Kind::Nil => true,
        Kind::Str(text) => text.is_empty(),
        _ => false,
    };
    if is_missing {
        return Err(CallError::Asked(text(message)?.text().into_owned()));
    }
    Ok(value.clone())
}

fn fail(_run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let message = arguments.first().unwrap_or(&Value::NIL);
    Err(CallError::Asked(text(message)?.text().into_owned()))
}

/// Text without the words that stand for a value that isn't there.
pub(crate) fn without_no_value(text: Str) -> Str {
    const NO_VALUE: &[u8] = b"<no value>";
    if memchr::memmem::find(text.bytes(), NO_VALUE).is_none() {
        return text;
    }
    let mut kept = Vec::with_capacity(text.len());
    let mut spans = Vec::new();
    let trace = text.trace().unwrap_or_default();
    let mut from = 0;
    let ends = memchr::memmem::find_iter(text.bytes(), NO_VALUE).chain([text.len()]);
    for end in ends {
        // What begins before the part and what begins within it.
        let before = trace.iter().rev().find(|span| span.start <= from);
        let within = trace
            .iter()
            .filter(|span| span.start > from && span.start < end);
        for span in before.into_iter().chain(within) {
            spans.push(crate::template::Span {
                start: kept.len() + span.start.saturating_sub(from),
                origin: span.origin,
            });
        }
        kept.extend_from_slice(text.bytes().get(from..end).unwrap_or_default());
        from = end + NO_VALUE.len();
    }
    let kept = Str::from(kept);
    if text.trace().is_some() {
        kept.traced(spans)
    } else {
        kept
    }
}

fn two(arguments: &[Value]) -> Result<[&Value; 2], CallError> {
    match arguments {
        [first, second] => Ok([first, second]),
        _ => Err(CallError::new("wrong number of arguments")),
    }
}

fn text(value: &Value) -> Result<&Str, CallError> {
    value
        .as_str()
        .ok_or_else(|| CallError::new("the argument is no string"))
}
