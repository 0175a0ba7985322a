//! Takes what happens, from several tasks at once, and writes it down as it happens.

use super::folder::RecordError;
use super::order::in_order;
use super::tally::Tally;
use super::{Files, Load, words};
use crate::clients::{Operation, Outcome, Record};
use labtrace::folder::{Folder, FolderError};
use labtrace::trace::{Clock, Ending, Fault, Header, Phase, SCHEMA, Writer};
use labtrace::{Output, Place, VerdictName};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

/// What was written is flushed after this long at the latest, if anything else is written then: a tester that
/// is killed leaves everything but its last moment.
const FLUSH_EVERY_NS: u64 = 100_000_000;

/// Writes trace and logs of a run. Its clones write the same ones.
///
/// All times are nanoseconds from the start of the run, as [`now`](Recorder::now) gives them. What can't be
/// written is reported at the end: a full disk ends the recording, not the run.
#[derive(Clone)]
pub struct Recorder {
    recording: Arc<Mutex<Recording>>,
}

struct Recording {
    trace: Writer,
    /// Operations that have not ended: when they began, and what they are in words.
    open: BTreeMap<(u64, u64), (u64, String)>,
    /// What each server said last: its term, and whether it leads.
    roles: Vec<Option<(u64, bool)>>,
    /// Faults that have not ended.
    faults: Vec<Fault>,
    tally: Tally,
    flushed_at: u64,
}

impl Recorder {
    /// Begins to record a run that starts now.
    pub(super) fn new(folder: &Folder, header: &Header) -> Result<Recorder, RecordError> {
        let trace = Writer::new(Output::file(folder.open(Files::TRACE)?), header);
        let recording = Recording {
            trace,
            open: BTreeMap::new(),
            roles: vec![None; header.servers],
            faults: Vec::new(),
            tally: Tally::default(),
            flushed_at: 0,
        };
        Ok(Recorder { recording: Arc::new(Mutex::new(recording)) })
    }

    /// Nanoseconds since the start of the run.
    pub fn now(&self) -> u64 {
        runtime::now().as_nanos()
    }

    fn write(&self, at: u64, write: impl FnOnce(&mut Recording)) {
        let mut recording = self.recording.lock();
        write(&mut recording);
        if at.saturating_sub(recording.flushed_at) >= FLUSH_EVERY_NS {
            recording.trace.flush();
            recording.flushed_at = at;
        }
    }

    /// What is rare is on disk at once.
    fn write_through(&self, write: impl FnOnce(&mut Recording)) {
        let mut recording = self.recording.lock();
        write(&mut recording);
        recording.trace.flush();
    }

    /// A server says in its log which term it is in and whether it leads. What it has said before is not
    /// written again.
    pub fn role(&self, at: u64, server: usize, term: u64, leads: bool) {
        self.write_through(|recording| {
            if let Some(role) = recording.roles.get_mut(server)
                && role.replace((term, leads)) != Some((term, leads))
            {
                recording.trace.role(at, server, term, leads);
            }
        });
    }

    /// The process of a server has started, for the `life`th time, from 1.
    pub fn started(&self, at: u64, server: usize, life: u64) {
        let text = match life {
            1 => format!("server {server} starts"),
            _ => format!("server {server} starts again"),
        };
        self.life(at, server, life, Phase::Begin, &text);
    }

    /// The process of a server has ended: `text` says how, `server 2 ended by itself: exit status 101`.
    pub fn ended(&self, at: u64, server: usize, life: u64, text: &str) {
        self.life(at, server, life, Phase::End, text);
    }

    fn life(&self, at: u64, server: usize, life: u64, phase: Phase, text: &str) {
        self.write_through(|recording| {
            if let Some(role) = recording.roles.get_mut(server) {
                *role = None;
                recording.trace.life(at, server, life, phase, text);
            }
        });
    }

    /// A fault begins or ends. A server that is killed needs none: it has [`ended`](Recorder::ended).
    pub fn fault(&self, at: u64, fault: &Fault) {
        self.write_through(|recording| {
            recording.trace.fault(at, fault);
            match fault.phase {
                Phase::Begin => recording.faults.push(fault.clone()),
                Phase::End => {
                    let is_it =
                        |it: &Fault| (&it.what, &it.servers) == (&fault.what, &fault.servers);
                    if let Some(place) = recording.faults.iter().rposition(is_it) {
                        recording.faults.remove(place);
                    }
                }
            }
        });
    }

    /// Everything is mended: no fault lasts longer than this.
    pub fn mended(&self, at: u64) {
        self.write_through(|recording| {
            for fault in mem::take(&mut recording.faults) {
                let text = format!("{} ends, as all faults do", fault.what);
                recording
                    .trace
                    .fault(at, &Fault { phase: Phase::End, sides: Vec::new(), text, ..fault });
            }
            recording.trace.note(at, "all is mended");
        });
    }

    /// The run takes a step.
    pub fn note(&self, at: u64, text: &str) {
        self.write_through(|recording| recording.trace.note(at, text));
    }

    /// A check has found its property violated, at a time that may be long over.
    pub(super) fn failure(&self, at: u64, check: &str, text: &str, place: &Place) {
        self.write_through(|recording| recording.trace.failure(at, check, text, place));
    }

    /// A client begins an operation; `number` tells its operations apart.
    pub fn operation_begun(&self, at: u64, client: u64, number: u64, operation: &Operation) {
        let text = words::operation(operation);
        self.write(at, |recording| {
            recording.tally.begin(client);
            recording.trace.client(at, client, number, &text, None);
            recording.open.insert((client, number), (at, text));
        });
    }

    /// A client has ended an operation; `server` is the one that it asked last.
    pub fn operation_ended(
        &self,
        at: u64,
        client: u64,
        number: u64,
        outcome: &Outcome,
        server: Option<usize>,
    ) {
        let (name, answer) = words::outcome(outcome);
        self.write(at, |recording| {
            let Some((begun, text)) = recording.open.remove(&(client, number)) else { return };
            recording.tally.end(outcome, at.saturating_sub(begun));
            let ending = Ending { outcome: name, server, answer: answer.as_deref() };
            recording.trace.answered(at, client, number, &text, ending);
        });
    }

    /// What clients did, each operation from its begin to its end.
    pub fn operations(&self, records: &[Record]) {
        for (number, record) in (0..).zip(records) {
            let Record { client, begun, operation, ended, .. } = record;
            self.operation_begun(begun.at_ns, *client, number, operation);
            if let Some((ended, server, outcome)) = ended {
                self.operation_ended(ended.at_ns, *client, number, outcome, Some(*server));
            }
        }
    }

    /// What clients have done, in a run of that length.
    pub fn load(&self, length_ns: u64) -> Load {
        self.recording.lock().tally.load(length_ns)
    }

    /// The run is over, and everything that was found is told: ends the trace and brings its lines into the
    /// order of time.
    ///
    /// # Errors
    /// The first thing that could not be written.
    pub(super) fn finish(
        &self,
        folder: &Folder,
        at: u64,
        verdict: VerdictName,
    ) -> Result<(), RecordError> {
        let failed = |file: &str, error| FolderError::write(&folder.path().join(file), error);
        let mut recording = self.recording.lock();
        recording.trace.end(at, verdict, None);
        recording.trace.finish().map_err(|error| failed(Files::TRACE, error))?;
        let written = folder.read(Files::TRACE)?.text;
        let ordered = in_order(&written);
        if *ordered != *written {
            folder.write(Files::TRACE, &ordered)?;
        }
        Ok(())
    }
}

/// The header of the trace of such a run.
pub(super) fn header(about: &super::About) -> Header {
    Header {
        schema: SCHEMA.to_owned(),
        test: super::folder::TEST.to_owned(),
        description: about.description.clone(),
        seed: Some(about.seed),
        clock: Clock::Real,
        implementation: about.implementation.clone(),
        servers: about.servers,
        network: about.network.clone(),
        config: String::new(),
    }
}
