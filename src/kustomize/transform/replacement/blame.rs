//! Which line of a list of replacements wrote a field.

use smol_str::SmolStr;

use super::{find, split};
use crate::kustomize::ResId;
use crate::kustomize::file::{Replacement, ReplacementTarget};
use crate::kustomize::selector::Selection;
use crate::yaml::{FieldPath, Node, Origin};

/// Returns the place of the last field path that leads to a field of an object, as it was afterwards.
pub(crate) fn writer_of(
    replacements: &[Replacement],
    path: &FieldPath,
    object: &Node,
) -> Option<Origin> {
    let targets = || {
        replacements
            .iter()
            .rev()
            .flat_map(|r| r.targets.iter().rev())
    };
    let id = ResId::of(object);
    let written = |target: &ReplacementTarget| written_at(target, path, object);
    // An object is also selected by an id it had before, which is not known here.
    let selects = |target: &&ReplacementTarget| {
        let selection = target.select.as_ref().map(Selection::new);
        selection.is_some_and(|selection| selection.is_ok_and(|select| select.matches_id(&id)))
    };
    targets()
        .filter(selects)
        .find_map(written)
        .or_else(|| targets().find_map(written))
}

fn written_at(target: &ReplacementTarget, path: &FieldPath, object: &Node) -> Option<Origin> {
    if target.field_paths.is_empty() {
        let name = FieldPath::root().key("metadata").key("name");
        return (*path == name).then_some(target.origin);
    }
    let paths = target.field_paths.iter();
    let mut named = paths.filter(|text| leads_to(&split(text), path, object));
    named.next().map(|text| text.origin)
}

/// Tells whether steps lead to a field, to what it is in, or into the text that it holds.
fn leads_to(steps: &[SmolStr], path: &FieldPath, object: &Node) -> bool {
    let is_above = |found: &FieldPath| path.segments().starts_with(found.segments());
    for length in (1..=steps.len()).rev() {
        let found = find(&mut object.clone(), &steps[..length], None, object.origin);
        match found {
            Ok(found) if found.fields.is_empty() => {}
            Ok(found) => {
                let whole = length == steps.len();
                let mut fields = found.fields.iter();
                return fields.any(|field| {
                    is_above(&field.path) && (whole || path.segments() == field.path.segments())
                });
            }
            Err(_) => {}
        }
    }
    false
}
