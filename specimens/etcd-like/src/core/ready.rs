//! What a step wants done.

use super::{Core, Disk, Install};
use crate::disk::{HardState, Record, Saved, Write};
use crate::message::{Body, Message};
use crate::mistake::Mistake;

/// What is to be done: messages to be sent now, and a write to be handed to the disk. Whoever has carried it
/// out asks for the next one, until there is nothing in it.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) messages: Vec<Message>,
    /// With its number.
    pub(crate) write: Option<(u64, Write)>,
}

impl Core {
    pub(crate) fn ready(&mut self) -> Ready {
        let mut messages = Vec::new();
        loop {
            self.replicate();
            self.stage(&mut messages);
            if !self.release(&mut messages) {
                break;
            }
        }
        Ready { messages, write: self.take_write() }
    }

    /// The first `writes` writes are durable.
    pub(crate) fn durable(&mut self, writes: u64) {
        self.disk.durable = self.disk.durable.max(writes);
        let durable = self.disk.durable;
        let done = |install: &mut Install| install.write.is_some_and(|write| write <= durable);
        if let Some(install) = self.installing.take_if(done) {
            self.installed(install);
        }
    }

    /// Messages that promise something wait for all writes so far, and for what is to be written next.
    fn stage(&mut self, messages: &mut Vec<Message>) {
        let writes = self.disk.writes + u64::from(self.has_to_write());
        for message in std::mem::take(&mut self.outbox) {
            match self.waits(&message) {
                true => self.disk.waiting.push_back((writes, message)),
                false => messages.push(message),
            }
        }
    }

    /// A leader's messages promise nothing: its term is durable, for it has its own vote, and whoever
    /// counts its entries asks it.
    fn waits(&self, message: &Message) -> bool {
        let is_own = message.to == self.options.me;
        let is_ack = matches!(message.body, Body::AppResp { .. }) && !is_own;
        match self.options.mistake {
            Some(Mistake::MessagesBeforeSync) => is_own,
            Some(Mistake::AcksBeforeSync) if is_ack => false,
            _ => !message.body.is_leaders(),
        }
    }

    /// Lets those go whose writes are durable. True when some were to this server itself.
    fn release(&mut self, messages: &mut Vec<Message>) -> bool {
        let mut has_stepped = false;
        let is_due = |disk: &Disk| disk.waiting.front().is_some_and(|it| it.0 <= disk.durable);
        while is_due(&self.disk) {
            let Some((_, message)) = self.disk.waiting.pop_front() else { break };
            if message.to == self.options.me {
                self.step(message);
                has_stepped = true;
            } else {
                messages.push(message);
            }
        }
        has_stepped
    }

    fn has_to_write(&self) -> bool {
        let is_more_of_log = match &self.installing {
            Some(install) => install.write.is_none(),
            None => {
                let disk = &self.disk;
                disk.is_snapshot_unwritten || disk.next_index <= self.log.last().index
            }
        };
        is_more_of_log || self.is_hard_state_new()
    }

    fn is_hard_state_new(&self) -> bool {
        let Disk { term, vote, .. } = self.disk;
        match self.options.mistake {
            Some(Mistake::TermNotWritten) if self.vote.is_none() => false,
            _ => (term, vote) != (self.term, self.vote),
        }
    }

    fn take_write(&mut self) -> Option<(u64, Write)> {
        if !self.has_to_write() {
            return None;
        }
        self.disk.writes += 1;
        let number = self.disk.writes;
        let hard = self.hard_state();
        (self.disk.term, self.disk.vote) = (hard.term, hard.vote);
        let write = match &mut self.installing {
            Some(install) if install.write.is_none() => {
                install.write = Some(number);
                self.disk.next_index = install.last.index + 1;
                self.disk.is_snapshot_unwritten = false;
                let hard = HardState { commit: install.last.index, ..hard };
                let saved = Saved { hard, snapshot: install.last, entries: Vec::new() };
                Write::Save(saved, install.data.clone())
            }
            // The log in memory is the one that is about to go.
            Some(_) => {
                let first_index = self.disk.next_index;
                Write::Record(Record { hard, first_index, entries: Vec::new() })
            }
            None => self.write_of_log(hard),
        };
        Some((number, write))
    }

    fn write_of_log(&mut self, hard: HardState) -> Write {
        let first_index = self.disk.next_index;
        self.disk.next_index = first_index.max(self.log.last().index + 1);
        if std::mem::take(&mut self.disk.is_snapshot_unwritten) {
            let (snapshot, entries) = (self.log.snapshot, self.log.entries.clone());
            return Write::Save(Saved { hard, snapshot, entries }, self.snapshot.clone());
        }
        let mut entries = self.log.from(first_index).to_vec();
        if self.options.mistake == Some(Mistake::OneEntryWritten) {
            entries.truncate(1);
        }
        Write::Record(Record { hard, first_index, entries })
    }

    /// As it is to be written.
    fn hard_state(&self) -> HardState {
        let Disk { term, vote, .. } = self.disk;
        let commit = self.commit;
        match self.is_hard_state_new() {
            true => HardState { term: self.term, vote: self.vote, commit },
            false => HardState { term, vote, commit },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Options;
    use crate::disk::Restored;
    use crate::message::Entry;
    use labtest::runtime::Rng;
    use labtest::{ApplyMsg, Bytes, Position};

    fn core() -> Core {
        let options = Options {
            me: 0,
            servers: 3,
            heartbeat_ticks: 1,
            election_ticks_min: 5,
            election_ticks_max: 5,
            batch_bytes_max: 1024,
            inflight_max: 8,
            mistake: None,
        };
        Core::new(options, Restored::default(), Rng::from_seed(1))
    }

    fn from_leader(term: u64, body: Body) -> Message {
        Message { from: 1, to: 0, term, body }
    }

    #[test]
    fn term_and_entries_are_one_record_and_the_answer_waits_for_it() {
        let mut core = core();
        let entries = vec![Entry { term: 2, command: Some(Bytes::from_static(b"x")) }];
        let prev = Position::default();
        core.step(from_leader(2, Body::App { prev, entries: entries.clone(), commit: 1 }));
        let Ready { messages, write } = core.ready();
        assert_eq!(messages, []);
        let hard = HardState { term: 2, vote: None, commit: 1 };
        match write {
            Some((1, Write::Record(record))) => {
                assert_eq!(record, Record { hard, first_index: 1, entries });
            }
            other => panic!("{other:?}"),
        }
        core.durable(1);
        let Ready { messages, write } = core.ready();
        assert!(write.is_none());
        let answer = Message { from: 0, to: 1, term: 2, body: Body::AppResp { index: 1 } };
        assert_eq!(messages, [answer]);
    }

    #[test]
    fn a_server_that_is_alone_leads_when_its_own_vote_is_durable() {
        let mut core = core();
        core.options.servers = 1;
        assert!((0..5).any(|_| core.tick()));
        assert!(core.ready().write.is_some());
        assert!(!core.is_leader());
        core.durable(1);
        core.ready();
        assert!(core.is_leader());
    }

    #[test]
    fn while_a_snapshot_is_installed_nothing_else_happens_and_it_is_applied_when_durable() {
        let mut core = core();
        let (last, data) = (Position { index: 7, term: 1 }, Bytes::from_static(b"state"));
        core.step(from_leader(2, Body::Snap { last, data: data.clone() }));
        let Ready { write, .. } = core.ready();
        assert!(matches!(write, Some((1, Write::Save(..)))), "{write:?}");
        (0..100).for_each(|_| assert!(!core.tick()));
        core.step(from_leader(3, Body::Heartbeat { commit: 0, number: 1 }));
        assert!(core.ready().write.is_none());
        assert_eq!((core.term(), core.next_to_apply()), (2, None));

        core.durable(1);
        let snapshot = ApplyMsg::Snapshot { index: 7, term: 1, snapshot: data };
        assert_eq!(core.next_to_apply(), Some(snapshot));
        let answers: Vec<Body> = core.ready().messages.into_iter().map(|it| it.body).collect();
        assert_eq!(answers, [Body::AppResp { index: 7 }]);
    }

    #[test]
    fn an_append_in_front_of_what_is_committed_is_answered_with_the_commit_index() {
        let mut core = core();
        let entries = vec![Entry { term: 2, command: None }; 3];
        let prev = Position::default();
        core.step(from_leader(2, Body::App { prev, entries, commit: 2 }));
        core.step(from_leader(2, Body::App { prev, entries: Vec::new(), commit: 0 }));
        core.ready();
        core.durable(1);
        let answers: Vec<Body> = core.ready().messages.into_iter().map(|it| it.body).collect();
        assert_eq!(answers, [Body::AppResp { index: 3 }, Body::AppResp { index: 2 }]);
    }
}
