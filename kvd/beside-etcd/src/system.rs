//! The two systems: how a member of each is started, and what it says about itself.

use crate::etcd::{Etcd, EtcdConnection};
use crate::servers::Servers;
use anyhow::{Context, Result, bail};
use kvd_api::Connection;
use kvd_api::resp::Reply;
use kvd_api::servers_file::ServersFile;
use kvd_bench::Resp;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What kvd reads.
const SERVERS_FILE: &str = "servers.json";

/// How long a member may take to say what it is at.
const STATUS_TIMEOUT: Duration = Duration::from_millis(500);

/// One of the two systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// Ours: heartbeats each 50 ms, elections after 150 to 300 ms, as `kvd` has them.
    Kvd,
    /// etcd: heartbeats each 50 ms, elections after 250 to 500 ms.
    Etcd,
}

/// Where a member listens.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// To clients.
    pub client: u16,
    /// To other members.
    pub peer: u16,
}

/// What a member says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Status {
    /// Whether it leads.
    pub leads: bool,
    /// The last entry that it has applied.
    pub applied_index: u64,
}

impl Ports {
    /// Where clients find the member.
    pub fn client_address(self) -> String {
        format!("127.0.0.1:{}", self.client)
    }

    fn peer_url(self) -> String {
        format!("http://127.0.0.1:{}", self.peer)
    }
}

impl System {
    /// Both.
    pub const ALL: [System; 2] = [System::Kvd, System::Etcd];

    /// Writes into the directory what members read when they start.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn prepare(self, directory: &Path, all: &[Ports]) -> Result<()> {
        match self {
            System::Kvd => Ok(std::fs::write(directory.join(SERVERS_FILE), servers_file(all)?)?),
            System::Etcd => Ok(()),
        }
    }

    /// What starts the member with that number, whose disk is in the directory.
    pub fn command(
        self,
        program: &Path,
        directory: &Path,
        all: &[Ports],
        member: usize,
    ) -> Command {
        let mut command = Command::new(program);
        match self {
            System::Kvd => {
                let config = directory.join(SERVERS_FILE);
                command.arg("serve").arg("--config").arg(config).arg("--data").arg(directory);
                command.args(["--id", &member.to_string()]);
                command.args(["--parent", &std::process::id().to_string()]);
            }
            System::Etcd => {
                let cluster = all.iter().enumerate();
                let cluster: Vec<String> = cluster
                    .map(|(number, it)| format!("{}={}", name(number), it.peer_url()))
                    .collect();
                let client_url = format!("http://{}", all[member].client_address());
                let peer_url = all[member].peer_url();
                command.arg("--data-dir").arg(directory.join(name(member)));
                command.args(
                    [
                        ["--name", &name(member)],
                        ["--listen-client-urls", &client_url],
                        ["--advertise-client-urls", &client_url],
                        ["--listen-peer-urls", &peer_url],
                        ["--initial-advertise-peer-urls", &peer_url],
                        ["--initial-cluster", &cluster.join(",")],
                        ["--heartbeat-interval", "50"],
                        ["--election-timeout", "250"],
                        ["--logger", "zap"],
                        ["--log-outputs", "stderr"],
                    ]
                    .as_flattened(),
                );
            }
        }
        command
    }

    /// These members, as whom a load is for.
    pub fn servers(self, addresses: Vec<String>) -> Servers {
        match self {
            System::Kvd => Servers::Kvd(Resp::new(addresses, None)),
            System::Etcd => Servers::Etcd(Etcd::new(addresses)),
        }
    }

    /// What a member says about itself.
    ///
    /// # Errors
    /// When it does not answer, or not in time.
    pub async fn status(self, address: &str) -> Result<Status> {
        let asked = async {
            match self {
                System::Kvd => {
                    let info = Info::of(address).await?;
                    Ok(Status {
                        leads: info.field("raft_role")?.eq_ignore_ascii_case("leader"),
                        applied_index: info.field("raft_applied_index")?.parse()?,
                    })
                }
                System::Etcd => {
                    let told = EtcdConnection::open(address).await?.status().await?;
                    let me = told.header.context("a status without a header")?.member_id;
                    Ok(Status { leads: told.leader == me, applied_index: told.applied_index })
                }
            }
        };
        runtime::timeout(STATUS_TIMEOUT, asked).await?
    }

    /// The last entry that the newest snapshot of a member has whose disk is in the directory; 0 if there is
    /// none.
    ///
    /// # Errors
    /// When the member does not say it.
    pub async fn snapshot_index(
        self,
        address: &str,
        directory: &Path,
        member: usize,
    ) -> Result<u64> {
        match self {
            System::Kvd => Ok(Info::of(address).await?.field("raft_snapshot_index")?.parse()?),
            System::Etcd => etcd_snapshot_index(&directory.join(name(member)).join("member/snap")),
        }
    }
}

/// What kvd says of its Raft.
struct Info(String);

impl Info {
    async fn of(address: &str) -> Result<Info> {
        let mut connection = Connection::connect(address, None, STATUS_TIMEOUT).await?;
        match connection.request(&["INFO", "Raft"]).await? {
            Reply::Bulk(info) => Ok(Info(String::from_utf8(info.into())?)),
            other => bail!("{address}: expected an answer to INFO, found {other:?}"),
        }
    }

    fn field(&self, name: &str) -> Result<&str> {
        let value = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.with_context(|| format!("INFO has no {name}"))
    }
}

/// The entry that the newest of etcd's snapshots ends with, by its file's name: `TERM-INDEX.snap`, in
/// hexadecimal.
fn etcd_snapshot_index(folder: &Path) -> Result<u64> {
    let files = std::fs::read_dir(folder).with_context(|| format!("{folder:?}"))?;
    let names = files.map(|file| Ok(file?.file_name().to_string_lossy().into_owned()));
    let names = names.collect::<Result<Vec<_>>>()?;
    let indexes = names.iter().filter_map(|name| name.strip_suffix(".snap")?.split_once('-'));
    Ok(indexes.filter_map(|(_, index)| u64::from_str_radix(index, 16).ok()).max().unwrap_or(0))
}

fn name(member: usize) -> String {
    format!("member{member}")
}

fn servers_file(all: &[Ports]) -> Result<String> {
    let mut file = ServersFile::local(all.len() as u64)?;
    for (server, ports) in file.servers.iter_mut().zip(all) {
        server.client_port = ports.client;
        server.log_port = ports.peer;
        server.advertised = ports.client_address();
    }
    Ok(file.to_json())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_snapshot_of_etcd_is_found_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(etcd_snapshot_index(folder.path()).unwrap(), 0);
        for name in [
            "0000000000000002-0000000000000010.snap",
            "0000000000000003-00000000000186a1.snap",
            "db",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(etcd_snapshot_index(folder.path()).unwrap(), 100_001);
        assert!(etcd_snapshot_index(&folder.path().join("none")).is_err());
    }

    #[test]
    fn what_kvd_says_is_found_by_its_name() {
        let info = Info("# Raft\r\nraft_role:Leader\r\nraft_applied_index:7\r\n".to_owned());
        assert_eq!(info.field("raft_applied_index").unwrap(), "7");
        assert!(info.field("raft_applied").is_err());
    }
}
