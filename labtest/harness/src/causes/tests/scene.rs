//! A run that is told by hand: what servers show, say and have on their disks, step by step.

use super::super::Causes;
use crate::api::life::Life;
use crate::api::vocabulary::{DiskRecord, DiskState, EntryId, Position};
use crate::sight::{Sight, Written};
use crate::{
    Config, Decoded, DiskDecoder, Encoded, Failure, Implementation, MakeArgs, Peer, RaftMessage,
    Supports,
};
use bytes::Bytes;
use labrpc::{EventKind, LossReason, NetworkEvent, Service};
use labtrace::Cause;
use parking_lot::Mutex;
use persister::Stored;
use raft::{Inspection, NotLeader, RoleName, Started, State};
use runtime::Instant;
use std::sync::Arc;
use std::time::Duration;

/// A millisecond.
const STEP_NS: u64 = 1_000_000;

/// A run of which everything is told. Each step takes a millisecond.
pub(super) struct Scene {
    pub(super) causes: Causes,
    spoken: Arc<Spoken>,
    at: u64,
    /// What it takes from one step to the next.
    step: u64,
    next_call: u64,
    servers: Vec<Toy>,
}

/// What a server shows: its log by the terms of its entries.
#[derive(Clone)]
pub(super) struct Toy {
    start: u32,
    pub(super) inside: Inspection,
    pub(super) terms: Vec<u64>,
    pub(super) counts: Vec<u64>,
}

/// Messages and writes by their numbers, which are their bytes.
#[derive(Default)]
struct Spoken {
    messages: Mutex<Vec<RaftMessage>>,
    written: Mutex<Vec<DiskRecord>>,
    has_disks: bool,
    checks_quorums: bool,
}

fn number(bytes: &[u8]) -> usize {
    usize::from(u16::from_le_bytes([bytes[0], bytes[1]]))
}

fn bytes(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_le_bytes()
}

impl Implementation for Spoken {
    fn name(&self) -> &str {
        "told by hand"
    }

    fn supports(&self) -> Supports {
        Supports { quorum_checks: self.checks_quorums, ..Supports::default() }
    }

    fn make(&self, _: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        anyhow::bail!("nothing runs")
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        Decoded::Message(self.messages.lock()[number(message.bytes)].clone())
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        self.has_disks.then_some(self as &dyn DiskDecoder)
    }
}

impl DiskDecoder for Spoken {
    fn state(&self, _: &[u8]) -> Option<DiskState> {
        None
    }

    fn record(&self, bytes: &[u8]) -> Option<Vec<DiskRecord>> {
        Some(vec![self.written.lock()[number(bytes)].clone()])
    }
}

impl Peer for Toy {
    fn start(&self, _: Bytes) -> Result<Started, NotLeader> {
        unreachable!("nothing runs")
    }

    fn get_state(&self) -> State {
        unreachable!("nothing runs")
    }

    fn snapshot(&self, _: u64, _: Bytes) {}

    fn kill(&self) {}

    fn service(&self) -> Arc<dyn Service> {
        unreachable!("nothing runs")
    }

    fn entry_at(&self, index: u64) -> Option<EntryId> {
        let offset = index.checked_sub(self.inside.snapshot_index + 1)?;
        self.terms.get(offset as usize).map(|term| entry(*term))
    }

    fn match_index(&self, server: usize) -> Option<u64> {
        self.counts.get(server).copied()
    }
}

/// The entry of that term; all have one command.
pub(super) fn entry(term: u64) -> EntryId {
    EntryId::new(term, b"x")
}

pub(super) fn place(index: u64, term: u64) -> Position {
    Position { index, term }
}

impl Scene {
    /// Servers of which messages and inside are seen.
    pub(super) fn of(servers: usize) -> Scene {
        Scene::with(servers, Spoken::default())
    }

    /// Three whose leaders are to step down without a quorum.
    pub(super) fn that_checks_quorums() -> Scene {
        Scene::with(3, Spoken { checks_quorums: true, ..Spoken::default() })
    }

    /// Servers of which the disks are seen, too.
    pub(super) fn with_disks(servers: usize) -> Scene {
        Scene::with(servers, Spoken { has_disks: true, ..Spoken::default() })
    }

    fn with(servers: usize, spoken: Spoken) -> Scene {
        let mut config = Config::new(servers);
        config.raft.check_quorum = spoken.checks_quorums;
        let spoken = Arc::new(spoken);
        let causes = Causes::new(&config, Arc::clone(&spoken) as _);
        let inside = Inspection {
            term: 0,
            voted_for: None,
            role: RoleName::Follower,
            commit_index: 0,
            last_applied: 0,
            snapshot_index: 0,
            snapshot_term: 0,
            last_index: 0,
            last_term: 0,
        };
        let toy = Toy { start: 0, inside, terms: Vec::new(), counts: Vec::new() };
        let (at, step, servers) = (0, STEP_NS, vec![toy; servers]);
        let mut scene = Scene { causes, spoken, at, step, next_call: 0, servers };
        (0..scene.servers.len()).for_each(|server| scene.starts(server));
        scene
    }

    fn see(&mut self, sight: &Sight<'_>) {
        self.at += self.step;
        self.causes.see(self.at, sight);
    }

    fn who(&self, server: usize) -> Life {
        Life { server, start: self.servers[server].start }
    }

    /// A life begins with what the server showed last.
    pub(super) fn starts(&mut self, server: usize) {
        self.servers[server].start += 1;
        let who = self.who(server);
        self.see(&Sight::Booting { who, stored: &Stored::default() });
        let toy = self.servers[server].clone();
        let applied = toy.inside.snapshot_index;
        self.see(&Sight::Started { who, applied, peer: &toy });
        self.shows(server, |toy| {
            (toy.inside.commit_index, toy.inside.last_applied) = (applied, applied);
            toy.inside.role = RoleName::Follower;
        });
    }

    /// What a server would show.
    pub(super) fn toy(&mut self, server: usize) -> &mut Toy {
        &mut self.servers[server]
    }

    pub(super) fn crashes(&mut self, server: usize) {
        self.see(&Sight::Crashed { server, lost_writes: 0 });
    }

    /// A server changes inside, and shows it.
    pub(super) fn shows(&mut self, server: usize, change: impl FnOnce(&mut Toy)) {
        let toy = &mut self.servers[server];
        change(toy);
        toy.inside.last_index = toy.inside.snapshot_index + toy.terms.len() as u64;
        toy.inside.last_term = toy.terms.last().copied().unwrap_or(toy.inside.snapshot_term);
        let (toy, who) = (toy.clone(), self.who(server));
        self.see(&Sight::State { who, state: &toy.inside, peer: &toy });
    }

    fn message(&mut self, message: RaftMessage) -> [u8; 2] {
        let mut messages = self.spoken.messages.lock();
        messages.push(message);
        bytes(messages.len() - 1)
    }

    fn network(&mut self, kind: EventKind, ends: (usize, usize), call: u64, bytes: [u8; 2]) {
        let (caller, callee) = ends;
        let (at, method, one_way) = (Instant::START, "Raft.Call", false);
        let event = NetworkEvent { at, call, kind, caller, callee, method, one_way, bytes: &bytes };
        self.see(&Sight::Message(&event));
    }

    /// A request leaves, and arrives. Returns the number of the call.
    pub(super) fn asks(&mut self, caller: usize, callee: usize, request: RaftMessage) -> u64 {
        let bytes = self.message(request);
        let call = self.next_call;
        self.next_call += 1;
        self.network(EventKind::RequestSent, (caller, callee), call, bytes);
        self.network(EventKind::RequestDelivered, (caller, callee), call, bytes);
        call
    }

    /// The reply to a call leaves.
    pub(super) fn replies(&mut self, ends: (usize, usize), call: u64, reply: RaftMessage) {
        let bytes = self.message(reply);
        self.network(EventKind::ReplySent, ends, call, bytes);
    }

    /// The reply to a call arrives; it says that all is stored.
    pub(super) fn hears(&mut self, ends: (usize, usize), call: u64) {
        let term = self.servers[ends.1].inside.term;
        let bytes =
            self.message(RaftMessage::AppendReply { term, success: true, match_index: None });
        self.network(EventKind::ReplyDelivered, ends, call, bytes);
    }

    /// A server gives an index for a read that began `waited_ms` ago, when everything up to
    /// `applied` was applied.
    pub(super) fn reads(&mut self, server: usize, waited_ms: u64, (applied, index): (u64, u64)) {
        let (who, waited) = (self.who(server), Duration::from_millis(waited_ms));
        self.see(&Sight::Read { who, waited, applied, index });
    }

    /// A candidate with that log stands in `term`, gets these votes, and leads.
    pub(super) fn elects(&mut self, candidate: usize, term: u64, voters: &[usize]) {
        self.shows(candidate, |toy| {
            let Inspection { term: own, voted_for, role, .. } = &mut toy.inside;
            (*own, *voted_for, *role) = (term, Some(candidate), RoleName::Candidate);
        });
        let last = place(
            self.servers[candidate].inside.last_index,
            self.servers[candidate].inside.last_term,
        );
        for &voter in voters {
            let request = RaftMessage::RequestVote { term, candidate, last, pre_vote: false };
            let call = self.asks(candidate, voter, request);
            self.shows(voter, |toy| {
                (toy.inside.term, toy.inside.voted_for) = (term, Some(candidate));
                toy.inside.role = RoleName::Follower;
            });
            let reply = RaftMessage::VoteReply { term, granted: true, pre_vote: false };
            self.replies((candidate, voter), call, reply);
        }
        self.shows(candidate, |toy| toy.inside.role = RoleName::Leader);
    }

    /// A leader sends entries of these terms after `prev`; returns the call.
    pub(super) fn sends(&mut self, ends: (usize, usize), prev: Position, terms: &[u64]) -> u64 {
        let term = self.servers[ends.0].inside.term;
        let entries = terms.iter().map(|term| entry(*term)).collect();
        let request = RaftMessage::AppendEntries { term, prev, entries, commit: None };
        self.asks(ends.0, ends.1, request)
    }

    /// A leader sends that, and it is lost.
    pub(super) fn loses(&mut self, ends: (usize, usize), prev: Position, terms: &[u64]) {
        let term = self.servers[ends.0].inside.term;
        let entries = terms.iter().map(|term| entry(*term)).collect();
        let bytes = self.message(RaftMessage::AppendEntries { term, prev, entries, commit: None });
        let call = self.next_call;
        self.next_call += 1;
        self.network(EventKind::RequestSent, ends, call, bytes);
        self.network(EventKind::RequestLost(LossReason::Chance), ends, call, bytes);
    }

    /// A follower takes what it was sent into its log, as it is then, and says so.
    pub(super) fn accepts(&mut self, ends: (usize, usize), call: u64, terms: &[u64]) {
        let term = self.servers[ends.0].inside.term;
        self.shows(ends.1, |toy| {
            (toy.inside.term, toy.inside.role) = (term, RoleName::Follower);
            toy.terms = terms.to_vec();
        });
        self.replies(
            ends,
            call,
            RaftMessage::AppendReply { term, success: true, match_index: None },
        );
    }

    /// A server writes something, which is durable at once.
    pub(super) fn writes(&mut self, server: usize, record: DiskRecord) {
        let mut written = self.spoken.written.lock();
        written.push(record);
        let record = bytes(written.len() - 1);
        drop(written);
        let who = self.who(server);
        self.see(&Sight::Written { who, write: Written::Record(&record) });
    }

    /// Nothing happens for that many milliseconds.
    pub(super) fn passes(&mut self, milliseconds: u64) {
        self.at += milliseconds * 1_000_000;
    }

    /// All that follows happens at one time.
    pub(super) fn stands_still(&mut self) {
        self.at += self.step;
        self.step = 0;
    }

    pub(super) fn goes_on(&mut self) {
        self.step = STEP_NS;
    }

    /// All that is known, in words.
    pub(super) fn told(&self) -> Vec<String> {
        self.causes.facts.iter().map(|fact| fact.told().text).collect()
    }

    pub(super) fn commits(&mut self, server: usize, index: u64) {
        self.shows(server, |toy| toy.inside.commit_index = index);
    }

    pub(super) fn applies(&mut self, server: usize, index: u64, term: u64, command: &'static str) {
        let who = self.who(server);
        let command = Bytes::from_static(command.as_bytes());
        self.see(&Sight::Applied { who, index, term, command: &command });
    }

    pub(super) fn gets_snapshot(&mut self, server: usize, index: u64, snapshot: &[u8]) {
        let who = self.who(server);
        self.see(&Sight::AppliedSnapshot { who, index, term: 1, snapshot });
    }

    pub(super) fn takes_snapshot(&mut self, server: usize, index: u64, snapshot: &[u8]) {
        let who = self.who(server);
        self.see(&Sight::TookSnapshot { who, index, snapshot });
    }

    /// What led to a failure now.
    pub(super) fn chain(&self, property: &'static str, place: labtrace::Place) -> Vec<Cause> {
        let failure = Failure::noticed_at(Duration::from_nanos(self.at), property, "it shows");
        self.causes.chain(&Failure { place, ..failure })
    }

    /// The kinds of what should not have been, by time.
    pub(super) fn wrongs(&self) -> Vec<&'static str> {
        let wrongs = self.causes.facts.iter().filter_map(|fact| fact.wrong());
        wrongs.map(|wrong| wrong.kind.name).collect()
    }
}
