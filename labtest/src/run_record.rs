//! A run as a line of JSON, `labtest.run/v1`: what other programs read, and `labtest merge`.

use crate::{Failure, Place, RunOutcome, Verdict};
use serde::{Deserialize, Serialize};

/// The version that is written and read.
pub const RUN_SCHEMA: &str = "labtest.run/v1";

/// The name under which runs that could not be judged are grouped.
const UNDECIDED: &str = "undecided";

/// A run as it is written down. Unlike a [`RunOutcome`] it may come from another machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`RUN_SCHEMA`].
    pub schema: String,
    /// The test's name.
    pub test: String,
    /// The seed; without meaning on the real clock.
    pub seed: u64,
    /// Whose Raft it was.
    pub implementation: String,
    /// What it showed.
    pub verdict: VerdictName,
    /// What was violated, or why it could not be judged.
    pub failure: Option<FailureRecord>,
    /// The hash of all events, as 16 hexadecimal digits; zeros on the real clock.
    pub trace_hash: String,
    /// Milliseconds on the run's clock, exact to the nanosecond.
    pub virtual_ms: f64,
    /// Microseconds that it took.
    pub wall_us: u64,
    /// Calls made, the lost ones too.
    pub rpcs: u64,
    /// Bytes of requests sent and replies delivered.
    pub bytes: u64,
    /// The highest index applied.
    pub commits: u64,
    /// The highest term reported.
    pub terms: u64,
    /// Oddities that are no failures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The line that does it again.
    pub replay: String,
}

/// A verdict by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictName {
    /// Every property held.
    Passed,
    /// A property did not hold.
    Failed,
    /// The run can't be judged.
    Undecided,
}

/// A failure as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureRecord {
    /// Which property, as `kind:check`, or `undecided`.
    pub property: String,
    /// The sentence a person reads.
    pub message: String,
    /// When, in nanoseconds on the run's clock.
    pub at_ns: u64,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// More about it, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

impl RunRecord {
    /// The record of a run of that implementation.
    pub fn new(outcome: &RunOutcome, implementation: &str, replay: String) -> RunRecord {
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
            rpcs: outcome.rpcs,
            bytes: outcome.bytes,
            commits: outcome.commits,
            terms: outcome.terms,
            warnings: outcome.warnings.clone(),
            replay,
        }
    }

    /// Nanoseconds on the run's clock: the rounding takes back what the division cost, for any run
    /// shorter than three weeks.
    pub(crate) fn virtual_ns(&self) -> u64 {
        (self.virtual_ms * NANOSECONDS_PER_MS).round() as u64
    }
}

const NANOSECONDS_PER_MS: f64 = 1e6;

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
            rpcs: 57,
            bytes: 1000,
            commits: 3,
            terms: 1,
            warnings: Vec::new(),
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
            let record = RunRecord::new(&outcome(verdict), "raft", "labtest replay".to_string());
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<RunRecord>(&text).unwrap(), record);
            assert_eq!(record.virtual_ns(), 5_250_000_001);
        }
    }

    #[test]
    fn a_line_says_what_programs_want_to_know() {
        let record = RunRecord::new(&outcome(Verdict::Passed), "raft", "again".to_string());
        assert_eq!(
            serde_json::to_string(&record).unwrap(),
            r#"{"schema":"labtest.run/v1","test":"4A::initial_election","seed":17,"implementation":"raft","verdict":"passed","failure":null,"trace_hash":"0000000000000abc","virtual_ms":5250.000001,"wall_us":123,"rpcs":57,"bytes":1000,"commits":3,"terms":1,"replay":"again"}"#
        );
    }

    #[test]
    fn virtual_times_survive_to_the_nanosecond() {
        for nanoseconds in [0, 1, 999_999_999, 123_456_789_012, 86_400_000_000_001] {
            let outcome = RunOutcome {
                virtual_time: Duration::from_nanos(nanoseconds),
                ..outcome(Verdict::Passed)
            };
            let record = RunRecord::new(&outcome, "raft", String::new());
            let text = serde_json::to_string(&record).unwrap();
            let read: RunRecord = serde_json::from_str(&text).unwrap();
            assert_eq!(read.virtual_ns(), nanoseconds);
        }
    }
}
