//! Selectors over labels, in Kubernetes' language: `a=b,c!=d,e in (f, g),h notin (i),j,!k,l>1`.

use smol_str::SmolStr;

/// Requirements that must all hold.
#[derive(Clone, Debug, Default)]
pub(super) struct LabelSelector(Vec<Requirement>);

#[derive(Clone, Debug)]
struct Requirement {
    key: SmolStr,
    operator: Operator,
}

#[derive(Clone, Debug)]
enum Operator {
    Exists,
    NotExists,
    In(Vec<SmolStr>),
    NotIn(Vec<SmolStr>),
    Above(i64),
    Below(i64),
}

impl LabelSelector {
    /// Reads a selector; an empty one selects all. The error is the reason.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser {
            tokens: tokens(text),
            position: 0,
        };
        let mut requirements = Vec::new();
        if parser.peek() == Token::End {
            return Ok(Self(requirements));
        }
        loop {
            requirements.push(parser.requirement()?);
            match parser.next() {
                Token::End => return Ok(Self(requirements)),
                Token::Symbol(",") => {}
                other => return Err(format!("{other} where `,` or the end is due")),
            }
        }
    }

    /// Tells whether it selects all.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether labels fulfil all requirements.
    pub(super) fn matches<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.0.iter().all(|requirement| {
            let value = label(&requirement.key);
            match &requirement.operator {
                Operator::Exists => value.is_some(),
                Operator::NotExists => value.is_none(),
                Operator::In(values) => {
                    value.is_some_and(|value| values.iter().any(|want| want == value))
                }
                Operator::NotIn(values) => {
                    value.is_none_or(|value| values.iter().all(|other| other != value))
                }
                Operator::Above(limit) => number(value).is_some_and(|number| number > *limit),
                Operator::Below(limit) => number(value).is_some_and(|number| number < *limit),
            }
        })
    }
}

fn number(value: Option<&str>) -> Option<i64> {
    value?.parse().ok()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Symbol(&'t str),
    End,
}

impl std::fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(text) | Self::Symbol(text) => write!(f, "`{text}`"),
            Self::End => f.write_str("the end"),
        }
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    const SYMBOLS: [&str; 9] = ["!=", "==", "=", "!", "(", ")", ",", ">", "<"];
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        if let Some((symbol, after)) = SYMBOLS
            .iter()
            .find_map(|symbol| Some((*symbol, rest.strip_prefix(symbol)?)))
        {
            tokens.push(Token::Symbol(symbol));
            rest = after;
        } else {
            let end = rest
                .find(|c: char| is_space(c) || "=!(),><".contains(c))
                .unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            tokens.push(Token::Word(word));
            rest = after;
        }
        rest = rest.trim_start_matches(is_space);
    }
    tokens
}

struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    position: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Token<'t> {
        self.tokens
            .get(self.position)
            .copied()
            .unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token<'t> {
        let token = self.peek();
        self.position += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.peek() == Token::Symbol("!");
        if negated {
            self.next();
        }
        let key = match self.next() {
            Token::Word(key) => key,
            other => return Err(format!("{other} where a key is due")),
        };
        check_key(key)?;
        let operator = if negated {
            Operator::NotExists
        } else if matches!(self.peek(), Token::End | Token::Symbol(",")) {
            Operator::Exists
        } else {
            self.operator()?
        };
        Ok(Requirement {
            key: key.into(),
            operator,
        })
    }

    fn operator(&mut self) -> Result<Operator, String> {
        let integer = |text: &str| {
            text.parse()
                .map_err(|_| format!("`{text}` where an integer is due"))
        };
        match self.next() {
            Token::Symbol("=" | "==") => Ok(Operator::In(vec![self.value()?])),
            Token::Symbol("!=") => Ok(Operator::NotIn(vec![self.value()?])),
            Token::Symbol(">") => Ok(Operator::Above(integer(&self.value()?)?)),
            Token::Symbol("<") => Ok(Operator::Below(integer(&self.value()?)?)),
            Token::Word("in") => Ok(Operator::In(self.values()?)),
            Token::Word("notin") => Ok(Operator::NotIn(self.values()?)),
            other => Err(format!(
                "{other} where `=`, `!=`, `==`, `>`, `<`, `in` or `notin` is due"
            )),
        }
    }

    /// Reads one value; nothing is the empty text.
    fn value(&mut self) -> Result<SmolStr, String> {
        let value = match self.peek() {
            Token::End | Token::Symbol(",") => return Ok(SmolStr::default()),
            Token::Word(value) => value,
            other @ Token::Symbol(_) => return Err(format!("{other} where a value is due")),
        };
        self.next();
        check_value(value)?;
        Ok(value.into())
    }

    /// Reads values in parentheses; one left out is the empty text, but there must be one.
    fn values(&mut self) -> Result<Vec<SmolStr>, String> {
        if self.next() != Token::Symbol("(") {
            return Err("no `(` before the values".to_owned());
        }
        if self.peek() == Token::Symbol(")") {
            return Err("no value in `()`".to_owned());
        }
        let mut values = Vec::new();
        loop {
            match self.peek() {
                Token::Word(value) => {
                    self.next();
                    check_value(value)?;
                    values.push(value.into());
                }
                _ => values.push(SmolStr::default()),
            }
            match self.next() {
                Token::Symbol(",") => {}
                Token::Symbol(")") => return Ok(values),
                other => return Err(format!("{other} where `,` or `)` is due")),
            }
        }
    }
}

fn check_key(key: &str) -> Result<(), String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let is_prefix = |prefix: &str| {
        prefix.len() <= 253
            && prefix.split('.').all(|part| {
                let inner =
                    |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
                !part.is_empty()
                    && part.bytes().all(inner)
                    && !part.starts_with('-')
                    && !part.ends_with('-')
            })
    };
    if !name.is_empty() && is_name(name) && prefix.is_none_or(is_prefix) {
        Ok(())
    } else {
        Err(format!("`{key}` can be no key"))
    }
}

fn check_value(value: &str) -> Result<(), String> {
    if value.is_empty() || is_name(value) {
        Ok(())
    } else {
        Err(format!("`{value}` can be no value"))
    }
}

/// Tells whether a text is of letters and digits, within it also `-`, `_` and `.`.
fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    bytes.len() <= 63
        && is_end(bytes.first())
        && is_end(bytes.last())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_those_of_kubernetes() {
        let label = |key: &str| match key {
            "app" => Some("web"),
            "n" => Some("5"),
            "empty" => Some(""),
            "in" => Some("x"),
            _ => None,
        };
        for (selector, want) in [
            ("", true),
            ("app=web", true),
            ("app == web , n", true),
            ("app!=web", false),
            ("none!=web", true),
            ("app in (api, web)", true),
            ("app notin (api)", true),
            ("none notin (api)", true),
            ("!app", false),
            ("! none", true),
            ("n>4,n<6", true),
            ("app>4", false),
            ("empty=", true),
            ("empty in (,a)", true),
            ("in=x", true),
        ] {
            assert_eq!(
                LabelSelector::parse(selector).unwrap().matches(label),
                want,
                "{selector}"
            );
        }
    }

    #[test]
    fn other_texts_are_errors() {
        for selector in [
            "a=b=c", "a in ()", "a in b", "=b", "a,", "!a=b", "a>b", "-a", "a=b/c", "a b",
        ] {
            assert!(LabelSelector::parse(selector).is_err(), "{selector}");
        }
    }
}
