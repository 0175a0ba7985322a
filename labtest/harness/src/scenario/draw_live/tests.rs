use super::*;
use crate::nemesis::faults::FAULTS;
use crate::{OurRaft, RunOptions, Verdict, run_scenario};
use std::collections::BTreeSet;
use std::sync::Arc;

const MINUTE_MS: u64 = 60_000;

fn drawn(seed: u64) -> Scenario {
    Scenario::draw_live(seed, 3 + 2 * (seed as usize % 2), MINUTE_MS, &FaultFilter::live())
}

#[test]
fn every_fault_of_live_runs_is_drawn_and_no_other() {
    let names = |names: &mut dyn Iterator<Item = &'static str>| names.collect::<BTreeSet<_>>();
    let live = names(&mut FAULTS.iter().filter(|fault| fault.live.is_some()).map(|it| it.name));
    assert_eq!(names(&mut ROWS.iter().map(|row| row.name)), live);
    let mut seen = BTreeSet::new();
    for row in ROWS {
        let fault = (row.draw)(&mut Rng::from_seed(1));
        assert_eq!(fault.name(), row.name);
    }
    for seed in 0..50 {
        seen.extend(drawn(seed).steps.iter().map(|step| step.fault.name()));
    }
    assert_eq!(seen, live);
}

#[test]
fn what_is_drawn_can_be_in_both_worlds_and_is_the_same_again() {
    for seed in 0..200 {
        let scenario = drawn(seed);
        let text = scenario.to_toml().unwrap();
        assert_eq!(
            Scenario::from_toml_for_live(&text, "it.toml").unwrap(),
            scenario,
            "seed {seed}"
        );
        assert_eq!(drawn(seed), scenario, "seed {seed}");
    }
    assert_ne!(drawn(1).steps, drawn(2).steps);
}

/// From when on a step may begin and until when it lasts.
fn span(step: &Step) -> (u64, u64) {
    (step.at_ms, end_by(&mut step.clone(), MINUTE_MS))
}

#[test]
fn there_is_enough_that_goes_wrong_and_time_enough_in_which_nothing_does() {
    let (mut steps, mut broken_ms, mut healthy_stretches) = (0, 0, 0);
    for seed in 0..50 {
        let scenario = drawn(seed);
        assert!(scenario.steps.iter().all(|step| step.for_ms <= *LENGTH_MS.end()));
        steps += scenario.steps.len();
        let mut end_ms = START_MS;
        for (from, to) in scenario.steps.iter().map(span) {
            healthy_stretches += usize::from(from >= end_ms + HEALTHY_MS.start());
            broken_ms += to.max(end_ms) - from.max(end_ms);
            end_ms = end_ms.max(to);
        }
    }
    let percent = broken_ms * 100 / (50 * MINUTE_MS);
    assert!((10 * 50..30 * 50).contains(&steps), "{steps} steps of 50 seeds");
    assert!((40..85).contains(&percent), "broken for {percent} % of the time");
    assert!(healthy_stretches > 2 * 50, "{healthy_stretches} healthy stretches of 50 seeds");
}

#[test]
fn minorities_and_majorities_are_both_hit() {
    let targets: Vec<Target> =
        (0..50).flat_map(|seed| drawn(seed).steps).map(|step| step.target).collect();
    let share =
        |target: Target| targets.iter().filter(|it| **it == target).count() * 100 / targets.len();
    assert!(
        share(Target::Leader) > 15 && share(Target::Minority) > 5 && share(Target::Majority) > 5
    );
}

#[test]
fn the_filter_takes_faults_out_and_makes_the_others_no_rarer() {
    let of = |list: &str| {
        let filter = FaultFilter::parse_live(list).unwrap();
        let steps =
            (0..500).flat_map(|seed| Scenario::draw_live(seed, 3, MINUTE_MS, &filter).steps);
        let names: Vec<&str> = steps.map(|step| step.fault.name()).collect();
        let pauses = names.iter().filter(|name| **name == "pause").count();
        (pauses, names.len())
    };
    let ((pauses, all), (alone, only)) = (of("all"), of("pause"));
    assert!(alone == only && all > pauses, "nothing but pauses");
    // Other draws, of about the same number.
    assert!(alone * 10 >= pauses * 9 && pauses > 0, "{pauses} among all, {alone} alone");
    assert_eq!(of("none"), (0, 0));
}

/// A few of them, and shorter than they are live: the simulation of a whole minute takes its time.
#[test]
fn our_raft_passes_what_is_drawn() {
    for seed in 0..50 {
        let servers = 3 + 2 * (seed as usize % 2);
        let scenario = Scenario::draw_live(seed, servers, 15_000, &FaultFilter::live());
        let outcome =
            run_scenario(&scenario, seed, &(Arc::new(OurRaft) as _), &RunOptions::default());
        assert!(matches!(outcome.verdict, Verdict::Passed), "seed {seed}: {:?}", outcome.verdict);
    }
}
