//! Values that have fields or methods: structs, pointers to them, named types.

use std::any::Any;
use std::fmt::Debug;

use super::{List, Str, Value};
use crate::template::{CallError, Run};

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its name in JSON.
    pub json_name: &'static str,
    /// What is in it.
    pub value: Value,
}

/// A value with fields or methods. What isn't said has the answer of a plain struct.
pub trait Object: Debug {
    /// The type as `%T` prints it: `*semver.Version`.
    fn type_name(&self) -> &str;

    /// The kind: `struct`, `ptr`, `map`.
    fn kind_name(&self) -> &'static str;

    /// For [`downcast_ref`](dyn `Any::downcast_ref`).
    fn as_any(&self) -> &dyn Any;

    /// The field of that name, which may be made only when it is asked for. None: there is no such field.
    fn field(&self, _name: &str) -> Option<Result<Value, CallError>> {
        None
    }

    /// Calls the method of that name. None: there is no such method.
    fn method(
        &self,
        _name: &str,
        _run: &mut Run<'_>,
        _arguments: &[Value],
    ) -> Option<Result<Value, CallError>> {
        None
    }

    /// What `print` and `%v` make of it (a `String` or `Error` method, else the fields in braces).
    fn display(&self) -> Str;

    /// What an action prints of it: of a struct within another, what methods of a pointer to it say.
    fn printed(&self) -> Str {
        self.display()
    }

    /// What `%#v` makes of it, if that is not its text in quotes.
    fn go_syntax(&self) -> Option<String> {
        None
    }

    /// What its JSON says, as plain maps, lists and scalars.
    fn json(&self) -> Value;

    /// The exported fields of a struct, in their order, where that matters: JSON keeps it.
    fn fields(&self) -> Option<Vec<Field>> {
        None
    }

    /// Whether all its fields are those of another object, seen or not, for objects that don't show all of them
    /// in their JSON.
    fn is_equal(&self, _other: &dyn Object) -> Option<bool> {
        None
    }

    /// A copy as `deepCopy` makes it, for objects whose fields it cannot see.
    fn copied(&self) -> Option<Value> {
        None
    }

    /// The entries, if it is a map underneath.
    fn entries(&self) -> Option<Vec<(Str, Value)>> {
        None
    }

    /// The items, if it is a slice underneath.
    fn items(&self) -> Option<List> {
        None
    }

    /// What `if` makes of it.
    fn truth(&self) -> bool {
        match (self.entries(), self.items()) {
            (Some(entries), _) => !entries.is_empty(),
            (None, Some(items)) => !items.is_empty(),
            (None, None) => true,
        }
    }
}
