//! Who answers for the cluster: the program, or what it said in a run before.

use super::spares;
use crate::child::{Child, Trouble};
use parking_lot::Mutex;
use std::sync::Arc;

/// Beyond this nothing more is noted: such a run can only be made anew.
const TAPE_BYTES_MAX: usize = 512 << 20;

pub(super) enum Speaker {
    /// The program, and where what it says is noted.
    Program(Child, Option<Arc<Tape>>),
    /// A tape, and how far it has been heard.
    Tape(Arc<Tape>, usize),
}

/// All lines that a program said in a run, and why it ended if it did.
#[derive(Default)]
pub(super) struct Tape(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    lines: Vec<u8>,
    trouble: Option<Trouble>,
    is_full: bool,
}

impl Speaker {
    /// As [`Child::converse`]. A tape gives the same answers to the same lines.
    pub(super) fn converse(
        &mut self,
        name: &str,
        line: &str,
        mut take: impl FnMut(&[u8]) -> Result<bool, String>,
    ) -> Result<(), Trouble> {
        match self {
            Speaker::Program(child, None) => child.converse(name, line, take),
            Speaker::Program(child, Some(tape)) => {
                let mut noted = tape.0.lock();
                let answered = child.converse(name, line, |line| {
                    noted.note(line);
                    take(line)
                });
                noted.trouble = answered.as_ref().err().cloned();
                answered
            }
            Speaker::Tape(tape, heard) => tape.0.lock().converse(heard, take),
        }
    }

    /// It is not needed any more.
    pub(super) fn end(self) {
        if let Speaker::Program(child, _) = self {
            spares::end(child);
        }
    }
}

impl Noted {
    fn note(&mut self, line: &[u8]) {
        self.is_full |= self.lines.len() + line.len() >= TAPE_BYTES_MAX;
        if !self.is_full {
            self.lines.extend_from_slice(line);
            self.lines.push(b'\n');
        }
    }

    fn converse(
        &self,
        heard: &mut usize,
        mut take: impl FnMut(&[u8]) -> Result<bool, String>,
    ) -> Result<(), Trouble> {
        while let Some(end) = self.lines[*heard..].iter().position(|byte| *byte == b'\n') {
            let line = &self.lines[*heard..*heard + end];
            *heard += end + 1;
            // One that is wrong was the last, and the trouble says so.
            if let Ok(true) = take(line) {
                return Ok(());
            }
        }
        Err(self.trouble.clone().unwrap_or_else(|| Trouble {
            message: "nothing more of it was noted".to_owned(),
            details: Vec::new(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_says_what_was_noted_and_ends_as_it_did() {
        let tape = Arc::new(Tape::default());
        [&b"a"[..], b"done", b"b"].iter().for_each(|line| tape.0.lock().note(line));
        let trouble = Trouble { message: "it ended".to_owned(), details: vec!["why".to_owned()] };
        tape.0.lock().trouble = Some(trouble.clone());
        let mut speaker = Speaker::Tape(tape, 0);
        let mut heard = Vec::new();
        let mut ask = || {
            speaker.converse("x", "{}", |line| {
                heard.push(String::from_utf8_lossy(line).into_owned());
                Ok(line == b"done")
            })
        };
        assert_eq!(ask(), Ok(()));
        assert_eq!(ask(), Err(trouble));
        assert_eq!(heard, ["a", "done", "b"]);
    }

    #[test]
    fn a_tape_that_is_full_takes_no_more() {
        let mut noted = Noted { is_full: true, ..Noted::default() };
        noted.note(b"done");
        assert!(noted.converse(&mut 0, |_| Ok(true)).is_err());
    }
}
