//! One run: one test under one seed.

mod real;
mod simulated;
mod supervise;

use crate::record::{Output, RecordError, Recorded, Recording, Subject, Texts};
use crate::wall::Stopwatch;
use crate::{Config, ConfigError, Failure, Implementation, LabTest, Overrides};
use std::sync::Arc;
use std::time::Duration;

/// How tests are run.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// What a configuration file says, laid over each test's own configuration.
    pub overrides: Overrides,
    /// Run every seed twice and compare the hashes of the two runs' events.
    pub check_determinism: bool,
    /// Run on the real clock, on a tokio runtime of several threads, where a seed means nothing.
    pub realtime: bool,
    /// Never look inside of a server: judge by messages, writes and applied values alone.
    pub outside_only: bool,
}

impl RunOptions {
    pub(crate) fn config(&self, test: &LabTest) -> Result<Config, ConfigError> {
        let mut config = self.overrides.applied_to(&test.config())?;
        config.checks.outside_only |= self.outside_only;
        Ok(config)
    }
}

/// What a run showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every property held.
    Passed,
    /// A property did not hold.
    Failed(Failure),
    /// No property was violated, but the run can't be trusted, for this reason.
    Undecided(String),
}

/// A run and what it took.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// The test's name.
    pub test: &'static str,
    /// The seed; without meaning on the real clock.
    pub seed: u64,
    /// What it showed.
    pub verdict: Verdict,
    /// The hash of all events: equal hashes, equal runs. Zero on the real clock.
    pub trace_hash: u64,
    /// Time on the run's clock.
    pub virtual_time: Duration,
    /// Time it took here.
    pub wall_time: Duration,
    /// Calls made, the lost ones too.
    pub rpcs: u64,
    /// Bytes of requests sent and replies delivered.
    pub bytes: u64,
    /// The highest index applied.
    pub commits: u64,
    /// The highest term reported.
    pub terms: u64,
    /// Oddities that are no failures.
    pub warnings: Vec<String>,
}

/// What came out of a run, before it is named and timed.
struct Ended {
    result: Result<(), Failure>,
    trace_hash: u64,
    virtual_time: Duration,
    measures: Measures,
}

/// What a cluster has done by the end of its run.
#[derive(Default)]
struct Measures {
    rpcs: u64,
    bytes: u64,
    commits: u64,
    terms: u64,
    warnings: Vec<String>,
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
    let mut outcome = timed(test, seed, implementation, options, None);
    if options.check_determinism && !options.realtime && outcome.verdict == Verdict::Passed {
        let again = run(test, seed, implementation, options, None);
        if (again.trace_hash, again.virtual_time) != (outcome.trace_hash, outcome.virtual_time) {
            outcome.verdict = Verdict::Undecided(NOT_REPEATABLE.to_string());
        }
    }
    outcome
}

/// [`run_one`], with everything that happens written down in memory.
///
/// Recording changes nothing: test and seed have the same hash as without.
///
/// ```
/// use labtest::{Implementation, OurRaft, RunOptions, lab_tests, record_one, run_one};
/// use std::sync::Arc;
///
/// let raft: Arc<dyn Implementation> = Arc::new(OurRaft);
/// let (test, options) = (&lab_tests()[0], RunOptions::default());
/// let recorded = record_one(test, 17, &raft, &options);
/// assert_eq!(recorded.outcome.trace_hash, run_one(test, 17, &raft, &options).trace_hash);
/// assert!(recorded.trace.starts_with(r#"{"schema":"labtest.trace/v1","test":"4A::initial_election""#));
/// ```
pub fn record_one(
    test: &LabTest,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
) -> Recorded {
    let outputs = (Output::memory(), Output::memory());
    let (outcome, texts) = record_to(test, seed, implementation, options, outputs);
    // Memory takes whatever is written; there is no error to tell.
    let Texts { trace, history } = texts.unwrap_or_default();
    Recorded { outcome, trace, history }
}

/// [`run_one`], once, with a trace and a history written as the run goes on.
pub(crate) fn record_to(
    test: &LabTest,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
    (trace, history): (Output, Output),
) -> (RunOutcome, Result<Texts, RecordError>) {
    let subject = Subject::new(test, seed, implementation.name());
    let recording = Recording::new(&subject, implementation, trace, history);
    let outcome = timed(test, seed, implementation, options, Some(&recording));
    let texts = recording.finish(&outcome);
    (outcome, texts)
}

fn timed(
    test: &LabTest,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
    recording: Option<&Recording>,
) -> RunOutcome {
    let stopwatch = Stopwatch::start();
    let ended = run(test, seed, implementation, options, recording);
    let wall_time = stopwatch.elapsed();
    let verdict = match ended.result {
        Err(failure) => Verdict::Failed(failure),
        Ok(()) => Verdict::Passed,
    };
    let Measures { rpcs, bytes, commits, terms, warnings } = ended.measures;
    RunOutcome {
        test: test.name,
        seed,
        verdict,
        trace_hash: ended.trace_hash,
        virtual_time: ended.virtual_time,
        wall_time,
        rpcs,
        bytes,
        commits,
        terms,
        warnings,
    }
}

const NOT_REPEATABLE: &str = "two runs of the seed took different ways: something draws chance or \
    time from outside of the run";

fn run(
    test: &LabTest,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
    recording: Option<&Recording>,
) -> Ended {
    // The options were checked when they were read, with all but the test's own part.
    let config = options.config(test).unwrap_or_else(|_| test.config());
    if options.realtime {
        real::run(test, config, implementation, recording)
    } else {
        simulated::run(test, config, seed, implementation, recording)
    }
}
