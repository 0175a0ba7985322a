//! One Raft server as a plain process: Raft, a disk, TCP.
//!
//! ```text
//! node ME DIRECTORY ADDRESS... [--volatile SEED | --new-disk]
//! ```
//!
//! `ME` is the server's number, from 0, and its place among the addresses of all. Each line on standard input
//! is a number that the leader submits; who does not lead ignores it. On standard output stands
//!
//! * `restored INDEX` when it starts: what its snapshot stands for,
//! * `applied INDEX NUMBER` for each number that is committed,
//! * `state NUMBER...`, everything it has applied, when standard input ends; then it ends too.
//!
//! With `--volatile`, to kill the process is to cut its power: what was not synced is lost. With `--new-disk`
//! the directory may be empty although the cluster is not: the server's disk was lost, and this one takes
//! its place.

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use futures::future::Either;
use labrpc::ClientEnd;
use labrpc::tcp::{Callers, Identity, Wire};
use persister::{FilePersister, Persister};
use raft::{ApplyMsg, Config, Disk, Raft};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// The cluster's name.
const CLUSTER: &str = "example";

/// How many numbers are applied between two snapshots.
const SNAPSHOT_EVERY: usize = 100;

/// What the command line says.
pub struct Arguments {
    me: usize,
    directory: PathBuf,
    addresses: Vec<SocketAddr>,
    volatile: Option<u64>,
    disk: Disk,
}

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!(
                "error: {error:#}\nusage: node ME DIRECTORY ADDRESS... [--volatile SEED | --new-disk]"
            );
            return ExitCode::from(64);
        }
    };
    run(arguments, |persister| persister)
}

/// Runs the server, with what is made of its persister as its disk.
pub fn run(
    arguments: Arguments,
    disk: impl FnOnce(Arc<dyn Persister>) -> Arc<dyn Persister>,
) -> ExitCode {
    let ended = arguments.open().and_then(|persister| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(serve(&arguments, disk(persister)))
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(70)
        }
    }
}

impl Arguments {
    /// Reads the command line.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Arguments> {
        let me = arguments.next().context("there is no ME")?;
        let me = me.parse().with_context(|| format!("ME is {me:?}, but must be a number"))?;
        let directory = arguments.next().context("there is no DIRECTORY")?.into();
        let (mut addresses, mut volatile, mut disk) = (Vec::new(), None, Disk::Kept);
        while let Some(argument) = arguments.next() {
            if argument == "--volatile" {
                let seed = arguments.next().context("--volatile needs a SEED")?;
                volatile = Some(seed.parse().with_context(|| format!("SEED is {seed:?}"))?);
                // Such a disk is empty until the first sync, however often its server was started.
                disk = Disk::Trusted;
                continue;
            }
            if argument == "--new-disk" {
                disk = Disk::New;
                continue;
            }
            let address = argument.parse().with_context(|| {
                format!("ADDRESS is {argument:?}, but must be as 127.0.0.1:7000")
            })?;
            addresses.push(address);
        }
        ensure!(me < addresses.len(), "ME is {me}, but there are {} addresses", addresses.len());
        Ok(Arguments { me, directory, addresses, volatile, disk })
    }

    fn open(&self) -> anyhow::Result<Arc<dyn Persister>> {
        let identity = persister::Identity::new(CLUSTER, self.me as u64);
        let persister = match self.volatile {
            None => FilePersister::open(&self.directory, &identity)?,
            Some(seed) => {
                let rng = runtime::Rng::from_seed(seed);
                FilePersister::open_volatile(&self.directory, &identity, rng)?
            }
        };
        Ok(Arc::new(persister))
    }
}

async fn serve(arguments: &Arguments, persister: Arc<dyn Persister>) -> anyhow::Result<()> {
    let Arguments { me, addresses, disk, .. } = arguments;
    let wire = Wire::new(CLUSTER);
    let connect = |(server, address)| wire.connect(Identity::Server(*me), server, address);
    let ends: Vec<ClientEnd> = addresses.iter().enumerate().map(connect).collect();
    let mut service = Numbers::restored(&persister.read()?.snapshot)?;
    service.say(&format!("restored {}", service.index))?;
    // Machines that are busy with tests are slow.
    let config = Config {
        election_timeout_min_ms: 200,
        election_timeout_max_ms: 400,
        ..Config::production()
    };
    let (apply, mut applied) = mpsc::channel(64);
    let raft = Raft::with_disk(config, *disk, ends, *me, persister, apply)?;
    let (listener, me, answers) = (listen(addresses[*me]).await?, *me, raft.service());
    let callers = Callers::Servers { count: addresses.len() };
    runtime::detach(async move { wire.serve(listener, me, callers, answers).await });
    let mut lines = lines_of_input()?;
    loop {
        let (message, line) = (pin!(applied.recv()), pin!(lines.recv()));
        match futures::future::select(message, line).await {
            Either::Left((Some(message), _)) => service.apply(message, &raft)?,
            Either::Left((None, _)) => {
                bail!("{}", raft.failure().unwrap_or_else(|| "the server has ended".into()))
            }
            Either::Right((Some(line), _)) => {
                let number: u64 = line.parse().with_context(|| format!("{line:?} is no number"))?;
                // Every server is told of every number, and one of them leads.
                let _ = raft.start(Bytes::copy_from_slice(&number.to_le_bytes()));
            }
            Either::Right((None, _)) => break,
        }
    }
    raft.kill();
    service.say_state()
}

/// Standard input, from a thread that waits for it.
fn lines_of_input() -> anyhow::Result<mpsc::UnboundedReceiver<String>> {
    let (sender, lines) = mpsc::unbounded_channel();
    std::thread::Builder::new().spawn(move || {
        let mut input = std::io::stdin().lines().map_while(Result::ok);
        while input.next().is_some_and(|line| sender.send(line).is_ok()) {}
    })?;
    Ok(lines)
}

/// The address of a process that was killed can be taken for a moment.
async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let mut tries = 0;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) if tries == 100 => return Err(error).context(address.to_string()),
            Err(_) => runtime::sleep(Duration::from_millis(50)).await,
        }
        tries += 1;
    }
}

/// The service: everything that was committed, in order.
#[derive(Default)]
struct Numbers {
    /// Up to where the numbers go.
    index: u64,
    numbers: Vec<u64>,
}

impl Numbers {
    /// A snapshot is the index and the numbers.
    fn restored(snapshot: &[u8]) -> anyhow::Result<Numbers> {
        if snapshot.is_empty() {
            return Ok(Numbers::default());
        }
        let (words, rest) = snapshot.as_chunks::<8>();
        ensure!(rest.is_empty(), "a snapshot of {} bytes is none of numbers", snapshot.len());
        let mut words = words.iter().map(|word| u64::from_le_bytes(*word));
        let index = words.next().context("an index")?;
        Ok(Numbers { index, numbers: words.collect() })
    }

    fn snapshot(&self) -> Bytes {
        let words = [self.index].into_iter().chain(self.numbers.iter().copied());
        words.flat_map(u64::to_le_bytes).collect::<Vec<_>>().into()
    }

    fn apply(&mut self, message: ApplyMsg, raft: &Raft) -> anyhow::Result<()> {
        match message {
            ApplyMsg::Command { index, command, .. } => {
                let number: [u8; 8] = (&command[..]).try_into().context("a command is a number")?;
                let number = u64::from_le_bytes(number);
                (self.index, _) = (index, self.numbers.push(number));
                self.say(&format!("applied {index} {number}"))?;
                if self.numbers.len().is_multiple_of(SNAPSHOT_EVERY) {
                    raft.snapshot(index, self.snapshot());
                }
            }
            ApplyMsg::Snapshot { snapshot, .. } => *self = Numbers::restored(&snapshot)?,
            other => bail!("this Raft never sends {other:?}"),
        }
        Ok(())
    }

    fn say(&self, line: &str) -> anyhow::Result<()> {
        Ok(writeln!(std::io::stdout().lock(), "{line}")?)
    }

    fn say_state(&self) -> anyhow::Result<()> {
        let numbers = self.numbers.iter().map(|number| format!(" {number}"));
        self.say(&format!("state{}", numbers.collect::<String>()))
    }
}
