//! Requests that the network delivers twice.
//!
//! A session tells a write that is tried again from a new one, as long as it is open. A copy of a
//! request can come when it is closed, and then it is the request itself that finds nothing, and a
//! client that believes it nobody's. So a server takes each attempt once. It need not remember that
//! longer than it lives: a copy goes where the request went.

use std::collections::BTreeMap;

/// The latest attempts at writes, by session.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// Numbers of the write and of the attempt at it.
    latest: BTreeMap<u64, (u64, u32)>,
    /// When there are more, those of closed sessions are forgotten.
    full_at: usize,
}

const FULL_AT_MIN: usize = 1024;

impl Attempts {
    /// Whether this is the first that comes of the attempt. One that a later attempt has overtaken is
    /// of no interest to its client any more, and not new either.
    pub(super) fn is_new(
        &mut self,
        session: u64,
        (sequence, attempt): (u64, u32),
        is_closed: impl Fn(u64) -> bool,
    ) -> bool {
        let latest = self.latest.entry(session).or_default();
        if (sequence, attempt) <= *latest {
            return false;
        }
        *latest = (sequence, attempt);
        if self.latest.len() > self.full_at.max(FULL_AT_MIN) {
            self.latest.retain(|&session, _| !is_closed(session));
            self.full_at = 2 * self.latest.len();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_new_once_and_until_a_later_one() {
        let mut attempts = Attempts::default();
        let mut is_new = |session, attempt| attempts.is_new(session, attempt, |_| false);
        assert!(is_new(3, (1, 1)));
        assert!(!is_new(3, (1, 1)));
        assert!(is_new(3, (1, 3)));
        assert!(!is_new(3, (1, 2)));
        assert!(is_new(4, (1, 1)));
        assert!(is_new(3, (2, 1)));
        assert!(!is_new(3, (1, 4)));
    }

    #[test]
    fn closed_sessions_are_forgotten_when_there_are_many() {
        let mut attempts = Attempts::default();
        for session in 1..=10_000 {
            assert!(attempts.is_new(session, (1, 1), |other| other + 10 < session));
        }
        assert!(attempts.latest.len() <= FULL_AT_MIN);
        assert!(!attempts.is_new(10_000, (1, 1), |_| true));
    }
}
