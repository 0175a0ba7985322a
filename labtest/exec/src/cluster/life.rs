//! One life of a server that is played by the program of all.

use super::bubble::{Bubble, now_ns};
use super::lines::Told;
use super::work::{Work, number};
use crate::child::Trouble;
use crate::pending::Pending;
use crate::server::{go_on_when_resumed, hand_over};
use anyhow::Context;
use bytes::Bytes;
use futures::FutureExt;
use harness::{MakeArgs, Voice};
use labrpc::{BoxFuture, ClientEnd, HandleError, Service};
use parking_lot::Mutex;
use persister::Persister;
use raft_api::{ApplyMsg, NotLeader, Peer, Started, State};
use runtime::Node;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot};

const NOBODY_KNOWS: NotLeader = NotLeader { leader: None };

/// One life of a server.
#[derive(Clone)]
pub(super) struct Life(Arc<Shared>);

pub(super) struct Shared {
    bubble: Arc<Bubble>,
    pub(super) me: usize,
    /// No two lives of a run have the same.
    pub(super) number: u64,
    pub(super) voice: Voice,
    pub(super) node: Node,
    pub(super) peers: Vec<ClientEnd>,
    pub(super) persister: Arc<dyn Persister>,
    pub(super) applies: mpsc::UnboundedSender<ApplyMsg>,
    /// There is something to go on with: the node stood still.
    pub(super) resumed: Notify,
    pub(super) inner: Mutex<Inner>,
}

pub(super) struct Inner {
    pub(super) is_over: bool,
    /// What is done already, as far as the program knows, and seen by nobody yet.
    pub(super) work: VecDeque<Work>,
    /// The state saved last.
    pub(super) state: Vec<u8>,
    pub(super) is_unsynced: bool,
    pub(super) is_syncing: bool,
    /// Requests of other servers that are not answered yet.
    pub(super) requests: Pending<Vec<u8>>,
    pub(super) promises: BTreeMap<u64, oneshot::Sender<Result<Started, NotLeader>>>,
    pub(super) said: State,
}

impl Life {
    pub(super) fn make(
        args: MakeArgs,
        voice: Voice,
        bring: impl FnOnce(usize) -> Result<Arc<Bubble>, Trouble>,
    ) -> anyhow::Result<Life> {
        anyhow::ensure!(
            runtime::is_simulated(),
            "a cluster in one program runs on the virtual clock alone: its clock is moved by the tester"
        );
        let MakeArgs { peers, me, persister, apply, config: _ } = args;
        let (servers, stored) = (peers.len(), persister.read()?);
        let bubble = bring(servers).context("its program")?;
        let number = bubble.begin_life(me);
        let (applies, applied) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            bubble,
            me,
            number,
            voice,
            node: Node::current(),
            peers,
            persister,
            applies,
            resumed: Notify::new(),
            inner: Mutex::new(Inner { state: stored.state.to_vec(), ..Inner::default() }),
        });
        shared.bubble.add_life(&shared);
        let seed = runtime::rng("seed of a program", shared.node.id()).next_u64();
        let init = Told::new("init", now_ns())
            .number("servers", servers as u64)
            .number("seed", seed)
            .bytes("state", &stored.state)
            .bytes("snapshot", &stored.snapshot);
        anyhow::ensure!(shared.told(init), "its program has failed");
        runtime::detach(hand_over(applied, apply));
        runtime::detach(resumes(Arc::clone(&shared)));
        Ok(Life(shared))
    }
}

async fn resumes(life: Arc<Shared>) {
    go_on_when_resumed(&life.resumed, &life.node, || life.advance()).await;
}

impl Default for Inner {
    fn default() -> Inner {
        Inner {
            is_over: false,
            work: VecDeque::new(),
            state: Vec::new(),
            is_unsynced: false,
            is_syncing: false,
            requests: Pending::default(),
            promises: BTreeMap::new(),
            said: State { term: 0, is_leader: false },
        }
    }
}

impl Shared {
    /// Something happens to this life, if it is not over. False when the program can't go on.
    pub(super) fn told(&self, told: Told) -> bool {
        let told = told.number("server", self.me as u64).number("life", self.number).end();
        self.inner.lock().is_over || self.bubble.tell(told, Some(&self.voice))
    }

    fn end(&self) {
        let waiting = {
            let mut inner = self.inner.lock();
            inner.is_over = true;
            (
                std::mem::take(&mut inner.work),
                inner.requests.take(),
                std::mem::take(&mut inner.promises),
            )
        };
        // Who waits for them may call back.
        drop(waiting);
        self.bubble.end_life(self.me, self.number);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.end();
    }
}

impl Peer for Life {
    /// Where the answer has to wait for a disk it is a refusal: the tester calls [`submit`](Peer::submit).
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        self.submit(command).now_or_never().unwrap_or(Err(NOBODY_KNOWS))
    }

    fn submit(&self, command: Bytes) -> BoxFuture<Result<Started, NotLeader>> {
        let (promise, answer) = oneshot::channel();
        let call = self.0.bubble.begin_start(command.clone());
        self.0.inner.lock().promises.insert(call, promise);
        self.0.told(Told::new("start", now_ns()).number("call", call).bytes("data", &command));
        // A life that is over promises nothing.
        Box::pin(async { answer.await.unwrap_or(Err(NOBODY_KNOWS)) })
    }

    fn get_state(&self) -> State {
        self.0.inner.lock().said
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        self.0
            .told(Told::new("snapshot", now_ns()).number("index", index).bytes("data", &snapshot));
    }

    fn kill(&self) {
        self.0.end();
    }

    fn service(&self) -> Arc<dyn Service> {
        Arc::new(self.clone())
    }
}

impl Service for Life {
    fn handle(
        self: Arc<Self>,
        _method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        Box::pin(async move {
            let sent = number(&args).and_then(|(_from, rest)| number(rest));
            let Some((of, _)) = sent else {
                return Err(HandleError::BadArguments("no program has sent this".to_owned()));
            };
            let (call, answered) = self.0.inner.lock().requests.ask();
            self.0.told(Told::new("request", now_ns()).number("call", call).number("of", of));
            drop(self);
            answered.await.map_err(|_| HandleError::Silent)
        })
    }
}
