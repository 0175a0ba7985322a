//! One server's side of a run: the lines that its children were given, and what they wrote.

use crate::protocol::Input;
use parking_lot::Mutex;
use std::sync::Arc;

/// The lines of one server, over all of its lives.
#[derive(Clone, Debug)]
pub struct Transcript {
    server: usize,
    lines: Arc<Mutex<Lines>>,
}

#[derive(Debug, Default)]
struct Lines {
    inputs: Vec<String>,
    outputs: Vec<String>,
    lives: usize,
}

impl Transcript {
    /// Of that server.
    pub fn of(server: usize) -> Transcript {
        Transcript { server, lines: Arc::default() }
    }

    /// The lines that were given, as one child would get them all: with a `hello` first, and a `reset` between
    /// two lives.
    pub fn inputs(&self) -> Vec<String> {
        self.lines.lock().inputs.clone()
    }

    /// The lines that were written in answer to those, but for that to `hello`.
    pub fn outputs(&self) -> Vec<String> {
        self.lines.lock().outputs.clone()
    }

    /// How often the server was started.
    pub fn lives(&self) -> usize {
        self.lines.lock().lives
    }

    /// A life of a server begins; what is returned takes its lines, if they are wanted.
    pub(crate) fn life(&self, server: usize, can_reset: bool) -> Option<Transcript> {
        if server != self.server {
            return None;
        }
        let mut lines = self.lines.lock();
        lines.lives += 1;
        match (lines.lives, can_reset) {
            (1, _) => lines.inputs.push(Input::Hello.line(0)),
            (_, true) => {
                lines.inputs.push(Input::Reset.line(0));
                lines.outputs.push(r#"{"type":"done"}"#.to_owned());
            }
            // A child that can't forget has one life only: the last is kept.
            (_, false) => {
                lines.inputs.truncate(1);
                lines.outputs.clear();
            }
        }
        Some(self.clone())
    }

    pub(crate) fn input(&self, line: &str) {
        self.lines.lock().inputs.push(line.to_owned());
    }

    pub(crate) fn output(&self, line: &[u8]) {
        self.lines.lock().outputs.push(String::from_utf8_lossy(line).into_owned());
    }
}
