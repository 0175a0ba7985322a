//! Brings what happens in a run before the checks.
//!
//! What is known of the servers is kept here; each kind of event is taken up in a file of its own:
//! `inside.rs` (what servers show), `messages.rs`, `disks.rs`.

use super::acknowledged::Acknowledged;
use super::calls::Calls;
use super::committed::Committed;
use super::confirmed::Confirmed;
use super::disk::Disk;
use super::efficiency::Stretch;
use super::log_matching::Entries;
use super::log_view::LogView;
use super::one_leader::Leaders;
use super::quorum::{self, Holding};
use super::votes::Votes;
use super::{Elections, leader_completeness};
use crate::api::life::Life;
use crate::api::value::describe;
use crate::api::vocabulary::EntryId;
use crate::watch::{Sight, Watcher};
use crate::{Implementation, Violation, property};
use raft::{Inspection, RoleName};
use runtime::Instant;
use std::sync::Arc;

/// All checks on what is seen of a run.
pub(crate) struct Oracle {
    pub(super) implementation: Arc<dyn Implementation>,
    /// What was written but not synced counts as lost in a crash.
    pub(super) unsynced_is_lost: bool,
    pub(super) servers: Vec<Server>,
    pub(super) entries: Entries,
    pub(super) committed: Committed,
    pub(super) confirmed: Confirmed,
    /// Terms and leaders as servers show them.
    pub(super) elections: Elections,
    /// Leaders as their messages show them.
    pub(super) senders: Leaders,
    pub(super) votes: Votes,
    pub(super) calls: Calls,
    /// The number of the next call that is made.
    pub(super) next_call: u64,
    /// The highest term seen anywhere.
    pub(super) highest_term: u64,
    pub(super) stretch: Option<Stretch>,
    holdings: Vec<Holding>,
}

/// What is known of a server.
#[derive(Debug, Default)]
pub(super) struct Server {
    /// The number of its present life, and whether that goes on.
    pub(super) start: u32,
    pub(super) is_alive: bool,
    /// What it showed of itself last, in this life.
    pub(super) state: Option<Inspection>,
    /// Its log, if it shows it.
    pub(super) memory: Option<LogView>,
    /// Its disk, if that can be read.
    pub(super) disk: Option<Disk>,
    /// The highest term that it has told others in earlier lives, and in all.
    pub(super) told_before: u64,
    pub(super) told: u64,
    pub(super) acknowledged: Acknowledged,
    /// The term that it has last been seen to lead, and the commit index that it sent.
    pub(super) leads: u64,
    pub(super) commit_sent: u64,
}

impl Server {
    /// The log that counts: what is on disk, where that is known.
    fn log(&self) -> Option<&LogView> {
        self.disk.as_ref().map(|disk| &disk.log).or(self.memory.as_ref())
    }
}

impl Oracle {
    pub(crate) fn new(
        servers: usize,
        implementation: Arc<dyn Implementation>,
        unsynced_is_lost: bool,
    ) -> Oracle {
        Oracle {
            implementation,
            unsynced_is_lost,
            servers: (0..servers).map(|_| Server::default()).collect(),
            entries: Entries::default(),
            committed: Committed::default(),
            confirmed: Confirmed::new(servers),
            elections: Elections::new(servers),
            senders: Leaders::default(),
            votes: Votes::new(servers),
            calls: Calls::new(),
            next_call: 0,
            highest_term: 0,
            stretch: None,
            holdings: Vec::new(),
        }
    }

    pub(super) fn is_present(&self, who: Life) -> bool {
        let server = &self.servers[who.server];
        server.is_alive && server.start == who.start
    }

    /// Server `by`, in `term`, reports everything up to `index` committed. What is new is taken from
    /// its log, as far as that reaches.
    pub(super) fn commit(&mut self, by: usize, index: u64, term: u64) -> Result<(), Violation> {
        let known = self.committed.last();
        let server = &mut self.servers[by];
        let log = match (&mut server.memory, &mut server.disk) {
            (Some(memory), _) => memory,
            (None, Some(disk)) => &mut disk.log,
            (None, None) => return Ok(()),
        };
        log.agree(&self.committed);
        if index <= known || log.agreed() < known {
            return Ok(());
        }
        for next in known + 1..=index {
            let entry = match log.id(next) {
                Some(entry) => entry,
                None if next <= log.snapshot().index => EntryId::default(),
                None => break,
            };
            self.committed.add(entry, term, by);
        }
        self.check_new_commit(by, known)
    }

    /// Server `by` was given a committed command by its Raft.
    fn applied(&mut self, by: usize, index: u64, command: &[u8]) -> Result<(), Violation> {
        let entry = EntryId::new(0, command);
        let known = self.committed.last();
        if let Some(committed) = self.committed.get(index) {
            if committed.has_command(entry.hash) {
                return Ok(());
            }
            let message = format!(
                "commit index={index} server={by} {} != the entry committed there, {} (as server {} \
                 reported first)",
                describe(command),
                committed.describe(),
                committed.by
            );
            let violation = Violation::new(property::APPLIED_VALUES, message);
            return Err(violation.at_servers([by, committed.by]).at_index(index));
        }
        if index != known + 1 {
            return Ok(());
        }
        let own = self.servers[by].log().and_then(|log| log.id(index));
        let own = own.filter(|own| own.hash == entry.hash);
        // It was committed in some term until now.
        self.committed.add(own.unwrap_or(entry), self.highest_term, by);
        self.check_new_commit(by, known)
    }

    /// More than `before` has turned out to be committed.
    fn check_new_commit(&mut self, by: usize, before: u64) -> Result<(), Violation> {
        let last = self.committed.last();
        if last == before {
            return Ok(());
        }
        for server in &mut self.servers {
            let logs = server.disk.as_mut().map(|disk| &mut disk.log);
            logs.into_iter()
                .chain(server.memory.as_mut())
                .for_each(|log| log.agree(&self.committed));
        }
        self.find_holdings();
        quorum::check_committed(self.servers.len(), &self.holdings, last, by)?;
        self.confirmed.check(last, by)?;
        for (server, known) in self.servers.iter().enumerate() {
            if let (Some(state), Some(memory)) = (&known.state, &known.memory)
                && state.role == RoleName::Leader
            {
                let agreed = memory.agreed();
                leader_completeness::check_log(&self.committed, server, state.term, agreed)?;
            }
        }
        Ok(())
    }

    /// A message can't be read, so what is known of votes and confirmations is not all.
    pub(super) fn miss_a_message(&mut self) {
        self.votes.miss();
        self.confirmed.miss();
    }

    /// Something of a server's log is gone.
    pub(super) fn check_kept(&mut self, server: usize) -> Result<(), Violation> {
        self.find_holdings();
        let index = self.committed.last();
        quorum::check_kept(self.servers.len(), &self.holdings, index, server)
    }

    fn find_holdings(&mut self) {
        let known = self.servers.iter().enumerate();
        let holding = |(server, known): (usize, &Server)| {
            let log = known.log()?;
            Some(Holding { server, agreed: log.agreed(), last: log.last() })
        };
        self.holdings.clear();
        self.holdings.extend(known.filter_map(holding));
    }

    fn crashed(&mut self, server: usize) {
        let known = &mut self.servers[server];
        let durable = known.disk.as_ref().map_or(0, |disk| disk.term);
        self.elections.forget_above(server, known.told.max(durable));
        known.is_alive = false;
        known.state = None;
        if known.disk.is_some() {
            known.memory = None;
        }
    }
}

impl Watcher for Oracle {
    fn see(&mut self, at: Instant, sight: &Sight<'_>) -> Result<(), Violation> {
        match sight {
            Sight::Message(event) => self.see_message(at, event),
            Sight::State { who, state, peer } if self.is_present(*who) => {
                self.see_state(*who, state, *peer)
            }
            Sight::Written { who, write } if self.is_present(*who) => {
                self.see_write(who.server, write)
            }
            Sight::Synced { who, writes } if self.is_present(*who) => {
                self.see_sync(who.server, *writes)
            }
            Sight::Applied { who, index, command } if self.is_present(*who) => {
                self.applied(who.server, *index, command)
            }
            Sight::Booting { who, stored } => self.see_boot(*who, stored),
            Sight::Crashed { server, .. } => {
                self.crashed(*server);
                Ok(())
            }
            Sight::FaultFreeBegins(budgets) => {
                let (term, committed) = (self.highest_term, self.committed.last());
                let budgets = (*budgets).clone();
                let stretch = Stretch::new(budgets, at, term, committed, self.next_call);
                self.stretch = Some(stretch);
                Ok(())
            }
            Sight::FaultFreeEnds => match self.stretch.take() {
                Some(stretch) => stretch.check(at, self.committed.last()),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OurRaft;

    /// A server shows that it is in term 5, has told others of `told`, has `durable` on its disk,
    /// crashes, and shows that it is in term 4.
    fn goes_back(told: u64, durable: u64) -> Result<(), Violation> {
        let mut oracle = Oracle::new(1, Arc::new(OurRaft), true);
        oracle.elections.observe(Life { server: 0, start: 1 }, 5, false).unwrap();
        oracle.servers[0].told = told;
        oracle.servers[0].disk = Some(Disk { term: durable, ..Disk::default() });
        oracle.crashed(0);
        oracle.elections.observe(Life { server: 0, start: 2 }, 4, false)
    }

    #[test]
    fn fires_when_a_term_goes_back_that_was_told_or_durable() {
        assert_eq!(goes_back(5, 0).unwrap_err().property, "safety:term");
        assert_eq!(goes_back(0, 5).unwrap_err().property, "safety:term");
    }

    #[test]
    fn stays_silent_when_nobody_knew_the_term_and_no_disk_held_it() {
        assert_eq!(goes_back(4, 3), Ok(()));
    }
}
