//! What etcd says about itself in its log: JSON lines, but for a panic.

use super::super::Said;
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    level: String,
    msg: String,
}

/// What a line says, if it matters. Who leads is not known: its name is a number that etcd made up.
pub(super) fn understand(line: &str) -> Option<Said> {
    if line.starts_with("panic: ") || line.starts_with("fatal error: ") {
        return Some(Said::Panicked);
    }
    // Of the many lines few matter, and they need not all be parsed.
    let is_of_interest = ["became ", "\"level\":\"panic\"", "\"level\":\"fatal\""];
    if !is_of_interest.iter().any(|words| line.contains(words)) {
        return None;
    }
    let Line { level, msg } = serde_json::from_str(line).ok()?;
    if level == "panic" || level == "fatal" {
        return Some(Said::Panicked);
    }
    // "8e9e05c52164694d became leader at term 2"
    let (_, became) = msg.split_once(" became ")?;
    let (role, term) = became.split_once(" at term ")?;
    let term = term.parse().ok()?;
    match role {
        "leader" => Some(Said::Leads { term }),
        "follower" => Some(Said::Follows { term, leader: None }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(level: &str, message: &str) -> Option<Said> {
        let line = serde_json::json!({"level": level, "ts": "x", "caller": "raft/raft.go:771", "msg": message});
        understand(&line.to_string())
    }

    #[test]
    fn leaders_and_followers_say_so_with_their_term() {
        let id = "6378ea780aa805b2";
        assert_eq!(
            said("info", &format!("{id} became leader at term 2")),
            Some(Said::Leads { term: 2 })
        );
        let follows = Some(Said::Follows { term: 17, leader: None });
        assert_eq!(said("info", &format!("{id} became follower at term 17")), follows);
        for other in ["became candidate at term 3", "became active", "became leader at term x"] {
            assert_eq!(said("info", &format!("{id} {other}")), None, "{other}");
        }
    }

    #[test]
    fn a_panic_is_one_in_both_forms() {
        assert_eq!(said("panic", "tocommit(9) is out of range"), Some(Said::Panicked));
        assert_eq!(understand("panic: runtime error: index out of range"), Some(Said::Panicked));
        assert_eq!(understand("goroutine 1 [running]: panic"), None);
        assert_eq!(understand(""), None);
    }
}
