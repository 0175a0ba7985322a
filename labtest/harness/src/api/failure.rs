//! What a run says when a property did not hold.

use labtrace::Place;
use std::fmt;
use std::time::Duration;

/// A property that did not hold, before it is known when: what the pure checks return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which property: one of the constants of [`property`](crate::property).
    pub property: &'static str,
    /// The sentence a person reads.
    pub message: String,
    /// Where.
    pub place: Place,
}

impl Violation {
    /// A violation of `property`, in one sentence.
    ///
    /// ```
    /// # use harness as labtest;
    /// use labtest::{Violation, property};
    ///
    /// let violation = Violation::new(property::ELECTION_SAFETY, "term 3 has two leaders")
    ///     .at_servers([0, 2])
    ///     .in_term(3);
    /// assert_eq!(violation.place.servers, [0, 2]);
    /// ```
    pub fn new(property: &'static str, message: impl Into<String>) -> Violation {
        Violation { property, message: message.into(), place: Place::default() }
    }

    /// Names the servers concerned.
    pub fn at_servers(mut self, servers: impl IntoIterator<Item = usize>) -> Violation {
        self.place.servers = servers.into_iter().collect();
        self.place.servers.sort_unstable();
        self.place.servers.dedup();
        self
    }

    /// Names the term concerned.
    pub fn in_term(mut self, term: u64) -> Violation {
        self.place.term = Some(term);
        self
    }

    /// Names the log index concerned.
    pub fn at_index(mut self, index: u64) -> Violation {
        self.place.index = Some(index);
        self
    }
}

/// The end of a run that failed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Failure {
    /// Which property, as `kind:check`: one of the constants of [`property`](crate::property).
    pub property: &'static str,
    /// The sentence a person reads, on one line; the lab's own where the lab has one.
    pub message: String,
    /// When, on the run's clock.
    #[serde(rename = "at_ns", serialize_with = "as_nanoseconds")]
    pub at: Duration,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// More about it, a line each: where a panic happened, which tasks are blocked.
    pub details: Vec<String>,
}

fn as_nanoseconds<S: serde::Serializer>(at: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX))
}

impl Failure {
    /// A failure of `property` that is noticed now.
    ///
    /// Must be called inside a run, because it reads the run's clock.
    pub fn new(property: &'static str, message: impl Into<String>) -> Failure {
        Violation::new(property, message).into()
    }

    /// A failure noticed at a known time; for those that end the simulation itself.
    ///
    /// Lists have one line for each failure, so of a text with several lines the first is the message
    /// and the others are details.
    ///
    /// ```
    /// # use harness as labtest;
    /// use labtest::{Failure, property};
    ///
    /// let said = "assertion failed\n  left: 1\n right: 2";
    /// let failure = Failure::noticed_at(std::time::Duration::ZERO, property::PANIC, said);
    /// assert_eq!(failure.message, "assertion failed");
    /// assert_eq!(failure.details, ["  left: 1", " right: 2"]);
    /// ```
    pub fn noticed_at(at: Duration, property: &'static str, message: impl Into<String>) -> Failure {
        let (message, place) = (message.into(), Place::default());
        let mut lines = message.lines().map(str::to_owned);
        let first = lines.next().unwrap_or_default();
        Failure { property, message: first, at, place, details: lines.collect() }
    }
}

impl From<Violation> for Failure {
    fn from(violation: Violation) -> Failure {
        // A check may fire in a step of a server whose clock is wrong.
        let at = runtime::true_now().since(runtime::Instant::START);
        let Violation { property, message, place } = violation;
        Failure { place, ..Failure::noticed_at(at, property, message) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, at {:.3} s)", self.message, self.property, self.at.as_secs_f64())?;
        self.details.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for Failure {}

/// What a scenario returns.
pub type Outcome = Result<(), Failure>;

/// Fails the scenario with `property` and a formatted sentence unless the condition holds.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $property:expr, $($sentence:tt)+) => {
        if !$condition {
            return ::std::result::Result::Err($crate::Failure::new($property, format!($($sentence)+)));
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_as_sentence_property_and_time() {
        let mut failure = Failure::noticed_at(
            Duration::from_millis(5_250),
            crate::property::LEADER_EXISTS,
            "expected one leader, got none",
        );
        failure.details.push("every server was connected".into());
        assert_eq!(
            failure.to_string(),
            "expected one leader, got none (liveness:leader, at 5.250 s)\n  every server was connected"
        );
    }
}
