//! JSON to values: objects to maps, numbers to floats.

use super::MAX_DEPTH;
use crate::template::{Map, Str, Value};

/// Why a text is not JSON, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum JsonError {
    #[error("unexpected end of JSON input")]
    End,
    #[error("invalid character {character} {place}")]
    Character { character: String, place: String },
    #[error("json: cannot unmarshal number {number} into {place} of type float64")]
    Number { number: String, place: String },
    #[error("exceeded max depth")]
    TooDeep,
}

/// Reads a text that is one JSON value. Bytes that are not UTF-8 become U+FFFD, as do lone surrogates.
pub fn read(text: &[u8]) -> Result<Value, JsonError> {
    match read_partly(text)? {
        (_, Some(error)) => Err(error),
        (value, None) => Ok(value),
    }
}

/// Reads a text as [`read`] does. Numbers that are too large are zero, and the first of them is told beside the value, as
/// Go leaves a value that it could not fill whole.
pub fn read_partly(text: &[u8]) -> Result<(Value, Option<JsonError>), JsonError> {
    let mut reader = Reader {
        text,
        at: 0,
        path: Vec::new(),
        too_large: None,
    };
    let value = reader.value(MAX_DEPTH)?;
    match reader.next_token() {
        None => Ok((value, reader.too_large)),
        Some(byte) => Err(unexpected(byte, "after top-level value")),
    }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    /// Where the value that is read stands.
    path: Vec<Step>,
    too_large: Option<JsonError>,
}

/// A step into a value.
enum Step {
    Field(Str),
    Item(usize),
}

fn unexpected(byte: u8, place: impl Into<String>) -> JsonError {
    let character = match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        b'\\' => "'\\\\'".to_owned(),
        b'\n' => "'\\n'".to_owned(),
        b'\r' => "'\\r'".to_owned(),
        b'\t' => "'\\t'".to_owned(),
        7 => "'\\a'".to_owned(),
        8 => "'\\b'".to_owned(),
        11 => "'\\v'".to_owned(),
        12 => "'\\f'".to_owned(),
        b' '..=b'~' | 0xA1..=0xAC | 0xAE.. => format!("'{}'", char::from(byte)),
        0x80..=0xA0 | 0xAD => format!("'\\u{byte:04x}'"),
        _ => format!("'\\x{byte:02x}'"),
    };
    JsonError::Character {
        character,
        place: place.into(),
    }
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn bump(&mut self) -> Result<u8, JsonError> {
        let byte = self.peek().ok_or(JsonError::End)?;
        self.at += 1;
        Ok(byte)
    }

    /// The next byte that is no blank, which stays.
    fn next_token(&mut self) -> Option<u8> {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.peek()
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        let depth = depth.checked_sub(1).ok_or(JsonError::TooDeep)?;
        match self.next_token().ok_or(JsonError::End)? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => Ok(self.string()?.into()),
            b't' => self.literal("true", true.into()),
            b'f' => self.literal("false", false.into()),
            b'n' => self.literal("null", Value::NIL),
            b'-' | b'0'..=b'9' => self.number(),
            byte => Err(unexpected(byte, "looking for beginning of value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let map = Map::new();
        let mut is_first = true;
        loop {
            match self.next_token().ok_or(JsonError::End)? {
                b'}' if is_first => break,
                b'"' => {}
                byte => {
                    return Err(unexpected(
                        byte,
                        "looking for beginning of object key string",
                    ));
                }
            }
            let key = self.string()?;
            match self.next_token().ok_or(JsonError::End)? {
                b':' => self.at += 1,
                byte => return Err(unexpected(byte, "after object key")),
            }
            self.path.push(Step::Field(key.clone()));
            map.insert(key, self.value(depth)?);
            self.path.pop();
            is_first = false;
            match self.next_token().ok_or(JsonError::End)? {
                b',' => self.at += 1,
                b'}' => break,
                byte => return Err(unexpected(byte, "after object key:value pair")),
            }
        }
        self.at += 1;
        Ok(map.into())
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        if self.next_token().ok_or(JsonError::End)? != b']' {
            loop {
                self.path.push(Step::Item(items.len()));
                items.push(self.value(depth)?);
                self.path.pop();
                match self.next_token().ok_or(JsonError::End)? {
                    b',' => self.at += 1,
                    b']' => break,
                    byte => return Err(unexpected(byte, "after array element")),
                }
            }
        }
        self.at += 1;
        Ok(Value::list(items))
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        for (index, expected) in word.bytes().enumerate() {
            let place = || format!("in literal {word} (expecting '{}')", char::from(expected));
            let byte = self.bump()?;
            if byte != expected {
                debug_assert!(index > 0, "the caller saw the first");
                return Err(unexpected(byte, place()));
            }
        }
        Ok(value)
    }

    /// Where the value that is read stands, in Go's words.
    fn place(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Field(name) => path.push_str(&format!(".{}", name.text())),
                Step::Item(index) => path.push_str(&format!(".{index}")),
            }
        }
        match self.path.last() {
            None => "Go value".to_owned(),
            Some(Step::Field(_)) => format!("Go struct field {path}"),
            Some(Step::Item(_)) => path,
        }
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn digit(&mut self, place: &str) -> Result<u8, JsonError> {
        match self.bump()? {
            digit @ b'0'..=b'9' => Ok(digit),
            byte => Err(unexpected(byte, place)),
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.digit("in numeric literal")? != b'0' {
            self.digits();
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digit("after decimal point in numeric literal")?;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digit("in exponent of numeric literal")?;
            self.digits();
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let text = String::from_utf8_lossy(text);
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number.into()),
            _ => {
                if self.too_large.is_none() {
                    self.too_large = Some(JsonError::Number {
                        number: text.into_owned(),
                        place: self.place(),
                    });
                }
                Ok(0.0.into())
            }
        }
    }

    fn string(&mut self) -> Result<Str, JsonError> {
        self.at += 1;
        let mut text: Vec<u8> = Vec::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | ..b' ')) {
                self.at += 1;
            }
            for chunk in self
                .text
                .get(start..self.at)
                .unwrap_or_default()
                .utf8_chunks()
            {
                text.extend_from_slice(chunk.valid().as_bytes());
                for _ in chunk.invalid() {
                    text.extend_from_slice("\u{FFFD}".as_bytes());
                }
            }
            match self.bump()? {
                b'"' => return Ok(text.into()),
                b'\\' => {
                    let character = self.escape()?;
                    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                byte => return Err(unexpected(byte, "in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let place = "in string escape code";
        Ok(match self.bump()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.hexadecimal()?;
                if let Some(character) = char::from_u32(unit) {
                    return Ok(character);
                }
                // A surrogate needs its other half, which is looked at only if it fits.
                let after = self.at;
                if (0xD800..0xDC00).contains(&unit)
                    && self
                        .text
                        .get(after..)
                        .unwrap_or_default()
                        .starts_with(b"\\u")
                {
                    self.at += 2;
                    let low = self.hexadecimal()?;
                    if (0xDC00..0xE000).contains(&low) {
                        let code = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = after;
                }
                char::REPLACEMENT_CHARACTER
            }
            byte => return Err(unexpected(byte, place)),
        })
    }

    fn hexadecimal(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let place = "in \\u hexadecimal character escape";
            let byte = self.bump()?;
            let digit = char::from(byte)
                .to_digit(16)
                .ok_or_else(|| unexpected(byte, place))?;
            code = code * 16 + digit;
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::json::{Escape, write};

    fn again(text: &str) -> String {
        match read(text.as_bytes()) {
            Ok(value) => {
                let mut out = String::new();
                write(&value, Escape::Minimal, &mut out).unwrap();
                out
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn values_come_back() {
        for (text, want) in [
            (
                r#" {"a":[1, 2.50,-0,1e3], "b":{}} "#,
                r#"{"a":[1,2.5,-0,1000],"b":{}}"#,
            ),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            (
                r#""\u00e9\ud83d\ude00\ud83dx\udc00\/""#,
                "\"é😀\u{FFFD}x\u{FFFD}/\"",
            ),
            ("null", "null"),
        ] {
            assert_eq!(again(text), want, "{text}");
        }
    }

    #[test]
    fn mistakes_have_gos_words() {
        for (text, want) in [
            ("", "unexpected end of JSON input"),
            ("{", "unexpected end of JSON input"),
            ("a", "invalid character 'a' looking for beginning of value"),
            (
                "'",
                "invalid character '\\'' looking for beginning of value",
            ),
            ("é", "invalid character 'Ã' looking for beginning of value"),
            (
                "nul!",
                "invalid character '!' in literal null (expecting 'l')",
            ),
            (
                "{a",
                "invalid character 'a' looking for beginning of object key string",
            ),
            (
                "{\"a\":1,}",
                "invalid character '}' looking for beginning of object key string",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            (
                "{\"a\":1 2}",
                "invalid character '2' after object key:value pair",
            ),
            ("[1 2]", "invalid character '2' after array element"),
            (
                "[1,]",
                "invalid character ']' looking for beginning of value",
            ),
            ("tru", "unexpected end of JSON input"),
            ("-", "unexpected end of JSON input"),
            ("\"x", "unexpected end of JSON input"),
            ("1 2", "invalid character '2' after top-level value"),
            ("01", "invalid character '1' after top-level value"),
            ("-a", "invalid character 'a' in numeric literal"),
            (
                "1.x",
                "invalid character 'x' after decimal point in numeric literal",
            ),
            (
                "1e+x",
                "invalid character 'x' in exponent of numeric literal",
            ),
            ("\"\n\"", "invalid character '\\n' in string literal"),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            (
                "\"\\u00x\"",
                "invalid character 'x' in \\u hexadecimal character escape",
            ),
            (
                "1e999",
                "json: cannot unmarshal number 1e999 into Go value of type float64",
            ),
            (
                "{\"a\":[1,{\"b c\":1e999}]}",
                "json: cannot unmarshal number 1e999 into Go struct field .a.1.b c of type float64",
            ),
            (
                "[0,1e999]",
                "json: cannot unmarshal number 1e999 into .1 of type float64",
            ),
        ] {
            assert_eq!(again(text), want, "{text}");
        }
        assert_eq!(
            read("[".repeat(9999).as_bytes()).unwrap_err(),
            JsonError::TooDeep
        );
    }
}
