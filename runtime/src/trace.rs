//! The rolling hash of a run's events.

use crate::simulation;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Folds an event into the hash of the run, together with the current true time.
///
/// The words say what happened: a kind first, then what tells it apart. Does nothing outside a
/// simulation.
pub fn trace(words: &[u64]) {
    simulation::with(|executor| {
        executor.note_call();
        executor.hash.set(fold(executor.hash.get(), executor.true_now(), words));
    });
}

/// [`trace`] with the contents of a message or a command.
pub fn trace_bytes(words: &[u64], bytes: &[u8]) {
    simulation::with(|executor| {
        executor.note_call();
        let hash = fold(executor.hash.get(), executor.true_now(), words);
        executor.hash.set(xxh3_64_with_seed(bytes, hash));
    });
}

/// Odd, so that multiplying by it loses nothing; its bits are those of the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

fn fold(hash: u64, now: u64, words: &[u64]) -> u64 {
    words.iter().fold(mix(hash, now), |hash, &word| mix(hash, word))
}

/// For each word another permutation: two runs that have parted do not meet again by the same words.
fn mix(hash: u64, word: u64) -> u64 {
    let product = (hash ^ word).wrapping_mul(MULTIPLIER);
    product ^ product >> 32
}

#[cfg(test)]
mod tests {
    use crate::{Simulation, sleep, trace, trace_bytes};
    use std::time::Duration;

    fn hash(main: impl Future<Output = ()> + 'static) -> u64 {
        Simulation::new(1).run(main).report.trace_hash
    }

    #[test]
    fn the_hash_sees_words_order_bytes_and_time() {
        let base = hash(async { trace(&[1, 2]) });
        assert_eq!(base, hash(async { trace(&[1, 2]) }));
        assert_ne!(base, hash(async { trace(&[2, 1]) }));
        assert_ne!(base, hash(async { trace_bytes(&[1, 2], b"x") }));
        assert_ne!(
            base,
            hash(async {
                sleep(Duration::from_nanos(1)).await;
                trace(&[1, 2])
            })
        );
    }
}
