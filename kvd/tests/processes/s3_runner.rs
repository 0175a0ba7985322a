//! A runner reads the cluster from `servers.json` and spawns 5 server processes, each with a Raft, a key/value
//! store and a client handler; a client connects to any of them.

use crate::common::{Connection, Spawner, eventually, inspect, inspected, servers_file, text};
use kvd::servers_file::ServersFile;
use kvd::slots::slot_of;
use tempfile::TempDir;

struct Runner {
    folder: TempDir,
    file: ServersFile,
    spawner: Spawner,
}

impl Runner {
    fn start() -> Runner {
        let (folder, file) = (tempfile::tempdir().unwrap(), servers_file("kvd", 5));
        let config = folder.path().join("servers.json");
        std::fs::write(&config, file.to_json()).unwrap();
        let mut spawner = Spawner::start(&config, folder.path(), &[]);
        spawner.wait_for_leader();
        Runner { folder, file, spawner }
    }

    /// What a server answers, once it can be reached.
    fn ask(&self, id: u64, command: &str) -> Option<String> {
        let address = self.file.servers[id as usize].client_address();
        Connection::open(&address).ok()?.ask(command).ok().as_ref().map(text)
    }

    /// The store as it is in a server's directory.
    fn on_disk(&self, id: u64, key: &str) -> Option<String> {
        let directory = self.folder.path().join(&self.file.servers[id as usize].data);
        Some(inspected(&inspect(&directory), key)?.as_str()?.to_owned())
    }
}

#[test]
fn a_server_that_does_not_lead_names_the_leader() {
    let runner = Runner::start();
    let slot = slot_of(b"x");
    // On a busy machine another one may lead meanwhile: some server does, and all others name it.
    eventually("four servers name the fifth", || {
        let answers = (0..5).map(|id| runner.ask(id, "GET x")).collect::<Option<Vec<_>>>()?;
        let leader = answers.iter().position(|answer| answer == "nil")?;
        let address = runner.file.servers[leader].client_address();
        let moved = format!("-MOVED {slot} {address}");
        let count = answers.iter().filter(|answer| **answer == moved).count();
        (count == 4).then_some(())
    });
}

#[test]
fn the_leader_replicates_and_the_followers_apply() {
    let mut runner = Runner::start();
    let written = eventually("one of them takes it", || {
        let written = (0..5).find(|id| runner.ask(*id, "SET x 10").as_deref() == Some("OK"));
        written.filter(|id| runner.ask(*id, "SET y 20").as_deref() == Some("OK"))
    });
    for id in 0..5 {
        eventually("each has it on disk", || {
            let found = ["x", "y"].map(|key| runner.on_disk(id, key));
            (found == ["10", "20"].map(|value| Some(value.to_owned()))).then_some(())
        });
    }
    // Who comes next has applied it.
    runner.spawner.kill_server(written);
    runner.spawner.wait_for("its death", |line| {
        line.starts_with(&format!("node {written} was killed by SIGKILL; the others go on"))
    });
    eventually("another one answers", || {
        let answers = (0..5).filter(|id| *id != written).map(|id| runner.ask(id, "MGET x y"));
        answers.flatten().find(|answer| answer == "10 20")
    });
}
