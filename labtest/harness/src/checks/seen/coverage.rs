//! What of a run was seen, and so what the checks could judge.

use labrpc::{EventKind, NetworkEvent};
use labtrace::{Coverage, Unchecked};
use runtime::Instant;

/// What has been seen so far.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(in crate::checks) messages: bool,
    pub(in crate::checks) disk: bool,
    pub(in crate::checks) inside: bool,
    /// What is not checked any more, each with the first reason.
    off: Vec<Unchecked>,
}

impl Seen {
    /// A message was seen that says less than the checks need.
    pub(in crate::checks) fn message_missed(&mut self, event: &NetworkEvent<'_>, what: &str) {
        // One that shows no message at all has nothing to lose.
        if !self.messages {
            return;
        }
        let NetworkEvent { caller, callee, method, .. } = *event;
        self.miss("votes and confirmations", event.at, || match event.kind {
            EventKind::ReplySent => format!("the reply of server {callee} to {method} {what}"),
            _ => format!("the message {method} of server {caller} {what}"),
        });
    }

    /// Something written was not understood.
    pub(in crate::checks) fn write_missed(&mut self, at: Instant, server: usize, what: &str) {
        if self.disk {
            self.miss(&format!("the disk of server {server}"), at, || what.to_owned());
        }
    }

    /// A server that has shown itself shows itself no more.
    pub(in crate::checks) fn hidden(&mut self, at: Instant, server: usize) {
        let why = || "it is not shown any more".to_owned();
        self.miss(&format!("the inside of server {server}"), at, why);
    }

    /// A message from before a calm has brought a term that may depose its leader.
    pub(in crate::checks) fn disturbed(&mut self, at: Instant) {
        self.miss(Coverage::ELECTIONS_IN_THE_CALM, at, || {
            "a message from before brought a later term".to_owned()
        });
    }

    /// Keeps the first reason. It may be asked for at every message of a run.
    fn miss(&mut self, what: &str, at: Instant, why: impl FnOnce() -> String) {
        if self.off.iter().all(|known| known.what != what) {
            let (what, since_ns) = (what.to_owned(), at.as_nanos());
            self.off.push(Unchecked { what, since_ns, why: why() });
        }
    }

    /// What can be told of it when the run is over.
    pub(crate) fn coverage(&self) -> Coverage {
        let Seen { messages, disk, inside, .. } = *self;
        // Of a run that was made: the service of the tests is the tester's own.
        Coverage { applied: true, messages, disk, inside, off: self.off.clone() }
    }
}
