//! A line of a server's log, as `tracing-subscriber` writes it in JSON.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What one line says.
#[derive(Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The time of day, UTC, to the millisecond; empty if the line has none.
    pub time: String,
    /// `INFO`, `WARN`; empty if the line has none.
    pub level: String,
    /// The sentence, and after it the other fields as `name=value`.
    pub text: String,
    /// Whom the server sees as leader, if that is what the line is about.
    pub leader: Option<LeaderReport>,
}

/// A server says whom it sees as leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaderReport {
    /// The leader's id, or none.
    pub leader: Option<u64>,
    /// In which term; 0 if the line doesn't say.
    pub term: u64,
}

/// How a line about no leader begins, for it may have no field `leader`.
const NO_LEADER: &str = "LEADER => None";

/// As it is in the line.
#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    level: String,
    fields: Map<String, Value>,
}

impl LogLine {
    /// Understands a line; none if it is not such JSON.
    pub fn parse(line: &str) -> Option<LogLine> {
        let Written { timestamp, level, mut fields } = serde_json::from_str(line).ok()?;
        let message = fields.remove("message").map_or(String::new(), |value| plain(&value));
        let leader = leader_report(&message, &fields);
        if leader.is_some() {
            // The message says so already.
            fields.remove("leader");
            fields.remove("term");
        }
        let others = fields.iter().map(|(name, value)| format!("{name}={}", plain(value)));
        let said = Some(message).filter(|message| !message.is_empty());
        let text = said.into_iter().chain(others).collect::<Vec<_>>().join(" ");
        let [time, level, text] =
            [&time_of_day(&timestamp), &level, &text].map(|text| printable(text));
        Some(LogLine { time, level, text, leader })
    }
}

fn leader_report(message: &str, fields: &Map<String, Value>) -> Option<LeaderReport> {
    let leader = match fields.get("leader") {
        Some(Value::Null) => None,
        Some(id) => Some(id.as_u64()?),
        None if message.starts_with(NO_LEADER) => None,
        None => return None,
    };
    let term = fields.get("term").and_then(Value::as_u64).unwrap_or(0);
    Some(LeaderReport { leader, term })
}

/// `12:00:01.123` of `2026-11-27T12:00:01.123456Z`.
fn time_of_day(timestamp: &str) -> String {
    let time = timestamp.split_once('T').map_or(timestamp, |(_date, time)| time);
    time.trim_end_matches('Z').chars().take("12:00:01.123".len()).collect()
}

/// The text on one line and without commands for the terminal: a client may have had a word in it.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => printable.push(character),
            _ if character.is_control() => printable.extend(character.escape_default()),
            _ => printable.push(character),
        }
    }
    printable
}

/// Text without its quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(line: &str) -> LogLine {
        LogLine::parse(line).expect(line)
    }

    #[test]
    fn a_line_about_a_leader_is_understood() {
        let line = parse(
            r#"{"timestamp":"2026-11-27T12:00:01.123456Z","level":"INFO","fields":{"message":
            "LEADER => 127.0.0.1:8000","term":3,"leader":2},"target":"kvd::server"}"#,
        );
        assert_eq!((&*line.time, &*line.level), ("12:00:01.123", "INFO"));
        assert_eq!(line.text, "LEADER => 127.0.0.1:8000");
        assert_eq!(line.leader, Some(LeaderReport { leader: Some(2), term: 3 }));
    }

    #[test]
    fn no_leader_is_null_or_said_in_words() {
        let none = Some(LeaderReport { leader: None, term: 4 });
        let null = r#"{"fields":{"message":"LEADER => None","term":4,"leader":null}}"#;
        assert_eq!(parse(null).leader, none);
        assert_eq!(parse(r#"{"fields":{"message":"LEADER => None","term":4}}"#).leader, none);
    }

    #[test]
    fn other_lines_say_nothing_of_a_leader_and_show_their_fields() {
        let line = parse(
            r#"{"level":"WARN","fields":{"message":"slow disk","took_ms":70,"file":"a b","term":3}}"#,
        );
        assert_eq!((line.leader, &*line.time), (None, ""));
        assert_eq!(line.text, "slow disk file=a b term=3 took_ms=70");
        assert_eq!(parse(r#"{"fields":{"leader":"yes"}}"#).leader, None);
    }

    #[test]
    fn what_is_no_such_line_is_none() {
        for line in ["", "thread 'main' panicked", "{}", "[1]", "{\"fields\": 3}"] {
            assert_eq!(LogLine::parse(line), None, "{line}");
        }
    }

    #[test]
    fn lines_are_understood_as_they_are_really_written() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let writer = std::sync::Mutex::new(file.reopen().unwrap());
        let subscriber = tracing_subscriber::fmt().json().with_writer(writer).finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(term = 3, leader = 2, "LEADER => 127.0.0.1:8002");
            tracing::warn!(term = 4, leader = None::<u64>, "LEADER => {:?}", None::<u64>);
        });
        let text = std::fs::read_to_string(file.path()).unwrap();
        let lines: Vec<LogLine> = text.lines().map(parse).collect();
        assert_eq!(lines[0].leader, Some(LeaderReport { leader: Some(2), term: 3 }));
        assert_eq!(lines[1].leader, Some(LeaderReport { leader: None, term: 4 }));
        assert_eq!((&*lines[1].level, &*lines[1].text), ("WARN", "LEADER => None"));
        assert_eq!(lines[0].time.len(), "12:00:01.123".len());
    }

    #[test]
    fn nothing_in_a_line_is_for_the_terminal() {
        let line = parse(r#"{"fields":{"message":"no command \u001b[2J\né\t\u009b1m"}}"#);
        assert_eq!(line.text, "no command \\u{1b}[2J\\né\t\\u{9b}1m");
    }

    proptest! {
        #[test]
        fn random_lines_are_no_panic(line in "\\PC*", time in "\\PC*") {
            let _ = LogLine::parse(&line);
            let _ = time_of_day(&time);
        }
    }
}
