//! Three nodes on three ports: each prints whom it sees as leader; writers replicate objects; on disk each node
//! has its log, its state machine and its storage, which a person can read.

use crate::common::{
    Client, ClusterOfProcesses, Ended, Spawner, eventually, inspect, kv, kvd, run, servers_file,
};
use futures::executor::block_on;
use kv::{Action, Command, Request};
use kvd::inspect::describe;
use persister::{Contents, FilePersister, Persister};
use raft::record::FORMAT_PLAIN;
use raft::stored_log::StoredLog;
use serde_json::{Value, json};
use std::fs::File;
use std::path::PathBuf;
use std::process::Child;

#[test]
fn each_node_prints_whom_it_sees_as_leader() {
    let (folder, file) = (tempfile::tempdir().unwrap(), servers_file("kvd", 3));
    let config = folder.path().join("servers.json");
    std::fs::write(&config, file.to_json()).unwrap();
    let mut spawner = Spawner::start(&config, folder.path(), &[]);
    let leader = spawner.wait_for_leader();
    // Some leader, if another one comes meanwhile, is seen by all three.
    let says = |log: &[String], id: u64, what: &str| {
        let said = |line: &String| line.starts_with(&format!("node {id} ")) && line.ends_with(what);
        log.iter().any(said)
    };
    let addresses: Vec<String> = file.servers.iter().map(|it| it.client_address()).collect();
    let all_say = |log: &[String]| {
        let all =
            |address: &String| (0..3).all(|id| says(log, id, &format!("LEADER => {address}")));
        addresses.iter().any(all)
    };
    while !all_say(&spawner.log) {
        spawner.wait_for("the others", |line| line.contains(" LEADER => "));
    }
    assert!((0..3).all(|id| says(&spawner.log, id, "LEADER => None")), "{:#?}", spawner.log);
    // After a failover another one is announced.
    let mut deposed = leader;
    spawner.log.iter().filter_map(|line| line.strip_prefix("LEADER IS NOW NODE ")).for_each(|id| {
        deposed = id.parse().expect("an id");
    });
    spawner.kill_server(deposed);
    while spawner.wait_for_leader() == deposed {}
    let mut client = Client::new(addresses);
    assert_eq!(client.insist("SET data_id 1"), "OK");
    let (code, log) = spawner.end();
    assert_eq!(code, Some(143), "{log:#?}");
    assert!(log.iter().any(|line| line == "all servers have ended"), "{log:#?}");
}

/// Three nodes that have replicated an object, and have ended.
fn ended_cluster() -> ClusterOfProcesses {
    let mut cluster = ClusterOfProcesses::start(3);
    let mut client = cluster.client();
    for number in 0..10 {
        client.insist(&format!("SET data_id-{number} {number}"));
    }
    client.insist("SET data_id done");
    cluster.wait_until_all_have("data_id", "done");
    cluster.wait_until_quiet();
    // All at one moment: none is to go on without the others.
    (0..3).for_each(|id| cluster.stop(id));
    cluster.kill_all();
    cluster
}

#[test]
fn writers_replicate_an_object_and_say_so() {
    let cluster = ClusterOfProcesses::start(3);
    let config = cluster.folder().join("servers.json");
    for writer in 0..3 {
        let mut command = kv();
        command.arg("--config").arg(&config).args(["--timeout", "60s"]);
        let value = writer.to_string();
        let ended = run(command.args(["set", "data_id", &value, "--once"]));
        assert_eq!((ended.code, &*ended.output), (Some(0), "done writing data_id\n"), "{ended:?}");
        cluster.wait_until_all_have("data_id", &value);
    }
}

/// The lines that have all of these fields.
fn with<'a>(lines: &'a [Value], fields: &[&str]) -> Vec<&'a Value> {
    lines.iter().filter(|line| fields.iter().all(|field| line.get(field).is_some())).collect()
}

#[test]
fn a_person_can_read_what_is_on_disk() {
    let cluster = ended_cluster();
    let addresses = cluster.addresses();
    let mut votes = 0;
    for id in 0..3 {
        let lines = inspect(&cluster.directory(id));
        assert_eq!(lines[0], json!({"cluster": "kvd", "server": id}));
        let [storage] = with(&lines, &["term", "voted_for"])[..] else { panic!("{lines:#?}") };
        assert!(storage["term"].as_u64() >= Some(1), "{storage}");
        // The servers file beside the directory tells the address.
        if let Some(address) = storage["voted_for"].as_str() {
            assert!(addresses.contains(&address.to_owned()), "{storage}");
            votes += 1;
        }
        let put = json!({"requests": [{"put": "data_id", "value": "done"}]});
        let entries = with(&lines, &["index", "term", "command"]);
        assert!(entries.iter().any(|entry| entry["command"] == put), "{entries:#?}");
        let pairs = with(&lines, &["key", "value"]);
        assert_eq!(pairs.len(), 11, "{pairs:#?}");
        assert!(pairs.contains(&&json!({"key": "data_id", "value": "done"})));
    }
    // The leader's own, and that of one more.
    assert!(votes >= 2, "{votes} votes");
}

#[test]
fn without_a_file_that_can_be_used_numbers_are_shown() {
    let cluster = ended_cluster();
    std::fs::write(cluster.folder().join("servers.json"), "nothing").unwrap();
    let lines: Vec<Value> = (0..3).flat_map(|id| inspect(&cluster.directory(id))).collect();
    let storages = with(&lines, &["term", "voted_for"]);
    assert_eq!(storages.len(), 3);
    assert!(storages.iter().all(|storage| !storage["voted_for"].is_string()), "{storages:#?}");
    let named = cluster.folder().join("servers.json");
    let ended = run(kvd().arg("inspect").arg(cluster.directory(0)).arg("--config").arg(named));
    assert_eq!(ended.code, Some(78), "{ended:?}");
}

/// `kvd inspect --follow DIR > dir.jsonl`, which ends with the test.
struct Follower {
    process: Child,
    output: PathBuf,
}

impl Follower {
    fn start(cluster: &ClusterOfProcesses, id: usize) -> Follower {
        let output = cluster.folder().join("dir.jsonl");
        let mut command = kvd();
        command.args(["inspect", "--follow"]).arg(cluster.directory(id));
        command.stdout(File::create(&output).expect("a file"));
        Follower { process: command.spawn().expect("a process"), output }
    }

    fn wait_for(&self, line: &Value) {
        eventually(&line.to_string(), || {
            let text = std::fs::read_to_string(&self.output).expect("a file");
            let has = |text: &str| serde_json::from_str::<Value>(text).is_ok_and(|it| it == *line);
            text.lines().any(has).then_some(())
        });
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_person_can_watch_a_node_at_work() {
    let cluster = ClusterOfProcesses::start(3);
    let follower = Follower::start(&cluster, 1);
    follower.wait_for(&json!({"cluster": "kvd", "server": 1}));
    let mut client = cluster.client();
    client.insist("SET data_id 1");
    follower.wait_for(&json!({"key": "data_id", "value": "1"}));
    client.insist("SET data_id 2");
    follower.wait_for(&json!({"key": "data_id", "value": "2"}));
    client.insist("DEL data_id");
    follower.wait_for(&json!({"key": "data_id", "value": null}));
}

fn check(cluster: &ClusterOfProcesses) -> Ended {
    let directories = (0..cluster.count()).map(|id| cluster.directory(id));
    run(kvd().arg("check").args(directories))
}

/// Writes another past into a node's directory: an entry has another command.
fn doctor(cluster: &ClusterOfProcesses, id: usize) {
    let directory = cluster.directory(id);
    let contents = Contents::of_directory(&directory).unwrap().expect("a node's directory");
    let log = StoredLog::of(contents.stored).unwrap();
    let mut entries = log.entries;
    let is_put = |command: &[u8]| describe(command)["requests"][0]["put"] == "data_id-3";
    let entry = entries.iter_mut().find(|(_, command)| is_put(command)).expect("it was written");
    let requests = vec![Request::new("data_id-3", Action::Put("other".into()))];
    entry.1 = Command::Execute { once: None, requests }.encode();
    let state =
        (FORMAT_PLAIN, log.term, log.voted_for, log.snapshot_index, log.snapshot_term, entries);
    let disk = FilePersister::open(&directory, &contents.identity).unwrap();
    disk.save(&labrpc::encode(&state).unwrap(), Some(log.snapshot));
    block_on(disk.sync()).unwrap();
}

#[test]
fn nodes_that_have_caught_up_are_equal_and_one_with_another_past_is_different() {
    let cluster = ended_cluster();
    let ended = check(&cluster);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.output.starts_with("equal: logs and stores up to entry "), "{ended:?}");
    doctor(&cluster, 1);
    let ended = check(&cluster);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.output.starts_with("DIFFERENT: entry "), "{ended:?}");
    assert!(ended.output.contains("data_id-3"), "{ended:?}");
}
