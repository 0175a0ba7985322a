//! Errors that clients were answered with, by their codes.

use parking_lot::Mutex;
use std::collections::BTreeMap;

/// They are exported at 0, too: Prometheus sees no rise in a counter that begins at 1.
const ALWAYS_TOLD: [&str; 4] = ["CLUSTERDOWN", "ERR", "MOVED", "UNKNOWN"];
/// What has no code, or one too many.
const OTHER: &str = "other";
/// So that no mistake elsewhere makes endlessly many counters.
const CODES_MAX: usize = 32;
const CODE_BYTES_MAX: usize = 20;

/// How many errors of each code there were.
pub(super) struct ErrorCounts(Mutex<BTreeMap<String, u64>>);

impl Default for ErrorCounts {
    fn default() -> ErrorCounts {
        ErrorCounts(Mutex::new(ALWAYS_TOLD.map(|code| (code.to_owned(), 0)).into()))
    }
}

impl ErrorCounts {
    /// Counts an error, a code in capitals and what follows it.
    pub(super) fn count(&self, error: &str) {
        let mut counts = self.0.lock();
        let code = code(error).unwrap_or(OTHER);
        if let Some(count) = counts.get_mut(code) {
            *count += 1;
            return;
        }
        let code = if counts.len() < CODES_MAX { code } else { OTHER };
        *counts.entry(code.to_owned()).or_default() += 1;
    }

    /// The counts, by code.
    pub(super) fn all(&self) -> BTreeMap<String, u64> {
        self.0.lock().clone()
    }
}

fn code(error: &str) -> Option<&str> {
    let word = error.split(' ').next()?;
    let is_code = (1..=CODE_BYTES_MAX).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_uppercase());
    is_code.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(errors: &[&str]) -> Vec<(String, u64)> {
        let counts = ErrorCounts::default();
        errors.iter().for_each(|error| counts.count(error));
        counts.all().into_iter().filter(|(_, count)| *count > 0).collect()
    }

    #[test]
    fn errors_are_counted_by_their_first_word() {
        let errors = ["MOVED 1 a:1", "ERR no such thing", "MOVED 2 a:1", "OOM"];
        let expected = [("ERR", 1), ("MOVED", 2), ("OOM", 1)];
        assert_eq!(counted(&errors), expected.map(|(code, count)| (code.to_owned(), count)));
    }

    #[test]
    fn what_is_no_code_is_not_told() {
        let errors = ["", " ERR", "hunter2 is wrong", "MOVED: 1", "ABCDEFGHIJKLMNOPQRSTU x"];
        assert_eq!(counted(&errors), [("other".to_owned(), 5)]);
    }

    #[test]
    fn there_are_only_so_many_codes() {
        let codes: Vec<String> =
            ('A'..='Z').flat_map(|a| ['X', 'Y'].map(|b| format!("{a}{b}"))).collect();
        let counts = ErrorCounts::default();
        codes.iter().for_each(|code| counts.count(code));
        let all = counts.all();
        assert_eq!(all.len(), CODES_MAX + 1);
        assert_eq!(all.values().sum::<u64>(), codes.len() as u64);
        assert_eq!(all[OTHER], (codes.len() - (CODES_MAX - ALWAYS_TOLD.len())) as u64);
    }
}
