//! Classes and cases of characters as Go has them: by general category, and each character has one other case.

use unicode_general_category::{GeneralCategory, get_general_category};

use GeneralCategory as Category;

/// A letter.
pub(crate) fn is_letter(character: char) -> bool {
    matches!(
        get_general_category(character),
        Category::UppercaseLetter
            | Category::LowercaseLetter
            | Category::TitlecaseLetter
            | Category::ModifierLetter
            | Category::OtherLetter
    )
}

/// A decimal digit of any script.
pub(crate) fn is_digit(character: char) -> bool {
    get_general_category(character) == Category::DecimalNumber
}

/// A number of any kind.
pub(super) fn is_number(character: char) -> bool {
    matches!(
        get_general_category(character),
        Category::DecimalNumber | Category::LetterNumber | Category::OtherNumber
    )
}

/// An upper case letter.
pub(super) fn is_upper(character: char) -> bool {
    get_general_category(character) == Category::UppercaseLetter
}

/// A lower case letter.
pub(super) fn is_lower(character: char) -> bool {
    get_general_category(character) == Category::LowercaseLetter
}

/// A title case letter.
pub(super) fn is_title(character: char) -> bool {
    get_general_category(character) == Category::TitlecaseLetter
}

/// Punctuation, which symbols are not.
pub(super) fn is_punctuation(character: char) -> bool {
    matches!(
        get_general_category(character),
        Category::ConnectorPunctuation
            | Category::DashPunctuation
            | Category::OpenPunctuation
            | Category::ClosePunctuation
            | Category::InitialPunctuation
            | Category::FinalPunctuation
            | Category::OtherPunctuation
    )
}

/// The one character of upper case.
pub(crate) fn to_upper(character: char) -> char {
    if let Some(single) = single(character.to_uppercase()) {
        return single;
    }
    // Greek letters with an iota below: the standard library writes the iota beside them.
    let code = u32::from(character);
    let shifted = match code {
        0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7 => code + 8,
        0x1FB3 | 0x1FC3 | 0x1FF3 => code + 9,
        _ => code,
    };
    char::from_u32(shifted).unwrap_or(character)
}

/// The one character of lower case.
pub(crate) fn to_lower(character: char) -> char {
    match character {
        'İ' => 'i',
        _ => single(character.to_lowercase()).unwrap_or(character),
    }
}

/// The one character of title case: the upper one but for a few digraphs and for Georgian.
pub(super) fn to_title(character: char) -> char {
    match character {
        '\u{1C4}'..='\u{1C6}' => '\u{1C5}',
        '\u{1C7}'..='\u{1C9}' => '\u{1C8}',
        '\u{1CA}'..='\u{1CC}' => '\u{1CB}',
        '\u{1F1}'..='\u{1F3}' => '\u{1F2}',
        '\u{10D0}'..='\u{10FA}' | '\u{10FD}'..='\u{10FF}' => character,
        _ => to_upper(character),
    }
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}
