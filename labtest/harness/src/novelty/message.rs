//! A message, and what its receiver has become since it was sent.

use crate::RaftMessage;
use crate::checks::Glance;
use runtime::Instant;

/// A call that was made.
#[derive(Clone, Copy, Default)]
struct Call {
    number: u64,
    sent: u64,
    term: u64,
    kind: u8,
    /// The life of the server that made it.
    start: u32,
    /// The entry that the call is about.
    index: u64,
}

/// Of the calls that were made last. An older one is forgotten, and its reply tells nothing.
pub(super) struct Calls(Vec<Call>);

const CALLS: usize = 1 << 10;

impl Calls {
    pub(super) fn new() -> Calls {
        Calls(vec![Call::default(); CALLS])
    }

    /// A request comes to a server. Returns what there is to note.
    pub(super) fn request(
        &mut self,
        now: Instant,
        number: u64,
        asked: &RaftMessage,
        (caller, callee): (&Glance, &Glance),
    ) -> [u8; 6] {
        let (kind, index) = kind(asked);
        let term = asked.term();
        let call = self.0[number as usize % CALLS];
        let sent = if call.number == number { call.sent } else { now.as_nanos() };
        let changed = caller.term > term || !caller.is_alive;
        let place = match asked {
            RaftMessage::AppendEntries { .. } | RaftMessage::InstallSnapshot { .. } => {
                1 + compare(index, callee.commit) * 4 + compare(index, callee.last.index)
            }
            RaftMessage::RequestVote { last, .. } => {
                let (asks, own) = ((last.term, last.index), (callee.last.term, callee.last.index));
                1 + compare(asks, own)
            }
            _ => 0,
        };
        let age = age(now, sent);
        let role = super::server::role(callee.role);
        [kind, compare(term, callee.term), role, place, age, u8::from(changed)]
    }

    /// A request leaves.
    pub(super) fn sent(&mut self, now: Instant, number: u64, start: u32) {
        let call = Call { number, sent: now.as_nanos(), start, ..Call::default() };
        self.0[number as usize % CALLS] = call;
    }

    /// The request of a call is answered now.
    pub(super) fn answered(&mut self, number: u64, asked: &RaftMessage) {
        let call = &mut self.0[number as usize % CALLS];
        if call.number == number {
            (call.kind, call.index) = kind(asked);
            call.term = asked.term();
        }
    }

    /// The reply of a call comes. Returns what there is to note.
    pub(super) fn reply(&self, now: Instant, number: u64, caller: &Glance) -> Option<[u8; 6]> {
        let call = self.0[number as usize % CALLS];
        if call.number != number || call.kind == 0 {
            return None;
        }
        let is_same_life = call.start == caller.start;
        Some([
            0x80 | call.kind,
            compare(call.term, caller.term),
            super::server::role(caller.role),
            1 + compare(call.index, caller.commit),
            age(now, call.sent),
            u8::from(!is_same_life),
        ])
    }
}

/// What kind of request it is, and the index that it is about.
fn kind(asked: &RaftMessage) -> (u8, u64) {
    match asked {
        RaftMessage::RequestVote { last, pre_vote, .. } => (1 + u8::from(*pre_vote), last.index),
        RaftMessage::AppendEntries { prev, entries, .. } if entries.is_empty() => (3, prev.index),
        RaftMessage::AppendEntries { prev, .. } => (4, prev.index),
        RaftMessage::InstallSnapshot { last, .. } => (5, last.index),
        RaftMessage::Other { name, .. } => (16 + name.len() as u8 % 16, 0),
        _ => (6, 0),
    }
}

/// What [`compare`] says of a message of an earlier term than its receiver's.
pub(super) const EARLIER: u8 = 0;

/// Less, equal, more.
fn compare<T: Ord>(one: T, other: T) -> u8 {
    (one.cmp(&other) as i8 + 1) as u8
}

/// Not long, as long as an election takes, much longer.
fn age(now: Instant, sent: u64) -> u8 {
    match (now.as_nanos() - sent) / 1_000_000 {
        0..20 => 0,
        20..200 => 1,
        200..1000 => 2,
        _ => 3,
    }
}
