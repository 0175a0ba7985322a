//! What is on the disks: what becomes durable, and what a life begins with.

use super::fact::{Wrong, ends_at};
use super::{CauseKind, Causes};
use crate::api::life::Life;
use crate::checks::known::disk::{Disk, Write};
use crate::sight::Written;
use persister::Stored;
use xxhash_rust::xxh3::xxh3_64;

impl Causes {
    /// Keeps what a server writes until it is durable, which it may be at once.
    pub(super) fn written(&mut self, at: u64, server: usize, written: &Written<'_>) {
        let known = &mut self.servers[server].disk;
        let Some(disk) = known else { return };
        let decoder = self.implementation.disk_decoder();
        match decoder.and_then(|decoder| Write::read(decoder, written)) {
            None => *known = None,
            Some(write) if self.unsynced_is_lost => disk.write(write),
            Some(write) => self.durable(at, server, write),
        }
    }

    /// The first `writes` writes of a server's present life are durable.
    pub(super) fn synced(&mut self, at: u64, server: usize, writes: u64) {
        while let Some(write) =
            self.servers[server].disk.as_mut().and_then(|disk| disk.next_durable(writes))
        {
            self.durable(at, server, write);
        }
    }

    fn durable(&mut self, at: u64, server: usize, write: Write) {
        let known = &mut self.servers[server];
        let Some(disk) = &mut known.disk else { return };
        let end = disk.log.last().index;
        let last = disk.log.id(end);
        let change = disk.apply(write, server, &mut self.entries, &self.nothing_committed);
        let Some(change) = change else {
            known.disk = None;
            return;
        };
        let (term, before) = (disk.term, change.hard_state.0);
        let is_shorter = disk.log.last().index < end;
        let is_changed = (term, disk.voted_for) != change.hard_state;
        if let Some(index) = change.cut_without_snapshot {
            let text = format!(
                "cuts its log up to {index} on disk, and the snapshot for that is not there"
            );
            let wrong = Wrong::new(CauseKind::LOG_CUT_WITHOUT_SNAPSHOT, text).at(1..=index);
            self.wrong(at, server, wrong);
        }
        if term < before {
            let text = format!("writes term {term} to its disk, which held {before}");
            self.wrong(at, server, Wrong::new(CauseKind::DISK_FORGOT, text).in_term(before));
        }
        if let Some(last) = last.filter(|_| is_shorter) {
            self.drops_on_disk(at, server, (end, last));
        }
        if is_changed {
            self.compare_with_told(at, server);
        }
    }

    /// A server is about to start from what its disk holds.
    pub(super) fn booting(&mut self, at: u64, who: Life, stored: &Stored) {
        let is_first = self.servers[who.server].start == 0;
        // What is durable at once is known as it was written, and reading it takes long.
        let kept = self.servers[who.server].disk.take().filter(|_| !self.unsynced_is_lost);
        self.servers[who.server].begin(who.start);
        let disk = kept.or_else(|| self.read_disk(who.server, stored));
        self.seen.disk |= disk.is_some();
        self.servers[who.server].disk = disk;
        if is_first {
            return;
        }
        self.compare_with_told(at, who.server);
        self.compare_log_with_told(at, who.server);
        let snapshot = &stored.snapshot;
        if !snapshot.is_empty() && !self.snapshots.contains_key(&xxh3_64(snapshot)) {
            let text = format!(
                "starts with a snapshot of {} bytes on its disk that nobody took",
                snapshot.len()
            );
            self.wrong(at, who.server, Wrong::new(CauseKind::SNAPSHOT_WRONG_STATE, text));
        }
    }

    fn read_disk(&mut self, server: usize, stored: &Stored) -> Option<Disk> {
        let decoder = self.implementation.disk_decoder()?;
        let mut disk = Disk::default();
        for write in Write::read_all(decoder, stored) {
            disk.apply(write?, server, &mut self.entries, &self.nothing_committed)?;
        }
        Some(disk)
    }

    /// Term and vote on the disk against what the server has told others.
    fn compare_with_told(&mut self, at: u64, server: usize) {
        let told = self.servers[server].told;
        let Some(disk) = &self.servers[server].disk else { return };
        let (term, on_disk) = (disk.term, disk.voted_for);
        let vote = self.votes.sent(server, term).filter(|vote| on_disk != Some(*vote));
        if term < told {
            let text =
                format!("has term {term} on its disk, but has told others that it was in {told}");
            self.wrong(at, server, Wrong::new(CauseKind::DISK_FORGOT, text).in_term(told));
        } else if let Some(vote) = vote {
            let instead =
                on_disk.map_or("no vote".to_owned(), |it| format!("a vote for server {it}"));
            let text = format!(
                "has {instead} in term {term} on its disk, but has given that to server {vote}"
            );
            let wrong = Wrong::new(CauseKind::DISK_FORGOT, text).in_term(term);
            self.wrong(at, server, wrong.with([vote].into_iter().filter(|vote| *vote != server)));
        }
    }

    /// The log on the disk against what the server has acknowledged.
    fn compare_log_with_told(&mut self, at: u64, server: usize) {
        let known = &self.servers[server];
        let Some(disk) = &known.disk else { return };
        let (last, acknowledged) = (disk.log.last(), known.acknowledged);
        if disk.term != acknowledged.term || last.index >= acknowledged.index {
            return;
        }
        let text = format!(
            "has a log on its disk that {}, but has acknowledged all up to {} in term {}",
            ends_at(last),
            acknowledged.index,
            acknowledged.term
        );
        let wrong = Wrong::new(CauseKind::DISK_FORGOT, text).in_term(acknowledged.term);
        self.wrong(at, server, wrong.at(last.index + 1..=acknowledged.index));
    }

    /// A server tells others that it has voted for `candidate`, or stands itself.
    pub(super) fn tells_vote(&mut self, at: u64, server: usize, term: u64, candidate: usize) {
        let Some(disk) = &self.servers[server].disk else { return };
        if disk.term > term || (disk.term == term && disk.voted_for == Some(candidate)) {
            return;
        }
        let what = match server == candidate {
            true => format!("asks for votes in term {term}"),
            false => format!("votes for server {candidate} in term {term}"),
        };
        let vote =
            disk.voted_for.map_or("no vote".to_owned(), |it| format!("a vote for server {it}"));
        let stored = match (disk.term, disk.voted_for, disk.log.last().index) {
            (0, None, 0) => "nothing so far".to_owned(),
            (term, ..) => format!("term {term}, {vote}"),
        };
        let text = format!("{what} before it has stored that term and its vote (stored: {stored})");
        let wrong = Wrong::new(CauseKind::TOLD_BEFORE_STORED, text).in_term(term);
        self.wrong(at, server, wrong.with([candidate].into_iter().filter(|it| *it != server)));
    }
}
