//! The lines of the style `cluster`.

use crate::protocol::LINE_BYTES_MAX;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use raft_api::State;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt::Write;

/// A line for the program, under way.
pub(super) struct Told {
    pub(super) name: &'static str,
    pub(super) line: String,
}

impl Told {
    /// What happens at that time of the run, in nanoseconds.
    pub(super) fn new(name: &'static str, at_ns: u64) -> Told {
        Told { name, line: format!("{{\"type\":\"{name}\",\"at\":{at_ns}") }
    }

    pub(super) fn number(mut self, name: &str, number: u64) -> Told {
        // A String takes whatever is written.
        let _ = write!(self.line, ",\"{name}\":{number}");
        self
    }

    pub(super) fn bytes(mut self, name: &str, bytes: &[u8]) -> Told {
        let _ = write!(self.line, ",\"{name}\":\"");
        BASE64_STANDARD.encode_string(bytes, &mut self.line);
        self.line.push('"');
        self
    }

    pub(super) fn end(mut self) -> Told {
        self.line.push('}');
        self
    }
}

/// What one life of a server does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Does {
    Call {
        call: u64,
        to: usize,
        method: String,
        args: Vec<u8>,
    },
    Reply {
        call: u64,
        of: u64,
        result: Vec<u8>,
    },
    Persist {
        state: Vec<u8>,
        /// Of a state that is told by what is new in it.
        patch: Option<Patch>,
        snapshot: Option<Bytes>,
    },
    Apply {
        index: u64,
        command: Bytes,
    },
    ApplySnapshot {
        index: u64,
        data: Bytes,
    },
    /// A client's command has a place, or was refused.
    Started {
        call: u64,
        place: Option<(u64, u64)>,
    },
    Says(State),
    Note(String),
    Fail(String),
}

/// Where the new bytes of a state are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Patch {
    size: usize,
    /// Where each piece begins, and how long it is.
    places: Vec<usize>,
}

impl Patch {
    /// Makes a state of the one before it and its new bytes. None where they don't fit.
    pub(super) fn apply(&self, state: &mut Vec<u8>, new: &[u8]) -> Option<()> {
        state.resize(self.size, 0);
        let mut rest = new;
        for piece in self.places.chunks(2) {
            let [from, length] = piece else { return None };
            let (bytes, behind) = rest.split_at_checked(*length)?;
            state.get_mut(*from..from.checked_add(*length)?)?.copy_from_slice(bytes);
            rest = behind;
        }
        Some(())
    }
}

/// A line of the program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Hello {
        name: String,
    },
    /// Of a server's life.
    Does {
        server: usize,
        life: u64,
        does: Does,
    },
    /// The answer is over. What it says happens at `now`, and the next timer is due at `next`, in nanoseconds.
    Done {
        now: u64,
        next: Option<u64>,
    },
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    protocol: Option<u64>,
    style: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
    server: Option<usize>,
    life: Option<u64>,
    call: Option<u64>,
    of: Option<u64>,
    to: Option<usize>,
    method: Option<Cow<'a, str>>,
    #[serde(borrow)]
    args: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    state: Option<Cow<'a, str>>,
    snapshot: Option<Cow<'a, str>>,
    data: Option<Cow<'a, str>>,
    text: Option<Cow<'a, str>>,
    index: Option<u64>,
    term: Option<u64>,
    is_leader: Option<bool>,
    size: Option<usize>,
    places: Option<Vec<usize>>,
    now: Option<u64>,
    next: Option<u64>,
}

impl Line {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(line: &[u8]) -> Result<Line, String> {
        let fields: Fields<'_> =
            serde_json::from_slice(line).map_err(|error| format!("it is no such line: {error}"))?;
        match &*fields.kind {
            "done" => Ok(Line::Done { now: needed(fields.now, "now")?, next: fields.next }),
            "hello" => fields.hello(),
            _ => {
                let does = fields.does()?;
                let server = needed(fields.server, "server")?;
                Ok(Line::Does { server, life: needed(fields.life, "life")?, does })
            }
        }
    }
}

impl Fields<'_> {
    fn hello(&self) -> Result<Line, String> {
        if self.protocol != Some(1) || self.style.as_deref() != Some("cluster") {
            return Err("its `hello` must have `protocol` 1 and `style` \"cluster\"".to_owned());
        }
        Ok(Line::Hello { name: needed(self.name.as_deref(), "name")?.to_owned() })
    }

    fn does(&self) -> Result<Does, String> {
        Ok(match &*self.kind {
            "call" => Does::Call {
                call: needed(self.call, "call")?,
                to: needed(self.to, "to")?,
                method: needed(self.method.as_deref(), "method")?.to_owned(),
                args: json(self.args, "args")?,
            },
            "reply" => Does::Reply {
                call: needed(self.call, "call")?,
                of: needed(self.of, "of")?,
                result: json(self.result, "result")?,
            },
            "persist" => Does::Persist {
                state: base64(self.state.as_deref(), "state")?,
                patch: self.size.zip(self.places.clone()).and_then(|(size, places)| {
                    (size <= LINE_BYTES_MAX).then_some(Patch { size, places })
                }),
                snapshot: match &self.snapshot {
                    Some(snapshot) => Some(base64(Some(&**snapshot), "snapshot")?.into()),
                    None => None,
                },
            },
            "apply" => Does::Apply {
                index: needed(self.index, "index")?,
                command: base64(self.data.as_deref(), "data")?.into(),
            },
            "apply_snapshot" => Does::ApplySnapshot {
                index: needed(self.index, "index")?,
                data: base64(self.data.as_deref(), "data")?.into(),
            },
            "started" => {
                Does::Started { call: needed(self.call, "call")?, place: self.index.zip(self.term) }
            }
            "state" => Does::Says(State {
                term: needed(self.term, "term")?,
                is_leader: needed(self.is_leader, "is_leader")?,
            }),
            "note" => Does::Note(needed(self.text.as_deref(), "text")?.to_owned()),
            "fail" => Does::Fail(needed(self.text.as_deref(), "text")?.to_owned()),
            other => return Err(format!("there is no type `{other}` of lines that it writes")),
        })
    }
}

fn needed<T>(field: Option<T>, name: &str) -> Result<T, String> {
    field.ok_or_else(|| format!("it must have `{name}`"))
}

fn json(field: Option<&RawValue>, name: &str) -> Result<Vec<u8>, String> {
    Ok(needed(field, name)?.get().as_bytes().to_vec())
}

fn base64(field: Option<&str>, name: &str) -> Result<Vec<u8>, String> {
    let bytes = BASE64_STANDARD.decode(needed(field, name)?);
    bytes.map_err(|error| format!("`{name}` must be bytes in base64: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_and_read() {
        let told = Told::new("start", 7).number("server", 2).bytes("data", b"x = 1").end();
        assert_eq!(told.line, r#"{"type":"start","at":7,"server":2,"data":"eCA9IDE="}"#);
        let line = br#"{"type":"started","server":2,"life":3,"call":4,"index":5,"term":6}"#;
        let does = Does::Started { call: 4, place: Some((5, 6)) };
        assert_eq!(Line::read(line), Ok(Line::Does { server: 2, life: 3, does }));
        assert_eq!(
            Line::read(br#"{"type":"done","now":8,"next":9}"#),
            Ok(Line::Done { now: 8, next: Some(9) })
        );
    }

    #[test]
    fn a_state_is_told_by_what_is_new() {
        let line =
            br#"{"type":"persist","server":0,"life":1,"state":"WFla","size":6,"places":[1,1,4,2]}"#;
        let Ok(Line::Does { does: Does::Persist { state: new, patch: Some(patch), .. }, .. }) =
            Line::read(line)
        else {
            panic!("it is a patch")
        };
        let mut state = b"abcd".to_vec();
        assert_eq!(patch.apply(&mut state, &new), Some(()));
        assert_eq!(state, b"aXcdYZ");
        assert_eq!(patch.apply(&mut state, b"X"), None);
    }

    #[test]
    fn what_is_wrong_is_told_by_its_field() {
        let told = |line: &str| Line::read(line.as_bytes()).unwrap_err();
        assert_eq!(told(r#"{"type":"apply","server":0,"life":1}"#), "it must have `index`");
        assert!(told(r#"{"type":"sing"}"#).starts_with("there is no type `sing`"));
        assert!(told(r#"{"type":"hello","protocol":1}"#).contains("`style` \"cluster\""));
        assert!(told("hm").starts_with("it is no such line"));
    }
}
