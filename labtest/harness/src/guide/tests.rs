use super::*;
use crate::{OurRaft, Verdict, all_tests, run_one, run_scenario};

fn raft() -> Arc<dyn Implementation> {
    Arc::new(OurRaft)
}

fn test() -> &'static LabTest {
    all_tests().iter().find(|test| test.name == "explore::everything").unwrap()
}

fn guide(known: Vec<Scenario>) -> Guide {
    Guide::new(test(), 1, &OurRaft, &RunOptions::default(), known).unwrap()
}

/// The guide after so many runs, and their hashes.
fn guided(runs: u64, mut guide: Guide) -> (Guide, Vec<(Way, u64)>) {
    let mut made = Vec::new();
    for seed in 1..=runs {
        let attempt = guide.suggest(seed);
        let tried = try_out(&attempt, test(), &raft(), &RunOptions::default());
        assert_eq!(
            tried.outcome.verdict,
            Verdict::Passed,
            "{:?}: {}",
            attempt.way,
            attempt.scenario
        );
        guide.learn(&attempt, &tried);
        made.push((attempt.way, tried.outcome.trace_hash));
    }
    (guide, made)
}

#[test]
fn only_explorations_are_guided() {
    let lab = &crate::lab_tests()[0];
    assert!(Guide::new(lab, 1, &OurRaft, &RunOptions::default(), Vec::new()).is_none());
}

#[test]
fn the_first_seed_decides_every_run_and_the_corpus() {
    let ((one, runs), (other, again)) =
        (guided(120, guide(Vec::new())), guided(120, guide(Vec::new())));
    assert_eq!(runs, again);
    assert_eq!(one.scenarios(), other.scenarios());
    for way in [Way::Fresh, Way::Again, Way::Split, Way::Mutate, Way::Cross] {
        assert!(runs.iter().any(|(gone, _)| *gone == way), "{way:?} was never gone");
    }
}

#[test]
fn a_sketch_changes_nothing_and_a_fresh_draw_is_the_seeds() {
    for seed in 1..=10 {
        let attempt = guide(Vec::new()).suggest(seed);
        if attempt.way == Way::Fresh {
            let tried = try_out(&attempt, test(), &raft(), &RunOptions::default());
            let plain = run_one(test(), seed, &raft(), &RunOptions::default());
            assert_eq!(tried.outcome.trace_hash, plain.trace_hash);
            assert!(!tried.sketch.features.is_empty() && tried.outcome.made.is_none());
        }
    }
}

#[test]
fn what_is_made_is_a_scenario_as_a_file_can_say_it() {
    let (mut guide, _) = guided(30, guide(Vec::new()));
    let mut made = 0;
    for seed in 1000..3000 {
        let Attempt { scenario, way, .. } = guide.suggest(seed);
        assert!(scenario.is_possible(), "{scenario}");
        assert!(scenario.steps.len() <= 14 && scenario.safety_ms <= 8_000, "{scenario}");
        if way == Way::Fresh {
            continue;
        }
        let (name, text) = file_of(&scenario).unwrap();
        assert_eq!(*scenario, Scenario::from_toml(&text, &name).unwrap());
        assert_eq!(scenario.simulation_seed(1), scenario.simulation_seed(2));
        made += 1;
    }
    assert!(made > 800, "{made}");
}

#[test]
fn a_run_that_is_made_repeats_from_its_file() {
    let (mut guide, _) = guided(30, guide(Vec::new()));
    let mut split = (31..).map(|seed| guide.suggest(seed)).filter(|it| it.way == Way::Split);
    for attempt in split.by_ref().take(3) {
        assert!(attempt.scenario.later_reseeds().count() > 0);
        let tried = try_out(&attempt, test(), &raft(), &RunOptions::default());
        let (name, text) = file_of(&attempt.scenario).unwrap();
        let read = Scenario::from_toml(&text, &name).unwrap();
        let again = run_scenario(&read, 12345, &raft(), &RunOptions::default());
        assert_eq!(again.trace_hash, tried.outcome.trace_hash);
    }
}

#[test]
fn a_run_is_the_same_up_to_where_it_is_reseeded() {
    let scenario = Scenario::default();
    let hash = |scenario: &Scenario, seed| {
        run_scenario(scenario, seed, &raft(), &RunOptions::default()).trace_hash
    };
    let with = |reseeds: &[(u64, u64)]| {
        let reseeds = reseeds.iter().map(|&(at_us, seed)| Reseed { at_us, seed }).collect();
        Scenario { reseeds, ..scenario.clone() }
    };
    let plain = hash(&scenario, 7);
    assert_eq!(hash(&with(&[(0, 7)]), 1), plain, "its own seed");
    assert_eq!(hash(&with(&[(3_000_000_000, 9)]), 7), plain, "after its end");
    let split = hash(&with(&[(1_000_000, 9)]), 7);
    assert_ne!(split, plain);
    assert_eq!(hash(&with(&[(0, 7), (1_000_000, 9)]), 5), split, "it repeats");
}

#[test]
fn the_smallest_corpus_shows_all_features_and_corpora_can_be_joined() {
    let (first, _) = guided(50, guide(Vec::new()));
    let scenarios = |guide: &Guide| -> Vec<Scenario> {
        guide.smallest().iter().map(|scenario| (**scenario).clone()).collect()
    };
    let smallest = scenarios(&first);
    assert!(smallest.len() < first.scenarios().len(), "{}", smallest.len());
    let count = smallest.len() as u64;
    let (again, ways) = guided(count, guide(smallest.clone()));
    assert!(ways.iter().all(|(way, _)| *way == Way::Known));
    assert_eq!(again.features(), first.features());

    let second = Guide::new(test(), 2, &OurRaft, &RunOptions::default(), Vec::new()).unwrap();
    let (second, _) = guided(20, second);
    let both = [smallest, scenarios(&second)].concat();
    let (joined, _) = guided(both.len() as u64, guide(both));
    assert!(joined.features() >= first.features().max(second.features()));
}

#[test]
fn faults_that_are_not_wanted_are_not_in_what_is_made() {
    let options = RunOptions {
        faults: crate::FaultFilter::parse("partition").unwrap(),
        ..RunOptions::default()
    };
    let known = Scenario::draw(Exploration::Crash, 3, &crate::FaultFilter::all());
    let mut guide = Guide::new(test(), 1, &OurRaft, &options, vec![known]).unwrap();
    for seed in 1..=30 {
        let attempt = guide.suggest(seed);
        let mut steps = attempt.scenario.steps.iter();
        assert!(steps.all(|step| options.faults.allows(step.fault.name())));
        let tried = try_out(&attempt, test(), &raft(), &options);
        guide.learn(&attempt, &tried);
    }
}
