//! One server: Raft, a store, a directory, TCP.

use crate::VALUE_BYTES;
use crate::memory;
use crate::process::Report;
use crate::store::{Store, command};
use anyhow::{Context, bail};
use labrpc::BoxFuture;
use labrpc::tcp::{Callers, Identity, Wire};
use labrpc::{ClientEnd, HandleError, Service};
use parking_lot::Mutex;
use persister::{FilePersister, Persister, SnapshotWriter};
use raft::{ApplyMsg, Config, Raft, StartError};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

const CLUSTER: &str = "catch-up";
/// The log is replaced by a snapshot when it has as many bytes as the last one, and at least these.
const LOG_BYTES_MIN: usize = 1 << 20;

pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let [me, directory, addresses @ ..] = arguments else { bail!("serve ME DIRECTORY ADDRESS…") };
    let me: usize = me.parse()?;
    let identity = persister::Identity::new(CLUSTER, me as u64);
    let persister = FilePersister::open(Path::new(directory), &identity)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(me, Arc::new(persister), addresses))
}

async fn serve(
    me: usize,
    persister: Arc<dyn Persister>,
    addresses: &[String],
) -> anyhow::Result<()> {
    let store = Store::read(&persister.snapshot()?)?;
    let wire = Wire::new(CLUSTER);
    let connect = |(server, address)| wire.connect(Identity::Server(me), server, address);
    let ends: Vec<ClientEnd> = addresses.iter().enumerate().map(connect).collect();
    let config = Config { snapshots_stay_on_disk: true, ..Config::production() };
    let (apply, applied) = mpsc::channel(256);
    let raft = Raft::with_config(config, ends, me, Arc::clone(&persister), apply)?;
    let listener = TcpListener::bind(&addresses[me]).await.context(addresses[me].clone())?;
    let silence = Arc::new(Silence { service: raft.service(), since: Mutex::default() });
    let service: Arc<dyn Service> = Arc::clone(&silence) as _;
    let callers = Callers::Servers { count: addresses.len() };
    runtime::detach(async move { wire.serve(listener, me, callers, service).await });
    let (taken, snapshots) = mpsc::channel(1);
    let server = Server { raft, persister, store, silence, taken, takes_snapshot: false };
    server.run(applied, snapshots, lines_of_input()).await
}

/// Standard input, from a thread that waits for it.
fn lines_of_input() -> mpsc::UnboundedReceiver<String> {
    let (sender, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lines().map_while(Result::ok);
        while input.next().is_some_and(|line| sender.send(line).is_ok()) {}
    });
    lines
}

/// A snapshot that was written, and the last entry in it.
type Taken = (u64, anyhow::Result<Box<dyn SnapshotWriter>>);

struct Server {
    raft: Raft,
    persister: Arc<dyn Persister>,
    store: Store,
    silence: Arc<Silence>,
    taken: mpsc::Sender<Taken>,
    takes_snapshot: bool,
}

impl Server {
    async fn run(
        mut self,
        mut applied: mpsc::Receiver<ApplyMsg>,
        mut snapshots: mpsc::Receiver<Taken>,
        mut input: mpsc::UnboundedReceiver<String>,
    ) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                message = applied.recv() => {
                    let failure = || self.raft.failure().unwrap_or_else(|| "it has ended".into());
                    let message = message.with_context(failure)?;
                    self.apply(message).await?;
                }
                Some((index, writer)) = snapshots.recv() => {
                    self.takes_snapshot = false;
                    self.raft.snapshot_written(index, writer?);
                }
                line = input.recv() => {
                    let Some(line) = line else { return Ok(()) };
                    self.obey(&line)?;
                }
            }
        }
    }

    async fn apply(&mut self, message: ApplyMsg) -> anyhow::Result<()> {
        match message {
            ApplyMsg::Command { index, command, .. } => self.store.apply(index, command)?,
            ApplyMsg::StoredSnapshot { snapshot, .. } => {
                self.store = Store::default();
                // Raft goes on meanwhile.
                let (sender, read) = oneshot::channel();
                std::thread::spawn(move || sender.send(Store::read(&snapshot)));
                self.store = read.await??;
            }
            other => bail!("this Raft never sends {other:?}"),
        }
        self.take_snapshot_if_due();
        Ok(())
    }

    fn take_snapshot_if_due(&mut self) {
        let due = LOG_BYTES_MIN.max(self.persister.snapshot_size());
        if self.takes_snapshot || self.persister.state_size() < due {
            return;
        }
        self.takes_snapshot = true;
        let (store, taken) = (self.store.clone(), self.taken.clone());
        let mut writer = self.persister.begin_snapshot();
        std::thread::spawn(move || {
            let written = store.write(&mut *writer).map(|()| writer);
            taken.blocking_send((store.applied, written))
        });
    }

    fn obey(&self, line: &str) -> anyhow::Result<()> {
        let raft = self.raft.clone();
        match line.split_once(' ') {
            None if line == "report" => println!("{}", serde_json::to_string(&self.report()?)?),
            None if line == "measure" => {
                memory::forget_peak()?;
                *self.silence.since.lock() = Heard::default();
            }
            Some(("load", keys)) => {
                let (first, last) = keys.split_once(' ').context("load FIRST LAST")?;
                let (mut next, last) = (first.parse()?, last.parse()?);
                runtime::detach(async move {
                    while next <= last && write(&raft, next).await {
                        next += 1;
                    }
                    println!("loaded {next}");
                });
            }
            Some(("write", per_second)) => {
                let pause = Duration::from_secs(1) / per_second.parse()?;
                runtime::detach(async move {
                    for key in 0.. {
                        runtime::sleep(pause).await;
                        write(&raft, key).await;
                    }
                });
            }
            _ => bail!("{line:?} is no command"),
        }
        Ok(())
    }

    fn report(&self) -> anyhow::Result<Report> {
        let (resident, peak) = memory::resident()?;
        let inside = self.raft.inspect();
        let values_bytes = self.store.bytes;
        Ok(Report {
            is_leader: self.raft.get_state().is_leader,
            term: inside.term,
            applied: self.store.applied,
            values_bytes,
            beside_values: resident.saturating_sub(values_bytes),
            peak_beside_values: peak.saturating_sub(values_bytes),
            silence_ms: self.silence.since.lock().longest.as_millis() as u64,
            is_busy: self.takes_snapshot,
        })
    }
}

/// Writes a value, as soon as this server takes it. False when it does not lead.
async fn write(raft: &Raft, key: u32) -> bool {
    let value: Vec<u8> = key.to_le_bytes().into_iter().cycle().take(VALUE_BYTES).collect();
    let command = command(key, &value);
    loop {
        match raft.start(command.clone()) {
            Err(StartError::Busy { .. }) => runtime::sleep(Duration::from_millis(1)).await,
            started => {
                // The others have a turn.
                tokio::task::yield_now().await;
                return started.is_ok();
            }
        }
    }
}

/// Passes requests on to Raft, and notes for how long none came from a leader.
struct Silence {
    service: Arc<dyn Service>,
    since: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    last: Option<Instant>,
    longest: Duration,
}

impl Service for Silence {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        if method != raft::method::REQUEST_VOTE {
            let mut heard = self.since.lock();
            let now = Instant::now();
            if let Some(last) = heard.last.replace(now) {
                heard.longest = heard.longest.max(now - last);
            }
        }
        Arc::clone(&self.service).handle(method, args)
    }

    fn methods(&self) -> Vec<&'static str> {
        self.service.methods()
    }

    fn peer_disconnected(&self, peer: usize) {
        self.service.peer_disconnected(peer);
    }
}
