//! What a run costs: messages, bytes, entries.

use super::Cluster;

impl Cluster {
    /// Requests delivered to the present life of a server.
    pub fn rpcs_to(&self, server: usize) -> u64 {
        self.shared.network.server_calls(server)
    }

    /// Requests delivered to the present lives of all servers.
    pub fn rpcs_delivered(&self) -> u64 {
        (0..self.servers()).map(|server| self.rpcs_to(server)).sum()
    }

    /// Calls made since the beginning, the lost ones too.
    pub fn total_rpcs(&self) -> u64 {
        let clients = self.shared.stores.as_ref().map_or(0, |it| it.network.total_calls());
        self.shared.network.total_calls() + clients
    }

    /// Bytes of requests sent and replies delivered since the beginning.
    pub fn total_bytes(&self) -> u64 {
        let clients = self.shared.stores.as_ref().map_or(0, |it| it.network.total_bytes());
        self.shared.network.total_bytes() + clients
    }

    /// The highest index that any server has applied.
    pub fn highest_applied(&self) -> u64 {
        self.shared.watch.ask(|oracle| oracle.applied().highest())
    }

    /// Bytes of the largest Raft state on any server's disk; snapshots don't count.
    pub fn largest_state_bytes(&self) -> usize {
        let servers = self.shared.servers.lock();
        servers.iter().map(|server| server.disk.state_size()).max().unwrap_or(0)
    }
}
