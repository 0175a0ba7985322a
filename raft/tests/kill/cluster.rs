//! Three processes, and everything that they have said.

use crate::node;
use persister::{Contents, PersistError, Persister, Stored, SyncFuture};
use raft::stored_log::{Difference, StoredLog, compare};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

const SERVERS: usize = 3;

/// Set for a process that is a server; says what kind of disk it has.
const DISK: &str = "RAFT_KILL_TEST_DISK";

/// How long the servers have to agree, and to end, when all is well.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a server, if that is what this process was started for.
pub fn as_node() -> Option<ExitCode> {
    let disk = std::env::var(DISK).ok()?;
    let arguments = node::Arguments::parse(std::env::args().skip(1)).expect("the test knows them");
    Some(node::run(arguments, |persister| match &*disk {
        "lying" => Arc::new(Lying(persister)),
        _ => persister,
    }))
}

/// A disk that says that all is durable.
struct Lying(Arc<dyn Persister>);

impl Persister for Lying {
    fn save(&self, state: &[u8], snapshot: Option<bytes::Bytes>) {
        self.0.save(state, snapshot);
    }

    fn compact(&self, state: &[u8], snapshot: Option<bytes::Bytes>) {
        self.0.compact(state, snapshot);
    }

    fn append(&self, record: &[u8]) {
        self.0.append(record);
    }

    fn sync(&self) -> SyncFuture {
        SyncFuture::done()
    }

    fn has_room(&self) -> bool {
        self.0.has_room()
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

/// The processes.
pub struct Cluster {
    folder: PathBuf,
    disk: &'static str,
    seed: u64,
    addresses: Vec<SocketAddr>,
    running: Vec<Option<Process>>,
    lives: u64,
    said: Receiver<Said>,
    say: Sender<Said>,
    /// The number at each index, once some server has applied it.
    committed: BTreeMap<u64, u64>,
    states: BTreeMap<usize, Vec<u64>>,
}

struct Process {
    child: Child,
    input: ChildStdin,
    life: u64,
    /// How far it has applied.
    applied: u64,
}

struct Said {
    server: usize,
    life: u64,
    /// `None` when it says nothing more.
    line: Option<String>,
}

impl Cluster {
    pub fn start(folder: &Path, disk: &'static str, seed: u64) -> Result<Cluster, String> {
        let held: Result<Vec<TcpListener>, _> =
            (0..SERVERS).map(|_| TcpListener::bind("127.0.0.1:0")).collect();
        let held = held.map_err(|error| error.to_string())?;
        let addresses = held.iter().map(|it| it.local_addr().map_err(|error| error.to_string()));
        let addresses = addresses.collect::<Result<_, _>>()?;
        drop(held);
        let (say, said) = channel();
        let mut cluster = Cluster {
            folder: folder.to_owned(),
            disk,
            seed,
            addresses,
            running: (0..SERVERS).map(|_| None).collect(),
            lives: 0,
            said,
            say,
            committed: BTreeMap::new(),
            states: BTreeMap::new(),
        };
        (0..SERVERS).try_for_each(|server| cluster.start_server(server))?;
        Ok(cluster)
    }

    /// Starts a server, unless it runs.
    pub fn start_server(&mut self, server: usize) -> Result<(), String> {
        if self.running[server].is_some() {
            return Ok(());
        }
        self.lives += 1;
        let life = self.lives;
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut child = Command::new(program)
            .env(DISK, self.disk)
            .arg(server.to_string())
            .arg(self.folder.join(format!("server-{server}")))
            .args(self.addresses.iter().map(SocketAddr::to_string))
            .args(["--volatile", &(self.seed ^ life).to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let say = self.say.clone();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            for line in lines.map(Some).chain([None]) {
                let _ = say.send(Said { server, life, line });
            }
        });
        self.running[server] = Some(Process { child, input, life, applied: 0 });
        Ok(())
    }

    /// Kills a server, if it runs, and hears what it had said before.
    pub fn kill(&mut self, server: usize) -> Result<bool, String> {
        let Some(mut process) = self.running[server].take() else { return Ok(false) };
        process.child.kill().map_err(|error| error.to_string())?;
        process.child.wait().map_err(|error| error.to_string())?;
        self.hear_out(vec![process.life])?;
        Ok(true)
    }

    /// Hears all that these lives have still to say.
    fn hear_out(&mut self, mut lives: Vec<u64>) -> Result<(), String> {
        let limit = Instant::now() + PATIENCE;
        while !lives.is_empty() {
            let ended = self.hear(limit)?;
            lives.retain(|life| Some(*life) != ended);
            if Instant::now() > limit {
                return Err("servers do not end".to_owned());
            }
        }
        Ok(())
    }

    /// Tells all servers to submit these numbers.
    pub fn submit(&mut self, numbers: Range<u64>) {
        let lines: String = numbers.map(|number| format!("{number}\n")).collect();
        for process in self.running.iter_mut().flatten() {
            // One that has ended by itself is noticed by what it says, which is nothing.
            let _ = process.input.write_all(lines.as_bytes());
        }
    }

    /// Hears what servers say for that long.
    pub fn listen(&mut self, time: Duration) -> Result<(), String> {
        let limit = Instant::now() + time;
        while Instant::now() < limit {
            self.hear(limit)?;
        }
        Ok(())
    }

    /// Hears one line. Returns the life that has said its last.
    fn hear(&mut self, limit: Instant) -> Result<Option<u64>, String> {
        let left = limit.saturating_duration_since(Instant::now());
        let Said { server, life, line } = match self.said.recv_timeout(left) {
            Ok(said) => said,
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => unreachable!("there is always a sender"),
        };
        let Some(line) = line else {
            let runs = self.running.iter().flatten().any(|process| process.life == life);
            let ended = format!("server {server} has ended by itself");
            return if runs { Err(ended) } else { Ok(Some(life)) };
        };
        let (what, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let numbers: Vec<u64> = rest.split_whitespace().filter_map(|it| it.parse().ok()).collect();
        match (what, &numbers[..]) {
            ("restored", [index]) => self.reached(life, *index),
            ("applied", [index, number]) => {
                let known = *self.committed.entry(*index).or_insert(*number);
                if known != *number {
                    return Err(format!(
                        "server {server} has applied {number} at {index}, but {known} was committed there"
                    ));
                }
                self.reached(life, *index);
            }
            ("state", _) => drop(self.states.insert(server, numbers)),
            _ => return Err(format!("server {server} said {line:?}")),
        }
        Ok(None)
    }

    fn reached(&mut self, life: u64, index: u64) {
        let process = self.running.iter_mut().flatten().find(|process| process.life == life);
        if let Some(process) = process {
            process.applied = index;
        }
    }

    /// Submits numbers, from `next` on, until all servers have applied one that was not submitted before.
    pub fn agree(&mut self, next: u64) -> Result<(), String> {
        let limit = Instant::now() + PATIENCE;
        for number in next.. {
            self.submit(number..number + 1);
            self.listen(Duration::from_millis(50))?;
            let new = self.committed.iter().find(|(_, number)| **number >= next);
            let Some((&index, _)) = new else {
                if Instant::now() > limit {
                    return Err("the servers commit nothing, though all of them run".to_owned());
                }
                continue;
            };
            let applied = self.running.iter().flatten().map(|process| process.applied);
            if applied.clone().all(|applied| applied >= index) {
                return Ok(());
            }
            if Instant::now() > limit {
                let applied: Vec<u64> = applied.collect();
                return Err(format!("{index} is committed, but the servers are at {applied:?}"));
            }
        }
        unreachable!("numbers do not end")
    }

    /// Ends all servers, and compares what they have with all that was committed. Returns how much that
    /// was.
    pub fn end(mut self) -> Result<usize, String> {
        // The last numbers may be committed at one and not yet known to be at another.
        self.listen(Duration::from_millis(500))?;
        let mut left = Vec::new();
        for process in std::mem::take(&mut self.running).into_iter().flatten() {
            left.push(process.life);
            drop(process.input);
            std::thread::spawn(move || process.child.wait_with_output());
        }
        self.hear_out(left)?;
        for server in 0..SERVERS {
            let state = self.states.get(&server).ok_or(format!("server {server} has no state"))?;
            for (index, number) in &self.committed {
                let has = state.get(*index as usize - 1);
                if has != Some(number) {
                    return Err(format!(
                        "{number} was committed at {index}, but server {server} has {has:?} there"
                    ));
                }
            }
        }
        self.compare_logs()?;
        Ok(self.committed.len())
    }

    /// What the servers have left in their directories is the same.
    fn compare_logs(&self) -> Result<(), String> {
        let log = |server: usize| {
            let directory = self.folder.join(format!("server-{server}"));
            let contents = Contents::of_directory(&directory).map_err(|error| error.to_string())?;
            let stored = contents.ok_or("a directory is empty")?.stored;
            StoredLog::of(stored).map_err(|error| error.to_string())
        };
        let logs = (0..SERVERS).map(log).collect::<Result<Vec<_>, String>>()?;
        let committed = self.committed.keys().last().copied().unwrap_or(0);
        match compare(&logs) {
            None => Ok(()),
            // What is not committed may not have reached everybody.
            Some(Difference::Length { index, .. }) if index >= committed => Ok(()),
            Some(difference) => Err(format!("the logs differ: {difference:?}")),
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for process in self.running.iter_mut().flatten() {
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }
}
