//! What the clients did and were told, as JSON lines that `labtest check-history --model register` reads.

use super::operation::{Operation, Outcome};
use parking_lot::Mutex;
use runtime::Instant;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes a history while it goes on, and counts.
pub(super) struct Recorder {
    state: Mutex<State>,
    started: Instant,
}

struct State {
    file: BufWriter<File>,
    error: Option<io::Error>,
    counts: Counts,
}

/// What the operations of a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) answered: u64,
    pub(super) failed: u64,
    pub(super) unknown: u64,
}

impl Recorder {
    /// Begins the file of that run.
    pub(super) fn new(
        path: &Path,
        seed: u64,
        program: &str,
        started: Instant,
    ) -> io::Result<Recorder> {
        let mut file = BufWriter::new(File::create(path)?);
        let header = json!({
            "schema": lincheck::SCHEMA,
            "test": "maelstrom",
            "seed": seed,
            "implementation": program,
            "model": "register",
        });
        writeln!(file, "{header}")?;
        let state = State { file, error: None, counts: Counts::default() };
        Ok(Recorder { state: Mutex::new(state), started })
    }

    pub(super) fn invoke(&self, process: usize, key: u64, operation: &Operation) {
        let line = line(process, key, operation, "invoke", &operation.value());
        self.write(&mut self.state.lock(), line);
    }

    pub(super) fn end(&self, process: usize, key: u64, operation: &Operation, outcome: &Outcome) {
        let state = &mut *self.state.lock();
        let asked = operation.value();
        let counts = &mut state.counts;
        let (count, kind, value, why) = match outcome {
            Outcome::Ok(Value::Null) if *operation != Operation::Read => {
                (&mut counts.answered, "ok", &asked, None)
            }
            Outcome::Ok(answer) => (&mut counts.answered, "ok", answer, None),
            Outcome::Failed(why) => (&mut counts.failed, "fail", &asked, Some(why)),
            Outcome::Unknown(why) => (&mut counts.unknown, "info", &asked, Some(why)),
        };
        *count += 1;
        let mut line = line(process, key, operation, kind, value);
        if let Some(why) = why {
            line["error"] = json!(why);
        }
        self.write(state, line);
    }

    /// The time is taken while nobody else writes, so that it never goes back from line to line.
    fn write(&self, state: &mut State, mut line: Value) {
        line["at"] = json!(runtime::now().since(self.started).as_nanos() as u64);
        let written = writeln!(state.file, "{line}");
        state.error = state.error.take().or(written.err());
    }

    pub(super) fn counts(&self) -> Counts {
        self.state.lock().counts
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// The first that there was.
    pub(super) fn finish(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        match state.error.take() {
            Some(error) => Err(error),
            None => state.file.flush(),
        }
    }
}

fn line(process: usize, key: u64, operation: &Operation, kind: &str, value: &Value) -> Value {
    let f = operation.name();
    json!({"process": process, "type": kind, "f": f, "key": key, "value": value})
}

#[cfg(test)]
mod tests {
    use super::*;
    use lincheck::{ModelName, ReadOptions, RecordedHistory, Verdict};

    /// What the judge says to writes, reads and compare-and-sets, one after another.
    fn judged(operations: &[(Operation, Outcome)]) -> Verdict {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.jsonl");
        let recorder = Recorder::new(&path, 1, "node", runtime::now()).unwrap();
        for (operation, outcome) in operations {
            recorder.invoke(1, 0, operation);
            recorder.end(1, 0, operation, outcome);
        }
        recorder.finish().unwrap();
        assert_eq!(recorder.counts().answered, operations.len() as u64);
        let text = std::fs::read_to_string(path).unwrap();
        let options = ReadOptions::default();
        RecordedHistory::read(&text, ModelName::Register, &options).unwrap().explain(None).verdict
    }

    #[test]
    fn the_checker_reads_what_is_written() {
        let done = || Outcome::Ok(Value::Null);
        let cas = Operation::CompareAndSet { from: 1, to: 2 };
        let refused = (cas.clone(), Outcome::Ok(json!(false)));
        let read = |value| (Operation::Read, Outcome::Ok(value));
        let good = [
            read(Value::Null),
            (Operation::Write(1), done()),
            (cas, done()),
            refused,
            read(json!(2)),
        ];
        assert_eq!(judged(&good), Verdict::Linearizable);
        let stale = [(Operation::Write(1), done()), read(Value::Null)];
        assert_eq!(judged(&stale), Verdict::NotLinearizable);
        let refused_wrongly = [good[1].clone(), good[3].clone()];
        assert_eq!(judged(&refused_wrongly), Verdict::NotLinearizable);
    }
}
