//! Policies of a repository: `ValidatingAdmissionPolicy`, evaluated in CEL over rendered objects.
//!
//! [`PolicySet::load`] reads policies, bindings and parameters from a tree and compiles every expression;
//! [`PolicySet::evaluate`] holds one object to all of them, as the API server would on its creation;
//! [`cases`] runs the test cases that stand beside a policy. `cel` is the language, `matching` decides
//! what a policy is about, `parameters` what its binding gives it.
//!
//! Objects are judged with the API server's [defaults](with_defaults), as it judges them. No cluster is asked, so `authorizer` has no meaning and `oldObject` is null.

pub mod cases;
mod cel;
mod defaults;
mod definition;
mod environment;
mod error;
mod evaluate;
mod expression;
mod load;
mod matching;
pub mod pack;
mod parameters;
mod resources;
mod selector;
mod verdict;

use smol_str::SmolStr;

use crate::render::fleet::PolicyAction;
use crate::yaml::{FieldPath, Origin};

pub use defaults::with_defaults;
pub use environment::Environment;
pub use error::{PolicyError, PolicyErrors};
pub use load::{Owner, PolicySet, PolicySummary, Source};

/// A rule of the repository that an object breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The policy's name.
    pub policy: SmolStr,
    /// The binding's name.
    pub binding: SmolStr,
    /// What follows from it.
    pub action: PolicyAction,
    /// What the API server would say, without the names of policy and binding.
    pub message: String,
    /// What went wrong in the evaluation, where that and no rule is why the object is refused.
    pub failure: Option<String>,
    /// The reason the policy gives, as `Forbidden`; `Invalid` where it gives none.
    pub reason: SmolStr,
    /// The field of the object that decided it.
    pub field: FieldPath,
    /// The place that wrote the field.
    pub origin: Origin,
    /// The expression that did not hold.
    pub expression: Origin,
}
