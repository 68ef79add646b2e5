//! Random numbers that are the same for the same seed, so that a failure can be had again.

/// `splitmix64`.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Returns numbers that are unlike those of the seeds beside it.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below a bound, 0 where the bound is.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }

    /// Says yes `percent` times of a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// Takes some of a list, in random order.
    pub(crate) fn take<T>(&mut self, list: &mut Vec<T>, count: usize) -> Vec<T> {
        (0..count.min(list.len()))
            .map(|_| {
                let index = self.below(list.len());
                list.swap_remove(index)
            })
            .collect()
    }
}
