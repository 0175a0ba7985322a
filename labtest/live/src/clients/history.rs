//! What clients asked and were told, as histories that a checker reads.

mod lines;

use super::{Operation, Outcome};
use lincheck::ModelName;
use parking_lot::Mutex;
use runtime::Instant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// The models whose histories clients make.
pub const MODELS: [ModelName; 4] =
    [ModelName::Kv, ModelName::Append, ModelName::Counter, ModelName::MultiRegister];

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asking {
    pub client: u64,
    pub process: u64,
    pub roams: bool,
}

/// One operation of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which client.
    pub client: u64,
    /// The process: a client whose last operation has an unknown outcome goes on as another one.
    pub process: u64,
    /// Whether the client looks for the server that leads.
    pub roams: bool,
    /// When it began, before anything was sent.
    pub begun: Moment,
    /// What was asked.
    pub operation: Operation,
    /// When it ended, at which server, and with what; none while it is open.
    pub ended: Option<(Moment, usize, Outcome)>,
    /// For an unknown outcome: what the servers' logs show of it, if they do, and when that was seen.
    pub fate: Option<(Moment, Fate)>,
}

/// A time of the run, and a number that orders what happened at the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Nanoseconds since the run began.
    pub at_ns: u64,
    order: u64,
}

/// What became of an operation of unknown outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It has taken effect.
    Applied,
    /// It has no effect, and can't get any.
    Never,
}

/// How fast the servers were while nothing was broken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// How many operations a second were answered.
    pub rate_per_s: f64,
    /// How long half of them took at most, in nanoseconds.
    pub p50_ns: u64,
    /// How long 99 of 100 took at most, in nanoseconds.
    pub p99_ns: u64,
}

/// Takes down what clients ask and are told.
pub struct Recorder {
    start: Instant,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    records: Vec<Record>,
    moments: u64,
}

impl Seen {
    fn moment(&mut self, start: Instant) -> Moment {
        self.moments += 1;
        // Under the lock, so that times and order agree.
        Moment { at_ns: runtime::now().since(start).as_nanos() as u64, order: self.moments }
    }
}

impl Recorder {
    /// Begins; times are counted from `start`.
    pub fn new(start: Instant) -> Arc<Recorder> {
        Arc::new(Recorder { start, seen: Mutex::default() })
    }

    pub(super) fn begin(&self, asking: Asking, operation: Operation) -> usize {
        let mut seen = self.seen.lock();
        let Asking { client, process, roams } = asking;
        let begun = seen.moment(self.start);
        let record = Record { client, process, roams, begun, operation, ended: None, fate: None };
        seen.records.push(record);
        seen.records.len() - 1
    }

    pub(super) fn end(&self, place: usize, server: usize, outcome: Outcome) {
        let mut seen = self.seen.lock();
        let moment = seen.moment(self.start);
        seen.records[place].ended = Some((moment, server, outcome));
    }

    /// Looks at all that was recorded so far, in the order in which it began.
    pub fn look<T>(&self, look: impl FnOnce(&[Record]) -> T) -> T {
        look(&self.seen.lock().records)
    }

    /// How fast the answers in that stretch of the run were; `None` if there were none.
    pub fn calibrate(&self, from: Duration, until: Duration) -> Option<Calibration> {
        let stretch = from.as_nanos() as u64..until.as_nanos() as u64;
        let took = |record: &Record| match &record.ended {
            Some((ended, _, Outcome::Ok(_))) if stretch.contains(&ended.at_ns) => {
                Some(ended.at_ns - record.begun.at_ns)
            }
            _ => None,
        };
        let mut took: Vec<u64> = self.look(|records| records.iter().filter_map(took).collect());
        took.sort_unstable();
        let last = took.len().checked_sub(1)?;
        let rate_per_s = took.len() as f64 / (until - from).as_secs_f64();
        Some(Calibration { rate_per_s, p50_ns: took[last / 2], p99_ns: took[last * 99 / 100] })
    }

    /// Settles operations of unknown outcome whose fate is known. How many were, and how many are left.
    pub fn settle(&self, fate: impl Fn(&Operation) -> Option<Fate>) -> (usize, usize) {
        let mut seen = self.seen.lock();
        let now = seen.moment(self.start);
        let (mut settled, mut left) = (0, 0);
        for record in &mut seen.records {
            let is_open =
                !matches!(record.ended, Some((_, _, Outcome::Ok(_) | Outcome::Failed(_))));
            if !is_open {
                continue;
            }
            match fate(&record.operation) {
                Some(fate) => {
                    record.fate = Some((now, fate));
                    settled += 1;
                }
                None => left += 1,
            }
        }
        (settled, left)
    }

    /// The histories as files, one for each model that has operations.
    pub fn histories(&self) -> Histories {
        let of_model = |model| {
            let text = self.look(|records| lines::write(records, model));
            text.map(|text| HistoryFile { model, text })
        };
        MODELS.into_iter().filter_map(of_model).collect()
    }
}

/// Histories of a run.
pub type Histories = Vec<HistoryFile>;

/// A history of the operations on one kind of object, as JSON lines that `labtest check-history` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryFile {
    /// The model by which it is judged.
    pub model: ModelName,
    /// Its lines.
    pub text: String,
}

impl HistoryFile {
    /// What it is called in a run's folder: `history-kv.jsonl`.
    pub fn name(&self) -> String {
        HistoryFile::name_of(self.model)
    }

    /// What that of a model is called there.
    pub fn name_of(model: ModelName) -> String {
        format!("history-{}.jsonl", model.name())
    }
}

/// A recorder of operations one after another, each with its outcome and by a different client.
#[cfg(test)]
pub(crate) fn record_for_tests(operations: Vec<(Operation, Outcome)>) -> Arc<Recorder> {
    let recorder = Recorder::new(runtime::now());
    for (process, (operation, outcome)) in (0..).zip(operations) {
        let asking = Asking { client: process, process, roams: process == 0 };
        let place = recorder.begin(asking, operation);
        recorder.end(place, 1, outcome);
    }
    recorder
}

#[cfg(test)]
mod tests;
