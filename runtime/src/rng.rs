//! Chance: named streams of random numbers, all derived from the run's seed.
//!
//! A stream has a name and an index ("link", 7). Streams are independent: a draw more in one place
//! does not shift what any other place draws, so a seed keeps its meaning while code changes.
//!
//! The generator is Xoshiro256++, whose output is specified; `StdRng` and `SmallRng` may change
//! between releases. Ranges are drawn here and not with `rand`'s distributions, which may also
//! change. Golden values in the tests keep it so.

use crate::clock::nanos;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng as _, SeedableRng, TryRng};
use std::cell::Cell;
use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A stream of random numbers with the same values on every machine and in every release.
#[derive(Clone, Debug)]
pub struct Rng {
    generator: Xoshiro256PlusPlus,
    /// Of a stream of the run on this thread: it begins anew when the run is reseeded.
    of_run: Option<OfRun>,
}

/// A stream of a run.
#[derive(Clone, Copy, Debug)]
struct OfRun {
    /// Stands for its name and index.
    key: u64,
    /// After how many reseedings it was begun.
    reseedings: u32,
}

/// What the streams of the run on this thread come from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Source {
    pub(crate) seed: u64,
    /// How often the run was reseeded.
    pub(crate) reseedings: u32,
}

thread_local! {
    static SOURCE: Cell<Source> = const { Cell::new(Source { seed: 0, reseedings: 0 }) };
}

/// Has the streams of the run on this thread come from there: those that are made, and those that there are
/// if the number of reseedings is another one.
pub(crate) fn set_source(source: Source) {
    SOURCE.set(source);
}

impl Rng {
    /// The stream that a number gives.
    pub fn from_seed(seed: u64) -> Rng {
        Rng { generator: Xoshiro256PlusPlus::seed_from_u64(seed), of_run: None }
    }

    /// The stream with that name and index under a seed, also where no simulation of that seed runs.
    pub fn stream(seed: u64, name: &str, index: u64) -> Rng {
        let named = xxh3_64_with_seed(name.as_bytes(), seed);
        Rng::from_seed(xxh3_64_with_seed(&index.to_le_bytes(), named))
    }

    /// The stream of that name and index of the run on this thread.
    pub(crate) fn of_run(name: &str, index: u64) -> Rng {
        let Source { seed, reseedings } = SOURCE.get();
        let key = xxh3_64_with_seed(name.as_bytes(), index);
        Rng { of_run: Some(OfRun { key, reseedings }), ..Rng::stream(seed, name, index) }
    }

    /// The same stream, which a reseeding of its run does not concern: what it decides is a part of what
    /// the run was given.
    pub fn settled(self) -> Rng {
        Rng { of_run: None, ..self }
    }

    /// Begins anew if the run was reseeded since the last draw.
    #[inline]
    fn follow(&mut self) {
        if let Some(of_run) = &mut self.of_run
            && of_run.reseedings != SOURCE.get().reseedings
        {
            let Source { seed, reseedings } = SOURCE.get();
            of_run.reseedings = reseedings;
            let seed = xxh3_64_with_seed(&of_run.key.to_le_bytes(), seed);
            self.generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        }
    }

    /// The next 64 bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.follow();
        self.generator.next_u64()
    }

    /// Uniform in `0..bound`.
    ///
    /// # Panics
    /// When `bound` is 0: there is nothing to choose from.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "nothing to choose from");
        // The high half of a 128-bit product: off from uniform by less than bound / 2^64.
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// Uniform in the range, both ends included.
    ///
    /// # Panics
    /// When the range is empty.
    #[inline]
    pub fn range(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (low, high) = range.into_inner();
        assert!(low <= high, "an empty range: {low}..={high}");
        match (high - low).checked_add(1) {
            Some(width) => low + self.below(width),
            None => self.next_u64(),
        }
    }

    /// Uniform in the range to the nanosecond, both ends included.
    ///
    /// # Panics
    /// When the range is empty.
    pub fn duration(&mut self, range: RangeInclusive<Duration>) -> Duration {
        let (low, high) = range.into_inner();
        Duration::from_nanos(self.range(nanos(low)..=nanos(high)))
    }

    /// True `per_million` times out of a million. Draws nothing when the answer is certain.
    #[inline]
    pub fn chance(&mut self, per_million: u32) -> bool {
        match per_million {
            0 => false,
            1_000_000.. => true,
            _ => self.below(1_000_000) < u64::from(per_million),
        }
    }

    /// One of the choices.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }

    /// Puts the items in a random order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

/// So that code written for `rand` can draw from a stream.
impl TryRng for Rng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.follow();
        self.generator.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.follow();
        self.generator.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.follow();
        self.generator.try_fill_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_values() {
        let mut rng = Rng::stream(42, "scheduling", 0);
        let drawn = [rng.next_u64(), rng.below(1000), rng.range(5..=9), rng.below(2)];
        assert_eq!(drawn, GOLDEN);
    }

    const GOLDEN: [u64; 4] = [928_372_423_540_222_612, 568, 8, 1];

    #[test]
    fn a_stream_depends_on_its_seed_its_name_and_its_index() {
        let first = |seed, name, index| Rng::stream(seed, name, index).next_u64();
        let base = first(1, "link", 2);
        assert_eq!(base, first(1, "link", 2));
        assert_ne!(base, first(2, "link", 2));
        assert_ne!(base, first(1, "disk", 2));
        assert_ne!(base, first(1, "link", 3));
    }

    #[test]
    fn ranges_include_both_ends_and_nothing_else() {
        let mut rng = Rng::from_seed(1);
        let mut seen = [false; 3];
        for _ in 0..100 {
            seen[(rng.range(10..=12) - 10) as usize] = true;
        }
        assert_eq!(seen, [true; 3]);
        assert_eq!(rng.range(5..=5), 5);
        rng.range(0..=u64::MAX);
    }

    #[test]
    fn chance_is_near_its_rate_and_certain_at_the_ends() {
        let mut rng = Rng::from_seed(1);
        let hits = (0..100_000).filter(|_| rng.chance(100_000)).count();
        assert!((9_500..10_500).contains(&hits), "{hits}");
        assert!(!rng.chance(0));
        assert!(rng.chance(1_000_000));
    }

    #[test]
    fn shuffle_keeps_the_items() {
        let mut items: Vec<u32> = (0..50).collect();
        Rng::from_seed(3).shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
