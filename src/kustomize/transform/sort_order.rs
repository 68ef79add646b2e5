//! The order of the output: as listed, or by kind as a cluster needs them.

use smol_str::SmolStr;

use crate::kustomize::config::{FIRST, LAST, rank, sort_text};
use crate::kustomize::file::SortOptions;
use crate::kustomize::{Gvk, ResId, ResMap};
use crate::yaml::{Diagnostic, Origin};

/// The order of the output.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    /// As listed.
    Fifo,
    /// By kind: those of two lists first and last, the others between them.
    Legacy {
        /// The kinds that come first.
        first: Vec<SmolStr>,
        /// The kinds that come last.
        last: Vec<SmolStr>,
    },
}

/// Why `sortOptions` make no order.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The order has no known name.
    #[error("`{found}` is no order")]
    Unknown {
        /// The name.
        found: SmolStr,
        /// The place of `sortOptions`.
        at: Origin,
    },
    /// Another order has options that only the legacy one takes.
    #[error("`legacySortOptions` are for the order `legacy`, not `{order}`")]
    NotLegacy {
        /// The order.
        order: SmolStr,
        /// The place of the options.
        at: Origin,
    },
}

impl Diagnostic for Error {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Unknown { at, .. } | Self::NotLegacy { at, .. } => Some(*at),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { .. } => "set `order` to `legacy` or `fifo`".to_owned(),
            Self::NotLegacy { .. } => "leave them out, or set `order` to `legacy`".to_owned(),
        })
    }
}

impl Order {
    /// Returns the order by kind that the reference has built in.
    pub(crate) fn legacy() -> Self {
        Self::Legacy {
            first: FIRST.map(SmolStr::new_static).into(),
            last: LAST.map(SmolStr::new_static).into(),
        }
    }

    /// Returns the order that a kustomization asks for.
    pub(crate) fn of(options: &SortOptions) -> Result<Self, Error> {
        match (&*options.order, &options.legacy) {
            ("legacy", None) => Ok(Self::legacy()),
            ("legacy", Some(kinds)) => {
                let names = |kinds: &[crate::kustomize::file::Text]| {
                    kinds.iter().map(|kind| kind.text.clone()).collect()
                };
                Ok(Self::Legacy {
                    first: names(&kinds.order_first),
                    last: names(&kinds.order_last),
                })
            }
            ("fifo", None) => Ok(Self::Fifo),
            ("fifo", Some(kinds)) => Err(Error::NotLegacy {
                order: options.order.text.clone(),
                at: kinds.origin,
            }),
            _ => Err(Error::Unknown {
                found: options.order.text.clone(),
                at: options.origin,
            }),
        }
    }
}

/// Puts the resources in order.
pub(crate) fn sort(resources: &mut ResMap, order: &Order) {
    if let Order::Legacy { first, last } = order {
        resources.sort_by_cached_key(|resource| key(&resource.id(), first, last));
    }
}

/// A key whose order is that of the reference.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    rank: i64,
    kind: KindKey,
    name: String,
}

/// Namespaces of the core group come before those of others, against the order of all else.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum KindKey {
    CoreNamespace(std::cmp::Reverse<String>),
    Other(String),
}

fn key(id: &ResId, first: &[SmolStr], last: &[SmolStr]) -> Key {
    let rank = rank(&id.gvk.kind, first, last);
    let text = sort_text(&id.gvk);
    // Where namespaces have no place of their own, the reference's order is none.
    let is_core_namespace = rank != 0 && id.gvk.kind == "Namespace" && id.gvk.group.is_empty();
    Key {
        rank,
        kind: if is_core_namespace {
            KindKey::CoreNamespace(std::cmp::Reverse(text))
        } else {
            KindKey::Other(text)
        },
        name: name_text(id),
    }
}

/// Returns the text by which resources of a kind are ordered.
fn name_text(id: &ResId) -> String {
    let or = |part: &SmolStr, none: &'static str| {
        if part.is_empty() {
            SmolStr::new_static(none)
        } else {
            part.clone()
        }
    };
    let Gvk {
        group,
        version,
        kind,
    } = &id.gvk;
    format!(
        "{}.{}.{}|{}|{}",
        or(kind, "[noKind]"),
        or(version, "[noVer]"),
        or(group, "[noGrp]"),
        or(&id.namespace, "~X"),
        or(&id.name, "~N")
    )
}
