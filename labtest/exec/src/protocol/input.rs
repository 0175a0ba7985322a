//! What the tester writes: a line for each thing that happens to a server.

use super::{Number, VERSION};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;

/// One thing that happens to a server.
///
/// What is `Bytes` here is the service's, and base64 in the line. Arguments, results, states and records are
/// the child's own: any JSON value, handed on as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The first line of all.
    Hello,
    /// A server begins, for the first time or again.
    Init(Init),
    /// Another server calls this one.
    Request {
        /// What the reply has to name.
        call: u64,
        /// Who calls.
        from: usize,
        /// The method.
        method: &'static str,
        /// JSON.
        args: Vec<u8>,
    },
    /// A call of this server has ended.
    Reply {
        /// The number that it was made with.
        call: u64,
        /// JSON; none when no reply came.
        result: Option<Vec<u8>>,
    },
    /// A message of another server, which nobody answers.
    Message {
        /// Who sends it.
        from: usize,
        /// What kind of message it is.
        method: &'static str,
        /// JSON.
        body: Vec<u8>,
    },
    /// A timer is due.
    Timer {
        /// The timer.
        id: String,
    },
    /// Time has passed, for a child that wants ticks.
    Tick,
    /// A client wants a command to be agreed on.
    Start {
        /// The command.
        command: Bytes,
    },
    /// A question: term, and whether it leads.
    State,
    /// The service has put all up to an index into a snapshot.
    Snapshot {
        /// The last index that it stands for.
        index: u64,
        /// The snapshot.
        data: Bytes,
    },
    /// The first writes of this life are durable, for a child whose disk is asynchronous.
    Synced {
        /// How many.
        upto: u64,
    },
    /// A question: what it looks like inside.
    Inspect,
    /// A client wants to read.
    ReadIndex {
        /// What the answer has to name.
        read: u64,
    },
    /// Everything is to be forgotten.
    Reset,
}

/// What a server begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Init {
    /// Its number.
    pub me: usize,
    /// How many servers there are.
    pub servers: usize,
    /// For its chance; another one in each life.
    pub seed: u64,
    /// The times of the test's configuration.
    pub options: RaftOptions,
    /// The state persisted last, JSON; none if none ever was.
    pub state: Option<Vec<u8>>,
    /// What was appended since, JSON.
    pub records: Vec<Vec<u8>>,
    /// The snapshot persisted last; none if none ever was.
    pub snapshot: Option<Bytes>,
}

/// The times that a configuration asks for, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RaftOptions {
    /// How often a leader sends heartbeats.
    pub heartbeat_ms: u64,
    /// The shortest election timeout.
    pub election_timeout_min_ms: u64,
    /// The longest.
    pub election_timeout_max_ms: u64,
}

impl Input {
    /// The type of the line.
    pub fn name(&self) -> &'static str {
        match self {
            Input::Hello => "hello",
            Input::Init(_) => "init",
            Input::Request { .. } => "request",
            Input::Reply { .. } => "reply",
            Input::Message { .. } => "message",
            Input::Timer { .. } => "timer",
            Input::Tick => "tick",
            Input::Start { .. } => "start",
            Input::State => "state",
            Input::Snapshot { .. } => "snapshot",
            Input::Synced { .. } => "synced",
            Input::Inspect => "inspect",
            Input::ReadIndex { .. } => "read_index",
            Input::Reset => "reset",
        }
    }

    /// Whether it only asks: then the answer is a `done` and nothing else.
    pub(crate) fn is_question(&self) -> bool {
        matches!(self, Input::Hello | Input::State | Input::Inspect | Input::Reset)
    }

    /// The line without its end; `at_ns` is what the server's clock shows.
    pub fn line(&self, at_ns: u64) -> String {
        let mut line = Line::begin(self.name());
        match self {
            Input::Hello => {
                line.number("protocol", VERSION)
                    .text("tester", concat!("labtest ", env!("CARGO_PKG_VERSION")));
                return line.end();
            }
            Input::Reset => return line.end(),
            _ => line.number("at", at_ns),
        };
        match self {
            Input::Init(init) => line.init(init),
            Input::Request { call, from, method, args } => line
                .number("call", *call)
                .number("from", *from as u64)
                .text("method", method)
                .json("args", args),
            Input::Reply { call, result: Some(result) } => {
                line.number("call", *call).json("result", result)
            }
            Input::Reply { call, result: None } => line.number("call", *call).json("lost", b"true"),
            Input::Message { from, method, body } => {
                line.number("from", *from as u64).text("method", method).json("body", body)
            }
            Input::Timer { id } => line.text("id", id),
            Input::Start { command } => line.bytes("command", command),
            Input::Snapshot { index, data } => line.number("index", *index).bytes("data", data),
            Input::Synced { upto } => line.number("upto", *upto),
            Input::ReadIndex { read } => line.number("read", *read),
            Input::Tick | Input::State | Input::Inspect | Input::Hello | Input::Reset => &mut line,
        };
        line.end()
    }
}

/// A line under way.
struct Line(String);

impl Line {
    fn begin(name: &str) -> Line {
        Line(format!("{{\"type\":\"{name}\""))
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    /// Names are plain letters.
    fn name(&mut self, name: &str) {
        self.0.push_str(",\"");
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    fn number(&mut self, name: &str, number: u64) -> &mut Line {
        self.name(name);
        Number(number).write(&mut self.0);
        self
    }

    fn text(&mut self, name: &str, text: &str) -> &mut Line {
        self.name(name);
        self.0.push_str(&serde_json::Value::from(text).to_string());
        self
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) -> &mut Line {
        self.name(name);
        self.0.push('"');
        BASE64_STANDARD.encode_string(bytes, &mut self.0);
        self.0.push('"');
        self
    }

    /// What was read as JSON is UTF-8.
    fn json(&mut self, name: &str, json: &[u8]) -> &mut Line {
        self.name(name);
        self.0.push_str(&String::from_utf8_lossy(json));
        self
    }

    fn init(&mut self, init: &Init) -> &mut Line {
        let Init { me, servers, seed, options, state, records, snapshot } = init;
        self.number("me", *me as u64);
        self.name("servers");
        let numbers: Vec<String> = (0..*servers).map(|server| server.to_string()).collect();
        self.0.push_str(&format!("[{}]", numbers.join(",")));
        self.number("seed", *seed);
        let RaftOptions { heartbeat_ms, election_timeout_min_ms, election_timeout_max_ms } =
            options;
        self.name("options");
        self.0.push_str(&format!(
            "{{\"heartbeat_ms\":{heartbeat_ms},\"election_timeout_min_ms\":{election_timeout_min_ms},\
             \"election_timeout_max_ms\":{election_timeout_max_ms}}}"
        ));
        self.json("state", state.as_deref().unwrap_or(b"null"));
        self.json("records", &[b"[", &*records.join(&b","[..]), b"]"].concat());
        match snapshot {
            Some(snapshot) => self.bytes("snapshot", snapshot),
            None => self.json("snapshot", b"null"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_happens_and_when() {
        let request = Input::Request {
            call: 3,
            from: 1,
            method: "RequestVote",
            args: br#"{"term":7, "x":[]}"#.to_vec(),
        };
        assert_eq!(
            request.line(5_000),
            r#"{"type":"request","at":5000,"call":3,"from":1,"method":"RequestVote","args":{"term":7, "x":[]}}"#
        );
        assert_eq!(
            Input::Reply { call: 1 << 53, result: None }.line(0),
            r#"{"type":"reply","at":0,"call":"9007199254740992","lost":true}"#
        );
        let start = Input::Start { command: Bytes::from_static(b"x = 1") };
        assert_eq!(start.line(1), r#"{"type":"start","at":1,"command":"eCA9IDE="}"#);
        let timer = Input::Timer { id: "a \"b\"\n".to_owned() };
        assert_eq!(timer.line(1), r#"{"type":"timer","at":1,"id":"a \"b\"\n"}"#);
    }

    #[test]
    fn the_first_line_of_a_life_is_json_whatever_was_stored() {
        let init = Init {
            me: 2,
            servers: 3,
            seed: 9,
            options: RaftOptions {
                heartbeat_ms: 100,
                election_timeout_min_ms: 350,
                election_timeout_max_ms: 700,
            },
            state: Some(b"{\"currentTerm\":4}".to_vec()),
            records: vec![b"1".to_vec(), b"\"YQ==\"".to_vec()],
            snapshot: None,
        };
        let line = Input::Init(init).line(0);
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["servers"], serde_json::json!([0, 1, 2]));
        assert_eq!(read["state"]["currentTerm"], 4);
        assert_eq!(read["records"], serde_json::json!([1, "YQ=="]));
        assert_eq!(read["options"]["heartbeat_ms"], 100);
        assert!(read["snapshot"].is_null());
    }
}
