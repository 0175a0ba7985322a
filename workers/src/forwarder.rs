//! The forwarder itself.

use crate::options::Options;
use crate::pending::{Fate, Pending};
use crate::progress::Progress;
use crate::rpc::{Both, ForwardArgs, ForwardClient, ForwardReply, ForwardRpc};
use bytes::Bytes;
use labrpc::{ClientEnd, Service};
use parking_lot::Mutex;
use raft::{ApplyMsg, NotLeader, Raft, Started};
use raft_api::Peer;
use runtime::Instant;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// A command is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its place in the log.
    pub index: u64,
    /// The term of its entry.
    pub term: u64,
    /// Which server took it into the log, as leader.
    pub leader: usize,
}

/// Why a command has not been committed, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForwardError {
    /// No leader took the command in time. It is in no log.
    #[error("no leader took the command within {waited:?}; it is not committed and will not be")]
    NoLeader {
        /// How long that was.
        waited: Duration,
    },
    /// It may have been committed, or be committed later, as often as it was sent.
    #[error(
        "it is not known whether the command is committed; times that it was sent without a clear \
         answer: {times_sent}"
    )]
    Unknown {
        /// How often it was sent without a clear answer.
        times_sent: u32,
    },
}

/// Takes commands at one server and sends them to the leader. Clones are the same one.
///
/// See the [crate's documentation](crate).
#[derive(Clone)]
pub struct Forwarder {
    shared: Arc<Shared>,
}

struct Shared {
    raft: Raft,
    me: usize,
    peers: Vec<ForwardClient>,
    options: Options,
    pending: Mutex<Pending>,
}

/// The outcome of one attempt.
enum Attempt {
    Committed(Committed),
    /// There was none to begin with.
    NoLeaderKnown,
    /// Nothing has happened, and perhaps somebody said who leads.
    Refused(Option<usize>),
    /// It was in the log of that leader, and is so no more.
    Overwritten,
    Unknown,
}

impl Forwarder {
    /// Stands beside `raft`, which is server `me` and was made with the same `peers`.
    pub fn new(raft: Raft, peers: Vec<ClientEnd>, me: usize, options: Options) -> Forwarder {
        let peers = peers.into_iter().map(ForwardClient::new).collect();
        let shared = Shared { raft, me, peers, options, pending: Mutex::default() };
        Forwarder { shared: Arc::new(shared) }
    }

    /// What the network delivers requests to: Raft's own, and the commands of other forwarders.
    pub fn service(&self) -> Arc<dyn Service> {
        let raft = self.shared.raft.service();
        Arc::new(Both { raft, forward: ForwardClient::serve(Arc::clone(&self.shared)) })
    }

    /// The service has applied `message`, which it received from Raft. Called for each, in order;
    /// an answer to a client then finds the command applied at the leader.
    pub fn applied(&self, message: &ApplyMsg) {
        let mut pending = self.shared.pending.lock();
        match *message {
            ApplyMsg::Command { index, term, .. } | ApplyMsg::Own { index, term } => {
                pending.applied(index, term);
            }
            ApplyMsg::Snapshot { index, term, .. }
            | ApplyMsg::StoredSnapshot { index, term, .. } => {
                pending.passed_by_snapshot(index, term);
            }
        }
    }

    /// Has the command committed, wherever the leader is. To be called on the server's own node,
    /// so that a crash of the server ends it.
    ///
    /// # Errors
    /// When [`Options::timeout_ms`] has passed, or there is doubt and [`Options::resend`] is off;
    /// see the [crate's documentation](crate#what-an-answer-means).
    pub async fn submit(&self, command: Bytes) -> Result<Committed, ForwardError> {
        self.submit_and_note(command, |_| ()).await
    }

    /// [`submit`](Forwarder::submit), with each step shown to `note`: for logs and narration.
    ///
    /// # Errors
    /// As for [`submit`](Forwarder::submit).
    pub async fn submit_and_note(
        &self,
        command: Bytes,
        mut note: impl FnMut(&Progress),
    ) -> Result<Committed, ForwardError> {
        let Shared { options, .. } = &*self.shared;
        let timeout = Duration::from_millis(options.timeout_ms);
        let deadline = runtime::now() + timeout;
        let mut hint = None;
        let mut times_sent = 0;
        let mut waits = false;
        loop {
            let attempt = self.shared.attempt(&command, hint.take(), deadline, &mut note).await;
            let waited = std::mem::replace(&mut waits, matches!(attempt, Attempt::NoLeaderKnown));
            match attempt {
                Attempt::Committed(committed) => return Ok(committed),
                // A wait is one step, however often a leader is looked for.
                Attempt::NoLeaderKnown if waited => {}
                Attempt::NoLeaderKnown => note(&Progress::Waits),
                Attempt::Refused(leader) => hint = leader,
                Attempt::Overwritten => note(&Progress::Overwritten),
                Attempt::Unknown => times_sent += 1,
            }
            let in_doubt = times_sent > 0;
            if runtime::now() >= deadline || (in_doubt && !options.resend) {
                return Err(match in_doubt {
                    true => ForwardError::Unknown { times_sent },
                    false => ForwardError::NoLeader { waited: timeout },
                });
            }
            runtime::sleep(Duration::from_millis(options.retry_interval_ms)).await;
        }
    }
}

impl Shared {
    /// Starts the command here if this server leads, and sends it to the leader otherwise.
    async fn attempt(
        &self,
        command: &Bytes,
        hint: Option<usize>,
        deadline: Instant,
        note: &mut impl FnMut(&Progress),
    ) -> Attempt {
        let known = match self.start(command.clone()) {
            Ok((started, fate)) => {
                let Started { index, term } = started;
                note(&Progress::Starts { index, term });
                // Nobody can tell sooner than this server itself, so there is nothing to retry.
                let left = deadline.since(runtime::now());
                let fate = runtime::timeout(left, fate).await;
                return self.attempt_here(started, fate.unwrap_or(Ok(Fate::Unknown)));
            }
            Err(NotLeader { leader }) => leader,
        };
        let leader = hint.or(known).filter(|&leader| leader != self.me);
        let Some((to, peer)) = leader.and_then(|to| Some((to, self.peers.get(to)?))) else {
            return Attempt::NoLeaderKnown;
        };
        note(&Progress::Forwards { to });
        let call = peer.forward(&ForwardArgs { command: command.clone() });
        let attempt_timeout = Duration::from_millis(self.options.attempt_timeout_ms);
        let limit = attempt_timeout.min(deadline.since(runtime::now()));
        match runtime::timeout(limit, call).await {
            Ok(Ok(ForwardReply::Committed { index, term })) => {
                Attempt::Committed(Committed { index, term, leader: to })
            }
            Ok(Ok(ForwardReply::NotLeader { leader })) => {
                note(&Progress::Refused { by: to, leader });
                Attempt::Refused(leader.filter(|&leader| leader < self.peers.len()))
            }
            Ok(Ok(ForwardReply::Overwritten)) => Attempt::Overwritten,
            // Whatever the reason, the command may be in a log.
            Ok(Ok(ForwardReply::Unknown) | Err(_)) | Err(_) => {
                note(&Progress::NoAnswer { from: to });
                Attempt::Unknown
            }
        }
    }

    fn attempt_here(
        &self,
        started: Started,
        fate: Result<Fate, oneshot::error::RecvError>,
    ) -> Attempt {
        match fate {
            Ok(Fate::Committed) => {
                let Started { index, term } = started;
                Attempt::Committed(Committed { index, term, leader: self.me })
            }
            Ok(Fate::Overwritten) => Attempt::Overwritten,
            Ok(Fate::Unknown) | Err(_) => Attempt::Unknown,
        }
    }

    /// Starts the command at this server's own Raft. The lock is held meanwhile, so that nothing is
    /// applied before somebody waits for it.
    fn start(&self, command: Bytes) -> Result<(Started, oneshot::Receiver<Fate>), NotLeader> {
        let mut pending = self.pending.lock();
        // A leader that does not take it now names itself, and is asked again.
        let started = Peer::start(&self.raft, command)?;
        Ok((started, pending.wait_for(started)))
    }
}

impl ForwardRpc for Shared {
    async fn forward(self: Arc<Self>, args: ForwardArgs) -> ForwardReply {
        let (started, fate) = match self.start(args.command) {
            Ok(accepted) => accepted,
            Err(NotLeader { leader }) => return ForwardReply::NotLeader { leader },
        };
        // The caller waits no longer than that.
        let limit = Duration::from_millis(self.options.attempt_timeout_ms);
        match runtime::timeout(limit, fate).await {
            Ok(Ok(Fate::Committed)) => {
                ForwardReply::Committed { index: started.index, term: started.term }
            }
            Ok(Ok(Fate::Overwritten)) => ForwardReply::Overwritten,
            Ok(Ok(Fate::Unknown) | Err(_)) | Err(_) => ForwardReply::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
