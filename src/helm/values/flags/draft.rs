//! Values that flags change: opened as far as someone looks.

use smol_str::SmolStr;

use crate::helm::values::{Data, Table, Value};
use crate::yaml::Origin;

use super::{Entries, FlagError};

/// A value that may change.
#[derive(Clone, Debug)]
pub(crate) enum Draft {
    /// As it was.
    Fixed(Value),
    /// A table that was opened.
    Table(Entries, Origin),
    /// A list that was opened.
    List(Vec<Draft>, Origin),
}

/// A table at the root.
pub(crate) struct Root {
    entries: Entries,
}

impl Draft {
    /// Opens a table.
    pub(crate) fn open(table: &Table, _at: Origin) -> Root {
        Root {
            entries: entries(table),
        }
    }

    /// An empty table.
    pub(super) fn empty_table(at: Origin) -> Self {
        Self::Table(Entries::new(), at)
    }

    /// The entries, if it is a table.
    pub(super) fn as_table(&mut self) -> Option<&mut Entries> {
        if let Self::Fixed(Value {
            data: Data::Table(table),
            at,
            ..
        }) = self
        {
            *self = Self::Table(entries(table), *at);
        }
        match self {
            Self::Table(entries, _) => Some(entries),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub(super) fn as_list(&mut self) -> Option<&mut Vec<Draft>> {
        if let Self::Fixed(Value {
            data: Data::List(items),
            at,
            ..
        }) = self
        {
            let items = items.iter().cloned().map(Self::Fixed).collect();
            *self = Self::List(items, *at);
        }
        match self {
            Self::List(items, _) => Some(items),
            _ => None,
        }
    }

    /// Whether it is null.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Fixed(value) if value.is_null())
    }

    /// That it is not what the flag makes of it.
    pub(super) fn mismatch(&self, key: &str, wanted: &'static str) -> FlagError {
        let what = match self {
            Self::Table(..) => "a table",
            Self::List(..) => "a list",
            Self::Fixed(value) => match &value.data {
                Data::Null => "null",
                Data::Bool(_) => "a boolean",
                Data::Int(_) | Data::Float(_) => "a number",
                Data::Text(_) | Data::Bytes(_) => "text",
                Data::List(_) => "a list",
                Data::Table(_) => "a table",
            },
        };
        FlagError::Mismatch {
            key: key.to_owned(),
            what,
            wanted,
        }
    }

    fn finish(self) -> Value {
        match self {
            Self::Fixed(value) => value,
            Self::Table(entries, at) => Value::new(Data::Table(finished(entries)), at),
            Self::List(items, at) => {
                let items = items.into_iter().map(Self::finish).collect();
                Value::new(Data::List(items), at)
            }
        }
    }
}

impl Root {
    /// The entries.
    pub(super) fn entries(&mut self) -> &mut Entries {
        &mut self.entries
    }

    /// The table as it is now.
    pub(crate) fn finish(self) -> Table {
        finished(self.entries)
    }
}

fn entries(table: &Table) -> Entries {
    let entries = table.iter();
    entries
        .map(|(key, value): (&SmolStr, &Value)| (key.clone(), Draft::Fixed(value.clone())))
        .collect()
}

fn finished(entries: Entries) -> Table {
    entries
        .into_iter()
        .map(|(key, draft)| (key, draft.finish()))
        .collect()
}
