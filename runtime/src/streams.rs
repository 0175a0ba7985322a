//! The run's named streams of random numbers.

use crate::rng::Rng;
use crate::simulation;

/// The stream with that name and index.
///
/// In a simulation it is a function of the seed, name and index alone; where the simulation is
/// [reseeded](crate::Simulation::reseed) it begins anew. Outside one, each call
/// gives a stream seeded by the operating system.
pub fn rng(name: &str, index: u64) -> Rng {
    match simulation::with(|executor| executor.note_call()) {
        Some(()) => Rng::of_run(name, index),
        None => Rng::from_seed(system_seed()),
    }
}

fn system_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    // The keys of RandomState come from the operating system. On the real clock nothing repeats, so
    // any seed will do.
    RandomState::new().hash_one(std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Simulation;

    #[test]
    fn in_a_simulation_the_streams_come_from_its_seed() {
        let drawn =
            |seed| Simulation::new(seed).run(async { rng("x", 0).next_u64() }).result.unwrap();
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
    }

    #[test]
    fn outside_of_a_simulation_every_stream_is_another() {
        assert_ne!(rng("x", 0).next_u64(), rng("x", 0).next_u64());
    }
}
