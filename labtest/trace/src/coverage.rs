//! What of a run was seen, and so what its checks could judge.

use serde::{Deserialize, Serialize};

/// What of a run was seen. A check that needs what was not seen was not made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Coverage {
    /// What servers applied.
    pub applied: bool,
    /// What they said to each other.
    pub messages: bool,
    /// What their disks held.
    pub disk: bool,
    /// What they were like inside.
    pub inside: bool,
    /// What was seen and was not any more from some moment on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<Unchecked>,
}

/// Something that is not checked any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unchecked {
    /// What.
    pub what: String,
    /// Since when, on the run's clock.
    pub since_ns: u64,
    /// Why.
    pub why: String,
}

impl Coverage {
    /// What is not checked where a message from before the calm disturbs it: how many elections there are
    /// when nothing is wrong any more. Every Raft has such runs.
    pub const ELECTIONS_IN_THE_CALM: &str = "elections in the calm";

    /// The sources, each with whether it was seen.
    pub fn sources(&self) -> [(&'static str, bool); 4] {
        let Coverage { applied, messages, disk, inside, .. } = *self;
        [("applied values", applied), ("messages", messages), ("disk", disk), ("inside", inside)]
    }

    /// In a line: `applied values, messages; not seen: disk, inside`.
    pub fn words(&self) -> String {
        let named = |wanted: bool| {
            let sources = self.sources().into_iter().filter(|(_, seen)| *seen == wanted);
            sources.map(|(name, _)| name).collect::<Vec<_>>().join(", ")
        };
        match (named(true), named(false)) {
            (seen, missing) if missing.is_empty() => seen,
            (seen, missing) if seen.is_empty() => format!("nothing; not seen: {missing}"),
            (seen, missing) => format!("{seen}; not seen: {missing}"),
        }
    }

    /// Adds the sources of another run of the same Raft: a short one may not have shown all.
    pub fn add_sources(&mut self, other: &Coverage) {
        self.applied |= other.applied;
        self.messages |= other.messages;
        self.disk |= other.disk;
        self.inside |= other.inside;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_was_seen_and_what_was_not() {
        let mut coverage = Coverage { applied: true, messages: true, ..Coverage::default() };
        assert_eq!(coverage.words(), "applied values, messages; not seen: disk, inside");
        (coverage.disk, coverage.inside) = (true, true);
        assert_eq!(coverage.words(), "applied values, messages, disk, inside");
        let nothing = "nothing; not seen: applied values, messages, disk, inside";
        assert_eq!(Coverage::default().words(), nothing);
    }

    #[test]
    fn several_runs_together_have_seen_what_each_has() {
        let mut all = Coverage { disk: true, ..Coverage::default() };
        all.add_sources(&Coverage { applied: true, ..Coverage::default() });
        assert_eq!(all.words(), "applied values, disk; not seen: messages, inside");
    }
}
