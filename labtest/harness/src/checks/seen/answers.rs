//! Answers that are messages of their own, as Rafts in etcd's manner send them. Each is taken for the
//! answer to the last request of its kind and term that reached its sender from the server it goes to.
//!
//! With several requests under way that may be a later one than was meant. So an answer counts for no
//! more than it says itself: a vote says all, an accepted append says how far with its `match_index`,
//! and what it refuses is no refusal of a certain request.

use crate::api::vocabulary::RaftMessage;
use crate::checks::known::calls::{Asked, What};
use crate::checks::{Checked, Oracle};
use labrpc::NetworkEvent;
use std::collections::BTreeMap;

/// The last requests between servers that nobody replies to.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// By who asked and who was asked.
    asked: BTreeMap<(usize, usize), Last>,
    /// Requests are not replied to, or with nothing: their answers must be messages of their own.
    are_expected: bool,
    /// Such an answer was seen.
    are_seen: bool,
}

#[derive(Debug, Default)]
struct Last {
    vote: Option<Asked>,
    append: Option<Asked>,
    snapshot: Option<Asked>,
}

impl Answers {
    /// A request has arrived that nobody will reply to.
    pub(in crate::checks) fn asked(&mut self, event: &NetworkEvent<'_>, asked: Asked) {
        self.are_expected(&asked);
        let last = self.asked.entry((event.caller, event.callee)).or_default();
        match asked.what {
            What::Vote { .. } => last.vote = Some(asked),
            What::Append { .. } => last.append = Some(asked),
            What::Snapshot { .. } => last.snapshot = Some(asked),
            What::PreVote | What::Other => {}
        }
    }

    /// The reply to this request says nothing, or there is none.
    pub(in crate::checks) fn are_expected(&mut self, asked: &Asked) {
        self.are_expected |= !matches!(asked.what, What::PreVote | What::Other);
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
        let last = self.answers.asked.entry((asker, server)).or_default();
        match *answer {
            // It may have the term that was asked about.
            RaftMessage::VoteReply { granted: true, pre_vote: true, .. } => Ok(()),
            RaftMessage::VoteReply { term, granted: true, pre_vote: false } => {
                let asked = last.vote.clone().filter(|asked| asked.term == term);
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
                let asked = last.append.clone().filter(|asked| asked.term == term);
                self.tells(server, term)?;
                let (Some(index), Some(asked)) = (match_index, asked) else {
                    self.coverage
                        .message_missed(event, "accepts entries without saying up to where");
                    self.confirmed.miss();
                    return Ok(());
                };
                let place = self.place_of(server, &asked.request, index);
                // The server may have been in another state when it got what it answers.
                self.accepts(server, &Asked { receiver: None, ..asked }, place)
            }
            RaftMessage::SnapshotReply { term } => {
                let asked = last.snapshot.clone().filter(|asked| asked.term == term);
                self.tells(server, term)?;
                if let Some(What::Snapshot { last }) = asked.map(|asked| asked.what) {
                    self.confirmed.add(server, term, last);
                }
                Ok(())
            }
            ref other => self.tells(server, other.term()),
        }
    }
}
