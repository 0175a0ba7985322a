use super::*;
use bytes::Bytes;
use raft_api::RoleName;

pub(super) fn leader() -> Gauges {
    Gauges {
        client_port: 8000,
        connections_max: 1000,
        uptime_s: 61,
        resident_bytes: Some(4096),
        term: 7,
        role: RoleName::Leader,
        leader: Some(0),
        commit_index: 20,
        applied_index: 19,
        last_index: 22,
        snapshot_index: 10,
        peers: vec![PeerLag { id: 1, match_index: Some(20) }, PeerLag { id: 2, match_index: None }],
        keys: 3,
        store_bytes: 300,
        log_bytes: 200,
        snapshot_bytes: 100,
        quarantine: None,
        refusal: None,
    }
}

/// A server that knows little, and does less.
fn follower() -> Gauges {
    Gauges {
        resident_bytes: None,
        role: RoleName::Follower,
        leader: None,
        peers: vec![PeerLag { id: 0, match_index: None }],
        quarantine: Some("asking"),
        refusal: Some("the disk\r\nis nearly full".into()),
        ..leader()
    }
}

fn after_some_requests() -> Metrics {
    let metrics = Metrics::new();
    for kind in [Kind::Write, Kind::Write, Kind::Write, Kind::Read, Kind::Read, Kind::Local] {
        metrics.command(kind);
    }
    metrics.error("MOVED 42 127.0.0.1:8001");
    metrics.error("WRONGTYPE it is a list");
    metrics.refused();
    metrics.received(70);
    metrics.sent(50);
    metrics.write_took(Duration::from_millis(1));
    metrics.write_took(Duration::from_millis(2));
    metrics.write_took(Duration::from_secs(100));
    metrics.read_took(Duration::from_micros(500));
    metrics
}

fn info(metrics: &Metrics, gauges: &Gauges, sections: &[&str]) -> String {
    let sections: Vec<Bytes> =
        sections.iter().map(|name| Bytes::copy_from_slice(name.as_bytes())).collect();
    metrics.info(gauges, &sections)
}

fn has_line(text: &str, line: &str) -> bool {
    text.lines().any(|other| other == line)
}

#[test]
fn prometheus_reads_everything() {
    let metrics = after_some_requests();
    let _first = metrics.connected();
    let text = metrics.render(&leader());
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("_bucket{")).collect();
    let version = env!("CARGO_PKG_VERSION");
    let golden = include_str!("tests/leader.txt").replace("VERSION", version);
    assert_eq!(lines.join("\n") + "\n", golden);
}

#[test]
fn times_are_in_buckets_from_50_microseconds_to_10_seconds() {
    let text = after_some_requests().render(&leader());
    let writes = "kvd_request_seconds_bucket{kind=\"write\",le=";
    let buckets: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(writes)).collect();
    let expected = [
        "\"5e-05\"} 0",
        "\"0.0001\"} 0",
        "\"0.00025\"} 0",
        "\"0.0005\"} 0",
        "\"0.001\"} 1",
        "\"0.0025\"} 2",
        "\"0.005\"} 2",
        "\"0.01\"} 2",
        "\"0.025\"} 2",
        "\"0.05\"} 2",
        "\"0.1\"} 2",
        "\"0.25\"} 2",
        "\"0.5\"} 2",
        "\"1\"} 2",
        "\"2.5\"} 2",
        "\"5\"} 2",
        "\"10\"} 2",
        "\"+Inf\"} 3",
    ];
    assert_eq!(buckets, expected);
}

#[test]
fn what_is_not_known_is_not_told_to_prometheus() {
    let text = after_some_requests().render(&follower());
    for name in ["kvd_replication_lag_entries", "kvd_leader_id", "kvd_resident_memory_bytes"] {
        assert!(!text.contains(name), "{name}");
    }
    for line in ["kvd_role{role=\"follower\"} 1", "kvd_quarantined 1", "kvd_refusing_writes 1"] {
        assert!(has_line(&text, line), "{line}");
    }
}

#[test]
fn a_connection_counts_until_it_is_dropped() {
    let metrics = Metrics::new();
    let connections = [metrics.connected(), metrics.clone().connected()];
    assert!(has_line(&metrics.render(&leader()), "kvd_connections 2"));
    drop(connections);
    let text = metrics.render(&leader());
    assert!(has_line(&text, "kvd_connections 0"));
    assert!(has_line(&text, "kvd_connections_accepted_total 2"));
}

#[test]
fn info_tells_everything() {
    let metrics = after_some_requests();
    let _first = metrics.connected();
    let expected = include_str!("tests/info.txt")
        .replace("VERSION", env!("CARGO_PKG_VERSION"))
        .replace("PROCESS", &std::process::id().to_string())
        .replace('\n', "\r\n");
    assert_eq!(info(&metrics, &leader(), &[]), expected);
    for all in ["all", "ALL", "default", "everything"] {
        assert_eq!(info(&metrics, &leader(), &[all]), expected, "{all}");
    }
}

#[test]
fn info_tells_the_sections_that_are_asked_for_in_its_own_order() {
    let metrics = Metrics::new();
    let some = |sections: &[&str]| info(&metrics, &leader(), sections);
    assert_eq!(some(&["Cluster"]), "# Cluster\r\ncluster_enabled:1\r\n");
    assert_eq!(
        some(&["cluster", "PERSISTENCE", "cluster", "modules"]),
        "# Persistence\r\nloading:0\r\n\r\n# Cluster\r\ncluster_enabled:1\r\n"
    );
    assert_eq!(some(&["modules"]), "");
    assert_eq!(some(&[""]), "");
}

#[test]
fn info_has_one_line_for_whatever_a_value_holds() {
    let text = info(&Metrics::new(), &follower(), &["raft", "memory", "replication"]);
    assert!(text.starts_with("# Memory\r\n\r\n# Replication\r\nrole:slave\r\n\r\n# Raft\r\n"));
    for line in [
        "raft_role:follower",
        "raft_leader_id:-1",
        "raft_lag_0:-1",
        "raft_quarantine:asking",
        "raft_refusal:the disk  is nearly full",
    ] {
        assert!(text.split("\r\n").any(|other| other == line), "{line} in {text}");
    }
}

#[test]
fn info_says_nothing_of_what_is_not_so() {
    let text = info(&Metrics::new(), &leader(), &[]);
    assert!(!text.contains("raft_quarantine") && !text.contains("raft_refusal"));
}
