//! A server that is asked for its metrics while it runs.

use crate::common::{ClusterOfProcesses, servers_file};
use std::io::{Read, Write};
use std::net::TcpStream;

fn metrics(address: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn value(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {metrics}")).parse().expect("a number")
}

#[test]
fn what_clients_did_is_counted_and_timed() {
    let file = servers_file("kvd", 1);
    let address = format!("{}:{}", file.servers[0].host, file.servers[0].log_port + 1);
    let cluster = ClusterOfProcesses::of(file, "servers.json", &["--metrics", &address]);
    let mut client = cluster.client();
    client.insist("SET x 12345");
    client.insist("GET x");
    let told = metrics(&address);
    assert!(told.starts_with("HTTP/1.1 200 "), "{told}");
    assert!(value(&told, "kvd_commands_total{kind=\"write\"}") >= 1.0);
    assert!(value(&told, "kvd_request_seconds_count{kind=\"read\"}") >= 1.0);
    assert!(value(&told, "kvd_sync_seconds_count") >= 1.0);
    assert!(value(&told, "kvd_commit_index") >= 1.0);
    assert_eq!((value(&told, "kvd_keys"), value(&told, "kvd_store_bytes")), (1.0, 6.0));
    let info = client.insist("INFO raft");
    assert!(info.contains("raft_role:leader") || info.contains("raft_role:Leader"), "{info}");
    assert!(info.contains("raft_leader_id:0"), "{info}");
}
