//! A run as a line of JSON, `labtest.run/v2`: what other programs read, and `labtest merge`.

use crate::{Coverage, Measures, Place};
use serde::{Deserialize, Serialize};

/// The version that is written.
pub const RUN_SCHEMA: &str = "labtest.run/v2";

/// The version before, which is read too. It does not say what was seen of a run.
pub const RUN_SCHEMA_BEFORE: &str = "labtest.run/v1";

/// A run as it is written down, perhaps on another machine.
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
    /// How it ended.
    pub verdict: VerdictName,
    /// What was violated, or why it could not be judged.
    pub failure: Option<FailureRecord>,
    /// The hash of all events, as 16 hexadecimal digits; zeros on the real clock.
    pub trace_hash: String,
    /// Milliseconds on the run's clock, exact to the nanosecond.
    pub virtual_ms: f64,
    /// How long it took here, in microseconds.
    pub wall_us: u64,
    /// What it did.
    #[serde(flatten)]
    pub measures: Measures,
    /// Oddities that are not failures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What of it was seen, and so could be judged. None of a run that did not come to its end, and of
    /// version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
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

impl VerdictName {
    /// Its name in a file.
    pub fn name(self) -> &'static str {
        match self {
            VerdictName::Passed => "passed",
            VerdictName::Failed => "failed",
            VerdictName::Undecided => "undecided",
        }
    }
}

/// A failure as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureRecord {
    /// Which property, as `kind:check`, or `undecided`.
    pub property: String,
    /// The sentence a person reads.
    pub message: String,
    /// When it was noticed, in nanoseconds on the run's clock.
    pub at_ns: u64,
    /// The servers, term and index concerned, as fields of their own.
    #[serde(flatten)]
    pub place: Place,
    /// More about it, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

impl RunRecord {
    /// Nanoseconds on the run's clock: the rounding takes back what the division cost, for any run
    /// shorter than three weeks.
    pub fn virtual_ns(&self) -> u64 {
        (self.virtual_ms * NANOSECONDS_PER_MS).round() as u64
    }
}

/// How many nanoseconds a millisecond has.
pub const NANOSECONDS_PER_MS: f64 = 1e6;

/// A record for tests.
#[cfg(test)]
pub(crate) fn example() -> RunRecord {
    RunRecord {
        schema: RUN_SCHEMA.to_string(),
        test: "4A::re_election".to_string(),
        seed: 17,
        implementation: "raft".to_string(),
        verdict: VerdictName::Failed,
        failure: Some(FailureRecord {
            property: "liveness:leader".to_string(),
            message: "expected one leader, got none".to_string(),
            at_ns: 5_250_000_000,
            place: Place { servers: vec![0, 2], term: None, index: Some(4) },
            details: vec!["server 0 is down".to_string()],
        }),
        trace_hash: "0123456789abcdef".to_string(),
        virtual_ms: 5_250.000_001,
        wall_us: 320,
        measures: Measures { rpcs: 178, bytes: 1083, terms: 7, ..Measures::default() },
        warnings: Vec::new(),
        coverage: Some(Coverage { applied: true, ..Coverage::default() }),
        replay: "labtest replay 4A::re_election --seed 17".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let warned = RunRecord { warnings: vec!["odd".to_string()], ..example() };
        let passed = RunRecord { verdict: VerdictName::Passed, failure: None, ..example() };
        for record in [example(), warned, passed] {
            let line = serde_json::to_string(&record).unwrap();
            assert!(line.starts_with(r#"{"schema":"labtest.run/v2","test":"4A::re_election""#));
            assert_eq!(serde_json::from_str::<RunRecord>(&line).unwrap(), record);
        }
        assert_eq!(example().virtual_ns(), 5_250_000_001);
    }
}
