//! The commands of `CLUSTER`, which every server answers by itself, at any time.

use super::{ServerView, Topology, node_id::node_id};
use crate::resp::Reply;
use crate::slots::{SLOTS, slot_of};
use bytes::Bytes;
use std::ops::RangeInclusive;

impl Topology {
    /// The answer to `CLUSTER`, given what follows that word. `count_keys` counts the keys of this server in a slot.
    pub fn answer(&self, arguments: &[Bytes], count_keys: impl FnOnce(u16) -> u64) -> Reply {
        let Some((name, rest)) = arguments.split_first() else {
            return wrong_number("cluster");
        };
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let arguments_expected = match name.as_str() {
            "slots" | "shards" | "nodes" | "info" | "myid" => 0,
            "keyslot" | "countkeysinslot" => 1,
            _ => return unknown(&name),
        };
        if rest.len() != arguments_expected {
            return wrong_number(&format!("cluster|{name}"));
        }
        match name.as_str() {
            "slots" => self.slots(),
            "shards" => self.shards(),
            "nodes" => Reply::bulk(self.nodes()),
            "info" => Reply::bulk(self.info()),
            "myid" => Reply::bulk(node_id(&self.my_cluster().name, self.me().id)),
            "keyslot" => Reply::Integer(slot_of(&rest[0]).into()),
            _ => count_in_slot(&rest[0], count_keys),
        }
    }

    /// `CLUSTER SLOTS`: for each range its ends, the master and the replicas.
    fn slots(&self) -> Reply {
        let row = |(range, cluster): &(RangeInclusive<u16>, usize)| {
            let cluster = &self.clusters[*cluster];
            let servers = cluster.leader_first().map(|server| slots_node(&cluster.name, server));
            Reply::Array(ends(range).chain(servers).collect())
        };
        Reply::Array(self.slots.ranges().iter().map(row).collect())
    }

    /// `CLUSTER SHARDS`: for each cluster its ranges and its servers. How far each has replicated is not known here:
    /// it is 0 for all.
    fn shards(&self) -> Reply {
        let shard = |place: usize| {
            let cluster = &self.clusters[place];
            let slots = self.slots.ranges_of(place).flat_map(ends).collect();
            let roles = ["master"].into_iter().chain(std::iter::repeat("replica"));
            let servers = cluster.leader_first().zip(roles);
            let servers = servers.map(|(server, role)| shards_node(&cluster.name, server, role));
            map([("slots", Reply::Array(slots)), ("nodes", Reply::Array(servers.collect()))])
        };
        Reply::Array((0..self.clusters.len()).map(shard).collect())
    }
}

fn ends(range: &RangeInclusive<u16>) -> impl Iterator<Item = Reply> + use<> {
    [*range.start(), *range.end()].into_iter().map(|slot| Reply::Integer(slot.into()))
}

/// Host, port, name, and nothing more to know.
fn slots_node(cluster: &str, server: &ServerView) -> Reply {
    let ServerView { id, host, port } = server;
    Reply::Array(vec![
        Reply::bulk(host.clone()),
        Reply::Integer((*port).into()),
        Reply::bulk(node_id(cluster, *id)),
        Reply::Map(Vec::new()),
    ])
}

fn shards_node(cluster: &str, server: &ServerView, role: &'static str) -> Reply {
    let ServerView { id, host, port } = server;
    map([
        ("id", Reply::bulk(node_id(cluster, *id))),
        ("port", Reply::Integer((*port).into())),
        ("ip", Reply::bulk(host.clone())),
        ("endpoint", Reply::bulk(host.clone())),
        ("role", Reply::bulk(role)),
        ("replication-offset", Reply::Integer(0)),
        ("health", Reply::bulk("online")),
    ])
}

fn map<const N: usize>(pairs: [(&'static str, Reply); N]) -> Reply {
    Reply::Map(pairs.into_iter().map(|(key, value)| (Reply::bulk(key), value)).collect())
}

fn count_in_slot(slot: &[u8], count_keys: impl FnOnce(u16) -> u64) -> Reply {
    let slot = std::str::from_utf8(slot).ok().and_then(|text| text.parse().ok());
    match slot.filter(|slot| *slot < SLOTS) {
        Some(slot) => Reply::Integer(count_keys(slot).try_into().unwrap_or(i64::MAX)),
        None => Reply::error(format!("ERR Invalid slot: expected a number below {SLOTS}")),
    }
}

fn unknown(name: &str) -> Reply {
    let there_are = "SLOTS, SHARDS, NODES, INFO, MYID, KEYSLOT and COUNTKEYSINSLOT";
    Reply::error(format!("ERR unknown subcommand '{name}' of CLUSTER: there are {there_are}"))
}

fn wrong_number(command: &str) -> Reply {
    Reply::error(format!("ERR wrong number of arguments for '{command}' command"))
}
