//! What led to a failure: one fact of a chain of causes, in traces and in reports.

use crate::Place;
use serde::{Deserialize, Serialize};
use std::ops::Not;

/// One fact of the chain that ends in a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// When it happened, in nanoseconds since the start of the run.
    pub when: u64,
    /// What kind of fact it is, `vote-for-older-log` or `commits`.
    pub fact: String,
    /// Whether Raft forbids it. The first of a chain that is wrong is the cause.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub wrong: bool,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// The fact as a sentence.
    pub text: String,
}

/// The cause of a chain: the first fact that should not have been.
pub fn first_wrong(chain: &[Cause]) -> Option<&Cause> {
    chain.iter().find(|fact| fact.wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_the_first_fact_that_is_wrong() {
        let fact = |when, wrong| {
            let (place, text) = (Place::default(), "it happens".to_owned());
            Cause { when, fact: "commits".to_owned(), wrong, place, text }
        };
        let chain = [fact(1, false), fact(2, true), fact(3, true)];
        assert_eq!(first_wrong(&chain), Some(&chain[1]));
        assert_eq!(first_wrong(&chain[..1]), None);
    }
}
