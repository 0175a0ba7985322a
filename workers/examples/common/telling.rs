//! From a seed to a story, and from a story to the screen.

use super::Narrator;
use super::narrator::{Line, LineKind};
use clap::Args;
use runtime::Simulation;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// At a person's pace no two lines come closer together than that.
const LINE_GAP: Duration = Duration::from_millis(250);

/// How fast a story is told.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Pace {
    /// Tell the same run at a person's pace: no faster than its own clock, and line by line
    #[arg(long)]
    pub realtime: bool,
}

/// A story, and how it ended.
pub struct Told {
    lines: Vec<Line>,
    /// An error is why it did not come to its end.
    pub ended: Result<(), String>,
}

/// Runs a story on the virtual clock.
pub fn run<F>(seed: u64, story: impl FnOnce(Arc<Narrator>) -> F) -> Told
where
    F: Future<Output = Result<(), String>> + 'static,
{
    let narrator = Arc::new(Narrator::default());
    let finished = Simulation::new(seed).run(story(Arc::clone(&narrator)));
    let ended = finished.result.map_err(|error| error.to_string()).flatten();
    Told { lines: narrator.take_lines(), ended }
}

impl Told {
    /// All of it, as it is printed.
    pub fn text(&self) -> String {
        self.lines.iter().map(shown).collect()
    }
}

fn shown(line: &Line) -> String {
    match line.kind {
        LineKind::Title => format!("\n{}\n", line.text),
        LineKind::Event => {
            let seconds = line.at.as_nanos() as f64 / 1e9;
            format!("{seconds:9.4} s  {}\n", line.text)
        }
        LineKind::Plain => format!("{}\n", line.text),
    }
}

/// Prints a story. The exit code says whether it came to its end.
pub fn tell(told: &Told, pace: Pace) -> ExitCode {
    let printed = print(&told.lines, pace, &mut io::stdout().lock());
    match (printed, &told.ended) {
        (Err(error), _) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        (Err(error), _) => fail(&format!("can't print: {error}")),
        (Ok(()), Err(error)) => fail(error),
        (Ok(()), Ok(())) => ExitCode::SUCCESS,
    }
}

fn print(lines: &[Line], pace: Pace, output: &mut dyn Write) -> io::Result<()> {
    let mut before = runtime::Instant::START;
    for line in lines {
        if pace.realtime {
            wait(line.at.since(before).max(LINE_GAP));
            before = line.at;
        }
        write!(output, "{}", shown(line))?;
        output.flush()?;
    }
    Ok(())
}

// The run is over by now: this is the reader's clock.
#[allow(clippy::disallowed_methods)]
fn wait(duration: Duration) {
    std::thread::sleep(duration);
}

fn fail(error: &str) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

/// Compares with what was recorded; with UPDATE=1 records it.
///
/// # Panics
/// When the two differ, at the first line where they do.
pub fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/golden").join(name);
    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(&path, text).expect("the golden file can be written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (is, was)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(is, was, "{name}, line {}; UPDATE=1 records it anew", number + 1);
    }
    let lengths = (text.lines().count(), expected.lines().count());
    assert_eq!(lengths.0, lengths.1, "{name}: lines; UPDATE=1 records it anew");
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime::Instant;

    #[test]
    fn at_a_persons_pace_the_same_lines_come_one_by_one() {
        let line = |text: &str, kind| Line { at: Instant::START, text: text.to_owned(), kind };
        let lines = [line("begin", LineKind::Title), line("end", LineKind::Event)];
        let told = Told { lines: lines.to_vec(), ended: Ok(()) };
        let mut printed = Vec::new();
        let start = runtime::now();
        print(&lines, Pace { realtime: true }, &mut printed).unwrap();
        assert!(runtime::now().since(start) >= 2 * LINE_GAP);
        assert_eq!(String::from_utf8(printed).unwrap(), told.text());
        assert_eq!(told.text(), "\nbegin\n   0.0000 s  end\n");
    }
}
