//! Lockgate: a rendering and policy gateway for GitOps config repositories.
//!
//! Data flows down this list; a module uses those above it, never those below
//! (`tests/it/layers.rs` holds it to that):
//!
//! 1. [`yaml`]: documents as nodes that know which line wrote them.
//! 2. [`source`]: the tree of files a render reads, on disk or at a Git revision.
//! 3. [`merge`]: strategic merge, JSON patch, over Kubernetes' merge keys.
//! 4. [`template`]: Go's `text/template` with Sprig's functions, within bounds.
//! 5. [`helm`]: a chart becomes manifests.
//! 6. [`tera`]: plain manifests with Tera templates.
//! 7. [`kustomize`]: a folder with a kustomization becomes resources.
//! 8. [`exec`]: runs the programs of KRM functions, within bounds.
//! 9. [`render`]: the fleet, all its builds in parallel, the rendered set and its digest.
//! 10. [`diff`]: what differs between two objects or two rendered sets.
//! 11. [`explain`]: who wrote a field of a rendered object, and who removed one.
//! 12. [`schema`]: is an object what the API server of a version would take?
//! 13. [`policy`]: `ValidatingAdmissionPolicy` in CEL over an object.
//! 14. [`check`]: schemas and policies over a rendered set, as findings.
//! 15. [`sync`]: makes a directory or a cluster equal to a rendered set, with pruning.
//! 16. [`report`]: findings, differences, plans and explanations as text and in machines' formats.
//! 17. [`cli`]: the verbs.
//!
//! All of them may use `re2`, Go's regular expressions, and `process`, programs within bounds.

pub mod check;
pub mod cli;
pub mod diff;
pub mod exec;
pub mod explain;
pub mod helm;
pub mod kustomize;
pub mod merge;
pub mod policy;
mod process;
mod re2;
pub mod render;
pub mod report;
pub mod schema;
pub mod source;
pub mod sync;
pub mod template;
pub mod tera;
pub mod yaml;
