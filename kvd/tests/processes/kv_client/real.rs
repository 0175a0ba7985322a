//! `kv` and a cluster of three processes.

use super::running::{Cluster, Running, kv, run};

fn first_leader(watch: &mut Running, servers: &[String]) -> usize {
    let line = watch.wait_for(|line| line.starts_with("LEADER => 127."));
    let is_named = |server: &String| line == format!("LEADER => {server}");
    servers.iter().position(is_named).expect("one of the servers")
}

#[test]
fn a_cluster_is_written_and_read_through_the_death_of_its_leader() {
    let cluster = Cluster::start();
    let servers = &cluster.servers;
    let kv_done =
        |arguments: &[&str]| run(servers, &[&["--timeout", "60s"], arguments].concat()).done();
    // An election at the wrong moment makes other writes unknown.
    assert_eq!(kv_done(&["set", "x", "10", "--once"]), "done writing x\n");
    assert_eq!(kv_done(&["get", "x"]), "10\n");
    assert_eq!(kv_done(&["cas", "x", "10", "11", "--once"]), "done writing x\n");
    let late = run(servers, &["--timeout", "60s", "cas", "x", "10", "12", "--once"]);
    assert_eq!(late.code, Some(1), "{late:?}");
    assert_eq!(kv_done(&["incr", "x", "--once"]), "12\n");
    kv_done(&["set", "y", "1", "--once"]);
    let mut keys: Vec<String> = kv_done(&["keys"]).lines().map(str::to_owned).collect();
    keys.sort();
    assert_eq!(keys, ["x", "y"]);

    let mut command = kv(servers);
    command.arg("watch-leader");
    let mut watch = Running::start(command);
    let leader = first_leader(&mut watch, servers);
    cluster.kill(leader);
    let line = watch.wait_for(|line| line.starts_with("LEADER IS NOW NODE "));
    assert!(!line.ends_with(&leader.to_string()), "{line}");

    assert_eq!(kv_done(&["get", "x"]), "12\n");
    assert_eq!(kv_done(&["del", "x", "y", "z", "--once"]), "2\n");
    assert_eq!(kv_done(&["keys"]), "");
}
