//! What a step wants done.

use super::{Core, Disk};
use crate::message::{Body, Message};
use crate::mistake::Mistake;
use labtest::encode;
use labtest::sans_io::{HardState, Log, Outgoing, Output, Write, Written};

impl Core {
    pub(super) fn take_output(&mut self) -> Output {
        self.replicate();
        let outbox = std::mem::take(&mut self.outbox);
        let (promises, messages) = outbox.into_iter().partition(|message| self.waits(message));
        let mut output = Output {
            messages: outgoing(messages),
            promises: outgoing(promises),
            write: self.take_write(),
            apply: std::iter::from_fn(|| self.next_to_apply()).collect(),
            reads: Vec::new(),
        };
        if self.options.mistake == Some(Mistake::SnapshotBeforeDurable)
            && let Some(install) = self.installing.take()
        {
            self.installed(install);
            output.messages.extend(outgoing(std::mem::take(&mut self.outbox)));
        }
        output
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

    fn take_write(&mut self) -> Option<Written> {
        if !self.has_to_write() {
            return None;
        }
        self.disk.writes += 1;
        let number = self.disk.writes;
        let hard = self.hard_state();
        (self.disk.term, self.disk.vote) = (hard.term, hard.voted_for);
        let write = match &mut self.installing {
            Some(install) if install.write.is_none() => {
                install.write = Some(number);
                self.disk.next_index = install.last.index + 1;
                self.disk.is_snapshot_unwritten = false;
                let hard = HardState { commit_index: install.last.index, ..hard };
                let log = Log { snapshot: install.last, entries: Vec::new() };
                Write::state(&hard, &log, install.data.clone())
            }
            // The log in memory is the one that is about to go.
            Some(_) => Write::record(&hard, self.disk.next_index, &[]),
            None => self.write_of_log(hard),
        };
        Some(Written { number, write })
    }

    fn write_of_log(&mut self, hard: HardState) -> Write {
        let first_index = self.disk.next_index;
        self.disk.next_index = first_index.max(self.log.last().index + 1);
        if std::mem::take(&mut self.disk.is_snapshot_unwritten) {
            return Write::state(&hard, &self.log, self.snapshot.clone());
        }
        let mut entries = self.log.from(first_index);
        if self.options.mistake == Some(Mistake::OneEntryWritten) {
            entries = &entries[..entries.len().min(1)];
        }
        Write::record(&hard, first_index, entries)
    }

    /// As it is to be written.
    fn hard_state(&self) -> HardState {
        let commit_index = self.commit;
        let (term, voted_for) = match self.is_hard_state_new() {
            true => (self.term, self.vote),
            false => (self.disk.term, self.disk.vote),
        };
        HardState { term, voted_for, commit_index }
    }
}

fn outgoing(messages: Vec<Message>) -> Vec<Outgoing> {
    let outgoing = |mut message: Message| {
        let snapshot = match &mut message.body {
            Body::Snap { data, .. } => Some(std::mem::take(data)),
            _ => None,
        };
        let bytes = encode(&message).expect("numbers and bytes have an encoding");
        Outgoing { to: message.to, method: message.body.method(), bytes, snapshot }
    };
    messages.into_iter().map(outgoing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Options;
    use labtest::runtime::Rng;
    use labtest::sans_io::{Core as _, Entry, Restored};
    use labtest::{ApplyMsg, Bytes, Position, decode};

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

    fn from_leader(term: u64, body: Body) -> Vec<u8> {
        encode(&Message { from: 1, to: 0, term, body }).unwrap()
    }

    fn read(messages: &[Outgoing]) -> Vec<Message> {
        messages.iter().map(|it| decode(&it.bytes).unwrap()).collect()
    }

    #[test]
    fn term_and_entries_are_one_record_and_the_answer_waits_for_it() {
        let mut core = core();
        let entries = vec![Entry { term: 2, command: Some(Bytes::from_static(b"x")) }];
        let prev = Position::default();
        core.step(&from_leader(2, Body::App { prev, entries: entries.clone(), commit: 1 }), None)
            .unwrap();
        let Output { messages, write, promises, .. } = core.output();
        let hard = HardState { term: 2, voted_for: None, commit_index: 1 };
        let record = Write::record(&hard, 1, &entries);
        assert_eq!(write, Some(Written { number: 1, write: record }));
        let answer = Message { from: 0, to: 1, term: 2, body: Body::AppResp { index: 1 } };
        assert_eq!((read(&messages), read(&promises)), (vec![], vec![answer]));
        core.durable(1);
        assert!(core.output().is_empty());
    }

    #[test]
    fn a_server_that_is_alone_leads_when_it_is_given_its_own_vote() {
        let mut core = core();
        core.options.servers = 1;
        assert!((0..5).any(|_| core.tick()));
        let Output { write, promises, .. } = core.output();
        assert!(write.is_some() && !core.is_leader());
        let [vote] = &promises[..] else { panic!("{promises:?}") };
        assert_eq!(vote.to, 0);
        core.step(&vote.bytes, None).unwrap();
        assert!(core.is_leader());
    }

    #[test]
    fn while_a_snapshot_is_installed_nothing_else_happens_and_it_is_applied_when_durable() {
        let mut core = core();
        let (last, data) = (Position { index: 7, term: 1 }, Bytes::from_static(b"state"));
        core.step(&from_leader(2, Body::Snap { last, data: data.clone() }), None).unwrap();
        let Output { write, apply, .. } = core.output();
        let is_save = |it: &Written| it.number == 1 && matches!(it.write, Write::Save { .. });
        assert!(write.as_ref().is_some_and(is_save), "{write:?}");
        assert_eq!(apply, []);
        (0..100).for_each(|_| assert!(!core.tick()));
        core.step(&from_leader(3, Body::Heartbeat { commit: 0, number: 1 }), None).unwrap();
        assert!(core.output().is_empty());
        assert_eq!(core.term, 2);

        core.durable(1);
        let Output { promises, apply, .. } = core.output();
        assert_eq!(apply, [ApplyMsg::Snapshot { index: 7, term: 1, snapshot: data }]);
        let answers: Vec<Body> = read(&promises).into_iter().map(|it| it.body).collect();
        assert_eq!(answers, [Body::AppResp { index: 7 }]);
    }

    #[test]
    fn an_append_in_front_of_what_is_committed_is_answered_with_the_commit_index() {
        let mut core = core();
        let entries = vec![Entry { term: 2, command: None }; 3];
        let prev = Position::default();
        core.step(&from_leader(2, Body::App { prev, entries, commit: 2 }), None).unwrap();
        core.step(&from_leader(2, Body::App { prev, entries: Vec::new(), commit: 0 }), None)
            .unwrap();
        let promises = core.output().promises;
        let answers: Vec<Body> = read(&promises).into_iter().map(|it| it.body).collect();
        assert_eq!(answers, [Body::AppResp { index: 3 }, Body::AppResp { index: 2 }]);
    }
}
