//! Makes a target equal to a rendered environment: plan, guard, apply, prune.
//!
//! A target is a folder ([`directory`]) or a cluster ([`cluster`]). Both are observed first; what is
//! wanted, what is there and what an earlier sync left as its inventory become a [`Plan`], which a
//! person can read and which [`guard`] may refuse; then the plan is carried out.
//! Nothing here renders, checks or prints, and no Secret's value leaves in a plan or an error.

pub mod cluster;
pub mod directory;
pub mod guard;
mod interrupt;
mod order;
mod plan;

pub use interrupt::Interrupt;
pub use plan::{Action, Drift, Plan, Step};

/// Whose objects a target holds. Two owners never share one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The fleet's name.
    pub fleet: String,
    /// The environment's name.
    pub environment: String,
}
