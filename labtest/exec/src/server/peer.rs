//! What the tester, the service and other servers ask of a server.

use super::{Happened, Inner, Promise, Server, wire};
use crate::protocol::Input;
use bytes::Bytes;
use futures::FutureExt;
use labrpc::{BoxFuture, HandleError, Service};
use raft_api::{Inspection, NotLeader, Peer, ReadIndexError, RoleName, Started, State};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;
use wire::Arrived;

const NOBODY_KNOWS: NotLeader = NotLeader { leader: None };

impl Peer for Server {
    /// Where the answer has to wait for a disk it is a refusal: the tester calls [`submit`](Peer::submit).
    fn start(&self, command: Bytes) -> Promise {
        self.submit(command).now_or_never().unwrap_or(Err(NOBODY_KNOWS))
    }

    fn submit(&self, command: Bytes) -> BoxFuture<Result<Started, NotLeader>> {
        let (promise, answer) = oneshot::channel();
        self.feed(Happened::Start(command, promise));
        // A life that is over promises nothing.
        Box::pin(async { answer.await.unwrap_or(Err(NOBODY_KNOWS)) })
    }

    fn get_state(&self) -> State {
        let mut inner = self.0.inner.lock();
        if inner.is_said_old && inner.child.is_some() && inner.holds_nothing_back() {
            self.ask(&mut inner, &Input::State);
            inner.settle();
        }
        inner.said
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        self.feed(Happened::Input(Input::Snapshot { index, data: snapshot }));
    }

    fn kill(&self) {
        let mut inner = self.0.inner.lock();
        self.end(&mut inner);
        let waiting = inner.forget();
        // Who waits for them may call back.
        drop((inner, waiting));
    }

    fn service(&self) -> Arc<dyn Service> {
        Arc::new(self.clone())
    }

    fn read_index(&self) -> Option<BoxFuture<Result<u64, ReadIndexError>>> {
        if !self.0.pool.hello().can_read_index {
            return None;
        }
        let (read, known) = self.0.inner.lock().reads.ask();
        self.feed(Happened::Read(read));
        Some(Box::pin(async { known.await.unwrap_or(Err(NOBODY_KNOWS.into())) }))
    }

    fn changes(&self) -> Option<u64> {
        Some(self.0.changes.load(Ordering::Relaxed))
    }

    fn inspect(&self) -> Option<Inspection> {
        if !self.0.pool.hello().can_inspect {
            return None;
        }
        let mut inner = self.0.inner.lock();
        let changes = self.0.changes.load(Ordering::Relaxed);
        let is_old = inner.inside.as_ref().is_none_or(|(then, ..)| *then != changes);
        if is_old && inner.child.is_some() {
            let done = self.ask(&mut inner, &Input::Inspect)?;
            inner.inside = Some((changes, done.inspection?, done.match_index));
        }
        inner.inside.as_ref().map(|(_, inspection, _)| inspection.clone())
    }

    fn match_index(&self, server: usize) -> Option<u64> {
        let inner = self.0.inner.lock();
        let (_, inspection, match_index) = inner.inside.as_ref()?;
        (inspection.role == RoleName::Leader).then(|| match_index.get(server).copied()).flatten()
    }
}

impl Inner {
    /// What nobody will answer any more.
    fn forget(&mut self) -> impl Sized + use<> {
        (
            std::mem::take(&mut self.inputs),
            std::mem::take(&mut self.work),
            self.requests.take(),
            self.reads.take(),
        )
    }
}

impl Service for Server {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        Box::pin(async move {
            match wire::read(&args) {
                Some(Arrived::Request { from, args }) => {
                    let (call, answered) = self.0.inner.lock().requests.ask();
                    let args = args.to_vec();
                    self.feed(Happened::Input(Input::Request { call, from, method, args }));
                    answered.await.map_err(|_| HandleError::Silent)
                }
                Some(Arrived::Message { from, body }) => {
                    let body = body.to_vec();
                    self.feed(Happened::Input(Input::Message { from, method, body }));
                    Err(HandleError::Silent)
                }
                None => Err(HandleError::BadArguments("no program has sent this".to_owned())),
            }
        })
    }
}
