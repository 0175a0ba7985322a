//! A line that a server of kvd writes to its standard error: a JSON object, or a panic as text.

use crate::driver::Said;
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    fields: Fields,
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    message: String,
    term: Option<u64>,
    leader: Option<usize>,
    /// Whether it leads that term itself, according to test controls: before anybody has heard of it, and when
    /// it no longer does.
    leads: Option<bool>,
    /// The point of its code at which test controls end it.
    reached: Option<String>,
}

/// What that server's line says, if it says something that matters.
pub(super) fn understand(server: usize, line: &str) -> Option<Said> {
    let Ok(Line { fields }) = serde_json::from_str(line) else {
        return is_panic(line).then_some(Said::Panicked);
    };
    let Fields { message, term, leader, leads, reached } = fields;
    if let Some(point) = reached {
        return Some(Said::Reached(point));
    }
    let term = term?;
    if let Some(leads) = leads {
        return Some(if leads {
            Said::Leads { term }
        } else {
            Said::Follows { term, leader: None }
        });
    }
    message.strip_prefix("LEADER => ")?;
    match leader {
        Some(leader) if leader == server => Some(Said::Leads { term }),
        leader => Some(Said::Follows { term, leader }),
    }
}

fn is_panic(line: &str) -> bool {
    line.starts_with("thread ") && line.contains(" panicked at ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaders_are_told_with_their_terms() {
        let line = r#"{"timestamp":"2026-11-27T18:49:48.168Z","level":"INFO","fields":{"message":"LEADER => 127.0.0.1:8001","term":3,"leader":1},"target":"kvd::server"}"#;
        assert_eq!(understand(1, line), Some(Said::Leads { term: 3 }));
        let follows = Said::Follows { term: 3, leader: Some(1) };
        assert_eq!(understand(0, line), Some(follows));
        let nobody = r#"{"level":"INFO","fields":{"message":"LEADER => None","term":4},"target":"kvd::server"}"#;
        assert_eq!(understand(0, nobody), Some(Said::Follows { term: 4, leader: None }));
    }

    #[test]
    fn a_panic_is_text() {
        let line = "thread 'main' (4711) panicked at raft/src/core.rs:12:5:";
        assert_eq!(understand(0, line), Some(Said::Panicked));
        // Somebody else's words are not the server's.
        let told = r#"{"fields":{"message":"thread 'x' panicked at y"},"target":"kvd"}"#;
        assert_eq!(understand(0, told), None);
        assert_eq!(understand(0, "note: run with `RUST_BACKTRACE=1`"), None);
    }

    #[test]
    fn a_point_is_told_by_its_name() {
        let line = r#"{"fields":{"reached":"after-sync"},"target":"kvd::control"}"#;
        assert_eq!(understand(0, line), Some(Said::Reached("after-sync".into())));
        let done = r#"{"fields":{"done":"disk full"},"target":"kvd::control"}"#;
        assert_eq!(understand(0, done), None);
    }

    #[test]
    fn terms_that_nobody_heard_of_are_told_by_test_controls() {
        let leads = r#"{"fields":{"leads":true,"term":7},"target":"kvd::control"}"#;
        assert_eq!(understand(2, leads), Some(Said::Leads { term: 7 }));
        let no_more = r#"{"fields":{"leads":false,"term":7},"target":"kvd::control"}"#;
        assert_eq!(understand(2, no_more), Some(Said::Follows { term: 7, leader: None }));
    }
}
