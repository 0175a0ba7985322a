//! The run as the page's script reads it.

use super::super::run::{Apply, Band, Fate, Fault, Gap, Operation, Run, Standing, State, Submit};
use super::logs::{LogData, log_data};
use super::place_of;
use labtrace::trace::{Role, sides_in_words};
use serde::Serialize;
use std::collections::BTreeMap;

/// Rows without names, and each text once: a run has tens of thousands of messages.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data<'a> {
    servers: usize,
    end_at: u64,
    texts: Vec<&'a str>,
    /// sent, ended, from, to, kind, reply, fate, call, text, bytes, copy of (or -1),
    /// method.
    messages: Vec<[i64; 12]>,
    /// For each server: at, term, standing, and of a Raft that shows it: voted for (or -1), last
    /// index, last term, commit index, applied, snapshot index.
    states: Vec<Vec<Vec<i64>>>,
    /// For each server: start, end, standing, term.
    bands: Vec<Vec<[i64; 4]>>,
    /// For each server: at, index, command.
    applies: Vec<Vec<[i64; 3]>>,
    /// at, server, index, term, command.
    submits: Vec<[i64; 5]>,
    /// For each server: at, last index.
    snapshots: Vec<&'a [(u64, u64)]>,
    faults: Vec<FaultData<'a>>,
    /// start, end, client, number, text, outcome (0 none, then as in `OUTCOMES`), server (or -1), answer (or
    /// -1).
    operations: Vec<[i64; 8]>,
    notes: Vec<NoteData<'a>>,
    failures: Vec<FailureData<'a>>,
    causes: Vec<CauseData<'a>>,
    /// For each server, where servers leave logs.
    logs: Vec<LogData<'a>>,
}

#[derive(Serialize)]
struct FaultData<'a> {
    start: u64,
    end: u64,
    what: &'a str,
    looks: &'static str,
    text: &'a str,
    ended: bool,
    label: String,
    servers: &'a [usize],
    lanes: Vec<usize>,
    /// The servers above gaps that no call gets through between the two.
    walls: Vec<usize>,
    /// The servers above gaps where one of the two reaches more than the other.
    fences: Vec<usize>,
    /// Who can talk with each other: `0 3 | 1 2 4`.
    sides: String,
}

#[derive(Serialize)]
struct NoteData<'a> {
    at: u64,
    text: &'a str,
}

#[derive(Serialize)]
struct CauseData<'a> {
    at: u64,
    fact: &'a str,
    wrong: bool,
    text: &'a str,
    /// The one that does it, and whom else it concerns.
    servers: &'a [usize],
}

#[derive(Serialize)]
struct FailureData<'a> {
    at: u64,
    text: &'a str,
    index: Option<u64>,
    place: String,
    servers: &'a [usize],
    operation: Option<usize>,
}

impl<'a> Data<'a> {
    pub(super) fn of(run: &'a Run, logs: &'a [String]) -> Self {
        let mut texts = Texts::default();
        Self {
            messages: messages(run, &mut texts),
            states: run.servers.iter().map(|server| states(&server.states)).collect(),
            bands: run
                .servers
                .iter()
                .map(|server| {
                    let row = |band: &Band| {
                        [int(band.start), int(band.end), standing(band.standing), int(band.term)]
                    };
                    server.bands.iter().map(row).collect()
                })
                .collect(),
            applies: run
                .servers
                .iter()
                .map(|server| {
                    let row = |apply: &'a Apply| {
                        [int(apply.at), int(apply.index), texts.number(&apply.command)]
                    };
                    server.applies.iter().map(row).collect()
                })
                .collect(),
            submits: submits(run, &mut texts),
            snapshots: run.servers.iter().map(|server| server.snapshots.as_slice()).collect(),
            faults: run.faults.iter().map(|fault| fault_data(fault, run.header.servers)).collect(),
            operations: operations(run, &mut texts),
            logs: log_data(logs, run),
            notes: run
                .notes
                .iter()
                .map(|note| NoteData { at: note.at, text: &note.text })
                .collect(),
            failures: run
                .failures
                .iter()
                .map(|failure| FailureData {
                    at: failure.at,
                    text: &failure.text,
                    index: failure.index,
                    place: place_of(failure),
                    servers: &failure.servers,
                    operation: failure.operation,
                })
                .collect(),
            causes: run
                .causes
                .iter()
                .map(|cause| CauseData {
                    at: cause.when,
                    fact: &cause.fact,
                    wrong: cause.wrong,
                    text: &cause.text,
                    servers: &cause.place.servers,
                })
                .collect(),
            texts: texts.all,
            servers: run.header.servers,
            end_at: run.end_at,
        }
    }
}

fn fault_data(fault: &Fault, servers: usize) -> FaultData<'_> {
    let gaps = fault.gaps(servers);
    let above = |is_wall: bool| {
        let those = gaps.iter().filter(|gap| matches!(gap, Gap::Wall(_)) == is_wall);
        those.map(|gap| gap.above()).collect()
    };
    FaultData {
        start: fault.start,
        end: fault.end,
        what: &fault.what,
        looks: fault.looks.name(),
        text: &fault.text,
        ended: fault.end_text.is_some(),
        label: fault.label(),
        servers: &fault.servers,
        lanes: fault.lanes(),
        walls: above(true),
        fences: above(false),
        sides: sides_in_words(&fault.sides),
    }
}

fn messages<'a>(run: &'a Run, texts: &mut Texts<'a>) -> Vec<[i64; 12]> {
    run.messages
        .iter()
        .map(|message| {
            let fate = match &message.fate {
                Fate::Delivered => 0,
                Fate::UnderWay => 1,
                Fate::Lost(why) => 2 + texts.number(why),
            };
            [
                int(message.sent),
                int(message.ended),
                message.from as i64,
                message.to as i64,
                message.kind as i64,
                i64::from(message.reply),
                fate,
                int(message.call),
                texts.number(&message.text),
                int(message.bytes),
                message.copy_of.map_or(-1, int),
                texts.number(&message.method),
            ]
        })
        .collect()
}

fn submits<'a>(run: &'a Run, texts: &mut Texts<'a>) -> Vec<[i64; 5]> {
    let row = |submit: &'a Submit| {
        let (server, command) = (submit.server as i64, texts.number(&submit.command));
        [int(submit.at), server, int(submit.index), int(submit.term), command]
    };
    run.submits.iter().map(row).collect()
}

fn operations<'a>(run: &'a Run, texts: &mut Texts<'a>) -> Vec<[i64; 8]> {
    let row = |operation: &'a Operation| {
        [
            int(operation.start),
            int(operation.end),
            int(operation.client),
            int(operation.op),
            texts.number(&operation.text),
            outcome(operation.outcome.as_deref()),
            operation.server.map_or(-1, |server| server as i64),
            operation.answer.as_deref().map_or(-1, |answer| texts.number(answer)),
        ]
    };
    run.operations.iter().map(row).collect()
}

/// The script's numbers for outcomes; what it does not know is unknown.
fn outcome(outcome: Option<&str>) -> i64 {
    match outcome {
        None => 0,
        Some("ok") => 1,
        Some("failed") => 2,
        Some(_) => 3,
    }
}

fn states(states: &[State]) -> Vec<Vec<i64>> {
    states
        .iter()
        .map(|state| {
            let mut row = vec![int(state.at), int(state.term), standing(state.standing)];
            if let Some(log) = &state.shown {
                row.extend([
                    log.voted_for.map_or(-1, |server| server as i64),
                    int(log.last_index),
                    int(log.last_term),
                    int(log.commit_index),
                    int(log.applied),
                    int(log.snapshot_index),
                ]);
            }
            row
        })
        .collect()
}

/// The script's numbers for what a server is.
fn standing(standing: Standing) -> i64 {
    match standing {
        Standing::Is(Role::Follower) => 0,
        Standing::Is(Role::PreCandidate) => 1,
        Standing::Is(Role::Candidate) => 2,
        Standing::Is(Role::Leader) => 3,
        Standing::NotLeader => 4,
    }
}

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Each text once, with a number: heartbeats by the thousand say the same.
#[derive(Default)]
struct Texts<'a> {
    all: Vec<&'a str>,
    numbers: BTreeMap<&'a str, i64>,
}

impl<'a> Texts<'a> {
    fn number(&mut self, text: &'a str) -> i64 {
        *self.numbers.entry(text).or_insert_with(|| {
            self.all.push(text);
            self.all.len() as i64 - 1
        })
    }
}
