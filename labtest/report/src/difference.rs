//! Where two recordings of what should be one run begin to differ.

mod words;

use anyhow::Result;
use labtrace::trace::{Event, Line, read};
use words::Words;

/// The first event that two recordings do not have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its number, from 1: all before are the same.
    pub event: usize,
    /// What the first recording has there; none if it ends before.
    pub one: Option<Side>,
    /// What the other has there.
    pub other: Option<Side>,
}

/// One of two events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Nanoseconds since the start of the run.
    pub at: u64,
    /// The server that it happens at, if it is a server's.
    pub server: Option<usize>,
    /// What happens, as a sentence.
    pub text: String,
    /// Whether it is a line that a program writes.
    pub is_line: bool,
}

/// Finds it; none where no event differs. The end of a run, which has its hash, is not an event here.
///
/// # Errors
/// When a text is not a trace.
pub fn first_difference(one: &str, other: &str) -> Result<Option<Difference>> {
    let (header, ones) = read(one)?;
    let (_, others) = read(other)?;
    let (ones, others) = (happened(&ones), happened(&others));
    let same = ones.iter().zip(others).take_while(|(one, other)| one == other).count();
    let (one, other) = (ones.get(same), others.get(same));
    if one.is_none() && other.is_none() {
        return Ok(None);
    }
    let mut words = Words::new(header.servers);
    ones[..same].iter().for_each(|line| words.note(&line.event));
    let told = |line: Option<&Line>| line.map(|line| words.clone().side(line));
    let (mut one, mut other) = (told(one), told(other));
    if one == other {
        // The words leave out how they differ.
        let raw = |side: &mut Option<Side>, line: Option<&Line>| {
            if let (Some(side), Some(line)) = (side, line) {
                side.text = serde_json::to_string(&line.event).unwrap_or_default();
            }
        };
        raw(&mut one, ones.get(same));
        raw(&mut other, others.get(same));
    }
    Ok(Some(Difference { event: same + 1, one, other }))
}

/// All but the end of the run.
fn happened(lines: &[Line]) -> &[Line] {
    match lines.split_last() {
        Some((Line { event: Event::End { .. }, .. }, before)) => before,
        _ => lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"schema":"labtest.trace/v3","test":"t","description":"d","seed":1,"clock":"virtual","implementation":"raft","servers":3,"network":"reliable"}"#;
    const END: &str = r#"{"at":9,"kind":"end","verdict":"passed","trace_hash":"0000000000000001"}"#;

    fn send(call: u64, to: u64, text: &str) -> String {
        format!(
            r#"{{"at":5,"kind":"send","call":{call},"from":1,"to":{to},"reply":false,"method":"Raft.AppendEntries","text":"{text}","bytes":31}}"#
        )
    }

    fn trace(lines: &[&str]) -> String {
        [&[HEADER], lines].concat().join("\n")
    }

    fn found(one: &[&str], other: &[&str]) -> Option<Difference> {
        first_difference(&trace(one), &trace(other)).unwrap()
    }

    #[test]
    fn the_first_event_that_differs_is_told_in_words() {
        let (to_2, to_0) = (send(4, 2, "sends a heartbeat"), send(4, 0, "sends a heartbeat"));
        let before = r#"{"at":1,"kind":"role","server":1,"term":1,"leader":true}"#;
        let difference = found(&[before, &to_2, END], &[before, &to_0, &to_2]).unwrap();
        let side = |text: &str| {
            Some(Side { at: 5, server: Some(1), text: text.to_string(), is_line: false })
        };
        assert_eq!(difference.event, 2);
        let text = "server 1 sends AppendEntries to server 2: sends a heartbeat (31 bytes)";
        assert_eq!(difference.one, side(text));
        assert_eq!(difference.other, side(&text.replace("server 2", "server 0")));
    }

    #[test]
    fn an_arrival_is_that_of_the_message() {
        let sent = send(4, 2, "hello");
        let arrives = r#"{"at":7,"kind":"deliver","call":4,"reply":false}"#;
        let lost = r#"{"at":7,"kind":"lose","call":4,"reply":false,"why":"cut"}"#;
        let difference = found(&[&sent, arrives], &[&sent, lost]).unwrap();
        let text = |side: Option<Side>| side.unwrap().text;
        let message = "AppendEntries of server 1 to server 2";
        assert_eq!(text(difference.one), format!("{message} arrives"));
        assert_eq!(text(difference.other), format!("{message} is lost (cut)"));
    }

    #[test]
    fn a_run_may_end_before_and_the_end_itself_is_no_event() {
        let note = r#"{"at":1,"kind":"note","text":"isolate the leader"}"#;
        let difference = found(&[END], &[note, END]).unwrap();
        assert_eq!((difference.event, difference.one), (1, None));
        assert_eq!(difference.other.unwrap().text, "isolate the leader");
        assert_eq!(found(&[note, END], &[note, &END.replace("0001", "0002")]), None);
        assert!(first_difference("", "").is_err());
    }

    #[test]
    fn what_the_words_leave_out_is_shown() {
        let applies = |digest: &str| {
            format!(
                r#"{{"at":1,"kind":"apply","server":0,"index":1,"command":"x","digest":"{digest}"}}"#
            )
        };
        let difference = found(&[&applies("0a")], &[&applies("0b")]).unwrap();
        assert!(difference.one.unwrap().text.contains(r#""digest":"0a""#));
        assert!(difference.other.unwrap().text.contains(r#""digest":"0b""#));
    }
}
