//! One life of a server: a child, and what stands between it and the cluster.
//!
//! What happens to the server becomes a line for the child, one at a time and in order. What the child answers
//! is carried out in order, too. A write is made durable before anything that others can see is done after
//! it: while the disk works the server stands still, as a program does in `fsync`, and what happens meanwhile
//! waits. A crash can come between any two of the things that an answer asks for.

mod clock;
mod disk;
mod handover;
mod outputs;
mod peer;
mod stored;
mod timers;
mod wire;

pub(crate) use clock::go_on_when_resumed;
pub(crate) use handover::hand_over;
pub(crate) use wire::{method, payload};

use crate::child::{Child, Trouble};
use crate::pending::Pending;
use crate::pool::Pool;
use crate::protocol::{Done, Init, Input, Output, RaftOptions};
use crate::transcript::Transcript;
use anyhow::Context;
use bytes::Bytes;
use harness::{Failure, MakeArgs, Voice, property};
use labrpc::ClientEnd;
use parking_lot::Mutex;
use persister::Persister;
use raft_api::{ApplyMsg, Inspection, NotLeader, ReadIndexError, Started, State};
use runtime::Node;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
    /// It is over because the program did what it must not, or said that something is wrong.
    has_failed: bool,
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
    requests: Pending<Vec<u8>>,
    reads: Pending<Result<u64, ReadIndexError>>,
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
        server.first_words(&mut server.0.inner.lock())?;
        runtime::detach(hand_over(applied, apply));
        runtime::detach(server.clone().timers());
        runtime::detach(server.clone().resumes());
        if let Some(tick) = pool.hello().tick {
            runtime::detach(server.clone().ticks(tick));
        }
        Ok(server)
    }

    /// What a server says when it begins is what its disk holds, also if it has written something since.
    fn first_words(&self, inner: &mut Inner) -> anyhow::Result<()> {
        if inner.is_said_old {
            self.ask(inner, &Input::State);
        }
        inner.said = inner.next_said.unwrap_or(inner.said);
        // Others would only make the same mistake again.
        anyhow::ensure!(!inner.has_failed, "its program has failed at once");
        Ok(())
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

    /// Asks the child. What it wants done is put after what is to be done already; none when this life is over
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
        let Trouble { message, details } = trouble;
        let command = self.0.pool.command();
        let sentence = format!("the program of server {}, `{command}`: {message}", self.0.me);
        let mut failure = Failure::new(property::PROGRAM, sentence);
        failure.details.extend(details);
        self.fail_with(inner, failure);
    }

    fn fail_with(&self, inner: &mut Inner, failure: Failure) {
        // It is not given back.
        (inner.child, inner.has_failed) = (None, true);
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

    /// This life is over.
    fn end(&self, inner: &mut Inner) {
        if let Some(child) = inner.child.take() {
            self.0.pool.give_back(child);
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
            has_failed: false,
            inputs: VecDeque::new(),
            work: VecDeque::new(),
            is_unsynced: false,
            is_syncing: false,
            writes: 0,
            timers: Timers::default(),
            requests: Pending::default(),
            reads: Pending::default(),
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
