//! A child process: it is asked by a line, and answers with lines, the last of which ends the answer.

mod last_words;
mod patience;
mod spawner;

use crate::program::{AnswerLimits, Program};
use crate::protocol::{ANSWER_BYTES_MAX, Answer, Hello, Input, LINE_BYTES_MAX, Output};
use last_words::LastWords;
use patience::{Pace, Watchman};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

pub(crate) use spawner::in_background;

/// How much of a line is shown.
const SHOWN_CHARACTERS_MAX: usize = 300;
/// How many of its last lines on standard error are shown.
const LAST_LINES_SHOWN: usize = 40;
/// How long the end of a process that writes no more is waited for.
const END_TIME: Duration = Duration::from_secs(1);

/// Why a child can't go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", details.iter().map(|line| format!("\n{line}")).collect::<String>())]
pub struct Trouble {
    /// In a sentence.
    pub message: String,
    /// More about it, a line each.
    pub details: Vec<String>,
}

/// A process, with its whole group. It is killed when this is dropped.
pub(crate) struct Child {
    process: std::process::Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    last_words: Arc<LastWords>,
    pace: Arc<Pace>,
    line: Vec<u8>,
    /// It has been told to forget everything, and has not answered yet.
    is_resetting: bool,
}

impl Child {
    /// Starts the program and hears who it is.
    ///
    /// # Errors
    /// When it can't be started, or does not say who it is.
    pub(crate) fn start(
        program: &Program,
        limits: AnswerLimits,
    ) -> Result<(Child, Hello), Trouble> {
        let cannot = |error: &dyn std::fmt::Display| Trouble {
            message: format!("can't start `{}`: {error}", program.command),
            details: Vec::new(),
        };
        let mut process = spawner::spawn(program).map_err(|error| cannot(&format!("{error:#}")))?;
        let (Some(input), Some(output), Some(errors)) =
            (process.stdin.take(), process.stdout.take(), process.stderr.take())
        else {
            unreachable!("all three are pipes");
        };
        let last_words = LastWords::of(errors).map_err(|error| cannot(&error))?;
        let pace = Watchman::watch(process.id(), limits);
        let mut child = Child {
            process,
            input: Some(input),
            output: BufReader::with_capacity(1 << 16, output),
            last_words,
            pace,
            line: Vec::new(),
            is_resetting: false,
        };
        let answer = child.ask(&Input::Hello, &Input::Hello.line(0), |_| ())?;
        let hello = answer.outputs.into_iter().find_map(|output| match output {
            Output::Hello(hello) => Some(hello),
            _ => None,
        });
        Ok((child, hello.expect("the answer to a hello ends with one")))
    }

    /// Asks, and waits for the whole answer; `heard` gets each of its lines.
    ///
    /// # Errors
    /// When the child ends, breaks the protocol, or takes too long. Nothing more can be asked of it then.
    pub(crate) fn ask(
        &mut self,
        input: &Input,
        line: &str,
        heard: impl FnMut(&[u8]),
    ) -> Result<Answer, Trouble> {
        if line.len() > LINE_BYTES_MAX {
            let bytes = line.len();
            let message = format!(
                "a line `{}` of {bytes} bytes: {LINE_BYTES_MAX} are the most",
                input.name()
            );
            return Err(Trouble { message, details: Vec::new() });
        }
        self.pace.begins();
        let answer = match self.write(line) {
            Ok(()) => self.hear(input, line, heard),
            Err(error) => {
                Err(self.ended(input, line, &format!("it does not read any more ({error})")))
            }
        };
        self.pace.ends();
        answer
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        let input = self.input.as_mut().expect("it is open while the child is asked");
        input.write_all(line.as_bytes())?;
        input.write_all(b"\n")
    }

    fn hear(
        &mut self,
        input: &Input,
        asked: &str,
        mut heard: impl FnMut(&[u8]),
    ) -> Result<Answer, Trouble> {
        let mut answer = Answer::default();
        let mut bytes = 0;
        loop {
            self.line.clear();
            let limit = LINE_BYTES_MAX as u64 + 1;
            let read = self.output.by_ref().take(limit).read_until(b'\n', &mut self.line);
            if let Err(error) = read {
                return Err(self.ended(input, asked, &format!("it can't be read ({error})")));
            }
            if self.line.last() != Some(&b'\n') {
                if self.line.len() > LINE_BYTES_MAX {
                    let why = format!("it wrote a line of more than {LINE_BYTES_MAX} bytes");
                    return Err(self.broken(asked, why));
                }
                let what = match self.line.is_empty() {
                    true => "it ended",
                    false => "it ended in the middle of a line",
                };
                return Err(self.ended(input, asked, what));
            }
            bytes += self.line.len();
            let line = self.line.trim_ascii_end();
            heard(line);
            match answer.take(input, line) {
                Ok(true) => return Ok(answer),
                Ok(false) if bytes > ANSWER_BYTES_MAX => {
                    let why =
                        format!("an answer of more than {ANSWER_BYTES_MAX} bytes, without `done`");
                    return Err(self.broken(asked, why));
                }
                Ok(false) => {}
                Err(broken) => return Err(self.broken(asked, broken.to_string())),
            }
        }
    }

    /// Tells it to forget everything, and does not wait until it has.
    ///
    /// # Errors
    /// When it does not read any more.
    pub(crate) fn begin_reset(&mut self) -> io::Result<()> {
        self.is_resetting = true;
        self.write(&Input::Reset.line(0))
    }

    /// Waits until it has forgotten everything, if it was told to.
    ///
    /// # Errors
    /// As [`Child::ask`].
    pub(crate) fn end_reset(&mut self) -> Result<(), Trouble> {
        if !std::mem::take(&mut self.is_resetting) {
            return Ok(());
        }
        self.pace.begins();
        let answer = self.hear(&Input::Reset, &Input::Reset.line(0), |_| ());
        self.pace.ends();
        answer.map(|_| ())
    }

    /// It has written what it must not.
    fn broken(&self, asked: &str, message: String) -> Trouble {
        let line = String::from_utf8_lossy(self.line.trim_ascii_end());
        let mut details = vec![
            format!("it wrote:     {}", shown(&line)),
            format!("it was given: {}", shown(asked)),
        ];
        details.extend(self.last_lines());
        Trouble { message, details }
    }

    /// It writes no more.
    fn ended(&mut self, input: &Input, asked: &str, what: &str) -> Trouble {
        let message = match self.pace.verdict() {
            Some(verdict) => format!("{verdict} to answer `{}`", input.name()),
            None => {
                let how = self.wait().map_or("and runs on".to_owned(), |status| status.to_string());
                format!("{what} when it was given `{}`: {how}", input.name())
            }
        };
        let mut details = vec![format!("it was given: {}", shown(asked))];
        if self.pace.verdict().is_some() {
            details.push(
                "it must end its answer with a line `done`, and flush what it writes before it reads on"
                    .to_owned(),
            );
        }
        details.extend(self.last_lines());
        Trouble { message, details }
    }

    /// How it ended, if it does within a moment; otherwise it is killed.
    fn wait(&mut self) -> Option<ExitStatus> {
        self.input = None;
        self.last_words.wait(END_TIME);
        let has_ended = patience::ends_within(self.process.id(), END_TIME);
        // Before its number can be another's: what it started must not outlive it.
        self.pace.kill();
        self.process.wait().ok().filter(|_| has_ended)
    }

    fn last_lines(&self) -> Vec<String> {
        self.last_words.wait(Duration::from_millis(20));
        let text = self.last_words.text();
        let lines: Vec<&str> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(LAST_LINES_SHOWN)..];
        let head = (!last.is_empty()).then(|| "its last words on standard error:".to_owned());
        head.into_iter().chain(last.iter().map(|line| format!("  {}", shown(line)))).collect()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // What it started ends with it. Before it is waited for: its number can be another's afterwards.
        self.pace.kill();
        // It has been killed.
        let _ = self.process.wait();
    }
}

fn shown(line: &str) -> String {
    match line.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}… ({} bytes)", &line[..end], line.len()),
        None => line.to_owned(),
    }
}

/// How a child's three streams are connected.
fn pipes(command: &mut std::process::Command) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
}
