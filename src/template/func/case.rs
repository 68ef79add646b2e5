//! The case of letters, and names in camel, snake and kebab case by the rules of xstrings.

use super::super::value::Value;
use super::super::{CallError, Run};
use super::{Function, arg, functions, runes, unicode};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("upper", [Str], upper),
    ("lower", [Str], lower),
    ("title", [Str], title),
    ("untitle", [Str], untitle),
    ("swapcase", [Str], swapcase),
    ("camelcase", [Str], camelcase),
    ("snakecase", [Str], snakecase),
    ("kebabcase", [Str], kebabcase),
];

fn upper(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len())?;
    Ok(if text.is_ascii() {
        Value::str(text.to_ascii_uppercase())
    } else {
        runes::map(text, unicode::to_upper).into()
    })
}

fn lower(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len())?;
    Ok(if text.is_ascii() {
        Value::str(text.to_ascii_lowercase())
    } else {
        runes::map(text, unicode::to_lower).into()
    })
}

/// Whether a word may begin after this character.
fn separates(character: char) -> bool {
    match character {
        '_' => false,
        _ if character.is_ascii() => !character.is_ascii_alphanumeric(),
        _ => {
            !unicode::is_letter(character)
                && !unicode::is_digit(character)
                && character.is_whitespace()
        }
    }
}

fn title(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len())?;
    let mut before = ' ';
    let titled = runes::map(text, |character| {
        let begins_word = separates(before);
        before = character;
        if begins_word {
            unicode::to_title(character)
        } else {
            character
        }
    });
    Ok(titled.into())
}

fn untitle(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len())?;
    let mut begins_word = true;
    let untitled = runes::map(text, |character| {
        let begins = std::mem::replace(&mut begins_word, character.is_whitespace());
        if begins {
            unicode::to_lower(character)
        } else {
            character
        }
    });
    Ok(untitled.into())
}

/// Swaps the case of each letter; a lower case letter that begins a word gets title case.
fn swapcase(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len())?;
    let mut begins_word = true;
    let swapped = runes::map(text, |character| {
        let begins = std::mem::replace(&mut begins_word, false);
        if unicode::is_upper(character) || unicode::is_title(character) {
            unicode::to_lower(character)
        } else if !unicode::is_lower(character) {
            begins_word = character.is_whitespace();
            character
        } else if begins {
            unicode::to_title(character)
        } else {
            unicode::to_upper(character)
        }
    });
    Ok(swapped.into())
}

/// Whether this character joins the words of a name.
fn is_connector(character: char) -> bool {
    matches!(character, '-' | '_') || character.is_whitespace()
}

/// `some_words` to `SomeWords`. Connectors at the beginning stay, and of several in a row all but one do; the
/// capitals of a word that begins with one become small.
fn camelcase(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len())?;
    let characters: Vec<char> = runes::runes(text)
        .map(|(_, character, _)| character)
        .collect();
    let leading = characters
        .iter()
        .take_while(|character| is_connector(**character))
        .count();
    let mut out: String = characters.iter().take(leading).collect();
    let mut rest = characters.iter().copied().skip(leading);
    let Some(first) = rest.next() else {
        // The reference writes the last connector twice.
        out.extend(characters.last());
        return Ok(out.into());
    };
    let mut in_capitals = unicode::is_upper(first);
    let mut before = unicode::to_upper(first);
    for mut character in rest {
        if is_connector(before) {
            if is_connector(character) {
                out.push(before);
                before = character;
                continue;
            }
            in_capitals = unicode::is_upper(character);
            character = unicode::to_upper(character);
        } else {
            if in_capitals && unicode::is_upper(character) {
                character = unicode::to_lower(character);
            } else {
                in_capitals = false;
            }
            out.push(before);
        }
        before = character;
    }
    out.push(before);
    Ok(out.into())
}

fn snakecase(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    run.take(arg::bytes(arguments, 0).len().saturating_mul(2))?;
    Ok(connected(arg::bytes(arguments, 0), '_'))
}

fn kebabcase(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    run.take(arg::bytes(arguments, 0).len().saturating_mul(2))?;
    Ok(connected(arg::bytes(arguments, 0), '-'))
}

/// A part of a name whose characters are alike.
struct Word<'t> {
    kind: WordKind,
    bytes: &'t [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WordKind {
    /// Nothing, or no UTF-8.
    Invalid,
    Number,
    /// A capital with the small letters behind it, or several capitals.
    Upper,
    Alphabet,
    Connector,
    Punctuation,
    Other,
}

/// A letter of a script that is written with spaces between words.
fn is_alphabet(character: char) -> bool {
    let is_ideograph = matches!(
        character,
        '\u{4E00}'..='\u{9FCC}' | '\u{3400}'..='\u{4D85}' | '\u{20000}'..='\u{2B81D}'
    );
    unicode::is_letter(character) && !is_ideograph
}

/// The names's words. What is no UTF-8 belongs to the word of the character behind it.
fn words(bytes: &[u8]) -> Vec<Word<'_>> {
    let mut characters: Vec<(char, usize)> = Vec::new();
    let mut invalid = 0;
    for (_, character, width) in runes::runes(bytes) {
        if character == char::REPLACEMENT_CHARACTER {
            invalid += width;
        } else {
            characters.push((character, width + invalid));
            invalid = 0;
        }
    }
    let mut words = Vec::new();
    let mut rest = bytes;
    let mut left = characters.as_slice();
    while let Some(((first, _), _)) = left.split_first() {
        let (kind, count) = word(*first, left);
        let (taken, after) = left.split_at(count.min(left.len()));
        left = after;
        let mut width: usize = taken.iter().map(|(_, width)| width).sum();
        // Invalid bytes at the end belong to the last word if that takes more than one character or could.
        if left.is_empty() {
            width += invalid;
        }
        let (word, after) = rest.split_at(width.min(rest.len()));
        words.push(Word { kind, bytes: word });
        rest = after;
    }
    if !rest.is_empty() {
        words.push(Word {
            kind: WordKind::Invalid,
            bytes: rest,
        });
    }
    words
}

/// The kind of the word that stands first, and how many characters it has.
fn word(first: char, characters: &[(char, usize)]) -> (WordKind, usize) {
    let run = |is_alike: &dyn Fn(char) -> bool| {
        let alike = characters.iter().skip(1);
        1 + alike
            .take_while(|(character, _)| is_alike(*character))
            .count()
    };
    let is_small = |character| is_alphabet(character) && !unicode::is_upper(character);
    if is_connector(first) {
        return (WordKind::Connector, run(&is_connector));
    }
    if unicode::is_punctuation(first) {
        return (WordKind::Punctuation, run(&unicode::is_punctuation));
    }
    if unicode::is_upper(first) {
        let capitals = run(&unicode::is_upper);
        if capitals == 1 {
            return (WordKind::Upper, run(&is_small));
        }
        // The last capital begins the next word if small letters follow it.
        let next = characters.get(capitals).map(|(character, _)| *character);
        let is_last_elsewhere = next.is_some_and(is_alphabet);
        return (WordKind::Upper, capitals - usize::from(is_last_elsewhere));
    }
    if is_alphabet(first) {
        return (WordKind::Alphabet, run(&is_small));
    }
    if unicode::is_number(first) {
        return (WordKind::Number, run(&unicode::is_number));
    }
    let is_other = |character| {
        !is_connector(character)
            && !is_alphabet(character)
            && !unicode::is_number(character)
            && !unicode::is_punctuation(character)
    };
    (WordKind::Other, run(&is_other))
}

/// Writes the words of a name small with a connector between them. A number stays with the word before it, unless
/// small letters follow it: then it begins a word.
fn connected(bytes: &[u8], connector: char) -> Value {
    let words = words(bytes);
    let mut out = Vec::with_capacity(bytes.len() + 8);
    let mut between = [0; 4];
    let between = connector.encode_utf8(&mut between).as_bytes();
    let kind = |at: usize| words.get(at).map_or(WordKind::Invalid, |word| word.kind);
    let write = |at: usize, out: &mut Vec<u8>| {
        if let Some(word) = words.get(at) {
            write_small(word, connector, out);
        }
    };
    let in_number = |kind| matches!(kind, WordKind::Alphabet | WordKind::Number);
    let joins_itself = |kind| matches!(kind, WordKind::Connector | WordKind::Punctuation);
    let mut at = 0;
    while at + 1 < words.len() {
        let word = kind(at);
        write(at, &mut out);
        at += 1;
        let mut after_number = match word {
            WordKind::Connector | WordKind::Punctuation => continue,
            WordKind::Number => true,
            _ => false,
        };
        if !after_number {
            if kind(at) != WordKind::Number {
                if !joins_itself(kind(at)) {
                    out.extend_from_slice(between);
                }
                continue;
            }
            if at + 1 >= words.len() {
                break;
            }
            if kind(at + 1) != WordKind::Alphabet {
                write(at, &mut out);
                at += 1;
                if !joins_itself(kind(at)) {
                    out.extend_from_slice(between);
                }
                continue;
            }
            out.extend_from_slice(between);
            after_number = true;
        }
        if after_number {
            while in_number(kind(at)) {
                write(at, &mut out);
                at += 1;
            }
            if kind(at) != WordKind::Invalid && !joins_itself(kind(at)) {
                out.extend_from_slice(between);
            }
        }
    }
    write(at, &mut out);
    Value::str(out)
}

/// Writes a word: capitals small, each connector as the one that is wanted, all else as it is.
fn write_small(word: &Word<'_>, connector: char, out: &mut Vec<u8>) {
    if !matches!(word.kind, WordKind::Upper | WordKind::Connector) {
        out.extend_from_slice(word.bytes);
        return;
    }
    let small = runes::map(word.bytes, |character| {
        if is_connector(character) {
            connector
        } else if unicode::is_upper(character) {
            unicode::to_lower(character)
        } else {
            character
        }
    });
    out.extend_from_slice(small.as_bytes());
}
