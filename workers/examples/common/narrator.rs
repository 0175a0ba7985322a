//! Sees everything that happens and puts it into words.

use labrpc::{EventKind, LossReason, NetworkEvent, Observer};
use narration::{Kind, Naming, Reply, Request, Votes, sentence, vote_at_hand};
use parking_lot::Mutex;
use raft::Raft;
use raft::message::RequestVoteArgs;
use raft_api::{Change, Inspection, changes};
use runtime::{Instant, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

/// Raft has nodes, so its story has, too.
const NAMING: Naming = Naming::Node;

/// A line of the story. What has no time is a heading, or printed at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: Instant,
    pub text: String,
    pub kind: LineKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    Title,
    Event,
    Plain,
}

/// Observes a network and the workers on it, and writes down what they do.
#[derive(Default)]
pub struct Narrator(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    lines: Vec<Line>,
    lives: Vec<Option<Life>>,
    /// What has been seen on the network during the present step.
    seen: Vec<Seen>,
    /// Requests that have not been answered, by the number of their call.
    asked: BTreeMap<u64, Request>,
    votes: Option<Votes>,
    /// What is said once in a term: from whom, to whom, what.
    said: BTreeSet<(u64, usize, usize, &'static str)>,
    leaders: Vec<(u64, usize)>,
}

struct Life {
    node: u64,
    raft: Raft,
    state: Inspection,
}

/// One thing seen on the network.
struct Seen {
    call: u64,
    caller: usize,
    callee: usize,
    what: What,
}

enum What {
    Sent,
    Arrived,
    Lost(LossReason),
    Answered(Reply),
    AnswerArrived(Reply),
}

impl Observer for Narrator {
    /// Called in the middle of a step, when no server may be looked into: what it means is found
    /// out at the end of the step.
    fn observe(&self, event: &NetworkEvent<'_>) {
        let NetworkEvent { call, caller, callee, .. } = *event;
        let mut inner = self.0.lock();
        let reply = || Reply::decode(event.method, event.bytes).ok();
        let what = match event.kind {
            EventKind::RequestSent => {
                // Forwarded commands are told by those who forward them.
                let Ok(request) = Request::decode(event.method, event.bytes) else { return };
                inner.asked.insert(call, request);
                Some(What::Sent)
            }
            EventKind::RequestDelivered => Some(What::Arrived),
            EventKind::RequestLost(reason) | EventKind::ReplyLost(reason) => {
                Some(What::Lost(reason))
            }
            EventKind::ReplySent => reply().map(What::Answered),
            EventKind::ReplyDelivered => reply().map(What::AnswerArrived),
            EventKind::RequestDuplicated { .. } => None,
        };
        inner.seen.extend(what.map(|what| Seen { call, caller, callee, what }));
    }
}

impl Narrator {
    /// Begins to look after each step of the simulation.
    pub fn watch(self: &Arc<Self>, servers: usize) {
        {
            let mut inner = self.0.lock();
            inner.lives = (0..servers).map(|_| None).collect();
            inner.votes = Some(Votes::new(servers));
        }
        let narrator = Arc::clone(self);
        runtime::observe_steps(move |node| narrator.0.lock().stepped(node));
    }

    /// A worker has been started on that node.
    pub fn started(&self, server: usize, node: &Node, raft: Raft) {
        let state = raft.inspect();
        let mut inner = self.0.lock();
        inner.tell(server, &changes(server, None, &state)[0].words(NAMING));
        inner.lives[server] = Some(Life { node: node.id(), raft, state });
    }

    /// A worker is gone.
    pub fn crashed(&self, server: usize) {
        let life = self.0.lock().lives[server].take();
        drop(life);
    }

    /// Something that a worker does beside Raft.
    pub fn does(&self, server: usize, what: &dyn Display) {
        self.0.lock().tell(server, what);
    }

    /// A new part of the story.
    pub fn title(&self, text: &str) {
        self.0.lock().add(LineKind::Title, text.to_owned());
    }

    /// Something that happens now.
    pub fn say(&self, text: &str) {
        self.0.lock().add(LineKind::Event, text.to_owned());
    }

    /// Something that has no time.
    pub fn print(&self, text: &str) {
        self.0.lock().add(LineKind::Plain, text.to_owned());
    }

    /// Who has won which term.
    pub fn leaders(&self) -> Vec<(u64, usize)> {
        self.0.lock().leaders.clone()
    }

    /// What was written down.
    pub fn take_lines(&self) -> Vec<Line> {
        std::mem::take(&mut self.0.lock().lines)
    }
}

impl Inner {
    fn add(&mut self, kind: LineKind, text: String) {
        self.lines.push(Line { at: runtime::true_now(), text, kind });
    }

    fn tell(&mut self, server: usize, what: &(impl Display + ?Sized)) {
        self.add(LineKind::Event, sentence(NAMING, server, &what.to_string()));
    }

    /// A step is over: what reached the server, what that changed in it, what it sent.
    fn stepped(&mut self, node: u64) {
        let server =
            self.lives.iter().position(|life| life.as_ref().is_some_and(|life| life.node == node));
        let seen = std::mem::take(&mut self.seen);
        let (came, went): (Vec<_>, Vec<_>) = seen
            .into_iter()
            .partition(|seen| matches!(seen.what, What::Arrived | What::AnswerArrived(_)));
        came.into_iter().for_each(|seen| self.tell_seen(seen));
        if let Some(server) = server {
            self.look_at(server);
        }
        went.into_iter().for_each(|seen| self.tell_seen(seen));
    }

    fn look_at(&mut self, server: usize) {
        let Some(life) = &mut self.lives[server] else { return };
        let before = std::mem::replace(&mut life.state, life.raft.inspect());
        for change in changes(server, Some(&before), &life.state.clone()) {
            if let Change::Leads { term } = change {
                self.leaders.push((term, server));
            }
            // Votes and terms are told with the request for a vote and its answer.
            if !matches!(change.kind(), "vote" | "term") {
                self.tell(server, &change.words(NAMING));
            }
        }
    }

    fn tell_seen(&mut self, Seen { call, caller, callee, what }: Seen) {
        let over = matches!(what, What::Lost(_) | What::AnswerArrived(_));
        let asked = if over { self.asked.remove(&call) } else { self.asked.get(&call).cloned() };
        let Some(request) = asked else { return };
        match what {
            What::Sent => self.tell_sent(caller, callee, &request),
            What::Arrived => {
                if let Request::RequestVote(args) = &request {
                    self.tell_vote_at_hand(caller, callee, args);
                }
            }
            What::Lost(reason) => self.tell_lost(caller, callee, &request, reason),
            What::Answered(reply) => {
                let inside = self.lives[callee].as_ref().map(|life| &life.state);
                let words = reply.words(NAMING, caller, &request, inside);
                let is_heartbeat = request.kind() == Kind::Heartbeat;
                let refused = reply.term() > request.term();
                if !is_heartbeat || refused {
                    self.tell(callee, &words);
                }
            }
            What::AnswerArrived(reply) => {
                let (Request::RequestVote(args), Reply::RequestVote(reply)) = (request, reply)
                else {
                    return;
                };
                let counted = self.votes.as_mut();
                let counted = counted.and_then(|votes| votes.reply(callee, &args, &reply));
                if let Some(count) = counted {
                    self.tell(caller, &count);
                }
            }
        }
    }

    /// What is sent again and again, a heartbeat or a request for a missing vote, is told once.
    fn tell_sent(&mut self, caller: usize, callee: usize, request: &Request) {
        let has_entries = request.kind() == Kind::AppendEntries;
        if has_entries || self.is_new(caller, callee, request, request.kind().name()) {
            self.tell(caller, &request.words(NAMING, callee));
        }
    }

    fn tell_vote_at_hand(&mut self, candidate: usize, voter: usize, asked: &RequestVoteArgs) {
        if let Some(life) = &self.lives[voter] {
            let vote = vote_at_hand(NAMING, voter, asked, &life.state);
            self.add(LineKind::Event, format!("node {voter}, asked by node {candidate}, {vote}"));
        }
    }

    fn tell_lost(&mut self, caller: usize, callee: usize, request: &Request, reason: LossReason) {
        let kind = request.kind().name();
        let text = match reason {
            LossReason::Dead if self.lives[callee].is_none() => {
                format!("node {callee} is down and hears nothing from node {caller}")
            }
            _ => format!("node {caller}'s {kind} to node {callee} is lost"),
        };
        if self.is_new(caller, callee, request, "lost") {
            self.add(LineKind::Event, text);
        }
    }

    fn is_new(&mut self, from: usize, to: usize, request: &Request, what: &'static str) -> bool {
        self.said.insert((request.term(), from, to, what))
    }
}
