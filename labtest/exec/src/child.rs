//! A child process: it is asked by a line, and answers with lines, the last of which ends the answer.

mod last_words;
mod patience;
mod spawner;
mod stacks;

use crate::program::{AnswerLimits, Program};
use crate::protocol::{ANSWER_BYTES_MAX, Answer, Hello, Input, LINE_BYTES_MAX, Output};
use last_words::LastWords;
use patience::{Over, Patience};
use rustix::event::PollFlags;
use std::io::{BufRead, BufReader, ErrorKind, Write};
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
    shows_stacks: bool,
    patience: Patience,
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
        let mut child = Child::spawn(program, limits)?;
        let answer = child.ask(&Input::Hello, &Input::Hello.line(0), |_| ())?;
        let hello = answer.outputs.into_iter().find_map(|output| match output {
            Output::Hello(hello) => Some(hello),
            _ => None,
        });
        Ok((child, hello.expect("the answer to a hello ends with one")))
    }

    /// Starts the program.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) fn spawn(program: &Program, limits: AnswerLimits) -> Result<Child, Trouble> {
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
        // What it does not read must not hold up the tester.
        rustix::io::ioctl_fionbio(&input, true).map_err(|error| cannot(&error))?;
        let patience = Patience::with(process.id(), limits, program.shows_stacks);
        Ok(Child {
            process,
            input: Some(input),
            output: BufReader::with_capacity(1 << 16, output),
            last_words,
            shows_stacks: program.shows_stacks,
            patience,
            line: Vec::new(),
            is_resetting: false,
        })
    }

    /// Asks, and waits for the whole answer; `heard` gets each of its lines.
    ///
    /// # Errors
    /// When the child ends, breaks the protocol, or takes too long. Nothing more can be asked of it then.
    pub(crate) fn ask(
        &mut self,
        input: &Input,
        line: &str,
        mut heard: impl FnMut(&[u8]),
    ) -> Result<Answer, Trouble> {
        let mut answer = Answer::default();
        self.converse(input.name(), line, |line| {
            heard(line);
            answer.take(input, line).map_err(|broken| broken.to_string())
        })?;
        Ok(answer)
    }

    /// Writes a line of that name, and gives `take` each line of the answer until it says that this is over.
    ///
    /// # Errors
    /// As [`Child::ask`].
    pub(crate) fn converse(
        &mut self,
        name: &str,
        line: &str,
        take: impl FnMut(&[u8]) -> Result<bool, String>,
    ) -> Result<(), Trouble> {
        if line.len() > LINE_BYTES_MAX {
            let bytes = line.len();
            let message =
                format!("a line `{name}` of {bytes} bytes: {LINE_BYTES_MAX} are the most");
            return Err(Trouble { message, details: Vec::new() });
        }
        self.patience.begin();
        match self.write(line) {
            Ok(()) => self.hear(name, line, take),
            Err(over) => Err(self.over(name, line, &over)),
        }
    }

    fn write(&mut self, line: &str) -> Result<(), Over> {
        // In one piece: the child wakes up once.
        self.line.clear();
        self.line.extend_from_slice(line.as_bytes());
        self.line.push(b'\n');
        let input = self.input.as_mut().expect("it is open while the child is asked");
        let mut written = 0;
        while written < self.line.len() {
            match input.write(&self.line[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.patience.until_ready(&*input, PollFlags::OUT)?;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Over::Failed(error)),
            }
        }
        Ok(())
    }

    fn hear(
        &mut self,
        name: &str,
        asked: &str,
        mut take: impl FnMut(&[u8]) -> Result<bool, String>,
    ) -> Result<(), Trouble> {
        let mut bytes = 0;
        loop {
            match self.read_line() {
                Ok(true) => {}
                Ok(false) => {
                    let why = format!("it wrote a line of more than {LINE_BYTES_MAX} bytes");
                    return Err(self.broken(asked, why));
                }
                Err(over) => return Err(self.over(name, asked, &over)),
            }
            bytes += self.line.len();
            match take(self.line.trim_ascii_end()) {
                Ok(true) => return Ok(()),
                Ok(false) if bytes > ANSWER_BYTES_MAX => {
                    let why =
                        format!("an answer of more than {ANSWER_BYTES_MAX} bytes, without `done`");
                    return Err(self.broken(asked, why));
                }
                Ok(false) => {}
                Err(broken) => return Err(self.broken(asked, broken)),
            }
        }
    }

    /// Reads the next line. False when that is too long.
    fn read_line(&mut self) -> Result<bool, Over> {
        self.line.clear();
        loop {
            if self.output.buffer().is_empty() {
                self.patience.until_ready(self.output.get_ref(), PollFlags::IN)?;
            }
            let mut read = self.output.fill_buf().map_err(Over::Failed)?;
            if read.is_empty() {
                return Err(Over::Ended);
            }
            let taken = read.read_until(b'\n', &mut self.line).map_err(Over::Failed)?;
            self.output.consume(taken);
            if self.line.len() > LINE_BYTES_MAX + 1 {
                return Ok(false);
            }
            if self.line.ends_with(b"\n") {
                return Ok(true);
            }
        }
    }

    /// Tells it to forget everything, and does not wait until it has. False when it does not read any more.
    pub(crate) fn begin_reset(&mut self) -> bool {
        self.is_resetting = true;
        self.patience.begin();
        self.write(&Input::Reset.line(0)).is_ok()
    }

    /// Waits until it has forgotten everything, if it was told to.
    ///
    /// # Errors
    /// As [`Child::ask`].
    pub(crate) fn end_reset(&mut self) -> Result<(), Trouble> {
        if !std::mem::take(&mut self.is_resetting) {
            return Ok(());
        }
        self.patience.begin();
        let mut answer = Answer::default();
        let take =
            |line: &[u8]| answer.take(&Input::Reset, line).map_err(|broken| broken.to_string());
        self.hear(Input::Reset.name(), &Input::Reset.line(0), take)
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

    /// Nothing more comes from it.
    fn over(&mut self, to: &str, asked: &str, over: &Over) -> Trouble {
        let message = match over {
            Over::TooLong(verdict) => format!("{verdict} to answer `{to}`"),
            Over::Failed(error) if error.kind() != ErrorKind::BrokenPipe => {
                format!("it can't be talked with when it is given `{to}`: {error}")
            }
            Over::Ended | Over::Failed(_) => {
                let how = self.end().map_or("and runs on".to_owned(), |status| status.to_string());
                format!("it ended when it was given `{to}`: {how}")
            }
        };
        let mut details = vec![format!("it was given: {}", shown(asked))];
        if let (Over::TooLong(_), false) = (over, self.shows_stacks) {
            details.push(
                "it must end its answer with a line `done`, and flush what it writes before it reads on"
                    .to_owned(),
            );
        }
        details.extend(self.last_lines());
        Trouble { message, details }
    }

    /// How it ended, if it does within a moment; otherwise it is killed.
    fn end(&mut self) -> Option<ExitStatus> {
        self.input = None;
        let has_ended = self.patience.ends_within(END_TIME);
        // Before its number can be another's: what it started must not outlive it.
        self.patience.kill();
        self.process.wait().ok().filter(|_| has_ended)
    }

    fn last_lines(&self) -> Vec<String> {
        self.last_words.wait(Duration::from_millis(20));
        let text = self.last_words.text();
        if let (true, Some(told)) = (self.shows_stacks, stacks::told(&text)) {
            return told;
        }
        let lines: Vec<&str> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(LAST_LINES_SHOWN)..];
        let head = (!last.is_empty()).then(|| "its last words on standard error:".to_owned());
        head.into_iter().chain(last.iter().map(|line| format!("  {}", shown(line)))).collect()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // What it started ends with it. Before it is waited for: its number can be another's afterwards.
        self.patience.kill();
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
