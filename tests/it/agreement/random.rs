//! Random numbers that are the same for the same seed, so that a failure can be had again.

/// `splitmix64`.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below a bound, 0 where the bound is.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }

    /// Takes some of a list, in random order.
    pub(super) fn take<T>(&mut self, list: &mut Vec<T>, count: usize) -> Vec<T> {
        (0..count.min(list.len()))
            .map(|_| {
                let index = self.below(list.len());
                list.swap_remove(index)
            })
            .collect()
    }
}
