//! The keys and values that a generator's sources give.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::yaml::{FileId, Origin};

use super::super::BuildError;
use super::super::file::{GeneratorArgs, Text};
use super::GeneratorError;

/// A key with its content.
pub(super) struct KeyValue {
    pub(super) key: SmolStr,
    pub(super) value: Arc<[u8]>,
    pub(super) origin: Origin,
}

/// Reads a file that a kustomization names.
pub(super) type Load<'l> = dyn Fn(&Text) -> Result<(FileId, Arc<[u8]>), BuildError> + 'l;

/// The longest line that the reference tool reads of an env file; there it stops, and says nothing.
const LONGEST_LINE: usize = 64 << 10;

/// Reads all sources: env files, then literals, then files.
pub(super) fn load(args: &GeneratorArgs, load: &Load<'_>) -> Result<Vec<KeyValue>, BuildError> {
    let mut all = Vec::new();
    for path in &args.envs {
        let (file, content) = load(path)?;
        parse_env_file(file, &content, &mut all)?;
    }
    for literal in &args.literals {
        all.push(parse_literal(literal)?);
    }
    for source in &args.files {
        let (key, path) = parse_file_source(source)?;
        let (file, value) = load(&path)?;
        all.push(KeyValue {
            key,
            value,
            origin: Origin::file(file),
        });
    }
    Ok(all)
}

fn parse_env_file(
    file: FileId,
    content: &[u8],
    all: &mut Vec<KeyValue>,
) -> Result<(), GeneratorError> {
    for (number, line) in (1..).zip(content.split(|byte| *byte == b'\n')) {
        if line.len() >= LONGEST_LINE {
            break;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let origin = Origin::at(file, number, 1);
        let mut line =
            std::str::from_utf8(line).map_err(|_| GeneratorError::NotUtf8 { at: origin })?;
        if number == 1 {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        let line = line.trim_start();
        if line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if !key.is_empty() {
            all.push(KeyValue {
                key: key.into(),
                value: value.as_bytes().into(),
                origin,
            });
        }
    }
    Ok(())
}

fn parse_literal(literal: &Text) -> Result<KeyValue, GeneratorError> {
    match literal.split_once('=') {
        None | Some(("", _)) => Err(GeneratorError::BadLiteral { at: literal.origin }),
        Some((key, value)) => Ok(KeyValue {
            key: key.into(),
            value: without_quotes(value).as_bytes().into(),
            origin: literal.origin,
        }),
    }
}

fn without_quotes(text: &str) -> &str {
    let within = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

fn parse_file_source(source: &Text) -> Result<(SmolStr, Text), GeneratorError> {
    let bad = || GeneratorError::BadFileSource {
        source_text: source.to_string(),
        at: source.origin,
    };
    let Some((key, path)) = source.split_once('=') else {
        let name = source
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .filter(|name| !name.is_empty())
            .ok_or_else(bad)?;
        return Ok((name.into(), source.clone()));
    };
    if key.is_empty() || path.is_empty() || path.contains('=') {
        return Err(bad());
    }
    let path = Text {
        text: path.into(),
        ..source.clone()
    };
    Ok((key.into(), path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        Text {
            text: text.into(),
            ..Text::default()
        }
    }

    fn env(content: &str) -> Vec<(String, String)> {
        let mut all = Vec::new();
        parse_env_file(FileId::of("test.env"), content.as_bytes(), &mut all).unwrap();
        all.into_iter()
            .map(|pair| {
                let value = String::from_utf8(pair.value.to_vec()).unwrap();
                (pair.key.to_string(), value)
            })
            .collect()
    }

    #[test]
    fn env_files_have_a_pair_on_each_line() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            env("\u{feff}A=1\r\n\n  # no\n\tB=x=y \nC\n=D\nexport E='q'\n"),
            [
                pair("A", "1"),
                pair("B", "x=y "),
                pair("C", ""),
                pair("export E", "'q'")
            ]
        );
        let long = format!("A=1\nB={}\nC=2\n", "x".repeat(LONGEST_LINE));
        assert_eq!(env(&long), [pair("A", "1")]);
    }

    #[test]
    fn literals_lose_quotes_around_their_value() {
        for (literal, value) in [
            ("a=b", "b"),
            ("a=\"b\"", "b"),
            ("a='b'", "b"),
            ("a='b", "'b"),
            ("a='", "'"),
            ("a=b=c", "b=c"),
            ("a=", ""),
        ] {
            let pair = parse_literal(&text(literal)).unwrap();
            assert_eq!(&*pair.value, value.as_bytes(), "{literal}");
        }
        assert!(parse_literal(&text("a")).is_err());
        assert!(parse_literal(&text("=b")).is_err());
    }

    #[test]
    fn a_file_source_is_a_path_or_a_key_with_a_path() {
        let (key, path) = parse_file_source(&text("dir/app.conf")).unwrap();
        assert_eq!((key.as_str(), &*path), ("app.conf", "dir/app.conf"));
        let (key, path) = parse_file_source(&text("k=dir/app.conf")).unwrap();
        assert_eq!((key.as_str(), &*path), ("k", "dir/app.conf"));
        for bad in ["=a", "a=", "a=b=c", ""] {
            assert!(parse_file_source(&text(bad)).is_err(), "{bad:?}");
        }
    }
}
