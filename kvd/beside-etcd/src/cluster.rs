//! Three members as processes, which can be killed, stopped and started again.

use crate::servers::Servers;
use crate::system::{Ports, System};
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How many members there are.
pub const MEMBERS: usize = 3;

/// How long members may take to begin, or to agree on a leader.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often members are looked at that others wait for.
const INTERVAL: Duration = Duration::from_millis(5);

/// Three members of one system, with an empty disk at first. They end with this, and the disk is removed.
pub struct Cluster {
    /// Which system it is.
    pub system: System,
    program: PathBuf,
    directory: TempDir,
    ports: Vec<Ports>,
    members: Vec<Option<Child>>,
}

impl Cluster {
    /// Starts members of that program, whose disks are in a new folder of that one.
    ///
    /// # Errors
    /// When they can't be started, or there is no leader.
    pub async fn start(system: System, program: &Path, folder: &Path) -> Result<Cluster> {
        let mut cluster = Cluster {
            system,
            program: program.to_owned(),
            directory: tempfile::tempdir_in(folder).with_context(|| format!("in {folder:?}"))?,
            ports: free_ports()?,
            members: (0..MEMBERS).map(|_| None).collect(),
        };
        system.prepare(cluster.directory.path(), &cluster.ports)?;
        cluster.start_all()?;
        cluster.leader().await?;
        Ok(cluster)
    }

    /// Starts all members, none of which runs.
    ///
    /// # Errors
    /// When one can't be started.
    pub fn start_all(&mut self) -> Result<()> {
        (0..MEMBERS).try_for_each(|member| self.start_member(member))
    }

    /// Starts a member that does not run.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start_member(&mut self, member: usize) -> Result<()> {
        let directory = self.directory.path();
        let log = directory.join(format!("log-{member}"));
        let log = File::options().create(true).append(true).open(log)?;
        let mut command = self.system.command(&self.program, directory, &self.ports, member);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let started = command.spawn().with_context(|| format!("{:?}", self.program))?;
        self.members[member] = Some(started);
        Ok(())
    }

    /// Ends a member by SIGKILL.
    ///
    /// # Errors
    /// When that can't be done.
    pub fn kill(&mut self, member: usize) -> Result<()> {
        if let Some(mut process) = self.members[member].take() {
            process.kill()?;
            process.wait()?;
        }
        Ok(())
    }

    /// Ends all members by SIGKILL.
    ///
    /// # Errors
    /// When that can't be done.
    pub fn kill_all(&mut self) -> Result<()> {
        (0..MEMBERS).try_for_each(|member| self.kill(member))
    }

    /// Sends a signal to a member that runs.
    ///
    /// # Errors
    /// When that can't be done.
    pub fn signal(&self, member: usize, signal: Signal) -> Result<()> {
        Ok(kill_process(self.pid(member)?, signal)?)
    }

    /// Where clients find a member.
    pub fn address(&self, member: usize) -> String {
        self.ports[member].client_address()
    }

    /// The leader, as whom a load is for. All clients are there: to be sent on by a member that does not lead
    /// costs etcd more than it gains.
    ///
    /// # Errors
    /// When there is no leader.
    pub async fn servers(&self) -> Result<Servers> {
        Ok(self.system.servers(vec![self.address(self.leader().await?)]))
    }

    /// Waits until a member says that it leads.
    ///
    /// # Errors
    /// When none does for long, or one has ended.
    pub async fn leader(&self) -> Result<usize> {
        self.eventually("a member leads", async |cluster| {
            for member in cluster.running() {
                let status = cluster.system.status(&cluster.address(member)).await;
                if status.is_ok_and(|status| status.leads) {
                    return Some(member);
                }
            }
            None
        })
        .await
    }

    /// Waits until a member has applied as much as another one has by now.
    ///
    /// # Errors
    /// When it does not get there for long.
    pub async fn caught_up(&self, member: usize, with: usize) -> Result<()> {
        let wanted = self.system.status(&self.address(with)).await?.applied_index;
        self.eventually("a member catches up", async |cluster| {
            let status = cluster.system.status(&cluster.address(member)).await.ok()?;
            (status.applied_index >= wanted).then_some(())
        })
        .await
    }

    /// Memory of a member's own that is resident (`RssAnon`), in bytes: files that are mapped, as etcd's
    /// store is, do not count.
    ///
    /// # Errors
    /// When the system does not say it.
    pub fn memory_bytes(&self, member: usize) -> Result<u64> {
        let path = format!("/proc/{}/status", self.pid(member)?.as_raw_nonzero());
        let status = std::fs::read_to_string(&path).context(path)?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kibibytes.context("RssAnon")?.parse::<u64>()? << 10)
    }

    /// The last entry that a member's newest snapshot has, 0 if there is none.
    ///
    /// # Errors
    /// When the member does not say it.
    pub async fn snapshot_index(&self, member: usize) -> Result<u64> {
        self.system.snapshot_index(&self.address(member), self.directory.path(), member).await
    }

    /// The members that run.
    pub fn running(&self) -> impl Iterator<Item = usize> {
        (0..MEMBERS).filter(|member| self.members[*member].is_some())
    }

    fn pid(&self, member: usize) -> Result<Pid> {
        let process = self.members[member].as_ref().context("a member that runs")?;
        Ok(Pid::from_child(process))
    }

    async fn eventually<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut(&Cluster) -> Option<T>,
    ) -> Result<T> {
        let began_at = runtime::now();
        while runtime::now().since(began_at) < PATIENCE {
            if let Some(found) = look(self).await {
                return Ok(found);
            }
            runtime::sleep(INTERVAL).await;
        }
        let last = (0..MEMBERS).map(|member| self.last_words(member)).collect::<Vec<_>>();
        bail!(
            "{:?}: expected that {what}; what members said last:\n{}",
            self.system,
            last.join("\n")
        )
    }

    fn last_words(&self, member: usize) -> String {
        let log = std::fs::read_to_string(self.directory.path().join(format!("log-{member}")));
        log.unwrap_or_default().lines().last().unwrap_or_default().to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.kill_all() {
            eprintln!("error: a member could not be ended: {error}");
        }
    }
}

/// Ports that nobody listens at just now.
fn free_ports() -> Result<Vec<Ports>> {
    let listeners: Vec<TcpListener> =
        (0..2 * MEMBERS).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
    let ports: Vec<u16> = listeners.iter().map(port).collect::<Result<_, _>>()?;
    Ok(ports.chunks(2).map(|pair| Ports { client: pair[0], peer: pair[1] }).collect())
}
