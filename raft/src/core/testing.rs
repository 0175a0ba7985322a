//! Fixtures for unit tests of the core: servers with a given past, and a look at what they send.

use crate::config::Config;
use crate::core::durability::{Durability, NewSnapshot, Write};
use crate::core::log::Log;
use crate::core::progress::{Progress, Sent};
use crate::core::record::HardState;
use crate::core::restore::Restored;
use crate::core::{Core, Role};
use crate::message::{
    AppendEntriesArgs, Entry, InstallSnapshotArgs, Outgoing, Position, RequestVoteArgs,
    RequestVoteReply,
};
use crate::start_error::StartError;
use bytes::Bytes;
use persister::Snapshot;
use raft_api::Started;
use runtime::{Instant, Rng};
use std::time::Duration;

/// A point in time, in milliseconds.
pub(crate) fn at(ms: u64) -> Instant {
    Instant::START + Duration::from_millis(ms)
}

pub(crate) fn position(index: u64, term: u64) -> Position {
    Position { index, term }
}

/// Entries of these terms; each command names its term.
pub(crate) fn entries(terms: &[u64]) -> Vec<Entry> {
    let entry = |&term: &u64| Entry { term, command: Bytes::from(format!("term {term}")) };
    terms.iter().map(entry).collect()
}

/// A new server, number 0 of three.
pub(crate) fn newcomer() -> Core {
    server(0, &[])
}

/// Server 0 of three, in `term`, with a log of these terms. It has not voted in this term.
pub(crate) fn server(term: u64, log: &[u64]) -> Core {
    server_of(3, term, log)
}

/// The same in a cluster of another size.
pub(crate) fn server_of(servers: usize, term: u64, log: &[u64]) -> Core {
    configured(Config::default(), servers, term, log)
}

/// The same with other settings.
pub(crate) fn configured(config: Config, servers: usize, term: u64, log: &[u64]) -> Core {
    let log = Log::new(Position::default(), entries(log));
    let durability = Durability::restored(log.last_index(), 0);
    let hard_state = HardState { term, voted_for: None };
    let restored =
        Restored { hard_state, quarantine: None, log, snapshot: Snapshot::default(), durability };
    Core::new(config, 0, servers, restored, Rng::from_seed(1), at(0))
}

/// Server 0 of three, leader of `term`, with a log of these terms, and the time of its election.
/// Its first heartbeats are out and everything it has is durable.
pub(crate) fn leader(term: u64, log: &[u64]) -> (Core, Instant) {
    elect(server(term - 1, log))
}

/// Has the server stand for election and win it.
pub(crate) fn elect(mut core: Core) -> (Core, Instant) {
    let now = core.election_deadline;
    core.tick(now);
    persist_at(now, &mut core);
    for from in 1..core.majority() {
        let reply = RequestVoteReply { term: core.term, vote_granted: true };
        let asked = vote_request(from, core.term, 0, 0);
        core.handle_vote_reply(now, from, &asked, &reply);
    }
    assert!(matches!(core.role, Role::Leader(_)), "the election was to be won: {core:?}");
    persist(&mut core);
    core.flush_wanted = false;
    core.outbox.clear();
    (core, now)
}

impl Core {
    pub(crate) fn start(&mut self, command: Bytes) -> Result<Started, StartError> {
        self.start_all([command])
    }
}

/// What a candidate asks.
pub(crate) fn vote_request(from: usize, term: u64, index: u64, log_term: u64) -> RequestVoteArgs {
    RequestVoteArgs {
        term,
        candidate_id: from,
        last_log_index: index,
        last_log_term: log_term,
        pre_vote: false,
    }
}

/// AppendEntries from server 1, leader of `term`.
pub(crate) fn append(term: u64, prev: Position, new: &[u64], commit: u64) -> AppendEntriesArgs {
    AppendEntriesArgs {
        term,
        leader_id: 1,
        prev_log_index: prev.index,
        prev_log_term: prev.term,
        entries: entries(new),
        leader_commit: commit,
    }
}

/// InstallSnapshot from server 1, leader of `term`, with all of it.
pub(crate) fn install(term: u64, place: Position, data: &'static [u8]) -> InstallSnapshotArgs {
    InstallSnapshotArgs {
        term,
        leader_id: 1,
        last_included_index: place.index,
        last_included_term: place.term,
        offset: 0,
        data: Bytes::from_static(data),
        done: true,
    }
}

/// A piece of such a snapshot.
pub(crate) fn piece(
    term: u64,
    place: Position,
    offset: u64,
    data: &'static [u8],
    done: bool,
) -> InstallSnapshotArgs {
    InstallSnapshotArgs { offset, done, ..install(term, place, data) }
}

/// What the service has a snapshot of.
pub(crate) fn whole(data: &'static [u8]) -> NewSnapshot {
    NewSnapshot::Whole(Bytes::from_static(data))
}

impl PartialEq for NewSnapshot {
    fn eq(&self, other: &NewSnapshot) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

/// Takes what is to be sent.
pub(crate) fn sent(core: &mut Core) -> Vec<Outgoing> {
    std::mem::take(&mut core.outbox)
}

/// Flushes, and takes the AppendEntries that `to` is sent.
pub(crate) fn flushed_to(
    core: &mut Core,
    now: Instant,
    to: usize,
) -> Vec<(AppendEntriesArgs, Sent)> {
    core.flush(now);
    take_appends(core, to)
}

/// Takes what is to be sent, and of that the AppendEntries for `to`.
pub(crate) fn take_appends(core: &mut Core, to: usize) -> Vec<(AppendEntriesArgs, Sent)> {
    let appends = sent(core).into_iter().filter_map(|request| match request {
        Outgoing::AppendEntries { to: receiver, args, sequence } if receiver == to => {
            let sent = Sent::new(&args, sequence);
            Some((args, sent))
        }
        _ => None,
    });
    appends.collect()
}

/// The terms along the log, from its first entry on.
pub(crate) fn terms(core: &Core) -> Vec<u64> {
    core.log.from(core.log.snapshot().index + 1).map(|entry| entry.term).collect()
}

/// A leader's view of another server.
pub(crate) fn progress(core: &Core, of: usize) -> &Progress {
    match &core.role {
        Role::Leader(progress) => &progress[of],
        other => panic!("not a leader but {other:?}"),
    }
}

/// Carries out all writes, and says how many there were.
pub(crate) fn persist(core: &mut Core) -> Vec<Write> {
    persist_at(Instant::START, core)
}

/// [`persist`], at a time that matters.
pub(crate) fn persist_at(now: Instant, core: &mut Core) -> Vec<Write> {
    let mut buffer = Vec::new();
    let writes = std::iter::from_fn(|| core.next_write(&mut buffer)).collect();
    let mark = core.durability.mark();
    core.synced(now, mark);
    writes
}
