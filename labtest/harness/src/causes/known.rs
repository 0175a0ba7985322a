//! What is known of each server while the facts are collected: its log as it shows it, its disk, what
//! it has told others, what it was sent.

use super::fact::Terms;
use super::occasion::Arrived;
use super::pieces::Pieces;
use super::reads::Heard;
use crate::Peer;
use crate::api::vocabulary::{EntryId, Position};
use crate::checks::known::acknowledged::Acknowledged;
use crate::checks::known::disk::Disk;
use crate::checks::known::log_view::LogView;
use raft::{Inspection, RoleName};
use std::collections::{BTreeMap, VecDeque};

/// Requests that a server was sent last; it may deal with several in one step.
const ASKED_MAX: usize = 16;

/// One server.
#[derive(Debug, Default)]
pub(super) struct Server {
    /// The number of its present life, and whether that is still going on.
    pub(super) start: u32,
    pub(super) is_alive: bool,
    /// What it showed of itself last, in this life.
    pub(super) inside: Option<Inspection>,
    /// Its log in memory, as far as that is shown.
    pub(super) log: LogView,
    /// It shows its entries, and not only where its log ends.
    pub(super) shows_entries: bool,
    pub(super) disk: Option<Disk>,
    /// Entries that are gone from its disk without a reason, and that it has not yet shown to be gone.
    pub(super) dropped_on_disk: Option<(u64, u64)>,
    /// The highest term that it has told others.
    pub(super) told: u64,
    pub(super) acknowledged: Acknowledged,
    /// How far its service has come.
    pub(super) applied: u64,
    /// The last requests of leaders to store something that have reached it.
    pub(super) asked: VecDeque<Append>,
    /// The messages that reached it last, at one moment.
    pub(super) arrived: Vec<Arrived>,
    /// The snapshots that leaders have sent it since it was handed one.
    pub(super) pieces: Pieces,
    /// The last snapshot that a leader has sent it.
    pub(super) sent_snapshot: Option<Position>,
    /// How far the leader of a term has shown it what its log has.
    pub(super) matched: Acknowledged,
    /// A later term than its own that it has learned from a message.
    pub(super) ignored: Option<(u64, u64)>,
    /// The latest request of each leader that has reached it.
    asked_by: BTreeMap<usize, Reached>,
    /// What it has heard as a leader.
    pub(super) heard: Heard,
    /// When its log has changed last, and what leaders have tried since.
    pub(super) changed_at: u64,
    pub(super) tried: Tried,
    /// The last term that it was seen to lead.
    pub(super) leads: u64,
    /// The commit index that it has sent, where nothing else shows one.
    pub(super) commit_sent: u64,
}

/// A leader's request that has reached a server.
#[derive(Clone, Copy, Debug, Default)]
struct Reached {
    term: u64,
    sent_at: u64,
    at: u64,
}

/// Requests of leaders that have reached a server and have not brought it on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tried {
    pub(super) requests: u64,
    pub(super) refused: u64,
}

/// A leader's request to store entries after `prev`.
#[derive(Clone, Debug)]
pub(super) struct Append {
    pub(super) term: u64,
    pub(super) prev: Position,
    pub(super) entries: Vec<EntryId>,
}

impl Append {
    /// The term of the entry at `index`, if the request says it.
    pub(super) fn term_at(&self, index: u64) -> Option<u64> {
        if index == self.prev.index {
            return Some(self.prev.term);
        }
        let offset = index.checked_sub(self.prev.index.saturating_add(1))?;
        self.entries.get(usize::try_from(offset).ok()?).map(|entry| entry.term)
    }

    pub(super) fn last(&self) -> Position {
        let index = self.prev.index.saturating_add(self.entries.len() as u64);
        Position { index, term: self.term_at(index).unwrap_or_default() }
    }
}

impl Server {
    pub(super) fn begin(&mut self, start: u32) {
        let Server { told, acknowledged, .. } = *self;
        *self = Server { start, is_alive: true, told, acknowledged, ..Server::default() };
    }

    pub(super) fn is(&self, start: u32) -> bool {
        self.is_alive && self.start == start
    }

    pub(super) fn was_sent(&mut self, append: Append) {
        self.matched.add(append.term, append.last().index);
        if self.asked.len() == ASKED_MAX {
            self.asked.pop_front();
        }
        self.asked.push_back(append);
    }

    /// A request of a leader has reached it, which had left then.
    pub(super) fn was_asked(&mut self, at: u64, (leader, term): (usize, u64), sent_at: u64) {
        self.tried.requests += 1;
        let latest = self.asked_by.entry(leader).or_default();
        *latest = Reached { term, sent_at: sent_at.max(latest.sent_at), at };
    }

    /// The last server that reached it as the leader of that term, and when.
    pub(super) fn reached_in(&self, term: u64) -> Option<(usize, u64)> {
        let of_term = self.asked_by.iter().filter(|(_, reached)| reached.term == term);
        of_term.map(|(leader, reached)| (*leader, reached.at)).max_by_key(|(_, at)| *at)
    }

    /// When the latest request left that has reached it from that leader.
    pub(super) fn last_asked_by(&self, leader: usize) -> u64 {
        self.asked_by.get(&leader).map_or(0, |reached| reached.sent_at)
    }

    /// Whether it has been reached since then by that leader.
    pub(super) fn is_reached_by(&self, leader: usize, since: u64) -> bool {
        self.asked_by.get(&leader).is_some_and(|reached| reached.at >= since)
    }

    /// Whether it leads, or has been reached by a leader since then: it need not act on what a candidate asks.
    pub(super) fn has_leader(&self, since: u64) -> bool {
        let leads = self.inside.as_ref().is_some_and(|it| it.role == RoleName::Leader);
        leads || self.is_reached(since)
    }

    /// Whether a leader's request has reached it since then.
    pub(super) fn is_reached(&self, since: u64) -> bool {
        self.asked_by.values().any(|reached| reached.at >= since)
    }

    /// Where its log ends, as it shows it, or as its disk does.
    pub(super) fn last(&self) -> Option<Position> {
        let shown = self.inside.as_ref().map(end_of);
        shown.or_else(|| self.disk.as_ref().map(|disk| disk.log.last()))
    }

    pub(super) fn term(&self) -> Option<u64> {
        let shown = self.inside.as_ref().map(|it| it.term);
        shown.or_else(|| self.disk.as_ref().map(|disk| disk.term))
    }

    /// Whether it has that entry: on its disk where that is known. `None` when nothing is known.
    pub(super) fn holds(&self, place: Position) -> Option<bool> {
        let log = match (&self.disk, &self.inside) {
            (Some(disk), _) => &disk.log,
            (None, Some(_)) => &self.log,
            (None, None) => return None,
        };
        let has = |term| term == place.term || term == 0 || place.term == 0;
        Some(place.index <= log.snapshot().index || log.term_at(place.index).is_some_and(has))
    }

    /// The term of its entry at `index`; 0 where that is not known.
    pub(super) fn term_at(&self, index: u64) -> u64 {
        let log = match (&self.inside, &self.disk) {
            (Some(_), _) => Some(&self.log),
            (None, Some(disk)) => Some(&disk.log),
            (None, None) => None,
        };
        log.and_then(|log| log.term_at(index)).unwrap_or_default()
    }

    /// The terms in its log.
    pub(super) fn terms(&self) -> Terms {
        let on_disk = || self.disk.as_ref().map(|disk| &disk.log);
        let log = self.inside.as_ref().map(|_| &self.log).or_else(on_disk);
        log.map_or_else(Terms::default, |log| {
            let indices = log.snapshot().index + 1..=log.last().index;
            let terms = indices.map(|index| log.term_at(index).unwrap_or_default()).collect();
            Terms { snapshot_index: log.snapshot().index, terms }
        })
    }
}

pub(super) fn end_of(inside: &Inspection) -> Position {
    Position { index: inside.last_index, term: inside.last_term }
}

/// How a log in memory has changed.
#[derive(Debug, Default)]
pub(super) struct LogChange {
    /// The entries that are gone: the index of the first, and their ids.
    pub(super) dropped: Option<(u64, Vec<EntryId>)>,
    /// The first entry that is new.
    pub(super) added_from: Option<u64>,
    /// The term that the log had where its new snapshot ends, if it has a new one.
    pub(super) snapshot: Option<Option<u64>>,
}

/// Brings a server's log up to what it shows.
pub(super) fn follow(server: &mut Server, inside: &Inspection, peer: &dyn Peer) -> LogChange {
    let mut change = LogChange::default();
    let log = &mut server.log;
    let snapshot = Position { index: inside.snapshot_index, term: inside.snapshot_term };
    let mut old: Vec<EntryId> = Vec::new();
    if snapshot != log.snapshot() {
        let of_log = log.term_at(snapshot.index);
        change.snapshot = Some(of_log);
        if of_log != Some(snapshot.term) {
            let behind = snapshot.index + 1..=log.last().index;
            old = behind.filter_map(|index| log.id(index)).collect();
        }
        log.compact(snapshot);
    }
    let is_as_it_was = old.is_empty() && log.last() == end_of(inside);
    if is_as_it_was {
        return change;
    }
    server.shows_entries = peer.entry_at(inside.last_index).is_some()
        || inside.last_index == inside.snapshot_index && server.shows_entries;
    match server.shows_entries || inside.last_index == inside.snapshot_index {
        true => follow_entries(log, old, inside, peer, &mut change),
        false => follow_end(log, inside, &mut change),
    }
    change
}

/// Logs that have the same entry at one place are the same in front of it.
fn follow_entries(
    log: &mut LogView,
    old: Vec<EntryId>,
    inside: &Inspection,
    peer: &dyn Peer,
    change: &mut LogChange,
) {
    let snapshot_index = inside.snapshot_index;
    // What a snapshot has taken out of the view may still be there.
    let old_of = |log: &LogView, index: u64| {
        let offset = (index - snapshot_index - 1) as usize;
        log.id(index).or_else(|| old.get(offset).copied())
    };
    let end = log.last().index.max(snapshot_index + old.len() as u64);
    let mut same = end.min(inside.last_index);
    while same > snapshot_index && peer.entry_at(same) != old_of(log, same) {
        same -= 1;
    }
    let gone: Vec<EntryId> = (same + 1..=end).filter_map(|index| old_of(log, index)).collect();
    if !gone.is_empty() {
        change.dropped = Some((same + 1, gone));
    }
    // What is shown again after a snapshot is pushed again.
    let kept = log.last().index.min(same);
    log.truncate_to(kept);
    for index in kept + 1..=inside.last_index {
        let Some(entry) = peer.entry_at(index) else { break };
        log.push(entry);
    }
    if inside.last_index > same {
        change.added_from = Some(same + 1);
    }
}

/// Of a log that shows only its end, what is after the commit index may have been replaced.
fn follow_end(log: &mut LogView, inside: &Inspection, change: &mut LogChange) {
    let (before, now) = (log.last(), end_of(inside));
    let goes_on = now.index > before.index && now.term == before.term;
    let keep = match goes_on {
        true => before.index,
        false if now.index > before.index => before.index.min(inside.commit_index),
        false if log.term_at(now.index) == Some(now.term) => now.index,
        false => now.index.saturating_sub(1),
    };
    let keep = keep.max(log.snapshot().index);
    if now.index <= before.index && keep < before.index {
        let gone = (keep + 1..=before.index).filter_map(|index| log.id(index)).collect();
        change.dropped = Some((keep + 1, gone));
    }
    log.truncate_to(keep);
    while log.last().index < now.index {
        let is_last = log.last().index + 1 == now.index;
        let term = if goes_on || is_last { now.term } else { 0 };
        log.push(EntryId { term, hash: 0 });
    }
    if now.index > keep {
        change.added_from = Some(keep + 1);
    }
}
