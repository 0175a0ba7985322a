use super::*;
use crate::resp::Reply;
use crate::slots::slot_of;
use bytes::Bytes;
use std::path::Path;

fn cluster(name: &str, servers: u64, first_port: u16) -> ClusterView {
    let server = |id| {
        let port = first_port + u16::try_from(id).unwrap();
        ServerView { id, host: "127.0.0.1".to_owned(), port }
    };
    ClusterView { name: name.to_owned(), servers: (0..servers).map(server).collect(), leader: None }
}

/// Server 1 of the only cluster.
fn alone() -> Topology {
    Topology::new(vec![cluster("kvd", 3, 7000)], 0, 1)
}

/// Server 0 of the second of two clusters.
fn two() -> Topology {
    Topology::new(vec![cluster("north", 3, 7000), cluster("south", 2, 8000)], 1, 0)
}

fn ask(topology: &Topology, words: &str) -> Reply {
    let words: Vec<Bytes> =
        words.split_whitespace().map(|word| Bytes::copy_from_slice(word.as_bytes())).collect();
    topology.answer(&words, |slot| u64::from(slot) * 2)
}

/// A reply as people write lists and maps.
fn text(reply: &Reply) -> String {
    let list = |parts: Vec<String>| parts.join(", ");
    match reply {
        Reply::Bulk(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        Reply::Integer(number) => number.to_string(),
        Reply::Error(error) => format!("-{error}"),
        Reply::Array(parts) => format!("[{}]", list(parts.iter().map(text).collect())),
        Reply::Map(pairs) => {
            let pair = |(key, value): &(Reply, Reply)| format!("{}: {}", text(key), text(value));
            format!("{{{}}}", list(pairs.iter().map(pair).collect()))
        }
        other => panic!("no answer of CLUSTER has {other:?}"),
    }
}

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/topology/golden").join(name);
    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name} is not what it was; UPDATE=1 takes it as it is now");
}

#[test]
fn what_clients_read_is_as_it_was() {
    let mut alone = alone();
    alone.set_leader(2);
    for (name, topology) in [("alone", &alone), ("two", &two())] {
        let mut all = String::new();
        for command in ["MYID", "INFO", "NODES", "SHARDS"] {
            let answer = text(&ask(topology, command)).replace('\r', "").replace(" {id", "\n{id");
            all.push_str(&format!("> CLUSTER {command}\n{}\n\n", answer.trim_end()));
        }
        golden(&format!("{name}.txt"), &all);
    }
}

#[test]
fn a_leader_that_nobody_knows_is_the_first_server() {
    let mut topology = alone();
    assert_eq!(topology.my_cluster().leader().id, 0);
    assert!(topology.set_leader(2));
    assert!(!topology.set_leader(2));
    assert_eq!(topology.my_cluster().leader().id, 2);
    assert_eq!(topology.me().id, 1);
}

fn parts(reply: &Reply) -> &[Reply] {
    match reply {
        Reply::Array(parts) => parts,
        other => panic!("{other:?} is no array"),
    }
}

#[test]
fn slots_are_rows_of_a_range_and_its_servers() {
    let topology = two();
    let answer = ask(&topology, "SLOTS");
    assert_eq!(parts(&answer).len(), topology.slots.ranges().len());
    let first = "[0, 616, [127.0.0.1, 7000, 633a4302ef767fdd062f9de37d41d39f1cdeb4cc, {}], \
                 [127.0.0.1, 7001, 21c4f926cf5c37bd73aef2f021f03a8b20eb8b9c, {}], \
                 [127.0.0.1, 7002, 98b44dbcf0f844804d39193d279951b13a85c9e0, {}]]";
    assert_eq!(text(&parts(&answer)[0]), first);
    for (row, (range, cluster)) in parts(&answer).iter().zip(topology.slots.ranges()) {
        let ends = [range.start(), range.end()].map(|slot| Reply::Integer((*slot).into()));
        assert_eq!(parts(row)[..2], ends);
        assert_eq!(parts(row).len() - 2, topology.clusters[*cluster].servers.len());
    }
}

#[test]
fn slots_name_the_leader_first_and_everybody_once() {
    let mut topology = alone();
    for leader in [None, Some(0), Some(1), Some(2)] {
        topology.clusters[0].leader = leader;
        let answer = ask(&topology, "slots");
        let [row] = parts(&answer) else { panic!("{answer:?} has other than one row") };
        assert_eq!(parts(row)[..2], [Reply::Integer(0), Reply::Integer(16383)]);
        let mut ports: Vec<String> =
            parts(row)[2..].iter().map(|node| text(&parts(node)[1])).collect();
        assert_eq!(ports[0], (7000 + leader.unwrap_or(0)).to_string());
        ports.sort();
        assert_eq!(ports, ["7000", "7001", "7002"]);
    }
}

#[test]
fn in_nodes_only_masters_have_slots_and_one_is_myself() {
    let mut topology = two();
    topology.set_leader(1);
    let text = text(&ask(&topology, "NODES"));
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(lines.len(), 5);
    for line in &lines {
        let is_master = line[2].ends_with("master");
        assert_eq!(line.len() > 8, is_master, "{line:?}");
        let names = |id| lines.iter().any(|line| line[0] == id);
        assert!(if is_master { line[3] == "-" } else { names(line[3]) }, "{line:?}");
    }
    let flags: Vec<&str> = lines.iter().map(|line| line[2]).collect();
    assert_eq!(flags, ["master", "slave", "slave", "myself,slave", "master"]);
    assert_eq!(lines[3][0], crate::topology::tests::text(&ask(&topology, "MYID")));
}

#[test]
fn commands_without_a_key_are_for_a_slot_of_this_cluster() {
    assert_eq!(alone().my_slot(), 0);
    for me in [0, 1] {
        let clusters = vec![cluster("north", 3, 7000), cluster("south", 2, 8000)];
        let topology = Topology::new(clusters, me, 0);
        assert!(topology.is_mine(topology.my_slot()));
    }
}

#[test]
fn keys_of_the_other_cluster_are_at_its_leader() {
    let mut topology = two();
    topology.set_leader(1);
    let slots = (0..SLOTS).map(|slot| (slot, topology.moved(slot)));
    let (mine, others): (Vec<_>, Vec<_>) = slots.partition(|(slot, _)| topology.is_mine(*slot));
    assert!(!mine.is_empty() && !others.is_empty());
    let ends = |all: &[(u16, String)], port: u16| {
        all.iter().all(|(slot, moved)| *moved == format!("MOVED {slot} 127.0.0.1:{port}"))
    };
    assert!(ends(&mine, 8001) && ends(&others, 7000));
    assert_eq!(topology.owner(mine[0].0).name, "south");
    assert!(topology.set_leader_of(0, 2));
    assert!(!topology.set_leader_of(0, 2));
    for (slot, _) in others {
        assert_eq!(topology.moved(slot), format!("MOVED {slot} 127.0.0.1:7002"));
    }
    assert_eq!(topology.moved(mine[0].0), mine[0].1);
}

#[test]
fn slots_of_keys_and_keys_of_slots() {
    let topology = alone();
    assert_eq!(ask(&topology, "KeySlot foo"), Reply::Integer(slot_of(b"foo").into()));
    assert_eq!(ask(&topology, "COUNTKEYSINSLOT 16383"), Reply::Integer(2 * 16383));
    for slot in ["16384", "-1", "x", "99999999999999999999"] {
        let answer = text(&ask(&topology, &format!("COUNTKEYSINSLOT {slot}")));
        assert_eq!(answer, "-ERR Invalid slot: expected a number below 16384");
    }
}

#[test]
fn what_is_not_there_is_told() {
    let topology = alone();
    let told = |words| text(&ask(&topology, words));
    assert_eq!(told(""), "-ERR wrong number of arguments for 'cluster' command");
    assert_eq!(told("KEYSLOT"), "-ERR wrong number of arguments for 'cluster|keyslot' command");
    assert_eq!(told("SLOTS 1"), "-ERR wrong number of arguments for 'cluster|slots' command");
    let all = "there are SLOTS, SHARDS, NODES, INFO, MYID, KEYSLOT and COUNTKEYSINSLOT";
    assert_eq!(told("MEET x"), format!("-ERR unknown subcommand 'meet' of CLUSTER: {all}"));
    let every = ["SLOTS", "SHARDS", "NODES", "INFO", "MYID", "KEYSLOT x", "COUNTKEYSINSLOT 1"];
    assert!(every.iter().all(|words| !matches!(ask(&topology, words), Reply::Error(_))));
}
