//! What a run showed and what it took.

use crate::Failure;
use labtrace::{
    Coverage, FailureRecord, Measures, NANOSECONDS_PER_MS, RUN_SCHEMA, RunRecord, VerdictName,
};
use std::backtrace::Backtrace;
use std::sync::Arc;
use std::time::Duration;

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

/// What a recording has in memory; empty what went to files.
#[derive(Debug, Default)]
pub struct Texts {
    /// Every event, as `trace.jsonl`.
    pub trace: String,
    /// What the clients did, as `history.jsonl`.
    pub history: String,
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
    /// What it did.
    pub measures: Measures,
    /// Oddities that are not failures.
    pub warnings: Vec<String>,
    /// What of it was seen, and so could be judged; `None` where that is not known.
    pub coverage: Option<Coverage>,
    /// Polls of tasks, timers and events; zero on the real clock. Equal runs take equally many.
    pub steps: u64,
    /// Of a run that was recorded and panicked, or went round in one poll: where it was called from.
    pub backtrace: Option<Arc<Backtrace>>,
    /// Whether it was made twice, to compare the two.
    pub was_repeated: bool,
    /// Of a run that failed, of a Raft whose runs [may differ](crate::Implementation::may_differ): the run itself.
    pub recording: Option<Arc<Texts>>,
    /// Of a run that no seed draws: the file of its scenario, which was made from others ([`guide`](crate::guide));
    /// without a word for a run that passed.
    pub made: Option<Arc<str>>,
}

/// Why a run that differs from its repetition can't be judged.
pub const NOT_REPEATABLE: &str = "two runs of the seed took different ways: something draws \
    chance or time from outside of the run";

/// The name under which runs that could not be judged are grouped.
const UNDECIDED: &str = "undecided";

impl RunOutcome {
    /// Whether the run was made twice and the two were different.
    pub fn differed(&self) -> bool {
        matches!(&self.verdict, Verdict::Undecided(reason) if reason == NOT_REPEATABLE)
    }

    /// Whether the two are one run made twice, as they should be when all but the recording is equal.
    pub fn is_same_run(&self, other: &RunOutcome) -> bool {
        let proof = |it: &RunOutcome| (it.trace_hash, it.virtual_time, it.steps);
        proof(self) == proof(other) && self.verdict == other.verdict
    }

    /// The run as it is written down. `replay` is the line that does it again.
    pub fn record(&self, implementation: &str, replay: String) -> RunRecord {
        let outcome = self;
        let (verdict, failure) = match &outcome.verdict {
            Verdict::Passed => (VerdictName::Passed, None),
            Verdict::Failed(failure) => (VerdictName::Failed, Some(failure.into())),
            Verdict::Undecided(reason) => {
                let at = outcome.virtual_time;
                let failure = FailureRecord::from(&Failure::noticed_at(at, UNDECIDED, reason));
                (VerdictName::Undecided, Some(failure))
            }
        };
        RunRecord {
            schema: RUN_SCHEMA.to_string(),
            test: outcome.test.to_string(),
            seed: outcome.seed,
            implementation: implementation.to_string(),
            verdict,
            failure,
            trace_hash: format!("{:016x}", outcome.trace_hash),
            virtual_ms: outcome.virtual_time.as_nanos() as f64 / NANOSECONDS_PER_MS,
            wall_us: u64::try_from(outcome.wall_time.as_micros()).unwrap_or(u64::MAX),
            measures: outcome.measures.clone(),
            warnings: outcome.warnings.clone(),
            coverage: outcome.coverage.clone(),
            replay,
        }
    }
}

impl From<&Failure> for FailureRecord {
    fn from(failure: &Failure) -> FailureRecord {
        FailureRecord {
            property: failure.property.to_string(),
            message: failure.message.clone(),
            at_ns: u64::try_from(failure.at.as_nanos()).unwrap_or(u64::MAX),
            place: failure.place.clone(),
            details: failure.details.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Violation, lab_tests, property};
    use std::time::Duration;

    fn outcome(verdict: Verdict) -> RunOutcome {
        RunOutcome {
            test: lab_tests()[0].name,
            seed: 17,
            verdict,
            trace_hash: 0xabc,
            virtual_time: Duration::from_nanos(5_250_000_001),
            wall_time: Duration::from_micros(123),
            measures: Measures { rpcs: 57, bytes: 1000, commits: 3, terms: 1 },
            warnings: Vec::new(),
            coverage: None,
            steps: 0,
            backtrace: None,
            was_repeated: false,
            recording: None,
            made: None,
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let violation =
            Violation::new(property::ELECTION_SAFETY, "two").at_servers([0, 1]).in_term(3);
        let Violation { property, message, place } = violation;
        let failure =
            Failure { place, ..Failure::noticed_at(Duration::from_nanos(5), property, message) };
        let verdicts =
            [Verdict::Passed, Verdict::Failed(failure), Verdict::Undecided("odd".to_string())];
        for verdict in verdicts {
            let record = outcome(verdict).record("raft", "labtest replay".to_string());
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<RunRecord>(&text).unwrap(), record);
            assert_eq!(record.virtual_ns(), 5_250_000_001);
        }
    }

    #[test]
    fn a_line_says_what_programs_want_to_know() {
        let record = outcome(Verdict::Passed).record("raft", "again".to_string());
        assert_eq!(
            serde_json::to_string(&record).unwrap(),
            r#"{"schema":"labtest.run/v2","test":"4A::initial_election","seed":17,"implementation":"raft","verdict":"passed","failure":null,"trace_hash":"0000000000000abc","virtual_ms":5250.000001,"wall_us":123,"rpcs":57,"bytes":1000,"commits":3,"terms":1,"replay":"again"}"#
        );
    }

    #[test]
    fn virtual_times_survive_to_the_nanosecond() {
        for nanoseconds in [0, 1, 999_999_999, 123_456_789_012, 86_400_000_000_001] {
            let outcome = RunOutcome {
                virtual_time: Duration::from_nanos(nanoseconds),
                ..outcome(Verdict::Passed)
            };
            let record = outcome.record("raft", String::new());
            let text = serde_json::to_string(&record).unwrap();
            let read: RunRecord = serde_json::from_str(&text).unwrap();
            assert_eq!(read.virtual_ns(), nanoseconds);
        }
    }
}
