//! What hunts catch: the paper's own figure, a bug within a few seeds, and nothing harmless. Without the
//! feature `all` they are a sample.

use labtest::scenario::{Scenario, run_scenario};
use labtest::{RunOptions, Verdict};
use specimens::{
    Hunt, Hunted, Shrunk, Specimen, View, hunt, implementation, is_known_miss, specimens, tests_of,
};
use std::fs;
use std::path::Path;

fn specimen(name: &str) -> Specimen {
    let found = specimens().into_iter().find(|specimen| specimen.name == name);
    found.unwrap_or_else(|| panic!("there is a specimen {name}"))
}

fn hunted(name: &str, seeds: u64, view: View) -> Hunted {
    let outside_only = view == View::Outside;
    let options = RunOptions { outside_only, ..RunOptions::default() };
    let (specimen, shrink_runs) = (specimen(name), 150);
    let tests = tests_of(&specimen).expect("its suite is a test");
    hunt(&specimen, &Hunt { tests, base_seed: 1, seeds, view, options, shrink_runs, guided: false })
}

#[test]
fn the_scenario_of_figure_8_catches_who_counts_replicas_of_older_terms() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../labtest/scenarios/figure8.toml");
    let text = fs::read_to_string(path).expect("the scenario is there");
    let scenario = Scenario::from_toml(&text, "figure8.toml").expect("it is a scenario");
    // (c) of the figure: what is committed there, (d) can undo. From outside the leader's rule is seen
    // first: it says that an entry is committed when only older terms are counted.
    for (view, property) in
        [(View::Inside, "safety:leader-completeness"), (View::Outside, "safety:commit-rule")]
    {
        let raft = implementation(&specimen("fig8-commit"), view);
        let outside_only = view == View::Outside;
        let options = RunOptions { outside_only, ..RunOptions::default() };
        for seed in 1..=5 {
            match run_scenario(&scenario, seed, &raft, &options).verdict {
                Verdict::Failed(failure) => {
                    assert_eq!(failure.property, property, "{view:?}, seed {seed}: {failure}");
                }
                other => panic!("{other:?}: {view:?}, seed {seed}"),
            }
        }
    }
}

#[test]
fn runs_that_learn_catch_bugs_and_nothing_harmless() {
    let catch = |name: &str, seeds| {
        let (specimen, options) = (specimen(name), RunOptions::default());
        let (tests, view) = (tests_of(&specimen).expect("its suite is a test"), View::Inside);
        let by = Hunt { tests, base_seed: 1, seeds, view, options, shrink_runs: 0, guided: true };
        hunt(&specimen, &by).catch
    };
    for name in ["no-sync", "double-vote"] {
        assert!(catch(name, 100).is_some(), "{name}");
    }
    for name in ["redundant-writes", "no-op-on-election"] {
        assert_eq!(catch(name, 100), None);
    }
}

#[test]
fn a_catch_says_which_property_broke_and_how_few_steps_show_it() {
    let Hunted { catch, not_counted } = hunted("no-sync", 5, View::Inside);
    let catch = catch.expect("it is caught at once");
    assert_eq!((catch.test, catch.seed, catch.seeds), ("explore::everything", 1, 1));
    assert_eq!(catch.property, "safety:acknowledged");
    let Shrunk { steps, steps_before, runs } = catch.shrunk.expect("it was shrunk");
    assert!(steps <= 12 && steps < steps_before && runs <= 150, "{steps} of {steps_before}");
    assert!(not_counted.is_empty());
}

/// As the scoreboard does, over as many seeds as it gives each: all that are compiled and not known to be
/// missed. That those are missed from one of its base seeds or another, the scoreboard says.
#[test]
fn every_bug_is_caught_and_nothing_harmless_is() {
    for specimen in specimens().into_iter().filter(|it| !is_known_miss(it)) {
        let harmless = specimen.breaks.is_harmless();
        let seeds = if harmless { 20 } else { 2000 };
        let hunted = hunted(specimen.name, seeds, View::Inside);
        assert_eq!(hunted.catch.is_none(), harmless, "{}: {hunted:?}", specimen.name);
    }
}

#[test]
fn a_hunt_finds_the_same_again() {
    let found = || {
        let catch = hunted("double-vote", 50, View::Outside).catch.expect("it is caught");
        (catch.seed, catch.property, catch.message, catch.virtual_time, catch.shrunk)
    };
    assert_eq!(found(), found());
}

#[test]
fn what_is_harmless_is_let_pass() {
    for view in [View::Inside, View::Outside] {
        assert_eq!(hunted("redundant-writes", 20, view), Hunted::default());
    }
}
