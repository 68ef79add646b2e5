//! The schemas of schemas, which the reference's library has with it: by `http` or `https`, with `#` at their end or not.

use std::sync::{Arc, LazyLock};

use referencing::meta;
use serde_json::Value;

/// Where they all are.
const HOST: &str = "json-schema.org/";

type Document = LazyLock<Arc<Value>>;

/// Their paths, their documents, and, of those that a schema may be written in, the name that the validator knows.
static ALL: [(&str, &Document, Option<&str>); 20] = [
    (
        "draft-04/schema",
        &meta::DRAFT4,
        Some("http://json-schema.org/draft-04/schema#"),
    ),
    (
        "draft-06/schema",
        &meta::DRAFT6,
        Some("http://json-schema.org/draft-06/schema#"),
    ),
    (
        "draft-07/schema",
        &meta::DRAFT7,
        Some("http://json-schema.org/draft-07/schema#"),
    ),
    (
        "draft/2019-09/schema",
        &meta::DRAFT201909,
        Some("https://json-schema.org/draft/2019-09/schema"),
    ),
    (
        "draft/2020-12/schema",
        &meta::DRAFT202012,
        Some("https://json-schema.org/draft/2020-12/schema"),
    ),
    // The latest.
    (
        "schema",
        &meta::DRAFT202012,
        Some("https://json-schema.org/draft/2020-12/schema"),
    ),
    (
        "draft/2019-09/meta/applicator",
        &meta::DRAFT201909_APPLICATOR,
        None,
    ),
    (
        "draft/2019-09/meta/content",
        &meta::DRAFT201909_CONTENT,
        None,
    ),
    ("draft/2019-09/meta/core", &meta::DRAFT201909_CORE, None),
    ("draft/2019-09/meta/format", &meta::DRAFT201909_FORMAT, None),
    (
        "draft/2019-09/meta/meta-data",
        &meta::DRAFT201909_META_DATA,
        None,
    ),
    (
        "draft/2019-09/meta/validation",
        &meta::DRAFT201909_VALIDATION,
        None,
    ),
    (
        "draft/2020-12/meta/applicator",
        &meta::DRAFT202012_APPLICATOR,
        None,
    ),
    (
        "draft/2020-12/meta/content",
        &meta::DRAFT202012_CONTENT,
        None,
    ),
    ("draft/2020-12/meta/core", &meta::DRAFT202012_CORE, None),
    (
        "draft/2020-12/meta/format-annotation",
        &meta::DRAFT202012_FORMAT_ANNOTATION,
        None,
    ),
    (
        "draft/2020-12/meta/format-assertion",
        &meta::DRAFT202012_FORMAT_ASSERTION,
        None,
    ),
    (
        "draft/2020-12/meta/meta-data",
        &meta::DRAFT202012_META_DATA,
        None,
    ),
    (
        "draft/2020-12/meta/unevaluated",
        &meta::DRAFT202012_UNEVALUATED,
        None,
    ),
    (
        "draft/2020-12/meta/validation",
        &meta::DRAFT202012_VALIDATION,
        None,
    ),
];

/// Tells whether a text may name one of them beyond so many times.
pub(super) fn is_named(text: &str, beyond: usize) -> bool {
    text.matches(HOST).nth(beyond).is_some()
}

/// Returns the name that the validator knows for the draft that an address means.
pub(super) fn draft(address: &str) -> Option<&'static str> {
    let (_, _, name) = find(address)?;
    *name
}

/// Returns the schema of an address.
pub(super) fn document(address: &str) -> Option<Value> {
    let (_, document, _) = find(address)?;
    Some(Value::clone(document))
}

fn find(address: &str) -> Option<&'static (&'static str, &'static Document, Option<&'static str>)> {
    let address = address.split('#').next().unwrap_or_default();
    let path = address.strip_prefix("http://");
    let path = path.or_else(|| address.strip_prefix("https://"))?;
    let path = path.strip_prefix(HOST)?;
    ALL.iter().find(|(known, ..)| *known == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_by_all_of_its_addresses() {
        for scheme in ["http", "https"] {
            for end in ["", "#"] {
                for (path, document, _) in &ALL {
                    let found = super::document(&format!("{scheme}://json-schema.org/{path}{end}"));
                    assert_eq!(found.as_ref(), Some(&****document));
                }
            }
        }
        for address in [
            "http://json-schema.org/draft-03/schema",
            "https://json-schema.org/draft/next/schema",
            "ftp://json-schema.org/draft-07/schema",
            "json-schema.org/draft-07/schema",
        ] {
            assert_eq!(document(address), None, "{address}");
        }
        let latest = "https://json-schema.org/draft/2020-12/schema";
        assert_eq!(draft("http://json-schema.org/schema#"), Some(latest));
        assert_eq!(
            draft("https://json-schema.org/draft/2020-12/meta/core"),
            None
        );
    }
}
