//! Lines that anybody on the net can cause.

use std::sync::atomic::{AtomicU64, Ordering};

/// So many lines are written one by one, unless somebody says otherwise.
const FIRST: u64 = 10;

/// After them comes one of so many.
const EACH: u64 = 100;

/// Counts what happens, and picks what is worth a line: else whoever sends a request writes the log.
#[derive(Debug)]
pub(crate) struct Sparingly {
    first: u64,
    count: AtomicU64,
}

impl Sparingly {
    pub(crate) const fn after(first: u64) -> Self {
        let count = AtomicU64::new(0);
        Self { first, count }
    }

    /// Counts one more, and returns how many these are now if this one is worth a line.
    pub(crate) fn pick(&self) -> Option<u64> {
        let count = self.count.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        (count <= self.first || count.is_multiple_of(EACH)).then_some(count)
    }
}

impl Default for Sparingly {
    fn default() -> Self {
        Self::after(FIRST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ten_and_each_hundredth() {
        let sparingly = Sparingly::default();
        let picked: Vec<u64> = (0..350).filter_map(|_| sparingly.pick()).collect();
        let first = 1..=10;
        assert_eq!(picked, first.chain([100, 200, 300]).collect::<Vec<u64>>());
    }
}
