//! What clients did and were answered, `labtest.history/v2`: JSON lines, a header and then, in the order of
//! time, a line each time that a client begins something or learns how it ended.
//!
//! ```text
//! {"schema":"labtest.history/v2","test":"4B::basic_agree","seed":7,"implementation":"raft"}
//! {"at":577000000,"process":0,"type":"invoke","f":"one","value":"101"}
//! {"at":617000000,"process":0,"type":"ok","f":"one","value":"101","index":1}
//! ```
//!
//! [`Writer`] writes it. [`read`] reads the histories of clients that hand in commands, as here; those
//! of clients of a store, with `"model":"kv"` in the header, are read by a checker of that model.

mod read;
mod write;

pub use read::{is_of_store, read};
pub use write::{StoreLine, StoreValue, Writer};

use serde::{Deserialize, Serialize};

/// The version before, which is read too: without keys and values that are not text.
pub(crate) const SCHEMA_BEFORE: &str = "labtest.history/v1";

/// The version that is written and read.
pub const SCHEMA: &str = "labtest.history/v2";

/// The model of histories whose clients have a store.
const STORE: &str = "kv";

/// The first line: what was run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA`].
    pub schema: String,
    /// The test's name, `4B::basic_agree`.
    #[serde(default)]
    pub test: String,
    /// The seed; none where chance comes from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Whose Raft it was.
    #[serde(default)]
    pub implementation: String,
    /// `kv` if clients have a store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl Header {
    /// The header of a run; with clients of a store, or with clients that hand in commands.
    pub fn new(test: &str, seed: Option<u64>, implementation: &str, of_store: bool) -> Header {
        Header {
            schema: SCHEMA.to_string(),
            test: test.to_string(),
            seed,
            implementation: implementation.to_string(),
            model: of_store.then(|| STORE.to_string()),
        }
    }
}

/// What a line says of its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// It begins.
    Invoke,
    /// It is done.
    Ok,
    /// It has not taken effect and never will.
    Fail,
    /// The client gave up: it may take effect yet, at any time.
    Info,
}

impl Type {
    /// Its name in a history.
    pub fn name(self) -> &'static str {
        match self {
            Type::Invoke => "invoke",
            Type::Ok => "ok",
            Type::Fail => "fail",
            Type::Info => "info",
        }
    }
}

/// An operation that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Whose it is; a process does one thing at a time.
    pub process: u64,
    /// What is done: `one`, `submit`.
    pub function: String,
    /// With which command: its words, and its hash after them where they are not all of it.
    pub value: String,
    /// Its place in the log, if its client got an acknowledgement.
    pub done_at_index: Option<u64>,
    /// When its client was answered, in nanoseconds.
    pub answered_at: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Command, Output};

    #[test]
    fn a_history_is_read_as_it_was_written() {
        let header = Header::new("4B::basic_agree", Some(7), "raft", false);
        let mut writer = Writer::new(Output::memory(), &header);
        let whole = Command { text: "101", digest: None };
        let cut = Command { text: "aaa…", digest: Some(0xabc) };
        assert_eq!(writer.invoke(1, 10, "one", whole), 0);
        assert_eq!(writer.invoke(2, 11, "submit", cut), 1);
        writer.answer(3, 10, "one", whole, (Type::Ok, Some(4)));
        writer.answer(5, 11, "submit", cut, (Type::Info, None));
        let text = writer.finish().unwrap();
        let first = text.lines().next().unwrap();
        assert_eq!(first, serde_json::to_string(&header).unwrap());
        assert!(!is_of_store(&text));
        let [one, submit] = read(&text).unwrap().try_into().unwrap();
        assert_eq!((one.function.as_str(), one.value.as_str()), ("one", "101"));
        assert_eq!((one.process, one.done_at_index, one.answered_at), (0, Some(4), 3));
        assert_eq!((submit.process, submit.done_at_index), (1, None));
        assert_eq!(submit.value, "aaa…0000000000000abc");
    }

    #[test]
    fn a_store_has_lines_with_key_value_and_version() {
        let header = Header::new("kv::basic", None, "raft", true);
        let mut writer = Writer::new(Output::memory(), &header);
        let line = StoreLine {
            process: 0,
            kind: Type::Invoke,
            function: "cas",
            key: "x",
            value: StoreValue::Pair(None, "2"),
            version: None,
        };
        writer.store(1, &line);
        let ok = StoreLine { kind: Type::Ok, value: StoreValue::Refused, ..line };
        writer.store(2, &ok);
        let value = StoreValue::Found(None);
        let got = StoreLine { kind: Type::Ok, function: "get", value, version: Some(3), ..line };
        writer.store(3, &got);
        let text = writer.finish().unwrap();
        assert!(is_of_store(&text));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let expected = [
            r#"{"at":1,"process":0,"type":"invoke","f":"cas","key":"x","value":[null,"2"]}"#,
            r#"{"at":2,"process":0,"type":"ok","f":"cas","key":"x","value":false}"#,
            r#"{"at":3,"process":0,"type":"ok","f":"get","key":"x","value":null,"version":3}"#,
        ];
        assert_eq!(lines, expected);
    }
}
