//! A line that a server of kvd writes to its standard error: a JSON object, or a panic as text.

use crate::driver::Said;
use serde::Deserialize;

/// Where the points are told at which a server was made to end.
const CONTROL: &str = "kvd::control";

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    target: String,
    fields: Fields,
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    message: String,
    term: Option<u64>,
    leader: Option<usize>,
    point: Option<String>,
}

/// What that server's line says, if it says something that matters.
pub(super) fn understand(server: usize, line: &str) -> Option<Said> {
    let Ok(Line { target, fields }) = serde_json::from_str(line) else {
        return is_panic(line).then_some(Said::Panicked);
    };
    let Fields { message, term, leader, point } = fields;
    if target == CONTROL
        && let Some(rest) = message.strip_prefix("reached")
    {
        return Some(Said::Reached(point.unwrap_or_else(|| rest.trim().to_owned())));
    }
    message.strip_prefix("LEADER => ")?;
    let term = term?;
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
        let line = r#"{"fields":{"message":"reached after-sync"},"target":"kvd::control"}"#;
        assert_eq!(understand(0, line), Some(Said::Reached("after-sync".into())));
        let line = r#"{"fields":{"message":"reached","point":"elected"},"target":"kvd::control"}"#;
        assert_eq!(understand(0, line), Some(Said::Reached("elected".into())));
    }
}
