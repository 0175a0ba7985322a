//! Answers that are messages of their own, as Rafts in etcd's manner send them. Each is taken for the
//! answer to the last request of its kind and term that reached its sender from the server it goes to.
//!
//! With several requests under way that may be a later one than was meant. So an answer counts for no
//! more than it says itself: a vote says all, an accepted append says how far with its `match_index`,
//! and what it refuses is no refusal of a certain request.

use crate::api::vocabulary::RaftMessage;
use crate::checks::known::calls::{Asked, What};
use crate::checks::seen::messages::term_in;
use crate::checks::{Checked, Oracle};
use labrpc::NetworkEvent;
use std::collections::BTreeMap;

/// The last requests between servers that nobody replies to.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// By who asked, who was asked, and the term.
    asked: BTreeMap<(usize, usize, u64), Last>,
    /// Requests are not replied to, or with nothing: their answers must be messages of their own.
    are_expected: bool,
    /// Such an answer was seen.
    are_seen: bool,
}

/// Of how many terms requests are kept between two servers. Answers leave when they are durable, and a
/// server that stood still has requests of many terms at once.
const TERMS: usize = 64;

#[derive(Debug, Default)]
struct Last {
    vote: Option<Asked>,
    append: Option<Asked>,
    snapshot: Option<Asked>,
}

impl Last {
    /// What a server answers that has the asker's log up to `index`. etcd answers a snapshot with that,
    /// too.
    fn up_to(&self, index: u64) -> Option<&Asked> {
        let reaches = |asked: &&Asked| term_in(&asked.request, index).is_some();
        let (append, snapshot) = (self.append.as_ref(), self.snapshot.as_ref());
        append.filter(reaches).or(snapshot.filter(reaches)).or(append).or(snapshot)
    }
}

impl Answers {
    /// A request has arrived that nobody will reply to.
    pub(in crate::checks) fn asked(&mut self, event: &NetworkEvent<'_>, asked: Asked) {
        self.are_expected(&asked);
        let (caller, callee, term) = (event.caller, event.callee, asked.term);
        let terms_of_all = self.asked.len();
        let last = self.asked.entry((caller, callee, term)).or_default();
        match asked.what {
            What::Vote { .. } => last.vote = Some(asked),
            What::Append { .. } => last.append = Some(asked),
            What::Snapshot { .. } => last.snapshot = Some(asked),
            What::PreVote { .. } | What::Other => {}
        }
        if self.asked.len() > terms_of_all {
            self.forget_oldest(caller, callee);
        }
    }

    fn forget_oldest(&mut self, asker: usize, server: usize) {
        let of_pair = self.asked.range((asker, server, 0)..=(asker, server, u64::MAX));
        let mut terms = of_pair.map(|(key, _)| *key);
        if let Some(oldest) = terms.next()
            && terms.count() >= TERMS
        {
            self.asked.remove(&oldest);
        }
    }

    /// The last requests of `asker` to `server` in `term`.
    fn last(&self, asker: usize, server: usize, term: u64) -> Option<&Last> {
        self.asked.get(&(asker, server, term))
    }

    /// The reply to this request says nothing, or there is none.
    pub(in crate::checks) fn are_expected(&mut self, asked: &Asked) {
        self.are_expected |= !matches!(asked.what, What::PreVote { .. } | What::Other);
    }

    /// Nothing answers what must be answered, as far as is understood.
    pub(in crate::checks) fn are_missing(&self) -> bool {
        self.are_expected && !self.are_seen
    }
}

impl Oracle {
    /// `event.caller` answers something that `event.callee` asked before.
    pub(in crate::checks) fn answer(
        &mut self,
        event: &NetworkEvent<'_>,
        answer: &RaftMessage,
    ) -> Checked {
        let (server, asker) = (event.caller, event.callee);
        self.answers.are_seen = true;
        let last = self.answers.last(asker, server, answer.term());
        match *answer {
            // It may have the term that was asked about.
            RaftMessage::VoteReply { granted: true, pre_vote: true, .. } => Ok(()),
            RaftMessage::VoteReply { term, granted: true, pre_vote: false } => {
                let asked = last.and_then(|last| last.vote.clone());
                self.tells(server, term)?;
                match asked {
                    Some(asked) => match asked.what {
                        What::Vote { candidate, last } => {
                            self.vote(server, &asked, candidate, last)
                        }
                        _ => Ok(()),
                    },
                    None => self.gives_vote(server, term, asker),
                }
            }
            RaftMessage::AppendReply { term, success: true, match_index } => {
                let up_to = |index| Some((index, last?.up_to(index)?.clone()));
                let asked = match_index.and_then(up_to);
                self.tells(server, term)?;
                let Some((index, asked)) = asked else {
                    let what = match match_index {
                        None => "accepts entries without saying up to where",
                        Some(_) => "accepts entries of a term in which it was sent none",
                    };
                    self.coverage.message_missed(event, what);
                    self.confirmed.miss();
                    return Ok(());
                };
                let place = self.place_of(server, &asked.request, index);
                // The server may have been in another state when it got what it answers.
                self.accepts(server, &Asked { receiver: None, ..asked }, place)
            }
            RaftMessage::SnapshotReply { term } => {
                let what = last.and_then(|last| Some(last.snapshot.as_ref()?.what));
                self.tells(server, term)?;
                if let Some(What::Snapshot { last }) = what {
                    self.confirmed.add(server, term, last);
                }
                Ok(())
            }
            ref other => self.tells(server, other.term()),
        }
    }
}
