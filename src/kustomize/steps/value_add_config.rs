//! The configuration of a `ValueAddTransformer`.

use crate::yaml::DuplicateKeys;

use super::super::Resource;
use super::super::file::decode::{Rules, decode, record};
use super::super::file::{Selector, Text};
use super::super::selector::Selection;
use super::{BuildError, Target, TransformError, value_add};

record! {
    /// What a `ValueAddTransformer` is told.
    "the configuration of a ValueAddTransformer"
    struct ValueAdd {
        @origin,
        /// The value.
        value: Text = "value",
        /// Where it goes.
        targets: Vec<ValueAddTarget> = "targets",
        /// A file with more targets.
        target_file_path: Text = "targetFilePath",
    }
}

record! {
    /// Where a value goes.
    "a target of a ValueAddTransformer"
    struct ValueAddTarget {
        @origin,
        /// The resources; all where none is given.
        selector: Option<Selector> = "selector",
        /// The field.
        field_path: Text = "fieldPath",
        /// Where the value goes in a file path that the field holds.
        file_path_position: i64 = "filePathPosition",
    }
}

/// Reads the configuration.
pub(super) fn value_add_config(
    target: &Target<'_>,
    plugin: &Resource,
) -> Result<value_add::Config, BuildError> {
    const RECORD: &str = "the configuration of a ValueAddTransformer";
    let config: ValueAdd = decode(&plugin.node, RECORD, Rules::Plugin)?;
    let mut targets = config.targets;
    if !config.target_file_path.is_empty()
        && let Some(document) = target
            .files
            .document(&config.target_file_path, DuplicateKeys::LastCounts)?
    {
        let file: ValueAdd = decode(&document, RECORD, Rules::Plugin)?;
        targets.extend(file.targets);
    }
    if targets.is_empty() {
        let at = config.origin;
        return Err(BuildError::ValueAddTargets { at });
    }
    let value = match config.value.trim() {
        "" => target.folder_name(),
        value => value.into(),
    };
    let read = |target: &ValueAddTarget| {
        let position = usize::try_from(target.file_path_position).ok();
        let (Some(file_path_position), false) = (position, target.field_path.is_empty()) else {
            let at = target.origin;
            return Err(BuildError::ValueAddTargets { at });
        };
        let selection = target.selector.as_ref().map(Selection::new);
        Ok(value_add::Target {
            selection: selection.transpose().map_err(TransformError::from)?,
            field_path: target.field_path.text.clone(),
            file_path_position,
        })
    };
    Ok(value_add::Config {
        value,
        targets: targets.iter().map(read).collect::<Result<_, _>>()?,
        origin: config.value.origin,
    })
}
