//! Entries that are gone from a log, and entries that came to stand after others.
//!
//! A follower's log changes for its leader's entries alone: one is dropped for another of another term,
//! and one is taken after the entry that the leader has in front of it.

use super::fact::{What, Wrong, entries, of_term};
use super::known::{Append, LogChange};
use super::{CauseKind, Causes};
use crate::api::vocabulary::{EntryId, Position};
use raft::{Inspection, RoleName};

impl Causes {
    /// The log that a server shows has changed.
    pub(super) fn log_changed(
        &mut self,
        at: u64,
        server: usize,
        before: &Inspection,
        now: &Inspection,
        change: &LogChange,
    ) {
        if let Some(of_log) = change.snapshot {
            self.snapshot_changed(at, server, before, now, of_log);
        }
        if let Some((first, gone)) = &change.dropped {
            // What stood after another entry than the snapshot's last one is not a continuation of it.
            let by_snapshot = change.snapshot.is_some_and(|own| own != Some(now.snapshot_term));
            self.drops(at, server, (before, now), *first, gone, by_snapshot);
        }
        if let Some(first) = change.added_from.filter(|_| now.role != RoleName::Leader) {
            self.takes_behind(at, server, now, first);
        }
    }

    /// `of_log`: the term that the log had where the snapshot ends now.
    fn snapshot_changed(
        &mut self,
        at: u64,
        server: usize,
        before: &Inspection,
        now: &Inspection,
        of_log: Option<u64>,
    ) {
        let Position { index, term } =
            Position { index: now.snapshot_index, term: now.snapshot_term };
        let knows_other = of_log.is_some_and(|own| own != term && own != 0);
        if !knows_other || index <= before.snapshot_index {
            return;
        }
        let own = of_log.unwrap_or_default();
        let is_sent = self.servers[server].sent_snapshot == Some(Position { index, term });
        if !is_sent {
            let current = match term == now.term {
                true => format!("; {term} is its current term"),
                false => String::new(),
            };
            let text = format!(
                "records its snapshot up to {index} with last term {term}, although entry {index} in its log is of \
                 term {own}{current}"
            );
            let wrong = Wrong::new(CauseKind::SNAPSHOT_WRONG_TERM, text);
            self.wrong(at, server, wrong.in_term(now.term).at(index..=index));
        } else if now.last_index > index {
            let text = format!(
                "keeps what its log has after entry {index} of term {own}, although its new snapshot up to {index} \
                 is of last term {term}"
            );
            let wrong = Wrong::new(CauseKind::KEPT_CONFLICT, text);
            self.wrong(at, server, wrong.in_term(now.term).at(index..=u64::MAX));
        }
    }

    fn drops(
        &mut self,
        at: u64,
        server: usize,
        (before, now): (&Inspection, &Inspection),
        first: u64,
        gone: &[EntryId],
        by_snapshot: bool,
    ) {
        let last = first + gone.len().saturating_sub(1) as u64;
        let term = gone.first().map_or(0, |entry| entry.term);
        let instead = self.servers[server].log.term_at(first).filter(|term| *term != 0);
        self.tell(at, server, What::Drops { first, last, term, instead });
        let what = entries(first, last);
        let them = if first == last { "it" } else { "them" };
        let occasion = self.occasion(at, server);
        let wrong = if now.role == RoleName::Leader {
            let text = format!(
                "leads term {} and changes or removes {what} of its log{occasion}",
                now.term
            );
            Wrong::new(CauseKind::OVERWROTE_OWN_LOG, text)
        } else if first <= before.commit_index {
            let known = before.commit_index;
            let text = format!(
                "drops {what}{occasion}, although it knows all up to {known} to be committed"
            );
            Wrong::new(CauseKind::DROPPED_WITHOUT_CONFLICT, text)
        } else if !by_snapshot
            && self.is_without_reason(server, (before.term, now.term), first, gone)
        {
            if self.servers[server].dropped_on_disk.take() == Some((first, last)) {
                return;
            }
            let what = of_term(&what, term);
            let text = format!("drops {what}{occasion}, although nothing contradicts {them}");
            Wrong::new(CauseKind::DROPPED_WITHOUT_CONFLICT, text)
        } else {
            return;
        };
        self.wrong(at, server, wrong.in_term(now.term).at(first..=last));
    }

    /// A server's disk, which held entries up to `last`, holds less. What the server shows to be in its log still,
    /// it removes in this step.
    pub(super) fn drops_on_disk(
        &mut self,
        at: u64,
        server: usize,
        (last, last_entry): (u64, EntryId),
    ) {
        let known = &self.servers[server];
        let (Some(disk), Some(inside)) = (&known.disk, &known.inside) else { return };
        let memory = &known.log;
        // A log that has changed before its disk does has been looked at; and what stood after another entry
        // than a snapshot's last one is not a continuation of it.
        let snapshot = disk.log.snapshot();
        let by_snapshot = memory.term_at(snapshot.index) != Some(snapshot.term);
        if memory.id(last) != Some(last_entry) || by_snapshot {
            return;
        }
        let mut first = disk.log.last().index + 1;
        while first > disk.log.snapshot().index + 1
            && disk.log.id(first - 1) != memory.id(first - 1)
        {
            first -= 1;
        }
        let gone: Vec<EntryId> = (first..=last).map_while(|index| memory.id(index)).collect();
        // Its disk may come to know of a term later than of the entries of its leader.
        let terms = (inside.term, disk.term.max(known.matched.term));
        let term_now = disk.term;
        let Some(term) = gone.first().map(|entry| entry.term) else { return };
        if inside.role == RoleName::Leader || !self.is_without_reason(server, terms, first, &gone) {
            return;
        }
        let what = of_term(&entries(first, last), term);
        let them = if first == last { "it" } else { "them" };
        let occasion = self.occasion(at, server);
        let text =
            format!("drops {what} from its disk{occasion}, although nothing contradicts {them}");
        let wrong = Wrong::new(CauseKind::DROPPED_WITHOUT_CONFLICT, text);
        self.servers[server].dropped_on_disk = Some((first, last));
        self.wrong(at, server, wrong.in_term(term_now).at(first..=last));
    }

    /// Whether no leader of these terms has said anything that contradicts one of the entries.
    fn is_without_reason(
        &self,
        server: usize,
        terms: (u64, u64),
        first: u64,
        gone: &[EntryId],
    ) -> bool {
        let known = &self.servers[server];
        if !self.seen.all_messages() || !known.shows_entries {
            return false;
        }
        let contradicts = |place: Position| {
            let at = place.index.checked_sub(first).and_then(|at| gone.get(at as usize));
            at.is_some_and(|entry| entry.term != place.term)
        };
        let of_snapshot = known
            .sent_snapshot
            .is_some_and(|sent| contradicts(sent) || sent.index > first + gone.len() as u64 - 1);
        !of_snapshot && !self.sent.any(terms, first, gone.len() as u64, contradicts)
    }

    /// The first entry that is new stands after what the leader has in front of it.
    fn takes_behind(&mut self, at: u64, server: usize, now: &Inspection, first: u64) {
        let known = &self.servers[server];
        let before = first - 1;
        let Some(own) = known.log.term_at(before).filter(|own| before > 0 && *own != 0) else {
            return;
        };
        let has_first = |append: &&Append| {
            append.prev.index < first && append.term_at(first).is_some() && append.term <= now.term
        };
        let covering: Vec<&Append> = known.asked.iter().filter(has_first).collect();
        let Some(latest) = covering.last() else { return };
        if covering.iter().any(|append| append.term_at(before) == Some(own)) {
            return;
        }
        let Some(theirs) = latest.term_at(before) else { return };
        let wrong = if latest.prev.index == before {
            let text = format!(
                "takes entry {first} in after its entry {before} of term {own}, where its leader has one of term \
                 {theirs}"
            );
            Wrong::new(CauseKind::APPENDED_WITHOUT_MATCH, text)
        } else {
            let text = format!(
                "keeps entry {before} of term {own} in front of entry {first}, where it was sent one of term \
                 {theirs}"
            );
            Wrong::new(CauseKind::KEPT_CONFLICT, text)
        };
        self.wrong(at, server, wrong.in_term(now.term).at(before..=u64::MAX));
    }
}
