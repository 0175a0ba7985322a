//! What a child writes: a line for each thing that it does, and the one that ends its answer.

use super::{Number, VERSION};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use raft_api::{Inspection, NotLeader, RoleName, Started};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::time::Duration;

/// One thing that a child does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Its answer to `hello`.
    Hello(Hello),
    /// It calls another server; `args` are JSON.
    Call { call: u64, to: usize, method: String, args: Vec<u8> },
    /// It answers a request; `result` is JSON.
    Reply { call: u64, result: Vec<u8> },
    /// It sends a message that nobody answers; `body` is JSON.
    Send { to: usize, method: String, body: Vec<u8> },
    /// It sets a timer, in place of the one of that name.
    SetTimer { id: String, after: Duration },
    /// It takes a timer back.
    CancelTimer { id: String },
    /// It writes its whole state, JSON, and perhaps a snapshot.
    Persist { state: Vec<u8>, snapshot: Option<Bytes> },
    /// It writes a record, JSON, after what it has written.
    Append { record: Vec<u8> },
    /// It applies a command; none for an entry of its own.
    Apply { index: u64, term: u64, command: Option<Bytes> },
    /// It applies a snapshot from a leader.
    ApplySnapshot { index: u64, term: u64, data: Bytes },
    /// A read may be answered when that index is applied.
    ReadReady { read: u64, index: u64 },
    /// A read can't be answered here.
    ReadFailed { read: u64 },
    /// Something for those who read about the run.
    Note { text: String },
    /// Something is wrong, says the child itself.
    Fail { text: String },
    /// Its answer is over.
    Done(Done),
}

/// Who a child is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether its servers call each other or send messages.
    pub style: Style,
    /// It can forget everything and begin anew.
    pub can_reset: bool,
    /// It shows what it looks like inside.
    pub can_inspect: bool,
    /// It has read indices.
    pub can_read_index: bool,
    /// It has entries that are no commands.
    pub own_entries: bool,
    /// It has pre-votes, and leaders that check their quorum.
    pub quorum_checks: bool,
    /// It goes on while its disk writes, and hears of it when that is done.
    pub async_disk: bool,
    /// How often it wants a tick.
    pub tick: Option<Duration>,
    /// What of the configuration it does not heed, in TOML.
    pub fixed: String,
}

/// How servers talk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// By calls that are answered.
    #[default]
    Rpc,
    /// By messages.
    Message,
}

/// The end of an answer, and what it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The server's term, if it says so.
    pub term: Option<u64>,
    /// Whether it leads, if it says so.
    pub is_leader: Option<bool>,
    /// Where a command will be, or why it will not.
    pub start: Option<Result<Started, NotLeader>>,
    /// A read index that a leader can't give yet.
    pub not_ready: bool,
    /// What the server looks like inside.
    pub inspection: Option<Inspection>,
    /// Inside: up to where each server's log is known to be the leader's.
    pub match_index: Vec<u64>,
}

/// A text that is borrowed from its line if it can be.
#[derive(Debug, Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// A line with all fields that any has: one pass reads it, in whatever order they come, and skips the rest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    protocol: Option<Number>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    style: Option<Text<'a>>,
    #[serde(borrow)]
    can: Vec<Text<'a>>,
    #[serde(borrow)]
    disk: Option<Text<'a>>,
    tick_ms: Option<Number>,
    #[serde(borrow)]
    fixed: Option<Text<'a>>,
    call: Option<Number>,
    to: Option<Number>,
    #[serde(borrow)]
    method: Option<Text<'a>>,
    #[serde(borrow)]
    args: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    after: Option<Number>,
    #[serde(borrow)]
    state: Option<&'a RawValue>,
    #[serde(borrow)]
    record: Option<&'a RawValue>,
    #[serde(borrow)]
    snapshot: Option<Text<'a>>,
    index: Option<Number>,
    term: Option<Number>,
    #[serde(borrow)]
    command: Option<Text<'a>>,
    #[serde(borrow)]
    data: Option<Text<'a>>,
    read: Option<Number>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    is_leader: Option<bool>,
    started: Option<StartedFields>,
    not_leader: Option<NotLeaderFields>,
    not_ready: bool,
    voted_for: Option<Number>,
    #[serde(borrow)]
    role: Option<Text<'a>>,
    commit: Option<Number>,
    applied: Option<Number>,
    last_index: Option<Number>,
    last_term: Option<Number>,
    snapshot_index: Option<Number>,
    snapshot_term: Option<Number>,
    #[serde(rename = "match")]
    match_index: Vec<Number>,
}

#[derive(Debug, Deserialize)]
struct StartedFields {
    index: Number,
    term: Number,
}

#[derive(Debug, Deserialize)]
struct NotLeaderFields {
    #[serde(default)]
    leader: Option<Number>,
}

impl Output {
    /// Whether it is for the disk.
    pub(crate) fn is_write(&self) -> bool {
        matches!(self, Output::Persist { .. } | Output::Append { .. })
    }

    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it, in words for its author.
    pub fn read(line: &[u8]) -> Result<Output, String> {
        let line: Line<'_> = serde_json::from_slice(line).map_err(|error| {
            let what =
                if error.is_data() { "a field is not what it must be" } else { "it is not JSON" };
            format!("{what}: {error}")
        })?;
        let kind = line.kind.as_ref().ok_or("it has no `type`")?.0.to_string();
        line.output(&kind)
    }
}

impl Line<'_> {
    fn output(&self, kind: &str) -> Result<Output, String> {
        Ok(match kind {
            "hello" => Output::Hello(self.hello()?),
            "call" => Output::Call {
                call: number(kind, "call", self.call)?,
                to: server(kind, "to", self.to)?,
                method: text(kind, "method", &self.method)?,
                args: json(kind, "args", self.args)?,
            },
            "reply" => Output::Reply {
                call: number(kind, "call", self.call)?,
                result: json(kind, "result", self.result)?,
            },
            "send" => Output::Send {
                to: server(kind, "to", self.to)?,
                method: text(kind, "method", &self.method)?,
                body: json(kind, "body", self.body)?,
            },
            "set_timer" => Output::SetTimer {
                id: text(kind, "id", &self.id)?,
                after: Duration::from_nanos(number(kind, "after", self.after)?),
            },
            "cancel_timer" => Output::CancelTimer { id: text(kind, "id", &self.id)? },
            "persist" => Output::Persist {
                state: json(kind, "state", self.state)?,
                snapshot: base64(kind, "snapshot", &self.snapshot)?,
            },
            "append" => Output::Append { record: json(kind, "record", self.record)? },
            "apply" => Output::Apply {
                index: number(kind, "index", self.index)?,
                term: number(kind, "term", self.term)?,
                command: base64(kind, "command", &self.command)?,
            },
            "apply_snapshot" => Output::ApplySnapshot {
                index: number(kind, "index", self.index)?,
                term: number(kind, "term", self.term)?,
                data: base64(kind, "data", &self.data)?.ok_or_else(|| missing(kind, "data"))?,
            },
            "read_ready" => Output::ReadReady {
                read: number(kind, "read", self.read)?,
                index: number(kind, "index", self.index)?,
            },
            "read_failed" => Output::ReadFailed { read: number(kind, "read", self.read)? },
            "note" => Output::Note { text: text(kind, "text", &self.text)? },
            "fail" => Output::Fail { text: text(kind, "text", &self.text)? },
            "done" => Output::Done(self.done()?),
            _ => return Err(format!("there is no type `{kind}` of lines that a program writes")),
        })
    }

    fn hello(&self) -> Result<Hello, String> {
        let version = number("hello", "protocol", self.protocol)?;
        if version != VERSION {
            return Err(format!(
                "it speaks version {version} of the protocol, this tester {VERSION}"
            ));
        }
        let plain = |text: &Option<Text<'_>>| text.as_ref().map_or("", |text| &text.0).to_owned();
        let can = |what: &str| self.can.iter().any(|known| known.0 == what);
        let style = match &*plain(&self.style) {
            "rpc" | "" => Style::Rpc,
            "message" => Style::Message,
            other => {
                return Err(format!("`style` is \"{other}\", expected \"rpc\" or \"message\""));
            }
        };
        let async_disk = match &*plain(&self.disk) {
            "" | "sync" => false,
            "async" => true,
            other => return Err(format!("`disk` is \"{other}\", expected \"sync\" or \"async\"")),
        };
        let tick = self.tick_ms.map(|Number(ms)| Duration::from_millis(ms));
        if tick.is_some_and(|tick| tick.is_zero()) {
            return Err("`tick_ms` is 0: time would stand still".to_owned());
        }
        Ok(Hello {
            name: text("hello", "name", &self.name)?,
            version: plain(&self.version),
            style,
            can_reset: can("reset"),
            can_inspect: can("inspect"),
            can_read_index: can("read_index"),
            own_entries: can("own_entries"),
            quorum_checks: can("quorum_checks"),
            async_disk,
            tick,
            fixed: plain(&self.fixed),
        })
    }

    fn done(&self) -> Result<Done, String> {
        let started = self
            .started
            .as_ref()
            .map(|StartedFields { index, term }| Ok(Started { index: index.0, term: term.0 }));
        let refused = self.not_leader.as_ref().map(|NotLeaderFields { leader }| {
            Err(NotLeader { leader: leader.map(|Number(leader)| leader as usize) })
        });
        Ok(Done {
            term: self.term.map(|Number(term)| term),
            is_leader: self.is_leader,
            start: started.or(refused),
            not_ready: self.not_ready,
            inspection: self.role.as_ref().map(|role| self.inspection(&role.0)).transpose()?,
            match_index: self.match_index.iter().map(|Number(index)| *index).collect(),
        })
    }

    fn inspection(&self, role: &str) -> Result<Inspection, String> {
        let kind = "done";
        Ok(Inspection {
            term: number(kind, "term", self.term)?,
            voted_for: self.voted_for.map(|Number(server)| server as usize),
            role: match role {
                "follower" => RoleName::Follower,
                "pre-candidate" => RoleName::PreCandidate,
                "candidate" => RoleName::Candidate,
                "leader" => RoleName::Leader,
                _ => {
                    return Err(format!(
                        "`role` is \"{role}\", expected \"follower\", \"pre-candidate\", \"candidate\" or \
                         \"leader\""
                    ));
                }
            },
            commit_index: number(kind, "commit", self.commit)?,
            last_applied: number(kind, "applied", self.applied)?,
            snapshot_index: self.snapshot_index.unwrap_or_default().0,
            snapshot_term: self.snapshot_term.unwrap_or_default().0,
            last_index: number(kind, "last_index", self.last_index)?,
            last_term: number(kind, "last_term", self.last_term)?,
        })
    }
}

fn missing(kind: &str, field: &str) -> String {
    format!("a line `{kind}` must have `{field}`")
}

fn number(kind: &str, field: &str, found: Option<Number>) -> Result<u64, String> {
    found.map(|Number(number)| number).ok_or_else(|| missing(kind, field))
}

fn server(kind: &str, field: &str, found: Option<Number>) -> Result<usize, String> {
    let number = number(kind, field, found)?;
    usize::try_from(number).map_err(|_| format!("there is no server {number}"))
}

fn text(kind: &str, field: &str, found: &Option<Text<'_>>) -> Result<String, String> {
    found.as_ref().map(|text| text.0.to_string()).ok_or_else(|| missing(kind, field))
}

fn json(kind: &str, field: &str, found: Option<&RawValue>) -> Result<Vec<u8>, String> {
    found.map(|json| json.get().as_bytes().to_vec()).ok_or_else(|| missing(kind, field))
}

fn base64(kind: &str, field: &str, found: &Option<Text<'_>>) -> Result<Option<Bytes>, String> {
    let Some(text) = found else { return Ok(None) };
    let bytes = BASE64_STANDARD.decode(text.0.as_bytes());
    bytes
        .map(|bytes| Some(bytes.into()))
        .map_err(|error| format!("`{field}` of `{kind}` must be bytes in base64: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Output {
        Output::read(line.as_bytes()).unwrap()
    }

    fn refused(line: &str) -> String {
        Output::read(line.as_bytes()).unwrap_err()
    }

    #[test]
    fn arguments_are_kept_as_they_were_written() {
        let call = Output::Call {
            call: 1,
            to: 2,
            method: "RequestVote".to_owned(),
            args: br#"{"term": 1,  "b":[1]}"#.to_vec(),
        };
        let line = r#"{"method":"RequestVote","args":{"term": 1,  "b":[1]},"type":"call","to":2,"call":"1"}"#;
        assert_eq!(read(line), call);
    }

    #[test]
    fn what_a_version_does_not_know_is_ignored_in_a_line_and_refused_as_one() {
        let note = Output::Note { text: "hi".to_owned() };
        assert_eq!(read(r#"{"type":"note","colour":["red"],"text":"hi"}"#), note);
        let told = refused(r#"{"type":"sing","text":"hi"}"#);
        assert_eq!(told, "there is no type `sing` of lines that a program writes");
    }

    #[test]
    fn what_is_wrong_is_told_by_its_field() {
        assert_eq!(refused(r#"{"type":"apply","term":1}"#), "a line `apply` must have `index`");
        assert!(refused("hello?").starts_with("it is not JSON: expected value"));
        let told = refused(r#"{"type":"set_timer","id":"x","after":-1}"#);
        assert!(told.contains("an integer from 0 to 2^64 - 1"), "{told}");
        let told = refused(r#"{"type":"apply","index":1,"term":1,"command":"x"}"#);
        assert!(told.contains("must be bytes in base64"), "{told}");
        let told = refused(r#"{"type":"hello","protocol":2,"name":"x"}"#);
        assert_eq!(told, "it speaks version 2 of the protocol, this tester 1");
    }

    #[test]
    fn an_answer_ends_with_what_was_asked() {
        let Output::Done(done) = read(r#"{"type":"done","term":3,"started":{"index":7,"term":3}}"#)
        else {
            panic!("no done");
        };
        assert_eq!(done.start, Some(Ok(Started { index: 7, term: 3 })));
        assert_eq!((done.term, done.is_leader), (Some(3), None));
        let refused = Output::Done(Done {
            start: Some(Err(NotLeader { leader: Some(2) })),
            ..Done::default()
        });
        assert_eq!(read(r#"{"type":"done","not_leader":{"leader":2}}"#), refused);
        let inside = r#"{"type":"done","term":2,"voted_for":null,"role":"leader","commit":1,"applied":1,"last_index":2,"last_term":2,"match":[0,2,1]}"#;
        let Output::Done(done) = read(inside) else { panic!("no done") };
        assert_eq!(done.inspection.unwrap().role, RoleName::Leader);
        assert_eq!(done.match_index, [0, 2, 1]);
    }
}
