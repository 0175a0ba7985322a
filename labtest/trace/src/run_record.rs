//! A run as a line of JSON, `labtest.run/v1`: what other programs read, and `labtest merge`.

use crate::Place;
use serde::{Deserialize, Serialize};

/// The version that is written and read.
pub const RUN_SCHEMA: &str = "labtest.run/v1";

/// A run as it is written down. It may come from another machine.
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
    /// Nanoseconds on the run's clock: the rounding takes back what the division cost, for any run
    /// shorter than three weeks.
    pub fn virtual_ns(&self) -> u64 {
        (self.virtual_ms * NANOSECONDS_PER_MS).round() as u64
    }
}

/// How many nanoseconds a millisecond has.
pub const NANOSECONDS_PER_MS: f64 = 1e6;
