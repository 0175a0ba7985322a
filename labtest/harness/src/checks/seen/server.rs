//! What was seen of a server.

use crate::api::vocabulary::Position;
use crate::checks::known::acknowledged::Acknowledged;
use crate::checks::known::calls::Receiver;
use crate::checks::known::committed::Committed;
use crate::checks::known::disk::Disk;
use crate::checks::known::log_view::LogView;
use raft::{Inspection, RoleName};

/// What was seen of a server.
#[derive(Debug, Default)]
pub(crate) struct Server {
    /// The number of its present life, and whether that is still going on.
    pub(crate) start: u32,
    pub(crate) is_alive: bool,
    /// Its present life has shown or hidden nothing yet.
    pub(crate) is_new: bool,
    /// What it showed of itself last, in this life.
    pub(crate) state: Option<Inspection>,
    /// Its log, if it shows it.
    pub(crate) memory: Option<LogView>,
    /// Its disk, if that can be read.
    pub(crate) disk: Option<Disk>,
    /// The last crash lost writes, so the server may come back to an earlier term.
    pub(crate) forgot: bool,
    /// The highest term that it has told others in earlier lives, and in all.
    pub(crate) told_before: u64,
    pub(crate) told: u64,
    pub(crate) acknowledged: Acknowledged,
    /// The term that it has last been seen to lead, and the commit index that it sent.
    pub(crate) leads: u64,
    pub(crate) commit_sent: u64,
}

impl Server {
    /// The log that counts: what is on disk, where that is known.
    pub(crate) fn log(&self) -> Option<&LogView> {
        self.disk.as_ref().map(|disk| &disk.log).or(self.memory.as_ref())
    }

    /// The log that shows what the server itself considers committed: that in memory, where it is
    /// known. A leader only appends, so its disk has the front of it; that of another may hold what its
    /// memory has replaced.
    pub(crate) fn own_log(&mut self, leads: bool) -> Option<&mut LogView> {
        let on_disk = self.disk.as_mut().filter(|_| leads).map(|disk| &mut disk.log);
        self.memory.as_mut().or(on_disk)
    }

    /// Compares its logs with what has been committed since.
    pub(crate) fn agree(&mut self, committed: &Committed) {
        let on_disk = self.disk.as_mut().map(|disk| &mut disk.log);
        on_disk.into_iter().chain(self.memory.as_mut()).for_each(|log| log.agree(committed));
    }

    /// The end of the log that it decides by, if it is known: what has not been written yet counts.
    pub(crate) fn log_end(&self) -> Option<Position> {
        let shown =
            |state: &Inspection| Position { index: state.last_index, term: state.last_term };
        let stored = self.disk.as_ref().filter(|disk| disk.pending.is_empty());
        self.state.as_ref().map(shown).or(stored.map(|disk| disk.log.last()))
    }

    /// What is known of it when it gets a request.
    pub(crate) fn receiver(&self) -> Option<Receiver> {
        match (&self.disk, &self.state) {
            (Some(disk), _) => Some(Receiver { term: disk.term, last: disk.log.last() }),
            (None, Some(state)) => {
                let last = Position { index: state.last_index, term: state.last_term };
                Some(Receiver { term: state.term, last })
            }
            (None, None) => None,
        }
    }

    /// Whether it last showed itself as the leader of `term`.
    pub(crate) fn shows_leading(&self, term: u64) -> bool {
        let leads = |state: &Inspection| state.role == RoleName::Leader && state.term == term;
        self.state.as_ref().is_some_and(leads)
    }

    /// A new life begins.
    pub(crate) fn begin(&mut self, start: u32) {
        self.start = start;
        self.is_alive = true;
        self.is_new = true;
        self.state = None;
        self.memory = None;
        self.told_before = self.told;
        (self.leads, self.commit_sent) = (0, 0);
    }

    /// What it showed of itself last is not what it is any more, as far as is known.
    pub(crate) fn hides(&mut self) {
        self.is_new = false;
        self.state = None;
        self.memory = None;
    }

    /// The present life has ended, perhaps in the middle of a step, so its last look at it is none at
    /// what it has become: only its disk stays known. Returns the highest term that the next one has to know of: it
    /// was told to others, or is on the disk.
    pub(crate) fn crash(&mut self) -> u64 {
        self.is_alive = false;
        self.hides();
        self.told.max(self.disk.as_ref().map_or(0, |disk| disk.term))
    }
}
