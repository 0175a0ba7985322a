//! The calls under way, so that a reply is judged by what it answers.

use crate::api::vocabulary::{Position, RaftMessage};

/// A request, and what its receiver was like when it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) term: u64,
    pub(crate) what: What,
    /// All that it says.
    pub(crate) request: RaftMessage,
    pub(crate) receiver: Option<Receiver>,
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A vote, by a candidate whose log ends there.
    Vote {
        candidate: usize,
        last: Position,
    },
    /// Whether it could have a vote, by a server whose log ends there.
    PreVote {
        candidate: usize,
        last: Position,
    },
    /// To store everything up to `last` after the entry at `prev_index`, by a leader that had heard
    /// of `refusals_heard` steps back.
    Append {
        prev_index: u64,
        last: Position,
        refusals_heard: u64,
    },
    Snapshot {
        last: Position,
    },
    /// Something of which the checks have no opinion.
    Other,
}

/// A server's term and the end of its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receiver {
    pub(crate) term: u64,
    pub(crate) last: Position,
}

/// The requests that have not been answered, by the number of their call. Numbers go up, and few
/// calls are under way at a time, so a call's place is found without a search.
#[derive(Debug)]
pub(crate) struct Calls {
    /// A power of two of places.
    places: Vec<Option<(u64, Asked)>>,
    /// The number of the next call that is made.
    next: u64,
    /// A request has made way for another before it was answered.
    pub(crate) has_forgotten: bool,
}

const PLACES_FIRST: usize = 64;
/// Calls that nobody answers for that long are forgotten, and their answers can't be read.
const PLACES_MAX: usize = 1 << 16;

impl Calls {
    pub(crate) fn new() -> Calls {
        Calls { places: vec![None; PLACES_FIRST], next: 0, has_forgotten: false }
    }

    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// A call is made, whether its request can be read or not.
    pub(crate) fn made(&mut self, call: u64) {
        self.next = self.next.max(call + 1);
    }

    /// The network delivers a request twice, and answers to the copy as a call with its own number.
    pub(crate) fn copied(&mut self, call: u64, copy: u64) {
        self.made(copy);
        if let Some(asked) = self.get(call).cloned() {
            self.insert(copy, asked);
        }
    }

    /// The request has arrived at a server that is like this.
    pub(crate) fn arrived(&mut self, call: u64, receiver: Option<Receiver>) {
        if let Some(asked) = self.get(call) {
            asked.receiver = receiver;
        }
    }

    fn place(&self, call: u64) -> usize {
        call as usize & (self.places.len() - 1)
    }

    pub(crate) fn insert(&mut self, call: u64, asked: Asked) {
        while self.places.len() < PLACES_MAX
            && self.places[self.place(call)].as_ref().is_some_and(|(other, _)| *other != call)
        {
            let grown = vec![None; 2 * self.places.len()];
            for (other, asked) in std::mem::replace(&mut self.places, grown).into_iter().flatten() {
                let place = self.place(other);
                self.places[place] = Some((other, asked));
            }
        }
        let place = self.place(call);
        let before = self.places[place].replace((call, asked));
        self.has_forgotten |= before.is_some_and(|(other, _)| other != call);
    }

    /// What a call under way asks.
    pub(crate) fn request(&self, call: u64) -> Option<&RaftMessage> {
        let (known, asked) = self.places[self.place(call)].as_ref()?;
        (*known == call).then_some(&asked.request)
    }

    fn get(&mut self, call: u64) -> Option<&mut Asked> {
        let place = self.place(call);
        self.places[place].as_mut().filter(|(known, _)| *known == call).map(|(_, asked)| asked)
    }

    /// The call has been answered, or never will be.
    pub(crate) fn take(&mut self, call: u64) -> Option<Asked> {
        let place = self.place(call);
        self.places[place].take_if(|(known, _)| *known == call).map(|(_, asked)| asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(term: u64) -> Asked {
        let request = RaftMessage::Other { name: "asks", term };
        Asked { term, what: What::Other, request, receiver: None }
    }

    #[test]
    fn a_call_is_found_until_it_is_answered() {
        let mut calls = Calls::new();
        for call in 0..1000 {
            calls.insert(call, asked(call));
            if call % 3 != 0 {
                assert_eq!(calls.take(call), Some(asked(call)));
            }
        }
        assert_eq!(calls.take(999), Some(asked(999)));
        assert_eq!(calls.take(999), None);
        assert_eq!(calls.get(3), Some(&mut asked(3)));
        assert_eq!(calls.take(4), None);
        assert!(!calls.has_forgotten);
    }

    #[test]
    fn memory_is_bounded() {
        let mut calls = Calls::new();
        (0..3 * PLACES_MAX as u64).for_each(|call| calls.insert(call, asked(call)));
        assert_eq!(calls.places.len(), PLACES_MAX);
        assert_eq!(calls.take(0), None);
        assert!(calls.has_forgotten);
    }
}
