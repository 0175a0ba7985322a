//! The trace of a run as text, `labtest.trace/v1`: JSON lines, a header and then events by time.
//!
//! ```text
//! {"schema":"labtest.trace/v1","test":"4A::re_election","description":"…","seed":7,"implementation":"raft","servers":5,"network":"reliable"}
//! {"at":264487257,"kind":"send","call":1,"from":3,"to":0,"reply":false,"method":"Raft.RequestVote","text":"…","bytes":31}
//! {"at":265012004,"kind":"deliver","call":1,"reply":false}
//! ```
//!
//! `at` is nanoseconds of virtual time since the start. Events of a kind that this version does not
//! know, and fields that it does not know, are skipped; a header of another version is an error.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// The version this module reads and writes.
pub const SCHEMA: &str = "labtest.trace/v1";

const HEADER_EXAMPLE: &str = r#"{"schema":"labtest.trace/v1","test":"4A::re_election","description":"election after network failure","seed":7,"implementation":"raft","servers":5,"network":"reliable"}"#;

/// The first line: what was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA`].
    pub schema: String,
    /// The scenario's name, `4A::re_election`.
    pub test: String,
    /// What the scenario is about, in a few words.
    pub description: String,
    /// The seed that everything in the run was drawn from.
    pub seed: u64,
    /// Whose Raft it was.
    pub implementation: String,
    /// How many servers; they are numbered from 0.
    pub servers: usize,
    /// How the network behaved, `reliable` or `unreliable`.
    pub network: String,
}

/// Any other line: when, and what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Nanoseconds of virtual time since the start of the run.
    pub at: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What can happen in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Event {
    /// A message left its sender.
    Send {
        /// Tells calls apart; a reply carries the number of its request.
        call: u64,
        /// Who sends this message (for a reply: who was called).
        from: usize,
        /// Whom it is for.
        to: usize,
        /// Whether it is the answer to the call.
        reply: bool,
        /// The method called, `Raft.AppendEntries`.
        method: String,
        /// The message in words.
        text: String,
        /// Its size on the wire.
        bytes: u64,
    },
    /// A message arrived.
    Deliver {
        /// The number it was sent with.
        call: u64,
        /// Whether it is the answer to the call.
        reply: bool,
    },
    /// A message will never arrive.
    Lose {
        /// The number it was sent with.
        call: u64,
        /// Whether it is the answer to the call.
        reply: bool,
        /// `chance`, `cut`, `dead` or `withheld`.
        why: String,
    },
    /// The network made a second copy of a request, which has a fate of its own.
    Duplicate {
        /// The number the original was sent with.
        call: u64,
        /// The number of the copy.
        copy: u64,
    },
    /// What a Raft that shows its inside looks like from here on.
    State {
        /// Whose.
        server: usize,
        /// Its current term.
        term: u64,
        /// Its role in that term.
        role: Role,
        /// Whom it voted for in that term.
        voted_for: Option<usize>,
        /// The index of the last entry of its log.
        last_index: u64,
        /// The term of the last entry of its log.
        last_term: u64,
        /// The highest index it knows to be committed.
        commit_index: u64,
        /// The highest index it has applied.
        applied: u64,
        /// The last index that its snapshot covers.
        snapshot_index: u64,
    },
    /// What a Raft that hides its inside said when it was asked.
    Role {
        /// Whose.
        server: usize,
        /// The term it gave.
        term: u64,
        /// Whether it believes that it leads.
        leader: bool,
    },
    /// A server that says it leads accepted a command.
    Submit {
        /// Which server.
        server: usize,
        /// The index that it promised for the command.
        index: u64,
        /// The term in which it says it leads.
        term: u64,
        /// The command in words.
        command: String,
        /// A hash of it as 16 hexadecimal digits, where the words are not all of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
    },
    /// A server applied a command.
    Apply {
        /// Which server.
        server: usize,
        /// The index of the command.
        index: u64,
        /// The command in words.
        command: String,
        /// A hash of it as 16 hexadecimal digits, where the words are not all of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
    },
    /// A server took a snapshot, or was given one.
    Snapshot {
        /// Which server.
        server: usize,
        /// The last index it covers.
        index: u64,
        /// Where it is from: `service`, which took it; `leader`, which sent it; `disk`, from which
        /// the server starts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// A server's life has ended.
    Crash {
        /// Which server.
        server: usize,
        /// How many of its last writes were not durable and are lost.
        lost_writes: u64,
    },
    /// A fault began or ended.
    Fault {
        /// Which of the two.
        phase: Phase,
        /// `crash`, `isolated`, `partition`, `pause`, `slow`, `disk` and others.
        what: String,
        /// The servers concerned; of a partition, those on one side of it.
        servers: Vec<usize>,
        /// The fault in words.
        text: String,
    },
    /// A client began or ended an operation.
    Client {
        /// Which client.
        client: u64,
        /// Tells the operations of the client apart.
        op: u64,
        /// Which of the two.
        phase: Phase,
        /// The operation in words.
        text: String,
        /// `ok`, `failed` or `unknown`; only at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
    },
    /// The scenario took a step.
    Note {
        /// The step in words.
        text: String,
    },
    /// A check found a property violated.
    Failure {
        /// The check's name, `liveness:one`.
        check: String,
        /// The violation in one sentence.
        text: String,
        /// The servers concerned.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        servers: Vec<usize>,
        /// The term concerned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        term: Option<u64>,
        /// The log index concerned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<u64>,
    },
    /// The run is over.
    End {
        /// `passed`, `failed` or `undecided`.
        verdict: String,
        /// The hash of all that happened.
        trace_hash: String,
    },
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

/// The role of a server in its term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Follows, or waits to hear from a leader.
    Follower,
    /// Asks whether it would be elected, before it raises its term.
    PreCandidate,
    /// Stands for election.
    Candidate,
    /// Leads.
    Leader,
}

/// Which end of something that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It begins here.
    Begin,
    /// It ends here.
    End,
}

/// Reads the text of a trace.
///
/// # Errors
/// Where the text is not such a trace: the line's number, what is wrong with it, and what was
/// expected there.
pub fn read(trace: &str) -> Result<(Header, Vec<Line>)> {
    let mut numbered = trace.lines().enumerate().map(|(index, text)| (index + 1, text));
    let header = read_header(numbered.next().map_or("", |(_, text)| text))?;
    let mut lines: Vec<Line> = Vec::new();
    for (number, text) in numbered.filter(|(_, text)| !text.trim().is_empty()) {
        let line: Line = serde_json::from_str(text).with_context(|| explain(number, text))?;
        if let Some(server) = stranger(&line.event, header.servers) {
            bail!(
                "line {number}: server {server}; expected one of the {} servers of the header, numbered from 0",
                header.servers
            );
        }
        if let Some(earlier) = lines.last().filter(|earlier| earlier.at > line.at) {
            bail!(
                "line {number}: at {}, after an event at {}; expected the events in the order of time",
                line.at,
                earlier.at
            );
        }
        lines.push(line);
    }
    Ok((header, lines))
}

fn read_header(text: &str) -> Result<Header> {
    #[derive(Deserialize)]
    struct Version {
        schema: String,
    }
    let expected = || format!("line 1: expected the header of a trace, like {HEADER_EXAMPLE}");
    let version: Version = serde_json::from_str(text).with_context(expected)?;
    if version.schema != SCHEMA {
        bail!("line 1: the schema is {:?}; expected {SCHEMA:?}", version.schema);
    }
    let header: Header = serde_json::from_str(text).with_context(expected)?;
    if header.servers == 0 {
        bail!("line 1: 0 servers; expected at least one");
    }
    Ok(header)
}

/// The sentence in front of the parser's own: it has the column, but not the line or the example.
fn explain(number: usize, text: &str) -> String {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
    }
    let Ok(Kind { kind }) = serde_json::from_str(text) else {
        return format!(
            r#"line {number}: expected an event, a JSON object such as {{"at":1000000,"kind":"note","text":"isolate the leader"}}"#
        );
    };
    let example = match kind.as_str() {
        "send" => {
            r#""call":17,"from":0,"to":1,"reply":false,"method":"Raft.AppendEntries","text":"…","bytes":63"#
        }
        "deliver" => r#""call":17,"reply":false"#,
        "lose" => r#""call":17,"reply":false,"why":"chance""#,
        "duplicate" => r#""call":17,"copy":18"#,
        "state" => {
            r#""server":0,"term":3,"role":"follower","voted_for":1,"last_index":9,"last_term":3,"commit_index":7,"applied":7,"snapshot_index":0"#
        }
        "role" => r#""server":0,"term":3,"leader":true"#,
        "apply" => r#""server":0,"index":7,"command":"104""#,
        "snapshot" => r#""server":0,"index":19,"source":"service""#,
        "crash" => r#""server":0,"lost_writes":0"#,
        "fault" => r#""phase":"begin","what":"crash","servers":[2],"text":"server 2 crashed""#,
        "client" => {
            r#""client":0,"op":7,"phase":"end","text":"start 104 at server 1","outcome":"ok""#
        }
        "note" => r#""text":"isolate the leader""#,
        "failure" => {
            r#""check":"liveness:one","text":"…","servers":[1],"term":3,"index":4 (the last three may be left out)"#
        }
        "end" => r#""verdict":"failed","trace_hash":"0123456789abcdef""#,
        _ => "",
    };
    let comma = if example.is_empty() { "" } else { "," };
    format!(r#"line {number}: expected {{"at":1000000,"kind":{kind:?}{comma}{example}}}"#)
}

/// A server that the header does not know, if the event is about one.
///
/// Messages are not looked at: clients take part in the network too, under numbers of their own.
fn stranger(event: &Event, servers: usize) -> Option<usize> {
    let one;
    let named: &[usize] = match event {
        Event::State { server, .. }
        | Event::Role { server, .. }
        | Event::Submit { server, .. }
        | Event::Apply { server, .. }
        | Event::Snapshot { server, .. }
        | Event::Crash { server, .. } => {
            one = [*server];
            &one
        }
        Event::Fault { servers, .. } | Event::Failure { servers, .. } => servers,
        _ => &[],
    };
    named.iter().copied().find(|&server| server >= servers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_line(line: &str) -> String {
        format!("{HEADER_EXAMPLE}\n{{\"at\":5,\"kind\":\"note\",\"text\":\"begin\"}}\n{line}\n")
    }

    fn error(trace: &str) -> String {
        format!("{:#}", read(trace).unwrap_err())
    }

    #[test]
    fn a_line_is_written_as_it_is_read() {
        for text in [
            r#"{"at":1,"kind":"send","call":17,"from":0,"to":1,"reply":false,"method":"Raft.AppendEntries","text":"AppendEntries term 3","bytes":63}"#,
            r#"{"at":2,"kind":"lose","call":17,"reply":true,"why":"withheld"}"#,
            r#"{"at":3,"kind":"state","server":0,"term":3,"role":"pre-candidate","voted_for":null,"last_index":9,"last_term":3,"commit_index":7,"applied":7,"snapshot_index":0}"#,
            r#"{"at":4,"kind":"fault","phase":"begin","what":"crash","servers":[2],"text":"server 2 crashed"}"#,
            r#"{"at":5,"kind":"client","client":0,"op":7,"phase":"begin","text":"start 104"}"#,
            r#"{"at":6,"kind":"failure","check":"liveness:one","text":"no agreement","servers":[1],"term":3,"index":4}"#,
        ] {
            let line: Line = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&line).unwrap(), text);
        }
    }

    #[test]
    fn unknown_kinds_and_fields_and_empty_lines_are_skipped() {
        let trace = with_line("{\"at\":6,\"kind\":\"sunspot\",\"size\":[1]}\n\n");
        let (header, lines) = read(&trace).unwrap();
        assert_eq!(header.servers, 5);
        assert_eq!(lines[1], Line { at: 6, event: Event::Unknown });
        let known = with_line(r#"{"at":6,"kind":"deliver","call":1,"reply":false,"hops":3}"#);
        assert_eq!(read(&known).unwrap().1[1].event, Event::Deliver { call: 1, reply: false });
    }

    #[test]
    fn a_bad_line_is_named_with_what_was_expected() {
        let missing = error(&with_line(r#"{"at":6,"kind":"deliver","reply":false}"#));
        assert!(
            missing.starts_with(r#"line 3: expected {"at":1000000,"kind":"deliver","call":17"#)
        );
        assert!(missing.contains("missing field `call`"), "{missing}");

        let cut_off = error(&with_line(r#"{"at":6,"kind":"del"#));
        assert!(cut_off.starts_with("line 3: expected an event, a JSON object such as"));

        let role = error(&with_line(
            r#"{"at":6,"kind":"state","server":0,"term":3,"role":"king","voted_for":1,"last_index":9,"last_term":3,"commit_index":7,"applied":7,"snapshot_index":0}"#,
        ));
        assert!(role.contains("line 3") && role.contains("unknown variant `king`"), "{role}");
    }

    #[test]
    fn the_order_of_time_and_the_number_of_servers_are_checked() {
        let back = error(&with_line(r#"{"at":4,"kind":"note","text":"back"}"#));
        assert_eq!(
            back,
            "line 3: at 4, after an event at 5; expected the events in the order of time"
        );
        let stranger = error(&with_line(r#"{"at":6,"kind":"snapshot","server":5,"index":1}"#));
        assert!(stranger.starts_with("line 3: server 5; expected one of the 5 servers"));
    }

    #[test]
    fn the_header_must_be_one_and_of_this_version() {
        assert!(error("").starts_with("line 1: expected the header"));
        assert!(error(r#"{"at":1,"kind":"note","text":"x"}"#).contains("missing field `schema`"));
        let newer = HEADER_EXAMPLE.replace("trace/v1", "trace/v2");
        assert_eq!(
            error(&newer),
            r#"line 1: the schema is "labtest.trace/v2"; expected "labtest.trace/v1""#
        );
        assert!(
            error(&HEADER_EXAMPLE.replace("\"servers\":5", "\"servers\":0")).contains("0 servers")
        );
    }
}
