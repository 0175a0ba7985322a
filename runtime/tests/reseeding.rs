//! A run that is reseeded: the same up to there, and then another.

use runtime::{Simulation, rng, sleep};
use std::time::Duration;

/// Two draws every millisecond for ten: of a stream that goes on, of a settled one, and of a new one.
fn drawn(simulation: Simulation) -> Vec<[u64; 3]> {
    let run = simulation.run(async {
        let (mut goes_on, mut settled) = (rng("goes on", 0), rng("settled", 0).settled());
        let mut drawn = Vec::new();
        for number in 0..10 {
            let new = rng("new", number).next_u64();
            drawn.push([goes_on.next_u64(), settled.next_u64(), new]);
            sleep(Duration::from_millis(1)).await;
        }
        drawn
    });
    run.result.unwrap()
}

#[test]
fn up_to_a_reseeding_a_run_is_the_same_and_then_another() {
    let plain = drawn(Simulation::new(1));
    let reseeded = |at, seed| drawn(Simulation::new(1).reseed(Duration::from_millis(at), seed));
    let (split, other) = (reseeded(5, 2), reseeded(5, 3));
    assert_eq!(split[..5], plain[..5]);
    for number in 5..10 {
        let ([a, b, c], [d, e, f]) = (split[number], plain[number]);
        assert!(a != d && b == e && c != f, "{number}");
        assert_ne!(split[number], other[number]);
    }
    assert_eq!(split, reseeded(5, 2));
    assert_eq!(reseeded(50, 2), plain, "it is over before");
    assert_eq!(drawn(Simulation::new(1)), plain, "the run after it is its own");
}

#[test]
fn reseedings_come_one_after_another() {
    let at = Duration::from_millis;
    let twice = drawn(Simulation::new(1).reseed(at(7), 3).reseed(at(3), 2));
    let once = drawn(Simulation::new(1).reseed(at(3), 2));
    assert_eq!(twice[..7], once[..7]);
    assert_ne!(twice[7..], once[7..]);
}
