//! `kvd`, the store of this project: how its servers are started, and what they say about themselves.

mod inspected;
mod log_line;

use super::{Abilities, Connection, DiskState, Driver, Place, Program, Said, StoredLog, resp};
use anyhow::{Context, bail};
use futures::FutureExt;
use futures::future::BoxFuture;
use kvd_api::resp::Reply;
use kvd_api::servers_file::{DEFAULT_CLUSTER, Server, ServersFile};
use runtime::Rng;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// How long a server has to say how far it is.
const INFO_TIMEOUT: Duration = Duration::from_secs(1);

/// Servers of `kvd`.
#[derive(Clone, Debug)]
pub struct Kvd {
    /// The program.
    pub path: PathBuf,
    /// Where chance of the servers' disks comes from.
    pub seed: u64,
    /// Whether killing a server loses what it has not synced.
    pub volatile: bool,
    /// How often, of a million times, something is written without a sync after an operation, as long as killing
    /// loses the rest; none for another frequency in each life.
    pub write_back_per_million: Option<u32>,
    /// Whether servers take test commands on their standard input; they end when it ends.
    pub controlled: bool,
    /// How large a log becomes before a snapshot replaces it, in bytes; `None` for kvd's default.
    pub snapshot_at_bytes: Option<u64>,
}

impl Driver for Kvd {
    fn name(&self) -> String {
        "kvd".to_owned()
    }

    fn abilities(&self) -> Abilities {
        Abilities { power_cut: self.volatile, disk: self.controlled, crash_points: self.controlled }
    }

    fn program(&self, place: &Place) -> anyhow::Result<Program> {
        let file = place.directory.join("servers.json");
        std::fs::create_dir_all(&place.directory)
            .and_then(|()| std::fs::write(&file, servers_file(place).to_json()))
            .with_context(|| format!("can't write {}", file.display()))?;
        let text = |path: &Path| path.display().to_string();
        let mut arguments = vec!["serve".to_owned()];
        let flags = [
            ("--config", text(&file)),
            ("--id", place.server.to_string()),
            ("--data", text(&place.directory)),
            ("--log", "json".to_owned()),
        ];
        arguments.extend(flags.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]));
        if self.volatile {
            let life = (place.server as u64) << 32 | place.life;
            let seed = Rng::stream(self.seed, "live disk", life).next_u64();
            arguments.extend(["--volatile".to_owned(), seed.to_string()]);
            if let Some(per_million) = self.write_back_per_million {
                arguments.extend(["--write-back-per-million".to_owned(), per_million.to_string()]);
            }
        }
        if self.controlled {
            arguments.push("--control".to_owned());
        }
        if let Some(bytes) = self.snapshot_at_bytes {
            arguments.extend(["--snapshot-at-bytes".to_owned(), bytes.to_string()]);
        }
        Ok(Program { path: self.path.clone(), arguments, variables: Vec::new() })
    }

    fn understand(&self, server: usize, line: &str) -> Option<Said> {
        log_line::understand(server, line)
    }

    fn disk_command(&self, state: &DiskState) -> Option<String> {
        if !self.controlled {
            return None;
        }
        let mut lines = "disk ok\n".to_owned();
        if let Some((least, most)) = state.sync {
            let _ = writeln!(lines, "disk slow {} {}", least.as_millis(), most.as_millis());
        }
        if state.full {
            lines += "disk full\n";
        }
        if state.fail_next_sync {
            lines += "disk fail-sync\n";
        }
        Some(lines)
    }

    fn exit_command(&self, point: &str, nth: u64) -> Option<String> {
        self.controlled.then(|| format!("exit-at {point} {nth}\n"))
    }

    fn stay_command(&self) -> Option<String> {
        self.controlled.then(|| "exit-at never\n".to_owned())
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<Box<dyn Connection>>> {
        resp::connect(address)
    }

    fn applied_index(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<Option<u64>>> {
        async move {
            let address = address.to_string();
            let mut open = kvd_api::Connection::connect(&address, None, INFO_TIMEOUT).await?;
            match open.request(&["INFO", "raft"]).await? {
                Reply::Bulk(text) => Ok(applied_index(&String::from_utf8_lossy(&text))),
                other => Err(io::Error::other(format!("no answer to INFO: {other:?}"))),
            }
        }
        .boxed()
    }

    fn check_disks(&self, directories: &[PathBuf]) -> anyhow::Result<Option<Vec<String>>> {
        if directories.len() < 2 {
            return Ok(Some(Vec::new()));
        }
        let data = directories.iter().enumerate().map(|(server, it)| data(server, it));
        let Output { status, stdout, stderr } =
            Command::new(&self.path).arg("check").args(data).output()?;
        let said = String::from_utf8_lossy(&stdout);
        match (status.code(), said.trim()) {
            (Some(0), _) => Ok(Some(Vec::new())),
            // Servers that are killed need not have come equally far.
            (Some(1), said) if said.starts_with("not settled: ") => Ok(Some(Vec::new())),
            (Some(1), said) if said.starts_with("DIFFERENT: ") => Ok(Some(vec![said.to_owned()])),
            _ => bail!("kvd check: {status}: {}", String::from_utf8_lossy(&stderr).trim()),
        }
    }

    fn logs(&self, directories: &[PathBuf]) -> anyhow::Result<Option<Vec<StoredLog>>> {
        let log = |(server, directory): (usize, &PathBuf)| {
            let directory = data(server, directory);
            let shown = Command::new(&self.path).arg("inspect").arg(&directory).output()?;
            if !shown.status.success() {
                let why = String::from_utf8_lossy(&shown.stderr);
                bail!("kvd inspect {}: {}", directory.display(), why.trim());
            }
            inspected::read(&String::from_utf8_lossy(&shown.stdout))
        };
        directories.iter().enumerate().map(log).collect::<anyhow::Result<_>>().map(Some)
    }
}

/// Where the server itself keeps its disk, in the directory that it was given.
fn data(server: usize, directory: &Path) -> PathBuf {
    directory.join(format!("server-{server}"))
}

/// The cluster as that server sees it: itself at its own address, the others at their proxies.
fn servers_file(place: &Place) -> ServersFile {
    let entry = |(server, (peer, client)): (usize, (&SocketAddr, &SocketAddr))| {
        let is_itself = server == place.server;
        let peer = if is_itself { &place.peer_address } else { peer };
        let listens = if is_itself { &place.client_address } else { client };
        Server {
            id: server as u64,
            host: peer.ip().to_string(),
            client_port: listens.port(),
            log_port: peer.port(),
            advertised: client.to_string(),
            data: format!("server-{server}").into(),
        }
    };
    let pairs = place.peers.iter().zip(&place.clients);
    ServersFile {
        cluster: DEFAULT_CLUSTER.to_owned(),
        servers: pairs.enumerate().map(entry).collect(),
        others: BTreeMap::new(),
    }
}

fn applied_index(info: &str) -> Option<u64> {
    info.lines().find_map(|line| line.strip_prefix("raft_applied_index:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn kvd() -> Kvd {
        Kvd {
            path: "kvd".into(),
            seed: 7,
            volatile: true,
            write_back_per_million: None,
            controlled: true,
            snapshot_at_bytes: None,
        }
    }

    fn place(directory: &Path) -> Place {
        Place {
            server: 1,
            client_address: address(7001),
            peer_address: address(9001),
            peers: vec![address(9110), address(9001), address(9112)],
            clients: vec![address(7100), address(7101), address(7102)],
            directory: directory.to_owned(),
            life: 2,
        }
    }

    #[test]
    fn a_server_sees_the_others_through_their_proxies() {
        let directory = tempfile::tempdir().unwrap();
        let program = kvd().program(&place(directory.path())).unwrap();
        let words: Vec<&str> = program.arguments.iter().map(String::as_str).collect();
        let config = directory.path().join("servers.json");
        let expected = ["serve", "--config", config.to_str().unwrap(), "--id", "1"];
        assert_eq!(words[..5], expected);
        assert!(words.contains(&"--volatile") && words.ends_with(&["--control"]));
        let file = ServersFile::read(&config).unwrap();
        let logs: Vec<u16> = file.servers.iter().map(|server| server.log_port).collect();
        assert_eq!(logs, [9110, 9001, 9112]);
        assert_eq!(file.servers[1].client_port, 7001);
        let advertised: Vec<&str> = file.servers.iter().map(|it| it.advertised.as_str()).collect();
        assert_eq!(advertised, ["127.0.0.1:7100", "127.0.0.1:7101", "127.0.0.1:7102"]);
    }

    #[test]
    fn each_life_of_a_disk_has_chance_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let first = place(directory.path());
        let arguments = |place: &Place| kvd().program(place).unwrap().arguments;
        assert_eq!(arguments(&first), arguments(&first));
        assert_ne!(arguments(&first), arguments(&Place { life: 3, ..first.clone() }));
    }

    #[test]
    fn disks_are_commanded_line_by_line() {
        let slow = Some((Duration::from_millis(5), Duration::from_millis(20)));
        let state = DiskState { full: true, sync: slow, fail_next_sync: false };
        let lines = kvd().disk_command(&state).unwrap();
        assert_eq!(lines, "disk ok\ndisk slow 5 20\ndisk full\n");
        let well = kvd().disk_command(&DiskState::default());
        assert_eq!(well.as_deref(), Some("disk ok\n"));
        let at = kvd().exit_command("after-sync", 3);
        assert_eq!(at.as_deref(), Some("exit-at after-sync 3\n"));
        let deaf = Kvd { controlled: false, ..kvd() };
        assert_eq!(deaf.disk_command(&state), None);
        assert_eq!(deaf.exit_command("after-sync", 1), None);
    }

    #[test]
    fn how_far_a_server_is_stands_in_its_info() {
        let info = "# Raft\r\nraft_commit_index:9\r\nraft_applied_index:8\r\n";
        assert_eq!(applied_index(info), Some(8));
        assert_eq!(applied_index("# Raft\r\n"), None);
    }
}
