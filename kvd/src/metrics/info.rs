//! The answer to `INFO`: sections of lines that clients of Redis look into, and Raft's own.

use super::gauges::role_word;
use super::{Gauges, Metrics};
use bytes::Bytes;
use raft_api::RoleName;
use std::fmt::{Display, Write};

/// The version of Redis reported to clients, which derive a server's abilities from it.
pub const REDIS_VERSION: &str = "7.2.0";

type Section = fn(&mut Lines, &Metrics, &Gauges);

/// All of them, in the order in which they are told.
const SECTIONS: [(&str, Section); 9] = [
    ("Server", server),
    ("Clients", clients),
    ("Memory", memory),
    ("Persistence", persistence),
    ("Stats", stats),
    ("Replication", replication),
    ("Cluster", cluster),
    ("Keyspace", keyspace),
    ("Raft", raft),
];

impl Metrics {
    /// The answer to `INFO` and the names of sections, in any case; no name is all of them, and so is `all`,
    /// `default` or `everything`. A section that does not exist is left out, as in Redis.
    pub fn info(&self, gauges: &Gauges, sections: &[Bytes]) -> String {
        let mut lines = Lines(String::new());
        for (name, tell) in SECTIONS {
            if is_wanted(name, sections) {
                lines.begin(name);
                tell(&mut lines, self, gauges);
            }
        }
        lines.0
    }
}

fn is_wanted(name: &str, sections: &[Bytes]) -> bool {
    let names = [name, "all", "default", "everything"];
    let is_named =
        |asked: &Bytes| names.iter().any(|name| asked.eq_ignore_ascii_case(name.as_bytes()));
    sections.is_empty() || sections.iter().any(is_named)
}

struct Lines(String);

impl Lines {
    fn begin(&mut self, section: &str) {
        if !self.0.is_empty() {
            self.0.push_str("\r\n");
        }
        self.line(format_args!("# {section}"));
    }

    fn add(&mut self, name: impl Display, value: impl Display) {
        self.line(format_args!("{name}:{value}"));
    }

    fn line(&mut self, line: impl Display) {
        let start = self.0.len();
        write!(self.0, "{line}").expect("a String takes everything");
        if self.0[start..].contains(['\r', '\n']) {
            let one = self.0.split_off(start).replace(['\r', '\n'], " ");
            self.0.push_str(&one);
        }
        self.0.push_str("\r\n");
    }
}

fn server(lines: &mut Lines, _: &Metrics, gauges: &Gauges) {
    lines.add("redis_version", REDIS_VERSION);
    lines.add("kvd_version", env!("CARGO_PKG_VERSION"));
    lines.add("redis_mode", "cluster");
    lines.add("process_id", std::process::id());
    lines.add("tcp_port", gauges.client_port);
    lines.add("uptime_in_seconds", gauges.uptime_s);
}

fn clients(lines: &mut Lines, metrics: &Metrics, gauges: &Gauges) {
    lines.add("connected_clients", metrics.0.connections.get());
    lines.add("maxclients", gauges.connections_max);
}

fn memory(lines: &mut Lines, _: &Metrics, gauges: &Gauges) {
    if let Some(bytes) = gauges.resident_bytes {
        lines.add("used_memory", bytes);
    }
}

fn persistence(lines: &mut Lines, _: &Metrics, _: &Gauges) {
    lines.add("loading", 0);
}

fn stats(lines: &mut Lines, metrics: &Metrics, _: &Gauges) {
    let it = &*metrics.0;
    lines.add("total_connections_received", it.accepted.get());
    lines.add("total_commands_processed", it.commands.iter().map(|kind| kind.get()).sum::<u64>());
    lines.add("total_net_input_bytes", it.received_bytes.get());
    lines.add("total_net_output_bytes", it.sent_bytes.get());
    lines.add("rejected_connections", it.refused.get());
    lines.add("total_error_replies", it.errors.all().values().sum::<u64>());
}

fn replication(lines: &mut Lines, _: &Metrics, gauges: &Gauges) {
    lines.add("role", if gauges.role == RoleName::Leader { "master" } else { "slave" });
}

fn cluster(lines: &mut Lines, _: &Metrics, _: &Gauges) {
    lines.add("cluster_enabled", 1);
}

fn keyspace(lines: &mut Lines, _: &Metrics, gauges: &Gauges) {
    lines.add("db0", format_args!("keys={},expires=0", gauges.keys));
}

fn raft(lines: &mut Lines, _: &Metrics, gauges: &Gauges) {
    lines.add("raft_role", role_word(gauges.role));
    lines.add("raft_term", gauges.term);
    lines.add("raft_leader_id", known(gauges.leader));
    lines.add("raft_commit_index", gauges.commit_index);
    lines.add("raft_applied_index", gauges.applied_index);
    lines.add("raft_last_index", gauges.last_index);
    lines.add("raft_snapshot_index", gauges.snapshot_index);
    lines.add("raft_log_bytes", gauges.log_bytes);
    lines.add("raft_snapshot_bytes", gauges.snapshot_bytes);
    lines.add("raft_store_bytes", gauges.store_bytes);
    for peer in &gauges.peers {
        let name = format_args!("raft_lag_{}", peer.id).to_string();
        lines.add(name, known(gauges.lag_entries(peer)));
    }
    if let Some(quarantine) = gauges.quarantine {
        lines.add("raft_quarantine", quarantine);
    }
    if let Some(refusal) = &gauges.refusal {
        lines.add("raft_refusal", refusal);
    }
}

/// A number, or -1: what is read as a number stays one.
fn known(number: Option<u64>) -> String {
    number.map_or_else(|| "-1".to_owned(), |number| number.to_string())
}
