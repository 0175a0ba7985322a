//! The answer to one line: what a child does, up to its `done`.

use super::{Done, Input, Output};

/// What a child does in answer to one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// In that order.
    pub outputs: Vec<Output>,
    /// How it ended.
    pub done: Done,
}

/// A line that breaks the protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {number} of its answer to `{to}` is wrong: {why}")]
pub struct Broken {
    /// Which line of the answer, from 1.
    pub number: usize,
    /// The type of the line that is answered.
    pub to: &'static str,
    /// What is wrong, in words for the child's author.
    pub why: String,
}

impl Answer {
    /// Takes the next line. True when the answer is over.
    ///
    /// # Errors
    /// When it may not stand there.
    pub fn take(&mut self, to: &Input, line: &[u8]) -> Result<bool, Broken> {
        let broken = |why| Broken { number: self.outputs.len() + 1, to: to.name(), why };
        let output = Output::read(line).map_err(broken)?;
        match output {
            Output::Done(_) if *to == Input::Hello => Err(broken(
                "`hello` is answered by a line `hello`, and no `done` after it".to_owned(),
            )),
            Output::Hello(_) if *to == Input::Hello => {
                self.outputs.push(output);
                Ok(true)
            }
            Output::Hello(_) => {
                Err(broken("`hello` is said once, in answer to `hello`".to_owned()))
            }
            Output::Done(done) => {
                self.done = done;
                check_end(to, &self.done).map_err(broken)?;
                Ok(true)
            }
            _ if to.is_question() => {
                Err(broken(format!("`{}` only asks: its answer is a line `done` alone", to.name())))
            }
            _ => {
                self.outputs.push(output);
                Ok(false)
            }
        }
    }
}

/// Whether the end of an answer says what was asked.
fn check_end(to: &Input, done: &Done) -> Result<(), String> {
    let wanted = match to {
        Input::Start { .. } if done.start.is_none() => {
            "`started` with index and term, or `not_leader`"
        }
        Input::State if done.term.is_none() || done.is_leader.is_none() => "`term` and `is_leader`",
        Input::Inspect if done.inspection.is_none() => {
            "`role`, `term`, `voted_for`, `commit`, `applied`, `last_index` and `last_term`"
        }
        _ => return Ok(()),
    };
    Err(format!("the `done` that answers `{}` must have {wanted}", to.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn take(to: &Input, lines: &[&str]) -> Result<bool, String> {
        let mut answer = Answer::default();
        let mut is_over = false;
        for line in lines {
            is_over = answer.take(to, line.as_bytes()).map_err(|broken| broken.to_string())?;
        }
        Ok(is_over)
    }

    #[test]
    fn an_answer_is_over_with_its_done() {
        let timer = Input::Timer { id: "x".to_owned() };
        let set = r#"{"type":"set_timer","id":"x","after":1}"#;
        assert_eq!(take(&timer, &[set]), Ok(false));
        assert_eq!(take(&timer, &[set, r#"{"type":"done"}"#]), Ok(true));
        let hello = r#"{"type":"hello","protocol":1,"name":"x"}"#;
        assert_eq!(take(&Input::Hello, &[hello]), Ok(true));
    }

    #[test]
    fn what_may_not_stand_there_is_told_with_its_place() {
        let start = Input::Start { command: Bytes::new() };
        let note = r#"{"type":"note","text":"x"}"#;
        assert_eq!(
            take(&start, &[note, r#"{"type":"done"}"#]).unwrap_err(),
            "line 2 of its answer to `start` is wrong: the `done` that answers `start` must have \
             `started` with index and term, or `not_leader`"
        );
        let set = r#"{"type":"cancel_timer","id":"x"}"#;
        assert!(take(&Input::State, &[set]).unwrap_err().contains("`state` only asks"));
        assert!(take(&Input::Hello, &[r#"{"type":"done"}"#]).is_err());
        assert!(take(&start, &[r#"{"type":"hello","protocol":1,"name":"x"}"#]).is_err());
    }
}
