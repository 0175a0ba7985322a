//! Joins begins with ends while the events of a trace go by.

use super::{
    Apply, Band, Failure, Fate, Fault, Log, Message, MessageKind, Note, Operation, Run,
    ServerHistory, Standing, State,
};
use labtrace::trace::{Event, Header, Phase, Role};
use std::collections::BTreeMap;

/// Joins begins and ends while the events go by.
pub(super) struct Joiner {
    run: Run,
    /// By call and whether it is the reply: the message that is under way.
    under_way: BTreeMap<(u64, bool), usize>,
    /// By kind and servers: the faults that have not ended, the latest last.
    open_faults: BTreeMap<(String, Vec<usize>), Vec<usize>>,
    open_operations: BTreeMap<(u64, u64), usize>,
    /// How many crashes each server has not come back from.
    down: Vec<usize>,
}

impl Joiner {
    pub(super) fn new(header: Header, end_at: u64) -> Self {
        let servers = header.servers;
        Self {
            run: Run {
                header,
                end_at,
                verdict: None,
                trace_hash: None,
                messages: Vec::new(),
                servers: (0..servers).map(|_| ServerHistory::default()).collect(),
                faults: Vec::new(),
                operations: Vec::new(),
                notes: Vec::new(),
                failures: Vec::new(),
            },
            under_way: BTreeMap::new(),
            open_faults: BTreeMap::new(),
            open_operations: BTreeMap::new(),
            down: vec![0; servers],
        }
    }

    pub(super) fn take(&mut self, at: u64, event: Event) {
        match event {
            Event::Send { call, from, to, reply, method, text, bytes } => {
                self.send(at, call, (from, to), reply, method, text, bytes);
            }
            Event::Deliver { call, reply } => self.end_message(at, call, reply, Fate::Delivered),
            Event::Lose { call, reply, why } => {
                self.end_message(at, call, reply, Fate::Lost(why));
            }
            Event::Duplicate { call, copy } => self.duplicate(at, call, copy),
            Event::State {
                server,
                term,
                role,
                voted_for,
                last_index,
                last_term,
                commit_index,
                applied,
                snapshot_index,
            } => {
                let log =
                    Log { voted_for, last_index, last_term, commit_index, applied, snapshot_index };
                let standing = Standing::Is(role);
                self.state(server, State { at, term, standing, log: Some(log) });
            }
            Event::Role { server, term, leader } => self.observed(at, server, term, leader),
            Event::Apply { server, index, command, .. } => {
                self.run.servers[server].applies.push(Apply { at, index, command });
            }
            Event::Snapshot { server, index, .. } => {
                self.run.servers[server].snapshots.push((at, index));
            }
            Event::Fault { phase, what, mut servers, text } => {
                servers.sort_unstable();
                servers.dedup();
                match phase {
                    Phase::Begin => self.begin_fault(at, what, servers, text),
                    Phase::End => self.end_fault(at, what, servers, text),
                }
            }
            Event::Client { client, op, phase, text, outcome } => {
                self.operation(at, (client, op), phase, text, outcome);
            }
            Event::Note { text } => self.run.notes.push(Note { at, text }),
            Event::Failure { check, text, mut servers, term, index } => {
                servers.sort_unstable();
                servers.dedup();
                self.run.failures.push(Failure { at, check, text, servers, term, index });
            }
            Event::End { verdict, trace_hash } => {
                self.run.verdict = Some(verdict);
                self.run.trace_hash = Some(trace_hash);
            }
            // A crash is a fault, too, and drawn as one.
            Event::Submit { .. } | Event::Crash { .. } | Event::Unknown => {}
        }
    }

    #[allow(clippy::too_many_arguments)] // The fields of one event.
    fn send(
        &mut self,
        at: u64,
        call: u64,
        (from, to): (usize, usize),
        reply: bool,
        method: String,
        text: String,
        bytes: u64,
    ) {
        let servers = self.run.header.servers;
        if from >= servers || to >= servers {
            return; // A client's call: its operation is drawn instead.
        }
        // A reply is of the kind of its request, and so the colour of it: its own words do not say
        // whether the request had entries.
        let request = self.under_way.get(&(call, false)).filter(|_| reply);
        let kind = request.map_or_else(
            || MessageKind::of(&method, &text),
            |&request| self.run.messages[request].kind,
        );
        self.push(Message {
            sent: at,
            ended: self.run.end_at,
            from,
            to,
            kind,
            method: method.rsplit('.').next().unwrap_or(&method).to_owned(),
            reply,
            fate: Fate::UnderWay,
            call,
            text,
            bytes,
            copy_of: None,
        });
    }

    fn push(&mut self, message: Message) {
        self.under_way.insert((message.call, message.reply), self.run.messages.len());
        self.run.messages.push(message);
    }

    fn end_message(&mut self, at: u64, call: u64, reply: bool, fate: Fate) {
        let Some(&place) = self.under_way.get(&(call, reply)) else { return };
        let message = &mut self.run.messages[place];
        if message.fate == Fate::UnderWay {
            message.ended = at;
            message.fate = fate;
        }
    }

    fn duplicate(&mut self, at: u64, call: u64, copy: u64) {
        let Some(&place) = self.under_way.get(&(call, false)) else { return };
        let original = &self.run.messages[place];
        self.push(Message {
            sent: at,
            ended: self.run.end_at,
            fate: Fate::UnderWay,
            call: copy,
            method: original.method.clone(),
            text: original.text.clone(),
            copy_of: Some(call),
            ..*original
        });
    }

    fn observed(&mut self, at: u64, server: usize, term: u64, leader: bool) {
        // Who shows its inside needs no observations: they are the same, only later.
        if self.run.servers[server].states.iter().any(|state| state.log.is_some()) {
            return;
        }
        let standing = if leader { Standing::Is(Role::Leader) } else { Standing::NotLeader };
        self.state(server, State { at, term, standing, log: None });
    }

    fn state(&mut self, server: usize, state: State) {
        if self.down[server] == 0 {
            self.extend_bands(server, state.at, state.standing, state.term);
        }
        self.run.servers[server].states.push(state);
    }

    fn extend_bands(&mut self, server: usize, at: u64, standing: Standing, term: u64) {
        let end = self.run.end_at;
        let bands = &mut self.run.servers[server].bands;
        if let Some(last) = bands.last_mut().filter(|last| last.end == end) {
            if last.standing == standing && last.term == term {
                return;
            }
            last.end = at;
        }
        // Nothing is seen of a role that lasts no time.
        if bands.last().is_some_and(|last| last.start == last.end) {
            bands.pop();
        }
        bands.push(Band { start: at, end, standing, term });
    }

    fn begin_fault(&mut self, at: u64, what: String, servers: Vec<usize>, text: String) {
        if what == "crash" {
            for &server in &servers {
                self.down[server] += 1;
                let bands = &mut self.run.servers[server].bands;
                if let Some(last) = bands.last_mut() {
                    last.end = last.end.min(at);
                }
            }
        }
        let sides = sides(&what, &servers, &text, self.run.header.servers);
        let place = self.run.faults.len();
        self.open_faults.entry((what.clone(), servers.clone())).or_default().push(place);
        self.run.faults.push(Fault {
            start: at,
            end: self.run.end_at,
            what,
            servers,
            text,
            end_text: None,
            sides,
        });
    }

    fn end_fault(&mut self, at: u64, what: String, servers: Vec<usize>, text: String) {
        let Some(place) =
            self.open_faults.get_mut(&(what.clone(), servers.clone())).and_then(std::vec::Vec::pop)
        else {
            return;
        };
        self.run.faults[place].end = at;
        self.run.faults[place].end_text = Some(text);
        if what == "crash" {
            for server in servers {
                self.come_back(at, server);
            }
        }
    }

    /// A server that comes back has the term it had, and leads nobody, until it says otherwise.
    fn come_back(&mut self, at: u64, server: usize) {
        self.down[server] = self.down[server].saturating_sub(1);
        if self.down[server] > 0 {
            return;
        }
        let Some(state) = self.run.servers[server].states.last() else { return };
        let standing = match state.standing {
            Standing::Is(_) if state.log.is_some() => Standing::Is(Role::Follower),
            _ => Standing::NotLeader,
        };
        let term = state.term;
        self.extend_bands(server, at, standing, term);
    }

    fn operation(
        &mut self,
        at: u64,
        (client, op): (u64, u64),
        phase: Phase,
        text: String,
        outcome: Option<String>,
    ) {
        match phase {
            Phase::Begin => {
                self.open_operations.insert((client, op), self.run.operations.len());
                let end = self.run.end_at;
                let operation = Operation { start: at, end, client, op, text, outcome: None };
                self.run.operations.push(operation);
            }
            Phase::End => {
                let Some(place) = self.open_operations.remove(&(client, op)) else { return };
                self.run.operations[place].end = at;
                self.run.operations[place].outcome =
                    Some(outcome.unwrap_or_else(|| "unknown".to_owned()));
            }
        }
    }

    pub(super) fn finish(mut self) -> Run {
        for history in &mut self.run.servers {
            history.bands.retain(|band| band.start < band.end);
        }
        self.run
    }
}

/// The groups of servers that a fault keeps apart: none for a fault that keeps none apart.
pub(super) fn sides(what: &str, named: &[usize], text: &str, servers: usize) -> Vec<Vec<usize>> {
    let rest: Vec<usize> = (0..servers).filter(|server| !named.contains(server)).collect();
    match what {
        "isolated" | "isolate" => {
            let mut sides: Vec<Vec<usize>> = named.iter().map(|&server| vec![server]).collect();
            if !rest.is_empty() {
                sides.push(rest);
            }
            sides
        }
        "partition" if named.is_empty() || rest.is_empty() => sides_in_words(text, servers),
        "partition" | "split" if !named.is_empty() && !rest.is_empty() => {
            vec![named.to_vec(), rest]
        }
        _ => Vec::new(),
    }
}

/// The sides in a text such as `partition {0,1} | {2,3,4}`; none if it is not of that form.
fn sides_in_words(text: &str, servers: usize) -> Vec<Vec<usize>> {
    let sides: Vec<Vec<usize>> = text
        .split('|')
        .map(|part| {
            part.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect()
        })
        .collect();
    let mut all: Vec<usize> = sides.iter().flatten().copied().collect();
    all.sort_unstable();
    if sides.len() > 1 && all.into_iter().eq(0..servers) { sides } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_read_from_words_where_a_partition_names_every_server() {
        let all = [0, 1, 2, 3, 4];
        assert_eq!(
            sides("partition", &all, "partition {0, 3} | {1} | {2, 4}", 5),
            [vec![0, 3], vec![1], vec![2, 4]]
        );
        assert!(sides("partition", &all, "partition for 20 ms", 5).is_empty());
        assert!(sides("crash", &[1], "server 1 crashed", 5).is_empty());
    }
}
