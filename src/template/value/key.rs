//! The bytes of a key, compared fast: a map is searched for each field that a template names.

use std::cmp::Ordering;

use ref_cast::RefCast;

/// The bytes of a string, in their order.
#[derive(RefCast)]
#[repr(transparent)]
pub(super) struct Key([u8]);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

/// Compares bytes. Most keys differ in their beginnings, which takes no call.
pub(super) fn compare(one: &[u8], other: &[u8]) -> Ordering {
    if let (Some((a, one)), Some((b, other))) =
        (one.split_first_chunk::<8>(), other.split_first_chunk::<8>())
    {
        let (a, b) = (u64::from_be_bytes(*a), u64::from_be_bytes(*b));
        return a.cmp(&b).then_with(|| one.cmp(other));
    }
    match (one, other) {
        ([a, ..], [b, ..]) if a != b => a.cmp(b),
        _ => one.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_their_bytes() {
        let keys: [&[u8]; 9] = [
            b"",
            b"a",
            b"ab",
            b"abcdefgh",
            b"abcdefghi",
            b"abcdefgi",
            b"b",
            b"\x7f1234567",
            b"\xff",
        ];
        for (place, one) in keys.iter().enumerate() {
            for (other_place, other) in keys.iter().enumerate() {
                let want = place.cmp(&other_place);
                assert_eq!(compare(one, other), want, "{one:?} {other:?}");
                assert_eq!(Key::ref_cast(one).cmp(Key::ref_cast(other)), want);
            }
        }
    }
}
