//! One life of a server: a child, and what stands between it and the cluster.
//!
//! What happens to the server becomes a line for the child, one at a time and in order. What the child answers
//! is carried out in order, too. A write is made durable before anything that others can see is done after
//! it: while the disk works the server stands still, as a program does in `fsync`, and what happens meanwhile
//! waits. A crash can come between any two of the things that an answer asks for.

mod handover;
mod peer;
mod stored;
mod timers;
mod wire;

pub(crate) use wire::{method, payload};

use crate::child::{Child, Trouble};
use crate::pool::Pool;
use crate::protocol::{Done, Init, Input, Output, RaftOptions, Style};
use crate::transcript::Transcript;
use anyhow::Context;
use bytes::Bytes;
use futures::FutureExt;
use harness::{Failure, MakeArgs, Voice, property};
use labrpc::ClientEnd;
use parking_lot::Mutex;
use persister::{Persister, SyncFuture};
use raft_api::{ApplyMsg, Inspection, NotLeader, ReadIndexError, Started, State};
use runtime::Node;
use std::collections::{BTreeMap, VecDeque};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use timers::Timers;
use tokio::sync::{Notify, mpsc, oneshot};

/// One life of a server.
#[derive(Clone)]
pub(crate) struct Server(Arc<Shared>);

struct Shared {
    pool: Arc<Pool>,
    voice: Voice,
    transcript: Option<Transcript>,
    me: usize,
    node: Node,
    peers: Vec<ClientEnd>,
    persister: Arc<dyn Persister>,
    applies: mpsc::UnboundedSender<ApplyMsg>,
    /// How many lines the child was given.
    changes: AtomicU64,
    /// There is something to go on with: the node stood still.
    resumed: Notify,
    timer_set: Notify,
    inner: Mutex<Inner>,
}

/// What a client's command has come to.
type Promise = Result<Started, NotLeader>;

struct Inner {
    /// None once this life is over.
    child: Option<Child>,
    /// What has happened and was not told yet.
    inputs: VecDeque<Happened>,
    /// What was answered and is not carried out yet.
    work: VecDeque<Work>,
    /// Something was written since the last sync.
    is_unsynced: bool,
    /// The disk works, and everything else waits.
    is_syncing: bool,
    /// How many writes there were, for a child whose disk is asynchronous.
    writes: u64,
    timers: Timers,
    /// Requests of other servers that are not answered yet.
    requests: BTreeMap<u64, oneshot::Sender<Vec<u8>>>,
    next_request: u64,
    reads: BTreeMap<u64, oneshot::Sender<Result<u64, ReadIndexError>>>,
    next_read: u64,
    /// Term and leadership, as they may be shown: of the last moment at which nothing was held back.
    said: State,
    /// What they will be then, as the child has said already.
    next_said: Option<State>,
    /// The child has answered without saying them.
    is_said_old: bool,
    /// What the child said last that it looks like inside, and after how many lines.
    inside: Option<(u64, Inspection, Vec<u64>)>,
}

/// Something that happened to the server.
enum Happened {
    Input(Input),
    /// A timer is due, unless it has been set anew since.
    Timer(timers::Due),
    Start(Bytes, oneshot::Sender<Promise>),
    Read(u64),
}

/// Something to be done.
enum Work {
    Output(Output),
    Promise(oneshot::Sender<Promise>, Promise),
    ReadRefused(u64, ReadIndexError),
}

impl Server {
    pub(crate) fn make(
        pool: &Arc<Pool>,
        args: MakeArgs,
        voice: Voice,
        transcript: Option<&Transcript>,
    ) -> anyhow::Result<Server> {
        anyhow::ensure!(
            runtime::is_simulated(),
            "a program runs on the virtual clock alone: while it thinks, nothing else may happen"
        );
        let MakeArgs { peers, me, persister, apply, config } = args;
        let init = stored::init(
            persister.read()?,
            Init {
                me,
                servers: peers.len(),
                // Of 53 bits, which are exact in every language. Another one for each life.
                seed: runtime::rng("seed of a program", Node::current().id()).next_u64() >> 11,
                options: RaftOptions {
                    heartbeat_ms: config.raft.heartbeat_interval_ms,
                    election_timeout_min_ms: config.raft.election_timeout_min_ms,
                    election_timeout_max_ms: config.raft.election_timeout_max_ms,
                },
                ..Init::default()
            },
        )?;
        let child = pool.take().with_context(|| format!("`{}`", pool.command()))?;
        let (applies, applied) = mpsc::unbounded_channel();
        let server = Server(Arc::new(Shared {
            pool: Arc::clone(pool),
            voice,
            transcript: transcript.and_then(|it| it.life(me, pool.hello().can_reset)),
            me,
            node: Node::current(),
            peers,
            persister,
            applies,
            changes: AtomicU64::new(0),
            resumed: Notify::new(),
            timer_set: Notify::new(),
            inner: Mutex::new(Inner::new(child)),
        }));
        server.feed(Happened::Input(Input::Init(init)));
        runtime::detach(handover::applies(applied, apply));
        runtime::detach(server.clone().timers());
        runtime::detach(server.clone().resumes());
        if let Some(tick) = pool.hello().tick {
            runtime::detach(server.clone().ticks(tick));
        }
        Ok(server)
    }

    /// Tells the child something, now or when it may be told.
    fn feed(&self, happened: Happened) {
        let mut inner = self.0.inner.lock();
        if inner.child.is_some() {
            inner.inputs.push_back(happened);
            self.advance(&mut inner);
        }
    }

    /// Goes on as far as can be.
    fn advance(&self, inner: &mut Inner) {
        loop {
            inner.settle();
            if inner.child.is_none() || inner.is_syncing || inner.is_idle() {
                return;
            }
            // What it has been told to do is done when it goes on, or never.
            if self.0.node.is_paused() {
                self.0.resumed.notify_one();
                return;
            }
            let writes_next =
                matches!(inner.work.front(), Some(Work::Output(output)) if output.is_write());
            if inner.is_unsynced && !writes_next {
                self.sync(inner);
            } else if let Some(work) = inner.work.pop_front() {
                self.carry_out(inner, work);
            } else if let Some(happened) = inner.inputs.pop_front() {
                self.tell(inner, happened);
            }
        }
    }

    fn tell(&self, inner: &mut Inner, happened: Happened) {
        let (input, promise) = match happened {
            Happened::Input(input) => (input, None),
            Happened::Start(command, promise) => (Input::Start { command }, Some(promise)),
            Happened::Read(read) => (Input::ReadIndex { read }, None),
            Happened::Timer(due) => match inner.timers.fire(due) {
                Some(id) => (Input::Timer { id }, None),
                None => return,
            },
        };
        let Some(done) = self.ask(inner, &input) else { return };
        if let (Some(promise), Some(start)) = (promise, done.start) {
            inner.work.push_back(Work::Promise(promise, start));
        } else if let Input::ReadIndex { read } = input {
            let refused = match done.start {
                Some(Err(refused)) => Some(ReadIndexError::NotLeader(refused)),
                _ => done.not_ready.then_some(ReadIndexError::NothingCommitted),
            };
            inner.work.extend(refused.map(|refused| Work::ReadRefused(read, refused)));
        }
    }

    /// Asks the child. What it wants done is put behind what is to be done already; none when this life is over
    /// because of it.
    fn ask(&self, inner: &mut Inner, input: &Input) -> Option<Done> {
        let Shared { voice, transcript, changes, .. } = &*self.0;
        let line = input.line(runtime::now().as_nanos());
        transcript.iter().for_each(|it| it.input(&line));
        // Whether anybody looks inside changes nothing, not even the hash of the run.
        let is_look = *input == Input::Inspect;
        let heard = |line: &[u8]| {
            if !is_look {
                voice.line(line);
            }
            transcript.iter().for_each(|it| it.output(line));
        };
        let answered = inner.child.as_mut()?.ask(input, &line, heard);
        match answered {
            Ok(answer) => {
                inner.work.extend(answer.outputs.into_iter().map(Work::Output));
                let Done { term, is_leader, .. } = answer.done;
                if !is_look {
                    let state = term.zip(is_leader);
                    inner.next_said = state.map(|(term, is_leader)| State { term, is_leader });
                    inner.is_said_old = inner.next_said.is_none();
                }
                if !input.is_question() {
                    changes.fetch_add(1, Ordering::Relaxed);
                }
                Some(answer.done)
            }
            Err(trouble) => {
                self.fail(inner, trouble);
                None
            }
        }
    }

    /// The child can't go on, and so the run can't.
    fn fail(&self, inner: &mut Inner, trouble: Trouble) {
        // It is not given back.
        inner.child = None;
        let Trouble { message, details } = trouble;
        let command = self.0.pool.command();
        let sentence = format!("the program of server {}, `{command}`: {message}", self.0.me);
        let mut failure = Failure::new(property::PROGRAM, sentence);
        failure.details.extend(details);
        self.0.voice.fail(failure);
    }

    fn breaks(&self, inner: &mut Inner, message: String) {
        self.fail(inner, Trouble { message, details: Vec::new() });
    }

    fn carry_out(&self, inner: &mut Inner, work: Work) {
        match work {
            // Who has asked may be gone.
            Work::Promise(promise, start) => drop(promise.send(start)),
            Work::ReadRefused(read, refused) => self.end_read(inner, read, Err(refused)),
            Work::Output(output) => self.put_out(inner, output),
        }
    }

    fn put_out(&self, inner: &mut Inner, output: Output) {
        let Shared { voice, persister, applies, .. } = &*self.0;
        match output {
            Output::Call { call, to, method, args } => self.call(inner, call, to, &method, &args),
            Output::Send { to, method, body } => self.send(inner, to, &method, &body),
            Output::Reply { call, result } => match inner.requests.remove(&call) {
                // The caller may not wait any more.
                Some(request) => drop(request.send(result)),
                None => self.breaks(
                    inner,
                    format!("`reply` to call {call}: no such request waits for one"),
                ),
            },
            Output::SetTimer { id, after } => {
                if inner.timers.set(id, runtime::now() + after) {
                    self.0.timer_set.notify_one();
                }
            }
            Output::CancelTimer { id } => inner.timers.cancel(&id),
            Output::Persist { state, snapshot } => {
                persister.save(&state, snapshot);
                self.wrote(inner);
            }
            Output::Append { record } => {
                persister.append(&record);
                self.wrote(inner);
            }
            // The service may have ended with its server.
            Output::Apply { index, term, command } => drop(applies.send(match command {
                Some(command) => ApplyMsg::Command { index, term, command },
                None => ApplyMsg::Own { index, term },
            })),
            Output::ApplySnapshot { index, term, data: snapshot } => {
                drop(applies.send(ApplyMsg::Snapshot { index, term, snapshot }));
            }
            Output::ReadReady { read, index } => self.end_read(inner, read, Ok(index)),
            Output::ReadFailed { read } => {
                let refused = ReadIndexError::NotLeader(NotLeader { leader: None });
                self.end_read(inner, read, Err(refused));
            }
            Output::Note { text } => voice.note(&text),
            Output::Fail { text } => {
                inner.child = None;
                let sentence = format!("server {}: {text}", self.0.me);
                voice.fail(Failure::new(property::OWN_CHECK, sentence));
            }
            Output::Hello(_) | Output::Done(_) => unreachable!("they end an answer"),
        }
    }

    fn end_read(&self, inner: &mut Inner, read: u64, outcome: Result<u64, ReadIndexError>) {
        match inner.reads.remove(&read) {
            // The client may not wait any more.
            Some(waiting) => drop(waiting.send(outcome)),
            None => self.breaks(inner, format!("read {read}: no such read waits")),
        }
    }

    fn call(&self, inner: &mut Inner, call: u64, to: usize, method: &str, args: &[u8]) {
        let Some((end, method)) = self.way(inner, Style::Rpc, to, method) else { return };
        let args = wire::request(self.0.me, args);
        let life = Arc::downgrade(&self.0);
        self.0.node.enter(|| {
            end.call(method, args).then(move |result| {
                if let Some(shared) = life.upgrade() {
                    let reply = Input::Reply { call, result: result.ok() };
                    Server(shared).feed(Happened::Input(reply));
                }
            });
        });
    }

    fn send(&self, inner: &mut Inner, to: usize, method: &str, body: &[u8]) {
        if let Some((end, method)) = self.way(inner, Style::Message, to, method) {
            let body = wire::message(self.0.me, body);
            self.0.node.enter(|| end.send(method, body));
        }
    }

    /// The way to another server; none for one that there is not, which is the child's mistake.
    fn way(
        &self,
        inner: &mut Inner,
        style: Style,
        to: usize,
        method: &str,
    ) -> Option<(ClientEnd, &'static str)> {
        if style != self.0.pool.hello().style {
            let told = "calls are for programs of the style \"rpc\", messages for those of the style \"message\"";
            self.breaks(inner, told.to_owned());
            return None;
        }
        let Some(end) = self.0.peers.get(to) else {
            let servers = self.0.peers.len();
            self.breaks(
                inner,
                format!("it wants to talk with server {to}, of {servers} from 0 on"),
            );
            return None;
        };
        match wire::method(method) {
            Ok(method) => Some((end.clone(), method)),
            Err(why) => {
                self.breaks(inner, why);
                None
            }
        }
    }

    fn wrote(&self, inner: &mut Inner) {
        inner.writes += 1;
        if !self.0.pool.hello().async_disk {
            inner.is_unsynced = true;
            return;
        }
        let upto = inner.writes;
        self.when_durable(inner, move |inner| {
            inner.inputs.push_back(Happened::Input(Input::Synced { upto }));
        });
    }

    fn sync(&self, inner: &mut Inner) {
        inner.is_syncing = true;
        self.when_durable(inner, |inner| (inner.is_syncing, inner.is_unsynced) = (false, false));
    }

    /// Does something when all that was written is durable, which may be now.
    fn when_durable(&self, inner: &mut Inner, then: impl FnOnce(&mut Inner) + Send + 'static) {
        match self.0.persister.sync() {
            SyncFuture::Ready(Some(Ok(()))) => then(inner),
            SyncFuture::Ready(_) => self.disk_failed(inner),
            wait => {
                let server = self.clone();
                self.0.node.enter(|| {
                    runtime::detach(async move {
                        let outcome = wait.await;
                        let mut inner = server.0.inner.lock();
                        match outcome {
                            Ok(()) => then(&mut inner),
                            Err(_) => server.disk_failed(&mut inner),
                        }
                        server.advance(&mut inner);
                    });
                });
            }
        }
    }

    /// What is on the disk now is anybody's guess: a server whose disk fails ends, which is no failure of the
    /// run.
    fn disk_failed(&self, inner: &mut Inner) {
        self.end(inner);
        self.0.node.kill();
    }

    /// This life is over.
    fn end(&self, inner: &mut Inner) {
        if let Some(child) = inner.child.take() {
            self.0.pool.give_back(child);
        }
    }

    async fn timers(self) {
        loop {
            let earliest = self.0.inner.lock().timers.sleep();
            let mut set = pin!(self.0.timer_set.notified().fuse());
            match earliest {
                None => set.await,
                Some(deadline) => {
                    let mut sleep = pin!(runtime::sleep_until(deadline).fuse());
                    futures::select_biased! { () = sleep => {}, () = set => {} }
                }
            }
            let due = self.0.inner.lock().timers.take_due(runtime::now());
            due.into_iter().for_each(|due| self.feed(Happened::Timer(due)));
        }
    }

    /// Ticks that a server misses while it stands still are lost.
    async fn ticks(self, tick: Duration) {
        // Servers that tick in step would stand for election at the same moment.
        let phase =
            runtime::rng("phase of ticks", self.0.node.id()).duration(Duration::ZERO..=tick);
        runtime::sleep(phase).await;
        loop {
            runtime::sleep(tick).await;
            if !self.0.inner.lock().is_syncing {
                self.feed(Happened::Input(Input::Tick));
            }
        }
    }

    async fn resumes(self) {
        loop {
            self.0.resumed.notified().await;
            self.advance(&mut self.0.inner.lock());
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(child) = self.inner.get_mut().child.take() {
            self.pool.give_back(child);
        }
    }
}

impl Inner {
    fn new(child: Child) -> Inner {
        Inner {
            child: Some(child),
            inputs: VecDeque::new(),
            work: VecDeque::new(),
            is_unsynced: false,
            is_syncing: false,
            writes: 0,
            timers: Timers::default(),
            requests: BTreeMap::new(),
            next_request: 0,
            reads: BTreeMap::new(),
            next_read: 0,
            said: State { term: 0, is_leader: false },
            next_said: None,
            is_said_old: true,
            inside: None,
        }
    }

    fn is_idle(&self) -> bool {
        self.inputs.is_empty() && self.work.is_empty() && !self.is_unsynced
    }

    /// Whether all that the child has done can be seen by others.
    fn holds_nothing_back(&self) -> bool {
        self.work.is_empty() && !self.is_unsynced && !self.is_syncing
    }

    fn settle(&mut self) {
        if self.holds_nothing_back()
            && let Some(said) = self.next_said.take()
        {
            self.said = said;
        }
    }
}
