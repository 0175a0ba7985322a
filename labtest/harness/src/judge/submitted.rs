//! What is applied at an index was submitted, and accepted for that index.
//!
//! A leader that accepts a command says at which index it will be, if it ever is committed (the
//! lab's `Start`). So of what is applied there at least that can be told without looking into logs:
//! whether it is one of the commands that were promised that place.

use crate::{Violation, property};
use std::collections::BTreeMap;

/// The commands that leaders accepted, by the index they promised.
#[derive(Default)]
pub(super) struct Submitted(BTreeMap<u64, Vec<String>>);

impl Submitted {
    pub(super) fn accept(&mut self, index: u64, command: String) {
        self.0.entry(index).or_default().push(command);
    }

    /// A server applies `command` at `index`. A run in which nothing was submitted through the
    /// tester (a service can take requests itself) is not judged.
    pub(super) fn check(&self, server: usize, index: u64, command: &str) -> Result<(), Violation> {
        let accepted = self.0.get(&index).map_or(&[][..], Vec::as_slice);
        if self.0.is_empty() || accepted.iter().any(|one| one == command) {
            return Ok(());
        }
        let instead = match accepted {
            [] => "no leader had accepted a command".to_string(),
            [one] => format!("leaders had accepted {one}"),
            [first, others @ ..] => {
                format!("leaders had accepted {first} and {} others", others.len())
            }
        };
        let message =
            format!("server {server} applied {command} at index {index}, for which {instead}");
        let violation = Violation::new(property::COMMITTED_VALUE, message);
        Err(violation.at_servers([server]).at_index(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submitted() -> Submitted {
        let mut submitted = Submitted::default();
        submitted.accept(1, "101".to_string());
        for command in ["102", "103", "104"] {
            submitted.accept(2, command.to_string());
        }
        submitted
    }

    #[test]
    fn fires_when_it_was_never_accepted_for_the_index() {
        let message = |index, command| submitted().check(1, index, command).unwrap_err().message;
        let wrong = "server 1 applied wrong at index 1, for which leaders had accepted 101";
        assert_eq!(message(1, "wrong"), wrong);
        assert!(message(2, "101").ends_with("leaders had accepted 102 and 2 others"));
        assert!(message(3, "101").ends_with("index 3, for which no leader had accepted a command"));
    }

    #[test]
    fn stays_silent_when_it_was_or_when_the_tester_submits_nothing() {
        assert_eq!(submitted().check(1, 1, "101"), Ok(()));
        assert_eq!(submitted().check(0, 2, "103"), Ok(()));
        assert_eq!(Submitted::default().check(0, 1, "101"), Ok(()));
    }
}
