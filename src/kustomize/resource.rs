//! One object on its way through the layers.

use smol_str::SmolStr;

use crate::yaml::Node;

use super::ResId;

/// An object with what the layers must remember of it.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The object.
    pub node: Node,
    /// The ids it had before each rename, oldest first.
    pub previous: Vec<ResId>,
    /// The name prefixes it was given, innermost first.
    pub prefixes: Vec<SmolStr>,
    /// The name suffixes it was given, innermost first.
    pub suffixes: Vec<SmolStr>,
    /// The ids of the resources that refer to it.
    pub referenced_by: Vec<ResId>,
    /// How a generator wants it to meet one of the same name; `None` where no generator made it.
    pub behavior: Option<Behavior>,
    /// Whether its name gets a hash of its content.
    pub needs_hash: bool,
}

/// How a generated resource meets one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behavior {
    /// It must be new.
    Create,
    /// It takes the other's place.
    Replace,
    /// Its data is laid over the other's.
    Merge,
}

impl Resource {
    /// Returns an object as it was read.
    pub fn new(node: Node) -> Self {
        Self {
            node,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            referenced_by: Vec::new(),
            behavior: None,
            needs_hash: false,
        }
    }

    /// Returns the id it has now.
    pub fn id(&self) -> ResId {
        ResId::of(&self.node)
    }

    /// Returns the id it was read with.
    pub fn original_id(&self) -> ResId {
        self.previous.first().cloned().unwrap_or_else(|| self.id())
    }
}
