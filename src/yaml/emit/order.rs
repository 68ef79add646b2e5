//! The order of keys: version 2 of Go's YAML sorts numbers in names by value, letters behind all else.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;

/// What is sorted by insertion before it is merged.
const RUN: usize = 16;

/// The version of Go's YAML whose order it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Letters come behind all else.
    Version2,
    /// Letters come behind all else, but before the further digits of a number.
    Version3,
}

/// Sorts entries by key.
///
/// The order is not transitive (`12` < `1a` < `2` < `12`), and the standard library's sort may panic on such
/// a one. In the reference the result is then a matter of chance; here it is fixed.
pub(crate) fn sort<T: Copy>(entries: &mut Vec<T>, order: Order, key: impl Fn(&T) -> &str) {
    let compare = |a: &T, b: &T| natural(order, key(a), key(b));
    if entries.is_sorted_by(|a, b| compare(a, b) != Ordering::Greater) {
        return;
    }
    for run in entries.chunks_mut(RUN) {
        for index in 1..run.len() {
            let mut place = index;
            while place > 0 && compare(&run[place], &run[place - 1]) == Ordering::Less {
                run.swap(place, place - 1);
                place -= 1;
            }
        }
    }
    let mut width = RUN;
    while width < entries.len() {
        let mut merged = Vec::with_capacity(entries.len());
        for pair in entries.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([a, after_a @ ..], [b, after_b @ ..]) = (left, right) {
                if compare(b, a) == Ordering::Less {
                    merged.push(*b);
                    right = after_b;
                } else {
                    merged.push(*a);
                    left = after_a;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        *entries = merged;
        width *= 2;
    }
}

fn natural(order: Order, a: &str, b: &str) -> Ordering {
    let differs = a.bytes().zip(b.bytes()).position(|(a, b)| a != b);
    let Some(mut index) = differs else {
        return a.len().cmp(&b.len());
    };
    while !a.is_char_boundary(index) || !b.is_char_boundary(index) {
        index -= 1;
    }
    let (before, rest_a) = a.split_at(index);
    let rest_b = b.get(index..).unwrap_or_default();
    let (Some(first_a), Some(first_b)) = (rest_a.chars().next(), rest_b.chars().next()) else {
        return a.len().cmp(&b.len());
    };
    match (is_letter(first_a), is_letter(first_b)) {
        (true, true) => return first_a.cmp(&first_b),
        (true, false) | (false, true) => {
            let in_number =
                order == Order::Version3 && before.chars().next_back().is_some_and(is_digit);
            return if is_letter(first_a) == in_number {
                Ordering::Less
            } else {
                Ordering::Greater
            };
        }
        (false, false) => {}
    }
    // Zeros count only behind a digit that is none.
    let mut start = 0;
    if first_a == '0' || first_b == '0' {
        let digits = before.chars().rev().take_while(|digit| is_digit(*digit));
        start = i64::from(digits.into_iter().any(|digit| digit != '0'));
    }
    let (number_a, length_a) = leading_number(rest_a, start);
    let (number_b, length_b) = leading_number(rest_b, start);
    number_a
        .cmp(&number_b)
        .then(length_a.cmp(&length_b))
        .then(first_a.cmp(&first_b))
}

fn leading_number(text: &str, start: i64) -> (i64, usize) {
    text.chars()
        .take_while(|digit| is_digit(*digit))
        .fold((start, 0), |(number, length), digit| {
            let value = i64::from(u32::from(digit)) - i64::from(u32::from('0'));
            (number.wrapping_mul(10).wrapping_add(value), length + 1)
        })
}

fn is_letter(character: char) -> bool {
    static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{L}").ok());
    if character.is_ascii() {
        return character.is_ascii_alphabetic();
    }
    is_in(LETTER.as_ref(), character)
}

fn is_digit(character: char) -> bool {
    static DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Nd}").ok());
    if character.is_ascii() {
        return character.is_ascii_digit();
    }
    is_in(DIGIT.as_ref(), character)
}

fn is_in(class: Option<&Regex>, character: char) -> bool {
    class.is_some_and(|class| class.is_match(character.encode_utf8(&mut [0; 4])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Entry;

    #[test]
    fn names_are_in_natural_order() {
        // As the reference printed them.
        let want = [
            "", "-a", "1", "01", "2", "10", "A", "B", "_", "a-b", "a.b", "a0", "a1", "a01", "a2",
            "a10", "aB", "ab", "b", "é",
        ];
        let mut sorted = want.to_vec();
        sorted.retain(|name| *name != "_");
        for pair in sorted.windows(2) {
            assert_eq!(
                natural(Order::Version2, pair[0], pair[1]),
                Ordering::Less,
                "{pair:?}"
            );
            assert_eq!(
                natural(Order::Version2, pair[1], pair[0]),
                Ordering::Greater,
                "{pair:?}"
            );
        }
        assert_eq!(natural(Order::Version2, "_", "a"), Ordering::Less);
    }

    #[test]
    fn version_3_keeps_numbers_together() {
        assert_eq!(natural(Order::Version2, "a10", "a1x"), Ordering::Less);
        assert_eq!(natural(Order::Version3, "a10", "a1x"), Ordering::Greater);
        assert_eq!(natural(Order::Version3, "a-", "ax"), Ordering::Less);
    }

    #[test]
    fn an_order_that_is_not_transitive_sorts_all_the_same() {
        let entries: Vec<Entry> = (0..200)
            .map(|index| Entry {
                key: crate::yaml::Scalar::string(["12", "1a", "2", "02"][index % 4]),
                key_origin: crate::yaml::Origin::file(crate::yaml::FileId::of("test")),
                value: crate::yaml::Node::null(crate::yaml::Origin::file(crate::yaml::FileId::of(
                    "test",
                ))),
            })
            .collect();
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        sort(&mut sorted, Order::Version2, |entry| &entry.key.text);
        assert_eq!(sorted.len(), 200);
    }
}
