//! What clients learn about the clusters: who has which slots, and who leads.

mod answers;
mod node_id;
mod nodes;

use crate::slots::{SLOTS, Slots};

/// A server as clients reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerView {
    /// Its number in its cluster.
    pub id: u64,
    /// The host that it advertises: an address or a name.
    pub host: String,
    /// The port that it advertises.
    pub port: u16,
}

/// A cluster as clients see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterView {
    /// Its name.
    pub name: String,
    /// Its servers, at least one.
    pub servers: Vec<ServerView>,
    /// The place among them of the one that led last, as far as that is known.
    pub leader: Option<usize>,
}

impl ClusterView {
    /// The server that led last; the first one where that is not known. During an election it is the best
    /// guess, and a client without an address gives up.
    pub fn leader(&self) -> &ServerView {
        &self.servers[self.leader_place()]
    }

    fn leader_place(&self) -> usize {
        self.leader.filter(|place| *place < self.servers.len()).unwrap_or(0)
    }

    /// The server that led last, and then the others.
    fn leader_first(&self) -> impl Iterator<Item = &ServerView> {
        let leader = self.leader_place();
        let others = self.servers.iter().enumerate().filter(move |(place, _)| *place != leader);
        std::iter::once(&self.servers[leader]).chain(others.map(|(_, server)| server))
    }
}

/// All clusters that share the slots, as one server knows them. In the words of Redis Cluster the leader of a
/// cluster is a master, and its other servers are the master's replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    clusters: Vec<ClusterView>,
    slots: Slots,
    /// The places of this server's cluster, and of the server in it.
    me: (usize, usize),
}

impl Topology {
    /// Clusters that share the slots by their names, seen by server `my_server` of cluster `my_cluster`, both places
    /// in the lists.
    ///
    /// # Panics
    /// When a cluster has no server, or there is no such cluster or server.
    pub fn new(clusters: Vec<ClusterView>, my_cluster: usize, my_server: usize) -> Topology {
        assert!(
            my_server < clusters[my_cluster].servers.len(),
            "this server is one of its cluster"
        );
        assert!(
            clusters.iter().all(|cluster| !cluster.servers.is_empty()),
            "clusters have servers"
        );
        let names: Vec<&str> = clusters.iter().map(|cluster| cluster.name.as_str()).collect();
        let slots = Slots::shared_by(&names).expect("there is this server's cluster");
        Topology { clusters, slots, me: (my_cluster, my_server) }
    }

    /// Notes who leads this server's cluster, by its place in the list; `false` if that was known already. That
    /// nobody leads is not noted: clients are sent to the one that led last.
    ///
    /// # Panics
    /// When there is no such server.
    pub fn set_leader(&mut self, server: usize) -> bool {
        self.set_leader_of(self.me.0, server)
    }

    /// Notes who leads a cluster, both by their places in the lists; `false` if that was known already.
    ///
    /// # Panics
    /// When there is no such cluster or server.
    pub fn set_leader_of(&mut self, cluster: usize, server: usize) -> bool {
        let cluster = &mut self.clusters[cluster];
        assert!(server < cluster.servers.len(), "a leader is one of its cluster");
        cluster.leader.replace(server) != Some(server)
    }

    /// This server's cluster.
    pub fn my_cluster(&self) -> &ClusterView {
        &self.clusters[self.me.0]
    }

    /// This server.
    pub fn me(&self) -> &ServerView {
        &self.my_cluster().servers[self.me.1]
    }

    /// Whether a slot is one of this server's cluster.
    pub fn is_mine(&self, slot: u16) -> bool {
        self.slots.owner(slot) == self.me.0
    }

    /// A slot of this server's cluster, for commands that have no key: where clients look for it they find this
    /// cluster.
    pub fn my_slot(&self) -> u16 {
        // A cluster without slots gets no commands.
        self.slots.ranges_of(self.me.0).next().map_or(0, |range| *range.start())
    }

    /// The cluster that has a slot.
    pub fn owner(&self, slot: u16) -> &ClusterView {
        &self.clusters[self.slots.owner(slot)]
    }

    /// The error that sends a client to the leader of the cluster that has a slot, as that is known here.
    pub fn moved(&self, slot: u16) -> String {
        let ServerView { host, port, .. } = self.owner(slot).leader();
        format!("MOVED {} {host}:{port}", slot.min(SLOTS - 1))
    }
}

#[cfg(test)]
mod tests;
