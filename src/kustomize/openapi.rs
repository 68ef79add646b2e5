//! The `openapi` field: the types by which patches merge.

use crate::merge::{Custom, Schemas};
use crate::yaml::{Diagnostic, DuplicateKeys, Mapping, Node, Origin};

use super::cache::FileKey;
use super::file::TextMap;
use super::files::Files;
use super::{BuildError, TransformError};

/// The only document that is built in.
const BUILT_IN: &str = "v1.21.2";

/// The types that a field names.
#[derive(Clone, Debug)]
pub(super) struct OpenApi {
    pub(super) source: OpenApiSource,
    pub(super) schemas: Schemas,
}

/// Where types come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum OpenApiSource {
    BuiltIn,
    File(FileKey),
}

/// Why `openapi` names no types.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenApiFieldError {
    #[error("`openapi` has both `path` and `version`")]
    Both { at: Origin },
    #[error("the OpenAPI version `{version}` is not built in")]
    Version { version: String, at: Origin },
}

impl Diagnostic for OpenApiFieldError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Both { at } | Self::Version { at, .. } => Some(*at),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Both { .. } => "keep one of them".to_owned(),
            Self::Version { .. } => format!("only `{BUILT_IN}` is; others can stand in a file"),
        })
    }
}

/// Reads the field; `None` where it names nothing. A version keeps the types of bases away.
pub(super) fn read(field: &TextMap, files: &Files<'_>) -> Result<Option<OpenApi>, BuildError> {
    let failed = |error| Err(BuildError::from(TransformError::from(error)));
    let version = field.get("version");
    let Some(path) = field.get("path") else {
        return match version {
            Some(version) if **version == *BUILT_IN => Ok(Some(OpenApi {
                source: OpenApiSource::BuiltIn,
                schemas: Schemas::default(),
            })),
            Some(version) if !version.is_empty() => failed(OpenApiFieldError::Version {
                version: version.to_string(),
                at: version.origin,
            }),
            _ => Ok(None),
        };
    };
    if version.is_some() {
        return failed(OpenApiFieldError::Both { at: path.origin });
    }
    let document = files.document(path, DuplicateKeys::LastCounts)?;
    let document = document.unwrap_or_else(|| Node::mapping(Mapping::default(), path.origin));
    let custom = Custom::new(document).map_err(TransformError::from)?;
    Ok(Some(OpenApi {
        source: OpenApiSource::File(files.file(path)?),
        schemas: Schemas::custom(custom),
    }))
}
