//! Our Raft with a mistake of its author.

use crate::common::Fault;
use labtest::persister::SyncFuture;
use labtest::runtime::{Node, now, sleep, spawn, yield_now};
use labtest::{
    ApplyMsg, BoxFuture, Bytes, ClientEnd, HandleError, MakeArgs, NotLeader, Peer, PersistError,
    Persister, Service, Started, State, Stored, anyhow, mpsc,
};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant};

const MS: Duration = Duration::from_millis(1);

/// Makes the mistake with that name, on one server or on all.
#[derive(Clone)]
pub struct Mistake {
    name: String,
    /// Of the server that was made last, so that its handler knows them.
    peers: Arc<Mutex<Vec<ClientEnd>>>,
}

impl Mistake {
    pub fn of_name(name: &str) -> Mistake {
        Mistake { name: name.to_owned(), peers: Arc::default() }
    }

    fn is(&self, name: &str) -> bool {
        self.name == name
    }
}

impl Fault for Mistake {
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        let (me, peers) = (args.me, args.peers.clone());
        self.peers.lock().clone_from(&peers);
        match self.name.as_str() {
            "panics_in_make" => assert!(me != 2, "this server can't be"),
            "fails_to_make" => anyhow::ensure!(me != 2, "no configuration\nin this folder"),
            "calls_on_a_thread" if me == 1 => {
                let (peer, vote) = (peers[0].clone(), "Raft.RequestVote");
                let call = std::thread::spawn(move || drop(peer.call(vote, Vec::new())));
                assert!(call.join().is_err());
            }
            "waits_for_the_real_clock" => task(async {
                let start = Instant::now();
                while start.elapsed() < Duration::from_micros(300) {
                    sleep(Duration::from_micros(100)).await;
                }
            }),
            "drops_what_the_service_is_slow_to_take" => return Ok(dropping(args)),
            _ => {}
        }
        Ok(args)
    }

    fn persister(&self, _me: usize, persister: Arc<dyn Persister>) -> Arc<dyn Persister> {
        match self.is("panics_when_a_sync_fails") {
            true => Arc::new(Expecting(persister)),
            false => persister,
        }
    }

    fn made(&self, _me: usize, raft: &Arc<dyn Peer>) {
        if self.is("polls_on_a_thread") {
            let raft = Arc::clone(raft);
            std::thread::spawn(move || {
                loop {
                    std::hint::black_box(raft.get_state());
                    std::thread::sleep(MS);
                }
            });
        }
    }

    fn apply(&self, me: usize, message: ApplyMsg) -> Vec<ApplyMsg> {
        match message {
            message if self.is("applies_twice") && me == 1 => vec![message.clone(), message],
            ApplyMsg::Command { index, command, .. } if self.is("applies_without_a_term") => {
                vec![ApplyMsg::Command { index, term: 0, command }]
            }
            message => vec![message],
        }
    }

    fn get_state(&self, _me: usize, state: State) -> State {
        match self.is("always_leads") {
            true => State { is_leader: true, ..state },
            false => state,
        }
    }

    fn ends_itself(&self) -> bool {
        self.is("ends_itself")
    }

    fn service(&self, me: usize, service: Arc<dyn Service>) -> Arc<dyn Service> {
        match me {
            0 => service,
            _ => {
                let (mistake, peers) = (self.name.clone(), self.peers.lock().clone());
                let next = peers[1 + me % (peers.len() - 1)].clone();
                Arc::new(Handler { mistake, service, next, busy: tokio::sync::Mutex::default() })
            }
        }
    }

    fn start(&self, _me: usize, raft: &dyn Peer, command: Bytes) -> Result<Started, NotLeader> {
        let mut started = raft.start(command)?;
        self.happen();
        if self.is("promises_the_index_before") {
            started.index -= 1;
        }
        Ok(started)
    }
}

impl Mistake {
    /// On the leader, when it takes a command.
    fn happen(&self) {
        match self.name.as_str() {
            "really_sleeps" => (0..30).for_each(|_| std::thread::sleep(2 * MS)),
            "spawns_on_a_thread" => dies(|| task(async {})),
            "sleeps_on_a_thread" => dies(|| drop(sleep(MS))),
            "ends_itself" => Node::current().kill(),
            "panics_in_a_task" => task(async { assert_eq!((1, 2), (2, 1), "in a task") }),
            "panics_in_start" => panic!("no index for that"),
            "poisons_a_lock" => poison(),
            "loop_in_a_task" => task(async {
                loop {
                    std::hint::spin_loop();
                }
            }),
            "lock_twice" => task(async {
                let lock = std::sync::Mutex::new(());
                let first = lock.lock();
                let second = lock.lock();
                drop((first, second));
            }),
            "blocking_receive" => {
                let (keep, never) = std::sync::mpsc::channel::<()>();
                assert!(never.recv().is_err());
                drop(keep);
            }
            "blocking_send" => {
                let (full, _keep) = mpsc::channel(1);
                (0..2).for_each(|_| assert!(full.blocking_send(()).is_ok()));
            }
            "blocks_on" => block_on(sleep(MS)),
            "loop_of_yields" => task(async {
                loop {
                    yield_now().await;
                }
            }),
            "loop_of_no_sleep" => task(async {
                loop {
                    sleep(Duration::ZERO).await;
                }
            }),
            "loop_of_the_clock_in_start" => {
                let start = now();
                while now().since(start) < MS {}
            }
            "exits" => std::process::exit(0),
            "aborts" => std::process::abort(),
            "overflows_its_stack" => {
                std::hint::black_box(deep(0));
            }
            "tokios_sleep" => task(async { tokio::time::sleep(MS).await }),
            "tokios_timeout" => task(async {
                assert!(tokio::time::timeout(MS, std::future::pending::<()>()).await.is_err());
            }),
            "tokios_spawn" => drop(tokio::spawn(async {})),
            "tokios_spawn_blocking" => drop(tokio::task::spawn_blocking(|| {})),
            _ => {}
        }
    }
}

fn task(future: impl Future<Output = ()> + Send + 'static) {
    spawn(future);
}

/// On a thread that does not survive it.
fn dies(what: impl FnOnce() + Send + 'static) {
    assert!(std::thread::spawn(what).join().is_err());
}

/// As programs do that have another runtime.
fn block_on(future: impl Future<Output = ()>) {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {
        std::thread::park();
    }
}

fn poison() {
    let lock = Arc::new(std::sync::Mutex::new(()));
    let other = Arc::clone(&lock);
    task(async move {
        let _held = other.lock();
        panic!("the first one");
    });
    task(async move {
        sleep(MS).await;
        drop(lock.lock().expect("the second one"));
    });
}

#[allow(unconditional_recursion)] // That is the mistake.
fn deep(level: u64) -> u64 {
    let filling = std::hint::black_box([level; 64]);
    deep(level + 1) + filling[0]
}

/// Hands on what the service takes at once.
fn dropping(args: MakeArgs) -> MakeArgs {
    let (apply, service) = (args.apply.clone(), args.apply);
    let (give, mut take) = mpsc::channel(16);
    task(async move {
        while let Some(message) = take.recv().await {
            drop(apply.try_send(message));
        }
        drop(service);
    });
    MakeArgs { apply: give, ..args }
}

/// A question that is none of Raft's.
const ASK: &str = "Mistake.Ask";

/// What a server says whose handler is wrong. Server 0 is right.
struct Handler {
    mistake: String,
    service: Arc<dyn Service>,
    /// Another server with the same mistake.
    next: ClientEnd,
    busy: tokio::sync::Mutex<()>,
}

impl Service for Handler {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        let is_append = method == "Raft.AppendEntries";
        match self.mistake.as_str() {
            "panics_in_a_handler" if is_append => panic!("index out of bounds"),
            "never_answers" => Box::pin(std::future::pending()),
            "answers_something_else" if is_append => Box::pin(async { Ok(b"yes".to_vec()) }),
            "holds_a_lock_over_a_call" => Box::pin(async move {
                let held = self.busy.lock().await;
                // The next one does the same, and comes back here.
                drop(self.next.call(ASK, Vec::new()).await);
                drop(held);
                match method {
                    ASK => Ok(Vec::new()),
                    _ => Arc::clone(&self.service).handle(method, args).await,
                }
            }),
            _ => Arc::clone(&self.service).handle(method, args),
        }
    }
}

/// Takes it for granted that a disk does what it is told.
struct Expecting(Arc<dyn Persister>);

impl Persister for Expecting {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.0.save(state, snapshot);
    }
    fn append(&self, record: &[u8]) {
        self.0.append(record);
    }
    fn sync(&self) -> SyncFuture {
        let sync = self.0.sync();
        SyncFuture::Waiting(Box::pin(async move {
            sync.await.expect("to persist");
            Ok(())
        }))
    }
    fn read(&self) -> Result<Stored, PersistError> {
        self.0.read()
    }
    fn state_size(&self) -> usize {
        self.0.state_size()
    }
    fn snapshot_size(&self) -> usize {
        self.0.snapshot_size()
    }
}
