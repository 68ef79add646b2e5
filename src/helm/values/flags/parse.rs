//! The grammar of assignments.

use smol_str::SmolStr;

use crate::helm::values::{Data, Value};
use crate::yaml::Origin;

use super::draft::Root;
use super::{Dialect, Draft, Entries, FlagError};

/// How deep names may nest.
pub(super) const DEPTH: usize = 30;

/// The last position of a list that a flag may name.
pub(super) const LAST_INDEX: i64 = 65_536;

/// Why a step ended before it did its work.
enum Stop {
    /// The text is over: what was done so far counts, and nothing is wrong.
    End,
    /// A mistake.
    Mistake(FlagError),
}

impl From<FlagError> for Stop {
    fn from(error: FlagError) -> Self {
        Self::Mistake(error)
    }
}

/// A reader of one flag.
pub(super) struct Parser<'f> {
    rest: &'f str,
    dialect: Dialect<'f>,
    at: Origin,
}

/// What stands up to a character that ends it, and that character; none at the end of the text.
struct Token {
    text: String,
    end: Option<char>,
}

impl<'f> Parser<'f> {
    pub(super) fn new(text: &'f str, dialect: Dialect<'f>, at: Origin) -> Self {
        Self {
            rest: text,
            dialect,
            at,
        }
    }

    /// Makes all assignments.
    pub(super) fn run(mut self, root: &mut Root) -> Result<(), FlagError> {
        loop {
            match self.assignment(root.entries(), 0) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Mistake(error)) => return Err(error),
            }
        }
    }

    fn is_literal(&self) -> bool {
        matches!(self.dialect, Dialect::Literal)
    }

    /// Takes the text up to one of `ends`, and that.
    fn until(&mut self, ends: &[char]) -> Token {
        let mut text = String::new();
        let mut characters = self.rest.chars();
        let end = loop {
            match characters.next() {
                None => break None,
                Some(character) if ends.contains(&character) => break Some(character),
                Some('\\') if !self.is_literal() => match characters.next() {
                    Some(escaped) => text.push(escaped),
                    None => break None,
                },
                Some(character) => text.push(character),
            }
        };
        self.rest = characters.as_str();
        Token { text, end }
    }

    /// Reads a key and what is assigned to it, into `entries`.
    fn assignment(&mut self, entries: &mut Entries, depth: usize) -> Result<(), Stop> {
        let ends: &[char] = if self.is_literal() {
            &['=', '[', '.']
        } else {
            &['=', '[', ',', '.']
        };
        let Token { text: key, end } = self.until(ends);
        match end {
            None if key.is_empty() => Err(Stop::End),
            None => Err(FlagError::NoValue(key).into()),
            Some('[') => self.list(entries, &key, depth),
            Some('.') => self.table(entries, &key, depth),
            Some('=') => self.value(&key, |value| set(entries, &key, Draft::Fixed(value))),
            Some(_) => {
                set(entries, &key, Draft::Fixed(self.text("")));
                Err(FlagError::EndsWithComma(key).into())
            }
        }
    }

    /// Behind `key.`
    fn table(&mut self, entries: &mut Entries, key: &str, depth: usize) -> Result<(), Stop> {
        let depth = depth + 1;
        if depth > DEPTH {
            return Err(FlagError::TooDeep(key.to_owned()).into());
        }
        let at = self.at;
        if let Some(old) = entries.get_mut(key) {
            let Some(below) = old.as_table() else {
                return Err(old.mismatch(key, "a table").into());
            };
            let result = self.assignment(below, depth);
            if result.is_ok() && below.is_empty() {
                return Err(FlagError::NoValue(key.to_owned()).into());
            }
            return result;
        }
        let mut below = Entries::new();
        let result = self.assignment(&mut below, depth);
        if below.is_empty() {
            if result.is_ok() {
                return Err(FlagError::NoValue(key.to_owned()).into());
            }
        } else {
            set(entries, key, Draft::Table(below, at));
        }
        result
    }

    /// Behind `key[`
    fn list(&mut self, entries: &mut Entries, key: &str, depth: usize) -> Result<(), Stop> {
        let index = self.index()?;
        let mut new = Draft::List(Vec::new(), self.at);
        let is_new = !entries.contains_key(key);
        let list = match entries.get_mut(key) {
            Some(old) => old,
            None => &mut new,
        };
        let result = match list.as_list() {
            Some(items) => self.item(items, index, depth),
            None => return Err(list.mismatch(key, "a list").into()),
        };
        if is_new {
            set(entries, key, new);
        }
        result
    }

    /// Reads a position and the bracket behind it.
    fn index(&mut self) -> Result<i64, Stop> {
        let Token { text, end } = self.until(&[']']);
        if end.is_none() {
            return Err(Stop::End);
        }
        text.parse()
            .map_err(|_| FlagError::Index(text.clone()).into())
    }

    /// Behind `key[index]`
    fn item(&mut self, items: &mut Vec<Draft>, index: i64, depth: usize) -> Result<(), Stop> {
        let Ok(position) = usize::try_from(index) else {
            return Err(FlagError::Negative(index).into());
        };
        let Token { text, end } = self.until(&['[', '.', '=']);
        if !text.is_empty() {
            return Err(FlagError::BehindIndex(text).into());
        }
        // Each bracket nests a list, which the reference doesn't count.
        let depth = depth + 1;
        if depth > 4 * DEPTH {
            return Err(FlagError::TooDeep(index.to_string()).into());
        }
        match end {
            None => Err(Stop::End),
            Some('=') => {
                let mut given = None;
                let result = self.value("", |value| given = Some(value));
                match (given, result) {
                    // A file that cannot be read sets nothing here.
                    (_, Err(Stop::Mistake(error))) => Err(error.into()),
                    (Some(value), _) => put(items, index, Draft::Fixed(value)),
                    (None, result) => result,
                }
            }
            Some('[') => {
                let next = self.index()?;
                let mut below = match items.get_mut(position) {
                    Some(old) if !old.is_null() => match old.as_list() {
                        Some(list) => list.clone(),
                        None => return Err(old.mismatch(&format!("[{index}]"), "a list").into()),
                    },
                    _ => Vec::new(),
                };
                self.item(&mut below, next, depth)?;
                put(items, index, Draft::List(below, self.at))
            }
            Some(_) => {
                let at = self.at;
                if let Some(old) = items.get_mut(position) {
                    if old.as_table().is_none() {
                        *old = Draft::empty_table(at);
                    }
                    return match old.as_table() {
                        Some(below) => self.assignment(below, depth),
                        None => Ok(()),
                    };
                }
                let mut below = Entries::new();
                self.assignment(&mut below, depth)?;
                put(items, index, Draft::Table(below, at))
            }
        }
    }

    /// Reads what stands behind `=`.
    fn value(&mut self, key: &str, give: impl FnOnce(Value)) -> Result<(), Stop> {
        if self.is_literal() {
            let text = std::mem::take(&mut self.rest);
            give(self.text(text));
            return Ok(());
        }
        if matches!(self.dialect, Dialect::Json) {
            give(self.json(key)?);
            return Ok(());
        }
        if self.rest.is_empty() {
            give(self.text(""));
            return Err(Stop::End);
        }
        if let Some(rest) = self.rest.strip_prefix('{') {
            self.rest = rest;
            let items = self.braces()?;
            give(Value::new(Data::List(items.into()), self.at));
            return Ok(());
        }
        let Token { text, .. } = self.until(&[',']);
        give(self.scalar(&text)?);
        Ok(())
    }

    /// Reads what stands in braces.
    fn braces(&mut self) -> Result<Vec<Value>, FlagError> {
        let mut items = Vec::new();
        loop {
            let Token { text, end } = self.until(&[',', '}']);
            match end {
                None => return Err(FlagError::OpenList),
                Some(',') => items.push(self.scalar(&text)?),
                Some(_) => {
                    self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
                    items.push(self.scalar(&text)?);
                    return Ok(items);
                }
            }
        }
    }

    fn text(&self, text: &str) -> Value {
        Value::new(Data::Text(text.into()), self.at)
    }

    fn scalar(&self, text: &str) -> Result<Value, FlagError> {
        match self.dialect {
            Dialect::Typed => Ok(Value::new(typed(text), self.at)),
            Dialect::File(read) => {
                let content = read(text).map_err(|reason| FlagError::File {
                    path: text.to_owned(),
                    reason,
                })?;
                let data = match String::from_utf8(content) {
                    Ok(text) => Data::Text(text.into()),
                    Err(error) => Data::Bytes(error.into_bytes().into()),
                };
                Ok(Value::new(data, self.at))
            }
            _ => Ok(self.text(text)),
        }
    }

    /// Reads JSON and the comma behind it.
    fn json(&mut self, key: &str) -> Result<Value, FlagError> {
        if self.is_at_comma() {
            return Ok(Value::new(Data::Null, self.at));
        }
        let mut stream =
            serde_json::Deserializer::from_str(self.rest).into_iter::<serde_json::Value>();
        let json = match stream.next() {
            Some(Ok(json)) => json,
            Some(Err(error)) => {
                return Err(FlagError::Json {
                    key: key.to_owned(),
                    reason: error.to_string(),
                });
            }
            None => serde_json::Value::Null,
        };
        self.rest = self.rest.get(stream.byte_offset()..).unwrap_or_default();
        self.is_at_comma();
        Ok(from_json(&json, self.at))
    }

    /// Takes blanks, and a comma. Whether there was one, or the end.
    fn is_at_comma(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(',') {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => self.rest.is_empty(),
        }
    }
}

/// What `--set` makes of a text.
fn typed(text: &str) -> Data {
    if text.eq_ignore_ascii_case("true") {
        return Data::Bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Data::Bool(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Data::Null;
    }
    // A leading zero may be meant: a code, a file mode.
    let may_be_number = text == "0" || !text.starts_with('0');
    if let Some(number) = text.parse().ok().filter(|_| may_be_number) {
        return Data::Int(number);
    }
    Data::Text(text.into())
}

/// Values of JSON.
pub(crate) fn from_json(json: &serde_json::Value, at: Origin) -> Value {
    let data = match json {
        serde_json::Value::Null => Data::Null,
        serde_json::Value::Bool(truth) => Data::Bool(*truth),
        serde_json::Value::Number(number) => Data::Float(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => Data::Text(text.as_str().into()),
        serde_json::Value::Array(items) => {
            Data::List(items.iter().map(|item| from_json(item, at)).collect())
        }
        serde_json::Value::Object(entries) => Data::Table(
            entries
                .iter()
                .map(|(key, value)| (SmolStr::from(key.as_str()), from_json(value, at)))
                .collect(),
        ),
    };
    Value::new(data, at)
}

/// Sets a key, but for the empty one.
fn set(entries: &mut Entries, key: &str, draft: Draft) {
    if !key.is_empty() {
        entries.insert(key.into(), draft);
    }
}

/// Sets a position; those before it that are not there are null.
fn put(items: &mut Vec<Draft>, index: i64, draft: Draft) -> Result<(), Stop> {
    if index > LAST_INDEX {
        return Err(FlagError::IndexTooLarge(index).into());
    }
    let Ok(position) = usize::try_from(index) else {
        return Err(FlagError::Negative(index).into());
    };
    let at = match &draft {
        Draft::Fixed(value) => value.at,
        Draft::Table(_, at) | Draft::List(_, at) => *at,
    };
    while items.len() <= position {
        items.push(Draft::Fixed(Value::new(Data::Null, at)));
    }
    if let Some(item) = items.get_mut(position) {
        *item = draft;
    }
    Ok(())
}
