//! Directories as servers leave them, shown and compared.

use bytes::Bytes;
use futures::executor::block_on;
use kvd::inspect::{Follower, InspectError, StateMachine, Verdict, bytes_as_json, check, print};
use persister::{FilePersister, Identity, Persister};
use raft::record::FORMAT_PLAIN;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Commands are `key=value`, or `-key`; snapshots are commands, one a line.
struct Plain;

impl Plain {
    fn apply(store: &mut BTreeMap<Bytes, Bytes>, command: &[u8]) -> Result<(), String> {
        let copy = Bytes::copy_from_slice;
        match (command.strip_prefix(b"-"), command.iter().position(|byte| *byte == b'=')) {
            (Some(key), _) => drop(store.remove(key)),
            (None, Some(at)) => drop(store.insert(copy(&command[..at]), copy(&command[at + 1..]))),
            (None, None) => return Err(format!("expected = in {}", bytes_as_json(command))),
        }
        Ok(())
    }
}

impl StateMachine for Plain {
    fn describe(&self, command: &[u8]) -> Value {
        json!({ "do": bytes_as_json(command) })
    }

    fn store(
        &self,
        snapshot: &[u8],
        commands: &mut dyn Iterator<Item = (u64, &[u8])>,
    ) -> Result<BTreeMap<Bytes, Bytes>, String> {
        let mut store = BTreeMap::new();
        let lines = snapshot.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        for line in lines {
            Plain::apply(&mut store, line)?;
        }
        for (index, command) in commands {
            Plain::apply(&mut store, command).map_err(|error| format!("entry {index}: {error}"))?;
        }
        Ok(store)
    }
}

/// A server's state as Raft saves it.
#[derive(Clone, Default)]
struct Saved {
    term: u64,
    voted_for: Option<usize>,
    /// Index, term and content.
    snapshot: (u64, u64, &'static str),
    /// Term and command.
    entries: Vec<(u64, &'static [u8])>,
}

impl Saved {
    fn of(entries: &[(u64, &'static str)]) -> Saved {
        let entries = entries.iter().map(|(term, command)| (*term, command.as_bytes())).collect();
        Saved { term: 9, entries, ..Saved::default() }
    }

    fn after(snapshot: (u64, u64, &'static str), entries: &[(u64, &'static str)]) -> Saved {
        Saved { snapshot, ..Saved::of(entries) }
    }

    fn write(&self, disk: &FilePersister) {
        let (index, term, content) = self.snapshot;
        let entries: Vec<_> = bytes_of(&self.entries);
        let state = (FORMAT_PLAIN, self.term, self.voted_for, index, term, entries);
        disk.save(&labrpc::encode(&state).unwrap(), Some(Bytes::from_static(content.as_bytes())));
        block_on(disk.sync()).unwrap();
    }
}

fn bytes_of(entries: &[(u64, &'static [u8])]) -> Vec<(u64, Bytes)> {
    entries.iter().map(|(term, command)| (*term, Bytes::from_static(command))).collect()
}

/// Entries as Raft appends them.
fn append(disk: &FilePersister, first_index: u64, entries: &[(u64, &'static [u8])]) {
    let record = (1u32, first_index, bytes_of(entries));
    disk.append(&labrpc::encode(&record).unwrap());
    block_on(disk.sync()).unwrap();
}

/// Directories of the servers of a cluster.
struct Cluster(TempDir);

impl Cluster {
    fn of(servers: &[Saved]) -> Cluster {
        let cluster = Cluster(tempfile::tempdir().unwrap());
        for (server, saved) in servers.iter().enumerate() {
            saved.write(&cluster.open(server));
        }
        cluster
    }

    fn open(&self, server: usize) -> FilePersister {
        FilePersister::open(&self.directory(server), &Identity::new("lab", server as u64)).unwrap()
    }

    fn directory(&self, server: usize) -> PathBuf {
        self.0.path().join(format!("server-{server}"))
    }

    fn check(&self, servers: &[usize]) -> Result<Verdict, String> {
        let directories: Vec<PathBuf> =
            servers.iter().map(|server| self.directory(*server)).collect();
        let directories: Vec<&Path> = directories.iter().map(PathBuf::as_path).collect();
        check(&directories, &Plain).map_err(|error| self.without_path(&error.to_string()))
    }

    fn verdict(servers: &[Saved]) -> Verdict {
        let cluster = Cluster::of(servers);
        let all: Vec<usize> = (0..servers.len()).collect();
        match cluster.check(&all).unwrap() {
            Verdict::Unsettled(sentence) => Verdict::Unsettled(cluster.without_path(&sentence)),
            Verdict::Different(sentence) => Verdict::Different(cluster.without_path(&sentence)),
            equal => equal,
        }
    }

    fn without_path(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.path().display()), "")
    }
}

fn news(follower: &mut Follower<'_>) -> String {
    let mut output = Vec::new();
    follower.write_news(&mut output).unwrap();
    String::from_utf8(output).unwrap()
}

fn addresses() -> Vec<String> {
    (8000..8003).map(|port| format!("127.0.0.1:{port}")).collect()
}

fn large() -> Saved {
    let entries: Vec<(u64, &[u8])> = vec![(3, b"x=\xff\x00"), (6, b"z=3")];
    Saved { term: 6, voted_for: Some(2), snapshot: (3, 2, "x=1\ny=2\n"), entries }
}

#[test]
fn a_directory_is_shown_as_lines_of_json() {
    let cluster = Cluster::of(&[large()]);
    let mut output = Vec::new();
    print(&cluster.directory(0), &Plain, &addresses(), &mut output).unwrap();
    let expected = r#"{"cluster": "lab", "server": 0}
{"term": 6, "voted_for": "127.0.0.1:8002"}
{"snapshot_index": 3, "snapshot_term": 2}
{"index": 4, "term": 3, "command": {"do": {"hex": "783dff00"}}}
{"index": 5, "term": 6, "command": {"do": "z=3"}}
{"key": "x", "value": {"hex": "ff00"}}
{"key": "y", "value": "2"}
{"key": "z", "value": "3"}
"#;
    assert_eq!(String::from_utf8(output).unwrap(), expected);
}

#[test]
fn a_vote_is_told_as_well_as_it_is_known() {
    let votes = [(None, "null"), (Some(1), "\"127.0.0.1:8001\""), (Some(7), "7")];
    for (voted_for, told) in votes {
        let cluster = Cluster::of(&[Saved { voted_for, ..large() }]);
        let (directory, addresses) = (cluster.directory(0), addresses());
        let text = news(&mut Follower::new(&directory, &Plain, &addresses));
        assert_eq!(text.lines().nth(1), Some(&*format!("{{\"term\": 6, \"voted_for\": {told}}}")));
    }
}

#[test]
fn a_running_server_is_followed() {
    let cluster = Cluster::of(&[Saved::of(&[(1, "x=1"), (1, "y=2")])]);
    let (directory, disk) = (cluster.directory(0), cluster.open(0));
    let mut follower = Follower::new(&directory, &Plain, &[]);
    assert_eq!(news(&mut follower).lines().count(), 6);
    assert_eq!(news(&mut follower), "", "nothing is new");

    append(&disk, 3, &[(2, b"x=3")]);
    let entry = r#"{"index": 3, "term": 2, "command": {"do": "x=3"}}"#;
    assert_eq!(news(&mut follower), format!("{entry}\n{{\"key\": \"x\", \"value\": \"3\"}}\n"));

    // A leader of a later term has another entry in its place.
    append(&disk, 3, &[(4, b"-y")]);
    let entry = r#"{"index": 3, "term": 4, "command": {"do": "-y"}}"#;
    let keys = "{\"key\": \"y\", \"value\": null}\n{\"key\": \"x\", \"value\": \"1\"}\n";
    assert_eq!(news(&mut follower), format!("{entry}\n{keys}"));

    Saved { term: 10, ..Saved::after((3, 4, "x=1\n"), &[]) }.write(&disk);
    let storage = "{\"term\": 10, \"voted_for\": null}\n";
    let snapshot = "{\"snapshot_index\": 3, \"snapshot_term\": 4}\n";
    assert_eq!(news(&mut follower), format!("{storage}{snapshot}"));
}

/// An output that ends after some lines, as a pipe to `head` does.
struct Closing {
    lines: usize,
    written: Vec<u8>,
}

impl std::io::Write for Closing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.lines == 0 {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        self.lines -= bytes.iter().filter(|byte| **byte == b'\n').count();
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn following_begins_before_the_server_does_and_ends_with_the_output() {
    let cluster = Cluster::of(&[]);
    let directory = cluster.directory(0);
    std::fs::create_dir(&directory).unwrap();
    let mut output = Closing { lines: 6, written: Vec::new() };
    let follow =
        Follower::new(&directory, &Plain, &[]).follow(Duration::from_millis(1), &mut output);
    let write = async {
        runtime::sleep(Duration::from_millis(20)).await;
        let disk = cluster.open(0);
        Saved::of(&[(1, "x=1"), (1, "y=2")]).write(&disk);
        runtime::sleep(Duration::from_millis(20)).await;
        append(&disk, 3, &[(1, b"x=3")]);
        disk
    };
    let (ended, _disk) = futures::join!(follow, write);
    assert!(matches!(ended, Err(InspectError::Output(_))), "{ended:?}");
    let text = String::from_utf8(output.written).unwrap();
    assert!(text.starts_with("{\"cluster\": \"lab\", \"server\": 0}\n"), "{text}");
}

#[tokio::test]
async fn following_ends_when_there_is_no_such_directory() {
    let cluster = Cluster::of(&[]);
    let directory = cluster.directory(0);
    let follower = Follower::new(&directory, &Plain, &[]);
    let ended = follower.follow(Duration::from_millis(1), &mut Vec::new()).await;
    assert!(matches!(ended, Err(InspectError::Files(_))), "{ended:?}");
}

#[test]
fn what_can_not_be_shown_is_an_error_that_names_the_directory() {
    let cluster = Cluster::of(&[large(), Saved::of(&[(1, "what?")])]);
    let error = |server| {
        let error = print(&cluster.directory(server), &Plain, &[], &mut Vec::new());
        cluster.without_path(&error.unwrap_err().to_string())
    };
    let reason = "can't make the store from snapshot and log: entry 1: expected = in \"what?\"";
    assert_eq!(error(1), format!("server-1: {reason}"));
    std::fs::create_dir(cluster.directory(2)).unwrap();
    assert_eq!(error(2), "server-2: no server has ever started there");
    assert!(error(3).starts_with("can't read server-3: "), "{}", error(3));
    let disk = cluster.open(0);
    disk.save(&[99], None);
    block_on(disk.sync()).unwrap();
    assert!(error(0).starts_with("server-0: "), "{}", error(0));
}

#[test]
fn equal_directories_are_equal_whatever_their_snapshots_stand_for() {
    let whole = Saved::of(&[(1, "x=1"), (1, "x=2"), (2, "y=1")]);
    let some = Saved::after((2, 1, "x=2\n"), &[(2, "y=1")]);
    let all = Saved::after((3, 2, "x=2\ny=1\n"), &[]);
    assert_eq!(Cluster::verdict(&[whole, some, all]), Verdict::Equal { last_index: 3 });
    assert_eq!(Cluster::verdict(&[]), Verdict::Equal { last_index: 0 });
}

#[test]
fn logs_of_servers_that_were_stopped_may_differ_in_what_is_not_committed() {
    let whole = Saved::of(&[(1, "x=1"), (2, "x=2"), (2, "x=3")]);
    let short = Saved::of(&[(1, "x=1")]);
    let told = "the log in server-1 ends at entry 1, in server-0 at 3".to_owned();
    assert_eq!(Cluster::verdict(&[whole.clone(), short]), Verdict::Unsettled(told));
    let other = Saved::after((1, 1, "x=1\n"), &[(3, "y=1")]);
    let told = "entry 2 is of term 2, {\"do\":\"x=2\"} in server-0 and of term 3, {\"do\":\"y=1\"} in server-1";
    assert_eq!(Cluster::verdict(&[whole, other]), Verdict::Unsettled(told.to_owned()));
}

#[test]
fn logs_that_differ_where_they_must_not_are_found_out() {
    let whole = Saved::of(&[(1, "x=1"), (2, "x=2"), (2, "x=3")]);
    let different = |servers: &[Saved], told: &str| {
        assert_eq!(Cluster::verdict(servers), Verdict::Different(told.to_owned()));
    };
    let entry = "entry 2 is of term 2, {\"do\":\"x=2\"} in server-0 and of term";
    let same_term = Saved::of(&[(1, "x=1"), (2, "y=1")]);
    different(&[whole.clone(), same_term], &format!("{entry} 2, {{\"do\":\"y=1\"}} in server-1"));
    let of_old_term = Saved::of(&[(1, "x=1"), (1, "x=2")]);
    let snapshot = Saved::after((2, 2, "x=2\n"), &[(2, "x=3")]);
    let servers = [whole, of_old_term, snapshot];
    different(&servers, &format!("{entry} 1, {{\"do\":\"x=2\"}} in server-1"));
}

#[test]
fn stores_that_differ_are_found_out() {
    let different = |servers: &[Saved], told: &str| {
        assert_eq!(Cluster::verdict(servers), Verdict::Different(told.to_owned()));
    };
    let whole = Saved::of(&[(1, "x=1"), (2, "x=2"), (2, "x=3")]);
    let other = Saved::after((2, 2, "x=2\ny=1\n"), &[(2, "x=3")]);
    let told = "after entry 3 key \"y\" is not there in server-0 and \"1\" in server-1";
    different(&[whole.clone(), other], told);
    let longer = Saved::after((2, 2, "x=1\n"), &[(2, "x=3"), (3, "x=4")]);
    let told = "after entry 2 key \"x\" is \"2\" in server-0 and \"1\" in server-1";
    different(&[whole, longer.clone()], told);
    let other = Saved { snapshot: (2, 2, "x=2\n"), ..longer.clone() };
    different(&[longer, other], "the snapshots of entry 2 differ in server-0 and server-1");
}

#[test]
fn only_servers_of_one_cluster_are_compared() {
    let cluster = Cluster::of(&[large(), large()]);
    let told = "server-0 (server 0 of cluster \"lab\") and server-0 (server 0 of cluster \"lab\"): \
                expected two servers of one cluster";
    assert_eq!(cluster.check(&[0, 0]), Err(told.to_owned()));
    let foreign = Identity::new("other", 2);
    let disk = FilePersister::open(&cluster.directory(2), &foreign).unwrap();
    large().write(&disk);
    let told = "server-1 (server 1 of cluster \"lab\") and server-2 (server 2 of cluster \"other\"): \
                expected two servers of one cluster";
    assert_eq!(cluster.check(&[1, 2]), Err(told.to_owned()));
}
