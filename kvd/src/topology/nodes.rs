//! The answers of `CLUSTER` that are texts.

use super::{ClusterView, ServerView, Topology, node_id::node_id};
use crate::slots::SLOTS;
use std::fmt::Write;

impl Topology {
    /// `CLUSTER NODES`: a line for each server, of eight fields and, for a master, its ranges of slots.
    ///
    /// There is no bus between servers that clients could know of, so its port is 0 and so are the times of pings;
    /// the epoch of a cluster is its place, from 1.
    pub(super) fn nodes(&self) -> String {
        let mut text = String::new();
        for (place, cluster) in self.clusters.iter().enumerate() {
            for server in &cluster.servers {
                self.write_node(place, cluster, server, &mut text)
                    .expect("a string takes any text");
            }
        }
        text
    }

    fn write_node(
        &self,
        place: usize,
        cluster: &ClusterView,
        server: &ServerView,
        to: &mut String,
    ) -> std::fmt::Result {
        let ServerView { id, host, port } = server;
        let name = |id| node_id(&cluster.name, id);
        write!(to, "{} {host}:{port}@0 ", name(*id))?;
        let leader = cluster.leader().id;
        let is_master = *id == leader;
        let is_me = place == self.me.0 && *id == self.me().id;
        to.push_str(if is_me { "myself," } else { "" });
        if is_master {
            to.push_str("master -");
        } else {
            write!(to, "slave {}", name(leader))?;
        }
        write!(to, " 0 0 {} connected", place + 1)?;
        for range in self.slots.ranges_of(place).filter(|_| is_master) {
            match (range.start(), range.end()) {
                (start, end) if start == end => write!(to, " {start}")?,
                (start, end) => write!(to, " {start}-{end}")?,
            }
        }
        to.push('\n');
        Ok(())
    }

    /// `CLUSTER INFO`: always that all is well, as there is always somebody to ask.
    pub(super) fn info(&self) -> String {
        let known_nodes: usize = self.clusters.iter().map(|cluster| cluster.servers.len()).sum();
        let (size, my_epoch) = (self.clusters.len(), self.me.0 + 1);
        [
            "cluster_state:ok".to_owned(),
            format!("cluster_slots_assigned:{SLOTS}"),
            format!("cluster_slots_ok:{SLOTS}"),
            "cluster_slots_pfail:0".to_owned(),
            "cluster_slots_fail:0".to_owned(),
            format!("cluster_known_nodes:{known_nodes}"),
            format!("cluster_size:{size}"),
            format!("cluster_current_epoch:{size}"),
            format!("cluster_my_epoch:{my_epoch}"),
            String::new(),
        ]
        .join("\r\n")
    }
}
