//! One Raft server. Everything marked TODO is yours; "figure" and "section" are those of the
//! extended Raft paper.
//!
//! The shape: `Shared` holds the state under one lock; RPC handlers and the methods that the tester
//! calls take the lock, change the state and give it back at once. Never hold it over an `.await`:
//! the compiler won't let you. Tasks that wait (the ticker, those that send RPCs, the one that applies) are
//! spawned with `runtime::spawn`; when the server crashes they vanish, wherever they stand.

use crate::rpc::{RaftClient, RaftRpc, RequestVoteArgs, RequestVoteReply};
use labtest::parking_lot::Mutex;
use labtest::runtime::{self, Rng};
use labtest::{
    ApplyMsg, Bytes, ClientEnd, MakeArgs, NotLeader, Peer, Persister, Service, Started,
    State as PublicState, anyhow, mpsc,
};
use std::sync::Arc;
use std::time::Duration;

/// A server as the tester holds it.
pub(crate) struct Raft {
    shared: Arc<Shared>,
}

/// What the methods, the RPC handlers and the tasks of a server have in common.
#[allow(dead_code)] // TODO: remove this line; by then you use all of it.
struct Shared {
    /// This server's number.
    me: usize,
    /// A way to call each server by its number, this one included.
    peers: Vec<ClientEnd>,
    /// Where to save what must survive a crash.
    persister: Arc<dyn Persister>,
    /// Where committed commands go.
    apply: mpsc::Sender<ApplyMsg>,
    state: Mutex<State>,
}

/// Figure 2, "State".
#[derive(Default)]
struct State {
    current_term: u64,
    // TODO (4A): voted_for, the role (follower, candidate, leader), and when a leader was last heard.
    // TODO (4B): the log (its first index is 1), commit_index, last_applied, and for a leader
    //            next_index and match_index of each server.
    // TODO (4D): the index and term of the last entry in the snapshot; the log begins after it.
}

impl Raft {
    /// Starts a server, perhaps not for the first time.
    pub(crate) fn make(args: MakeArgs) -> anyhow::Result<Raft> {
        let MakeArgs { peers, me, persister, apply, config: _ } = args;

        // TODO (4C): what an earlier life has saved is here, and empty the first time. Set
        //            current_term, voted_for and the log from it.
        // TODO (4D): and the snapshot; last_applied begins at its index.
        let _stored = persister.read()?;

        let state = Mutex::new(State::default());
        let shared = Arc::new(Shared { me, peers, persister, apply, state });
        runtime::spawn(ticker(Arc::clone(&shared)));
        Ok(Raft { shared })
    }
}

impl Peer for Raft {
    /// Rules for leaders: a command from a client is appended to the log.
    fn start(&self, _command: Bytes) -> Result<Started, NotLeader> {
        // TODO (4B): as a leader append it, save, see that it is sent to the others, and return its
        //            index and the term at once; do not wait for the commit.
        Err(NotLeader { leader: None })
    }

    fn get_state(&self) -> PublicState {
        let state = self.shared.state.lock();
        // TODO (4A): whether this server leads.
        PublicState { term: state.current_term, is_leader: false }
    }

    fn snapshot(&self, _index: u64, _snapshot: Bytes) {
        // TODO (4D): the log up to `index` is not needed any more: drop it, and save state and
        //            snapshot together. The tester calls this from where it takes what you apply, so
        //            nothing that it does may wait for the next message to be taken.
    }

    fn kill(&self) {
        // The server's tasks vanish by themselves. Only threads of your own would have to be told.
    }

    fn service(&self) -> Arc<dyn Service> {
        RaftClient::serve(Arc::clone(&self.shared))
    }
}

/// Figure 2, "RequestVote RPC" and the like: the receiver's side.
impl RaftRpc for Shared {
    async fn request_vote(self: Arc<Self>, args: RequestVoteArgs) -> RequestVoteReply {
        let state = self.state.lock();
        let RequestVoteArgs { term: _, candidate_id: _ } = args;
        // Rules for all servers: on a higher term become a follower of that term.
        // TODO (4A): that, and vote: yes if the term is not old and no other candidate of this term
        //            has the vote.
        // TODO (4B): and only if the candidate's log is at least as up to date (section 5.4.1).
        // TODO (4C): save term and vote before the answer goes out (see `save`), and for explorations
        //            give the lock back and wait for `durable` in between.
        RequestVoteReply { term: state.current_term, vote_granted: false }
    }
}

/// Rules for followers: one that hears nothing from a leader for the election timeout becomes a
/// candidate.
async fn ticker(shared: Arc<Shared>) {
    let mut rng = runtime::rng("election timeout", shared.me as u64);
    loop {
        runtime::sleep(election_timeout(&mut rng)).await;
        // TODO (4A): if this server does not lead and has heard of no leader since, it starts an
        //            election (section 5.2): next term, vote for itself, save, wait for `durable`,
        //            and ask the others.
        //            A leader sends heartbeats instead, about ten a second and no more (4B::count).
        //
        // To ask all at once, a task each, and never with the lock held:
        //
        //     for (server, end) in shared.peers.iter().enumerate().filter(|(s, _)| *s != shared.me) {
        //         let (shared, args) = (Arc::clone(&shared), args.clone());
        //         let client = RaftClient::new(end.clone());
        //         runtime::spawn(async move {
        //             // No reply comes when the network loses it, perhaps after seconds.
        //             let Ok(reply) = client.request_vote(&args).await else { return };
        //             let mut state = shared.state.lock();
        //             // Much may have happened meanwhile: is this still the term, and the candidate,
        //             // that asked? Then count the vote; with a majority, lead.
        //         });
        //     }
    }
}

/// Drawn again each time, so that servers rarely stand at once (section 5.2). Some heartbeats may be lost
/// meanwhile; a leader must show within about five seconds.
fn election_timeout(rng: &mut Rng) -> Duration {
    rng.duration(Duration::from_millis(300)..=Duration::from_millis(600))
}

#[allow(dead_code)] // TODO: remove this line.
impl Shared {
    /// Figure 2, "Persistent state": saves term, vote and log. Called whenever one of them has
    /// changed and before anyone outside can know of it.
    fn save(&self, state: &State) {
        // TODO (4C): all that must survive, as bytes: `labtest::encode` and `decode` do it for any
        //            struct that derives Serialize and Deserialize.
        self.persister.save(&state.current_term.to_le_bytes(), None);
    }

    /// Waits until all that was saved is durable. In 4A to 4D that is as soon as it is saved; in
    /// explorations it takes its time, and a crash loses what was not yet.
    ///
    /// Called after `save`, without the lock, before anything leaves the server that rests on what was
    /// saved: an answer that grants a vote or accepts entries, a request for votes of a new term, a
    /// leader's own entry in the count of a majority. Much may have happened meanwhile, so look again.
    async fn durable(&self) {
        if self.persister.sync().await.is_err() {
            // What is on the disk now is anybody's guess. A server whose disk fails ends, which is no
            // failure of the run; it must not panic, answer, or try again.
            runtime::Node::current().kill();
            // It is dead from here on, but this task goes on to its next `await`, so let it wait forever.
            std::future::pending::<()>().await;
        }
    }

    /// Rules for all servers: what is committed is applied, in order, each index once.
    async fn apply_committed(&self) {
        // TODO (4B): a task that waits until commit_index > last_applied (a `labtest::Notify` will
        //            do), takes the next entry under the lock, gives the lock back, and sends:
        //
        //     let message = ApplyMsg::Command { index, term, command };
        //     if self.apply.send(message).await.is_err() { return; }
        //
        // TODO (4D): a snapshot from the leader goes the same way, as ApplyMsg::Snapshot.
    }
}
