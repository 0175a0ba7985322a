//! Shrinking finds what a failure needs, and no other failure.

use crate::common::{Fault, Faulty, NoFault};
use labtest::narration::Request;
use labtest::nemesis::FaultFilter;
use labtest::raft::message::RequestVoteArgs;
use labtest::scenario::{Exploration, Reseed, Scenario, run_scenario};
use labtest::{
    BoxFuture, Bytes, Failure, HandleError, Implementation, RunOptions, Service, Verdict, encode,
};
use labtest::{ShrinkProgress, Shrunk, shrink};
use std::ops::ControlFlow;
use std::sync::Arc;

const CONTINUE: ControlFlow<()> = ControlFlow::Continue(());

/// Servers vote for any candidate, however much of the log it lacks.
#[derive(Clone)]
struct VotesForAnybody;
impl Fault for VotesForAnybody {
    fn service(&self, _me: usize, service: Arc<dyn Service>) -> Arc<dyn Service> {
        Arc::new(Flatters(service))
    }
}

/// Has every candidate appear with a log that nobody's is ahead of.
struct Flatters(Arc<dyn Service>);
impl Service for Flatters {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        let flattered = match Request::decode(method, &args) {
            Ok(Request::RequestVote(asked)) => {
                let last_log_index = u64::from(u32::MAX);
                encode(&RequestVoteArgs { last_log_term: asked.term, last_log_index, ..asked })
            }
            _ => Ok(args.clone()),
        };
        Arc::clone(&self.0).handle(method, flattered.unwrap_or(args))
    }
}

/// A server gives its service a wrong value, whatever else happens.
#[derive(Clone)]
struct WrongValue;
impl Fault for WrongValue {
    fn apply(&self, me: usize, message: labtest::ApplyMsg) -> Vec<labtest::ApplyMsg> {
        match message {
            labtest::ApplyMsg::Command { index: 3, term, .. } if me == 1 => {
                let command = Bytes::from_static(b"wrong");
                vec![labtest::ApplyMsg::Command { index: 3, term, command }]
            }
            message => vec![message],
        }
    }
}

fn faulty(fault: impl Fault) -> Arc<dyn Implementation> {
    Arc::new(Faulty(fault))
}

fn failure(scenario: &Scenario, seed: u64, raft: &Arc<dyn Implementation>) -> Option<Failure> {
    match run_scenario(scenario, seed, raft, &RunOptions::default()).verdict {
        Verdict::Failed(failure) => Some(failure),
        Verdict::Passed => None,
        Verdict::Undecided(reason) => panic!("{reason}"),
    }
}

/// The first seed whose scenario fails.
fn failing(raft: &Arc<dyn Implementation>) -> (Scenario, u64, Failure) {
    let draw = |seed| Scenario::draw(Exploration::Everything, seed, &FaultFilter::all());
    let fails = |seed| Some((draw(seed), seed, failure(&draw(seed), seed, raft)?));
    (1..100).find_map(fails).expect("the fault is found in a hundred seeds")
}

fn shrunk(scenario: &Scenario, seed: u64, raft: &Arc<dyn Implementation>, runs: u64) -> Shrunk {
    let shrunk = shrink(scenario, seed, raft, &RunOptions::default(), runs, &mut |_| CONTINUE);
    shrunk.expect("it fails")
}

#[test]
fn what_is_left_fails_alike_and_is_a_run_that_a_right_raft_passes() {
    let raft = faulty(VotesForAnybody);
    let (scenario, seed, original) = failing(&raft);
    let shrunk = shrunk(&scenario, seed, &raft, 1000);
    assert_eq!(shrunk.failure.property, original.property);
    assert!(shrunk.runs <= 1000);
    assert!(shrunk.steps <= 12, "{} steps:\n{}", shrunk.steps, shrunk.scenario);
    assert_eq!(shrunk.steps, shrunk.scenario.step_count(seed));
    assert!(shrunk.steps < shrunk.steps_before);
    assert!(shrunk.scenario.steps.len() <= scenario.steps.len());

    // What is written to a file and read again is the same run.
    let text = shrunk.scenario.to_toml().unwrap();
    let read = Scenario::from_toml(&text, "shrunk.toml").expect("what was written can be read");
    assert_eq!(failure(&read, seed, &raft), Some(shrunk.failure));
    assert_eq!(failure(&read, seed, &faulty(NoFault)), None, "a right Raft passes");
}

#[test]
fn what_needs_no_fault_and_no_client_ends_without_any() {
    let raft = faulty(WrongValue);
    let (scenario, seed, _) = failing(&raft);
    let shrunk = shrunk(&scenario, seed, &raft, 5000);
    assert!(shrunk.is_minimal);
    let Scenario { steps, bursts, servers, .. } = &shrunk.scenario;
    // The commands that a quorum has to agree on in the end are enough.
    assert_eq!((steps.len(), bursts.len(), *servers), (0, 0, 2), "{}", shrunk.scenario);
    assert!(shrunk.scenario.safety_ms < scenario.safety_ms);
}

#[test]
fn reseedings_that_are_not_needed_are_left_out() {
    let raft = faulty(WrongValue);
    let draw = |seed| {
        let reseeds = vec![Reseed { at_us: 0, seed: 5 }, Reseed { at_us: 900_000, seed: 6 }];
        let drawn = Scenario::draw(Exploration::Everything, seed, &FaultFilter::all());
        (Scenario { reseeds, ..drawn }, seed)
    };
    let fails = |(scenario, seed): &(Scenario, u64)| failure(scenario, *seed, &raft).is_some();
    let (reseeded, seed) = (1..100).map(draw).find(fails).expect("one fails");
    assert_eq!(shrunk(&reseeded, seed, &raft, 5000).scenario.reseeds, []);
}

#[test]
fn the_same_is_shrunk_to_the_same() {
    let raft = faulty(VotesForAnybody);
    let (scenario, seed, _) = failing(&raft);
    let both = [shrunk(&scenario, seed, &raft, 150), shrunk(&scenario, seed, &raft, 150)];
    assert_eq!(both[0], both[1]);
    assert!(!both[0].is_minimal && both[0].runs == 150, "the runs are used up");
}

#[test]
fn what_is_minimal_stays_as_it_is() {
    let raft = faulty(WrongValue);
    let (scenario, seed, _) = failing(&raft);
    let once = shrunk(&scenario, seed, &raft, 5000);
    let again = shrunk(&once.scenario, seed, &raft, 5000);
    assert_eq!((&once.scenario, once.steps), (&again.scenario, again.steps));
}

#[test]
fn what_passes_is_not_shrunk() {
    let raft = faulty(NoFault);
    let scenario = Scenario::draw(Exploration::Everything, 1, &FaultFilter::all());
    let mut told = 0;
    let options = RunOptions::default();
    let mut progress = |_| {
        told += 1;
        CONTINUE
    };
    assert_eq!(shrink(&scenario, 1, &raft, &options, 100, &mut progress), None);
    assert_eq!(told, 0);
}

#[test]
fn progress_goes_on_and_never_back() {
    let raft = faulty(VotesForAnybody);
    let (scenario, seed, _) = failing(&raft);
    let mut told = Vec::new();
    let options = RunOptions::default();
    let mut progress = |progress| {
        told.push(progress);
        CONTINUE
    };
    let shrunk = shrink(&scenario, seed, &raft, &options, 300, &mut progress);
    assert!(told.len() > 5 && told.iter().all(|it| it.runs_max == 300));
    assert!(told.windows(2).all(|pair| pair[0].runs <= pair[1].runs));
    assert_eq!(told.last().map(|it| it.steps), shrunk.map(|it| it.steps));
}

#[test]
fn what_is_stopped_gives_the_smallest_so_far() {
    let raft = faulty(VotesForAnybody);
    let (scenario, seed, original) = failing(&raft);
    let mut last = None;
    let mut progress = |progress: ShrinkProgress| {
        last = Some(progress.steps);
        if progress.runs < 100 { CONTINUE } else { ControlFlow::Break(()) }
    };
    let options = RunOptions::default();
    let shrunk = shrink(&scenario, seed, &raft, &options, 100_000, &mut progress).unwrap();
    assert!((100..200).contains(&shrunk.runs) && !shrunk.is_minimal, "{} runs", shrunk.runs);
    assert_eq!(Some(shrunk.steps), last);
    assert!(shrunk.steps < shrunk.steps_before);
    let failed = failure(&shrunk.scenario, seed, &raft).unwrap();
    assert_eq!(failed.property, original.property);
}
