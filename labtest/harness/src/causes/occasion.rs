//! The message on which a server acts.

use super::Causes;
use super::fact::entries;
use crate::api::vocabulary::RaftMessage;
use labtrace::seconds;

/// A message that has reached a server.
#[derive(Clone, Debug)]
pub(super) struct Arrived {
    at: u64,
    from: usize,
    /// Of an answer: what it answers.
    request: RaftMessage,
    is_answer: bool,
    /// When the request left.
    sent_at: u64,
}

impl Causes {
    /// `sent_at`: when the request left that a server is sent, or answered.
    pub(super) fn arrived(
        &mut self,
        at: u64,
        (from, to): (usize, usize),
        request: RaftMessage,
        (sent_at, is_answer): (u64, bool),
    ) {
        let arrived = &mut self.servers[to].arrived;
        arrived.retain(|earlier| earlier.at == at);
        arrived.push(Arrived { at, from, request, is_answer, sent_at });
    }

    /// `, on the snapshot up to 41 that server 4 sent at 1.250 s`: what has reached a server at the moment in which
    /// it acts. Of several messages it may be any, so none is named.
    pub(super) fn occasion(&self, at: u64, server: usize) -> String {
        self.only_arrival(at, server).map_or_else(String::new, Arrived::words)
    }

    /// As [`occasion`](Causes::occasion), where it is a message from that other server.
    pub(super) fn occasion_from(&self, at: u64, server: usize, other: usize) -> String {
        let arrived = self.only_arrival(at, server).filter(|arrived| arrived.from == other);
        arrived.map_or_else(String::new, Arrived::words)
    }

    fn only_arrival(&self, at: u64, server: usize) -> Option<&Arrived> {
        let mut now = self.servers[server].arrived.iter().filter(|arrived| arrived.at == at);
        let first = now.next().filter(|_| self.seen.all_messages())?;
        now.next().is_none().then_some(first)
    }
}

impl Arrived {
    fn words(&self) -> String {
        let Arrived { from, is_answer, sent_at, .. } = *self;
        let Some(what) = self.what() else { return String::new() };
        let sent_at = seconds(sent_at);
        match is_answer {
            true => format!(", on server {from}'s answer to {what} sent at {sent_at}"),
            false => format!(", on {what} that server {from} sent at {sent_at}"),
        }
    }

    fn what(&self) -> Option<String> {
        Some(match &self.request {
            RaftMessage::AppendEntries { prev, entries: sent, .. } => {
                let (first, last) = (prev.index + 1, prev.index + sent.len() as u64);
                match (last < first, prev.index) {
                    (true, 0) => "a heartbeat without a previous entry".to_owned(),
                    (true, index) => format!("a heartbeat after entry {index}"),
                    (false, _) => entries(first, last),
                }
            }
            RaftMessage::InstallSnapshot { last, .. } => {
                format!("the snapshot up to {}", last.index)
            }
            RaftMessage::RequestVote { term, pre_vote: false, .. } => {
                format!("the request for a vote in term {term}")
            }
            _ => return None,
        })
    }
}
