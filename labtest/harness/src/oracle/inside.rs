//! What servers show of their inside, after every step of the simulation that changed it.

use super::judge::{Oracle, Server};
use super::log_matching::{self, Entries};
use super::log_view::LogView;
use super::{append_only, indices, leader_completeness};
use crate::api::life::Life;
use crate::api::vocabulary::Position;
use crate::{Peer, Violation, property};
use raft::{Inspection, RoleName};

impl Oracle {
    pub(super) fn see_state(
        &mut self,
        who: Life,
        state: &Inspection,
        peer: &dyn Peer,
    ) -> Result<(), Violation> {
        let leads = state.role == RoleName::Leader;
        self.elections.observe(who, state.term, leads)?;
        self.highest_term = self.highest_term.max(state.term);
        let server = &mut self.servers[who.server];
        let before = server.state.replace(state.clone());
        indices::check_order(who.server, state)?;
        if let Some(before) = &before {
            indices::check_change(who.server, before, state)?;
        }
        server.acknowledged.check_kept(who.server, state.term, state.last_index)?;
        self.follow_log(who.server, before.as_ref(), state, peer)?;
        let was_committed =
            before.as_ref().map_or(state.snapshot_index, |state| state.commit_index);
        if state.commit_index > was_committed {
            self.see_commit(who.server, was_committed, state)?;
        }
        if leads {
            let match_index = |server| peer.match_index(server);
            self.confirmed.check_counted(who.server, state.term, match_index)?;
        }
        let led = before
            .is_some_and(|before| before.role == RoleName::Leader && before.term == state.term);
        match &self.servers[who.server].memory {
            Some(memory) if leads && !led => {
                let agreed = memory.agreed();
                leader_completeness::check_log(&self.committed, who.server, state.term, agreed)
            }
            _ => Ok(()),
        }
    }

    /// Brings the view of a server's log up to date.
    fn follow_log(
        &mut self,
        number: usize,
        before: Option<&Inspection>,
        state: &Inspection,
        peer: &dyn Peer,
    ) -> Result<(), Violation> {
        let Server { memory, .. } = &mut self.servers[number];
        if before.is_some() && memory.is_none() {
            return Ok(());
        }
        let view = memory.get_or_insert_default();
        let agreed = view.agreed();
        let snapshot = view.snapshot();
        let followed = follow(view, &mut self.entries, number, state, peer);
        view.agree(&self.committed);
        let lost = view.agreed() < agreed;
        let has_other_snapshot = view.snapshot() != snapshot;
        let removed_from = match followed {
            // It shows itself, but not its log.
            Followed::Hidden => {
                *memory = None;
                return Ok(());
            }
            Followed::Shown { removed_from, checked } => checked.map(|()| removed_from)?,
        };
        if has_other_snapshot {
            let place = Position { index: state.snapshot_index, term: state.snapshot_term };
            log_matching::check_snapshot(&self.committed, number, place)?;
        }
        if let (Some(before), Some(index)) = (before, removed_from) {
            append_only::check(number, before, state, index)?;
        }
        if lost { self.check_kept(number) } else { Ok(()) }
    }

    /// A server's commit index has gone up.
    fn see_commit(
        &mut self,
        number: usize,
        before: u64,
        state: &Inspection,
    ) -> Result<(), Violation> {
        let known = self.committed.last();
        (before + 1..=state.commit_index.min(known))
            .for_each(|index| self.committed.reported(index, state.term));
        self.commit(number, state.commit_index, state.term)?;
        let Some(memory) = &self.servers[number].memory else { return Ok(()) };
        let index = memory.agreed() + 1;
        if index > state.commit_index.min(self.committed.last()) {
            return Ok(());
        }
        let (own, by, known) = match self.committed.get(index) {
            Some(known) => (memory.term_at(index), known.by, known.describe()),
            None => return Ok(()),
        };
        let own =
            own.map_or("one in its snapshot".to_string(), |term| format!("one of term {term}"));
        let message = format!(
            "server {number} considers entry {index} committed, {own}, but server {by} {known}"
        );
        let violation = Violation::new(property::COMMITTED_ENTRIES, message);
        Err(violation.at_servers([number, by]).in_term(state.term).at_index(index))
    }
}

/// What came of following a log.
enum Followed {
    Hidden,
    Shown {
        /// The first entry that is not what it was.
        removed_from: Option<u64>,
        checked: Result<(), Violation>,
    },
}

/// Follows what has changed in a log. Logs that have the same entry at one place are the same in
/// front of it (Log Matching), so the last entry that is still there shows where they part.
fn follow(
    view: &mut LogView,
    entries: &mut Entries,
    server: usize,
    state: &Inspection,
    peer: &dyn Peer,
) -> Followed {
    let mut removed_from = None;
    let snapshot = Position { index: state.snapshot_index, term: state.snapshot_term };
    if snapshot != view.snapshot() {
        let last_index = view.last().index;
        view.compact(snapshot);
        removed_from = (view.last().index < last_index && last_index > snapshot.index)
            .then_some(snapshot.index + 1);
    }
    let (last_index, last) = (view.last().index, state.last_index);
    if (last_index, view.last().term) == (last, state.last_term) {
        return Followed::Shown { removed_from, checked: Ok(()) };
    }
    let mut same = last_index.min(last);
    while same > snapshot.index {
        let Some(entry) = peer.entry_at(same) else { return Followed::Hidden };
        if view.id(same) == Some(entry) {
            break;
        }
        same -= 1;
    }
    if same < last_index {
        view.truncate_to(same);
        removed_from = Some(removed_from.map_or(same + 1, |index| index.min(same + 1)));
    }
    let mut checked = Ok(());
    for index in same + 1..=last {
        let Some(entry) = peer.entry_at(index) else { return Followed::Hidden };
        let before = view.last().term;
        log_matching::keep_first(&mut checked, entries.observe(server, index, entry, before));
        view.push(entry);
    }
    Followed::Shown { removed_from, checked }
}
