//! One run: one test under one seed.

mod case;
mod outsiders;
mod patience;
mod real;
mod simulated;
mod supervise;
#[cfg(test)]
mod tests;
mod threads;
mod waits;

use crate::NOT_REPEATABLE;
use crate::novelty::{Sheet, Sketch};
use crate::record::{Output, RecordError, Recorded, Recording, Subject, Texts};
use crate::stopwatch::Stopwatch;
use crate::{
    Config, ConfigError, Failure, FaultFilter, Implementation, LabTest, Once, Overrides,
    RunOutcome, Scenario, Supports, Verdict,
};
use case::Case;
pub(crate) use case::draw;
use labtrace::trace::Clock;
use labtrace::{Coverage, Measures};
use outsiders::Outsiders;
pub(crate) use patience::Watchman;
use patience::patiently;
pub use patience::{POLL_LIMIT, Patience, Stuck};
use runtime::{Pulse, Rng};
use std::backtrace::Backtrace;
use std::sync::Arc;
use std::time::Duration;
use threads::Threads;
pub(crate) use threads::for_runs;
use waits::Waits;

/// How tests are run.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// What a configuration file says, to override each test's configuration.
    pub overrides: Overrides,
    /// Which seeds are run twice, to compare the hashes of the two runs' events.
    pub repeats: Repeats,
    /// Run on the real clock, on a tokio runtime of several threads, where a seed means nothing.
    pub realtime: bool,
    /// Which faults explorations may draw.
    pub faults: FaultFilter,
    /// Never look inside a server: judge by messages, writes and applied values alone.
    pub outside_only: bool,
    /// How long a run may hold its thread. With an end, each run gets a thread of its own.
    pub patience: Patience,
    /// Shows another thread what a simulated run is at.
    pub pulse: Option<Arc<Pulse>>,
}

/// Which of the seeds that pass are run twice: code whose runs differ draws chance, or takes time, from somewhere
/// that a simulation does not know. A run that fails is made again in any case when it is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeats {
    /// None.
    #[default]
    Never,
    /// One in a hundred, always the same ones.
    Sample,
    /// Every one.
    Always,
}

/// How many of a million seeds are in the sample.
const SAMPLE_PER_MILLION: u32 = 10_000;

impl Repeats {
    /// Whether that seed of that test is run twice.
    fn has(self, test: &str, seed: u64) -> bool {
        match self {
            Repeats::Never => false,
            Repeats::Sample => Rng::stream(seed, test, 0).chance(SAMPLE_PER_MILLION),
            Repeats::Always => true,
        }
    }
}

impl RunOptions {
    /// A test's configuration with the overrides, and with what the Raft has fixed.
    pub(crate) fn config(
        &self,
        config: &Config,
        supports: &Supports,
    ) -> Result<Config, ConfigError> {
        let mut config = self.overrides.applied_to(config)?;
        if !supports.fixed.is_empty() {
            let fixed = Overrides::fixed(supports.fixed)?;
            self.overrides.check_against(&fixed)?;
            config = fixed.applied_to(&config)?;
        }
        config.checks.outside_only |= self.outside_only;
        Ok(config)
    }

    /// Whether what the configuration file says goes together with these tests, so that this is known
    /// before the first run. What an exploration has is drawn: it is looked at for these seeds, and
    /// where another one clashes its run is undecided.
    ///
    /// # Errors
    /// The first clash, with file, line, key and test; or a section that none of the tests takes.
    pub fn check(
        &self,
        tests: &[LabTest],
        supports: &Supports,
        drawn: &[u64],
    ) -> Result<(), ConfigError> {
        for test in tests {
            // The others are the same for every seed.
            let seeds = if test.exploration().is_some() { drawn } else { &[0] };
            let clash = |seed: &u64| Case::of_test(test, *seed, supports, self).clash;
            seeds.iter().find_map(clash).map_or(Ok(()), Err)?;
        }
        let refuse = |section: &str, why: &str| {
            Err(self.overrides.section_error(section, format!("`{section}` has no effect: {why}")))
        };
        if self.overrides.sets("kv") && !tests.iter().any(LabTest::has_store) {
            return refuse("kv", "none of the selected tests has clients of a store");
        }
        if self.overrides.sets("network") && tests.iter().all(LabTest::needs_simulation) {
            return refuse("network", "explorations and scenarios bring their own network");
        }
        Ok(())
    }
}

/// What came out of a run, before it is named and timed.
struct Ended {
    result: Result<(), Failure>,
    trace_hash: u64,
    virtual_time: Duration,
    steps: u64,
    backtrace: Option<Arc<Backtrace>>,
    at_end: AtEnd,
}

impl Default for Ended {
    /// Nothing was done.
    fn default() -> Ended {
        Ended {
            result: Ok(()),
            trace_hash: 0,
            virtual_time: Duration::ZERO,
            steps: 0,
            backtrace: None,
            at_end: AtEnd::default(),
        }
    }
}

/// What a cluster has done by the end of its run.
#[derive(Default)]
struct AtEnd {
    measures: Measures,
    warnings: Vec<String>,
    coverage: Option<Coverage>,
    /// Why it can't be judged, if so.
    undecided: Option<String>,
}

/// Runs one test under one seed, on the calling thread.
///
/// On the virtual clock the outcome is a function of test, seed, implementation and options; a
/// panic, an endless loop or a deadlock of the implementation is a failure of the run and nothing
/// more. Only the wall time differs from run to run.
pub fn run_one(
    test: &LabTest,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
) -> RunOutcome {
    let case = Case::of_test(test, seed, &implementation.supports(), options);
    run_case(case, seed, implementation, options)
}

/// Runs a scenario, as it is, under one seed. See [`run_one`]; an exploration's run is that of the
/// scenario that its seed draws.
pub fn run_scenario(
    scenario: &Scenario,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
) -> RunOutcome {
    let supports = implementation.supports();
    let case = Case::of_scenario(Arc::new(scenario.clone()), seed, &supports, options);
    run_case(case, seed, implementation, options)
}

/// [`run_scenario`], for a scenario that was made from drawn ones, with a sketch of what was seen.
pub(crate) fn run_sketched(
    scenario: &Arc<Scenario>,
    seed: u64,
    test: &LabTest,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
) -> (RunOutcome, Sketch) {
    let sheet = Sheet::default();
    let case = Case::of_scenario(Arc::clone(scenario), seed, &implementation.supports(), options);
    let case = case.called(test).sketched(&sheet);
    let outcome = run_case(case, seed, implementation, options);
    let sketch = std::mem::take(&mut *sheet.lock());
    (outcome, sketch)
}

/// A scenario that was made from drawn ones, as that Raft can have it under these options; `None` when it
/// can't.
pub(crate) fn permitted(
    scenario: Scenario,
    supports: &Supports,
    options: &RunOptions,
) -> Option<Scenario> {
    let scenario = Arc::new(case::permitted(scenario, supports, options));
    let case = Case::of_scenario(Arc::clone(&scenario), 0, supports, options);
    let is_whole = case.clash.is_none() && scenario.is_possible();
    drop(case);
    is_whole.then(|| Arc::unwrap_or_clone(scenario))
}

/// [`run_one`], with everything that happens written down in memory.
///
/// Recording changes nothing: test and seed have the same hash as without.
///
/// ```
/// # use harness as labtest;
/// use labtest::{Implementation, OurRaft, RunOptions, lab_tests, record_one, run_one};
/// use std::sync::Arc;
///
/// let raft: Arc<dyn Implementation> = Arc::new(OurRaft);
/// let (test, options) = (&lab_tests()[0], RunOptions::default());
/// let recorded = record_one(test, 17, &raft, &options);
/// assert_eq!(recorded.outcome.trace_hash, run_one(test, 17, &raft, &options).trace_hash);
/// assert!(recorded.trace.starts_with(r#"{"schema":"labtest.trace/v3","test":"4A::initial_election""#));
/// ```
pub fn record_one(
    test: &LabTest,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
) -> Recorded {
    record_in_memory(&Runnable::Test(test), seed, implementation, options)
}

/// [`run_scenario`], with everything that happens written down in memory.
pub fn record_scenario(
    scenario: &Scenario,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
) -> Recorded {
    record_in_memory(&Runnable::Scenario(scenario), seed, implementation, options)
}

/// What can be run.
#[derive(Clone, Copy, Debug)]
pub enum Runnable<'a> {
    /// A test.
    Test(&'a LabTest),
    /// A scenario as it is.
    Scenario(&'a Scenario),
    /// A scenario that was made for a test, by changing one that was drawn for it.
    Made(&'a LabTest, &'a Scenario),
}

impl Runnable<'_> {
    fn case(&self, seed: u64, supports: &Supports, options: &RunOptions) -> Case {
        match self {
            Runnable::Test(test) => Case::of_test(test, seed, supports, options),
            Runnable::Scenario(scenario) => {
                Case::of_scenario(Arc::new((*scenario).clone()), seed, supports, options)
            }
            Runnable::Made(test, scenario) => {
                let scenario = Arc::new((*scenario).clone());
                Case::of_scenario(scenario, seed, supports, options).called(test)
            }
        }
    }

    /// The first lines of its files under that seed.
    pub fn subject(
        &self,
        seed: u64,
        implementation: &dyn Implementation,
        options: &RunOptions,
    ) -> Subject {
        subject(self.case(seed, &implementation.supports(), options), seed, implementation, options)
    }
}

fn subject(
    case: Case,
    seed: u64,
    implementation: &dyn Implementation,
    options: &RunOptions,
) -> Subject {
    Subject {
        test: case.name.to_owned(),
        description: case.description.to_owned(),
        seed,
        implementation: implementation.name().to_owned(),
        network: case.network(),
        clock: if options.realtime { Clock::Real } else { Clock::Virtual },
        scenario: case.scenario().cloned(),
        config: case.config,
    }
}

/// Runs a test or a scenario, with everything that happens written down in memory.
pub fn record_in_memory(
    what: &Runnable<'_>,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
) -> Recorded {
    let outputs = (Output::memory(), Output::memory());
    let (outcome, texts) = record_to(what, seed, implementation, options, outputs);
    // Writing to memory does not fail.
    let Texts { trace, history } = texts.unwrap_or_default();
    Recorded { outcome, trace, history }
}

/// Runs once, with a trace and a history written as the run goes on.
pub fn record_to(
    what: &Runnable<'_>,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
    (trace, history): (Output, Output),
) -> (RunOutcome, Result<Texts, RecordError>) {
    let subject = what.subject(seed, &**implementation, options);
    let recording = Recording::new(&subject, implementation, trace, history);
    let case = what.case(seed, &implementation.supports(), options).recorded(&recording);
    let outcome = timed(case, seed, implementation, options);
    let texts = recording.finish(&outcome);
    (outcome, texts)
}

fn run_case(
    case: Case,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
) -> RunOutcome {
    let is_repeated = options.repeats.has(case.name, seed) && !options.realtime;
    let again = is_repeated.then(|| case.clone());
    let mut outcome = match implementation.once().filter(|_| !options.realtime) {
        Some(once) => recorded_if_it_fails(case, seed, &once, options),
        None => timed(case, seed, implementation, options),
    };
    if let Some(case) = again.filter(|_| outcome.verdict == Verdict::Passed) {
        let again = timed(case, seed, implementation, options);
        outcome.was_repeated = true;
        if !again.is_same_run(&outcome) {
            outcome.verdict = Verdict::Undecided(NOT_REPEATABLE.to_string());
        }
    }
    outcome
}

/// Runs once, and keeps what happened when that is a failure: the same run is made again with a recording.
fn recorded_if_it_fails(
    case: Case,
    seed: u64,
    Once { first, again }: &Once,
    options: &RunOptions,
) -> RunOutcome {
    let kept = case.clone();
    let mut outcome = timed(case, seed, first, options);
    if matches!(outcome.verdict, Verdict::Failed(_)) {
        let subject = subject(kept.clone(), seed, &**again, options);
        let recording = Recording::new(&subject, again, Output::memory(), Output::memory());
        let same = timed(kept.recorded(&recording), seed, again, options);
        let texts = recording.finish(&same);
        if same.is_same_run(&outcome) {
            outcome.recording = texts.ok().map(Arc::new);
            outcome.backtrace = same.backtrace;
        }
    }
    outcome
}

/// Runs once, with the patience that there is.
fn timed(
    case: Case,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
) -> RunOutcome {
    let (stopwatch, test) = (Stopwatch::start(), case.name);
    let implementation = Arc::clone(implementation);
    patiently(options, move |options| timed_here(case, seed, &implementation, options))
        .unwrap_or_else(|stuck| stuck.outcome(test, seed, stopwatch.elapsed()))
}

/// Runs once, on the calling thread.
fn timed_here(
    case: Case,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
) -> RunOutcome {
    let stopwatch = Stopwatch::start();
    let test = case.name;
    let undecided = match &case.clash {
        _ if options.realtime && case.needs_simulation() => Some(NOT_IN_REAL_TIME.to_owned()),
        clash => clash.as_ref().map(ToString::to_string),
    };
    let is_recorded = case.is_recorded();
    let (outsiders, waits, threads) = (Outsiders::watch(), Waits::begin(), Threads::begin());
    let (ended, verdict) = match undecided {
        Some(reason) => (Ended::default(), Some(Verdict::Undecided(reason))),
        None => (run(case, implementation, options), None),
    };
    let wall_time = stopwatch.elapsed();
    let Ended { result, trace_hash, virtual_time, steps, mut backtrace, at_end } = ended;
    let AtEnd { measures, mut warnings, coverage, undecided } = at_end;
    if !options.realtime {
        let may_wait = implementation.runs_elsewhere();
        warnings.extend(waits.warning(wall_time).filter(|_| !may_wait));
        warnings.extend(threads.warning());
    }
    let passed = |()| undecided.map_or(Verdict::Passed, Verdict::Undecided);
    let mut verdict = verdict.unwrap_or_else(|| result.map_or_else(Verdict::Failed, passed));
    // A panic outside the run is a failure of it, unless it has one of its own.
    if !matches!(verdict, Verdict::Failed(_))
        && let Some(panic) = outsiders.panicked()
    {
        let sentence = format!("a thread that the code under test has started {}", panic.said);
        let failure = Failure::noticed_at(virtual_time, crate::property::PANIC, sentence);
        verdict = Verdict::Failed(failure);
        backtrace = is_recorded.then_some(panic.backtrace);
    }
    RunOutcome {
        test,
        seed,
        verdict,
        trace_hash,
        virtual_time,
        wall_time,
        measures,
        warnings,
        coverage,
        steps,
        backtrace,
        was_repeated: false,
        recording: None,
        made: None,
    }
}

const NOT_IN_REAL_TIME: &str = "explorations run on the virtual clock only";

fn run(case: Case, implementation: &Arc<dyn Implementation>, options: &RunOptions) -> Ended {
    match options.realtime {
        true => real::run(case, implementation),
        false => simulated::run(case, implementation, options.pulse.as_ref()),
    }
}
