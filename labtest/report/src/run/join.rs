//! Joins begins with ends while the events of a trace go by.

use super::{
    Apply, Band, Failure, Fate, Fault, Message, MessageKind, Note, Operation, Run, ServerHistory,
    Standing, State, Submit,
};
use labtrace::trace::{self, Event, Header, Looks, Phase, Role};
use std::collections::BTreeMap;

/// Joins begins and ends while the events go by.
pub(super) struct Joiner {
    run: Run,
    /// By call and whether it is the reply: the message that is under way.
    under_way: BTreeMap<(u64, bool), usize>,
    /// By name and servers: the faults that have not ended, the latest last.
    open_faults: BTreeMap<(String, Vec<usize>), Vec<usize>>,
    open_operations: BTreeMap<(u64, u64), usize>,
    /// How many crashes each server has not come back from.
    down: Vec<usize>,
    /// Which servers are processes that report their lives.
    lives: Vec<bool>,
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
                submits: Vec::new(),
                operations: Vec::new(),
                notes: Vec::new(),
                failures: Vec::new(),
                causes: Vec::new(),
            },
            under_way: BTreeMap::new(),
            open_faults: BTreeMap::new(),
            open_operations: BTreeMap::new(),
            down: vec![0; servers],
            lives: vec![false; servers],
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
            Event::State(shown) => {
                let (term, standing) = (shown.term, Standing::Is(shown.role));
                self.state(shown.server, State { at, term, standing, shown: Some(shown) });
            }
            Event::Role { server, term, leader } => self.observed(at, server, term, leader),
            Event::Apply { server, index, command, .. } => {
                self.run.servers[server].applies.push(Apply { at, index, command });
            }
            Event::Submit { server, index, term, command, .. } => {
                self.run.submits.push(Submit { at, server, index, term, command });
            }
            Event::Snapshot { server, index, .. } => {
                self.run.servers[server].snapshots.push((at, index));
            }
            Event::Fault(mut fault) => {
                fault.servers.sort_unstable();
                fault.servers.dedup();
                match fault.phase {
                    Phase::Begin => self.begin_fault(at, fault),
                    Phase::End => self.end_fault(at, fault),
                }
            }
            Event::Client { client, op, phase: Phase::Begin, text, .. } => {
                self.begin_operation(at, (client, op), text);
            }
            Event::Client { client, op, phase: Phase::End, outcome, server, answer, .. } => {
                let Some(place) = self.open_operations.remove(&(client, op)) else { return };
                let begun = &mut self.run.operations[place];
                begun.end = at;
                begun.outcome = Some(outcome.unwrap_or_else(|| "unknown".to_owned()));
                (begun.server, begun.answer) = (server, answer);
            }
            Event::Life { server, phase, text, .. } => self.life(at, server, phase, text),
            Event::Note { server, text } => {
                let text = server.map_or(text.clone(), |server| format!("server {server}: {text}"));
                self.run.notes.push(Note { at, text });
            }
            Event::Failure { check, text, mut servers, term, index } => {
                servers.sort_unstable();
                servers.dedup();
                let failure = Failure { at, check, text, servers, term, index, operation: None };
                self.run.failures.push(failure);
            }
            Event::Cause(cause) => self.run.causes.push(cause),
            Event::End { verdict, trace_hash } => {
                self.run.verdict = Some(verdict);
                self.run.trace_hash = trace_hash;
            }
            // A crash is a fault, too, and drawn as one.
            Event::Read { .. } | Event::Crash { .. } | Event::Line { .. } | Event::Unknown => {}
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
        // A server that shows its state needs no observations: they are the same, only later.
        if self.run.servers[server].states.iter().any(|state| state.shown.is_some()) {
            return;
        }
        let standing = if leader { Standing::Is(Role::Leader) } else { Standing::NotLeader };
        self.state(server, State { at, term, standing, shown: None });
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

    fn begin_fault(&mut self, at: u64, fault: trace::Fault) {
        let trace::Fault { what, looks, servers, mut sides, text, .. } = fault;
        if looks == Looks::Crash {
            for &server in &servers {
                self.down[server] += 1;
                self.end_band(server, at);
            }
        }
        for side in &mut sides {
            side.sort_unstable();
            side.dedup();
        }
        let place = self.run.faults.len();
        self.open_faults.entry((what.clone(), servers.clone())).or_default().push(place);
        let (start, end, end_text) = (at, self.run.end_at, None);
        self.run.faults.push(Fault { start, end, what, looks, servers, text, end_text, sides });
    }

    fn end_fault(&mut self, at: u64, fault: trace::Fault) {
        let key = (fault.what, fault.servers);
        let Some(place) = self.open_faults.get_mut(&key).and_then(Vec::pop) else { return };
        let begun = &mut self.run.faults[place];
        begun.end = at;
        begun.end_text = Some(fault.text);
        if begun.looks == Looks::Crash {
            for server in key.1 {
                self.come_back(at, server);
            }
        }
    }

    /// A server that comes back has the term it had, and leads nobody, until it says otherwise.
    fn come_back(&mut self, at: u64, server: usize) {
        self.down[server] = self.down[server].saturating_sub(1);
        if self.down[server] > 0 || self.lives[server] {
            return;
        }
        let Some(state) = self.run.servers[server].states.last() else { return };
        let standing = match state.standing {
            Standing::Is(_) if state.shown.is_some() => Standing::Is(Role::Follower),
            _ => Standing::NotLeader,
        };
        let term = state.term;
        self.extend_bands(server, at, standing, term);
    }

    /// A process that ends by itself is drawn as one that is down. What a process is when it starts, nobody
    /// knows until it says so.
    fn life(&mut self, at: u64, server: usize, phase: Phase, text: String) {
        self.lives[server] = true;
        let known = self.down[server] > 0;
        match phase {
            Phase::Begin => self.end_fault(at, ended(server, Phase::End, text)),
            Phase::End if known => {}
            Phase::End => self.begin_fault(at, ended(server, Phase::Begin, text)),
        }
        self.end_band(server, at);
    }

    fn end_band(&mut self, server: usize, at: u64) {
        if let Some(last) = self.run.servers[server].bands.last_mut() {
            last.end = last.end.min(at);
        }
    }

    fn begin_operation(&mut self, at: u64, (client, op): (u64, u64), text: String) {
        self.open_operations.insert((client, op), self.run.operations.len());
        self.run.operations.push(Operation {
            start: at,
            end: self.run.end_at,
            client,
            op,
            text,
            outcome: None,
            server: None,
            answer: None,
        });
    }

    pub(super) fn finish(mut self) -> Run {
        for history in &mut self.run.servers {
            history.bands.retain(|band| band.start < band.end);
        }
        let Run { failures, operations, .. } = &mut self.run;
        for failure in failures {
            let ends_there = |it: &Operation| it.outcome.is_some() && it.end == failure.at;
            // What is about an entry or a term complains of no answer that comes in the same moment.
            if failure.index.is_none() && failure.term.is_none() {
                failure.operation = operations.iter().position(ends_there);
            }
            if let Some(server) = failure.operation.and_then(|place| operations[place].server)
                && failure.servers.is_empty()
            {
                failure.servers.push(server);
            }
        }
        self.run
    }
}

/// That the process of a server is not there, as a fault.
fn ended(server: usize, phase: Phase, text: String) -> trace::Fault {
    let (what, looks) = ("ended".to_owned(), Looks::Crash);
    trace::Fault { phase, what, looks, servers: vec![server], sides: Vec::new(), text }
}
