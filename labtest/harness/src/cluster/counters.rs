//! What a run costs: messages, bytes, entries.

use super::Cluster;

impl Cluster {
    /// Requests delivered to the present life of a server. Of messages that nobody replies to, two are
    /// taken for one: a request and its answer.
    pub fn rpcs_to(&self, server: usize) -> u64 {
        let network = &self.shared.network;
        network.server_calls(server) + network.server_sends(server).div_ceil(2)
    }

    /// Requests delivered to the present lives of all servers.
    pub fn rpcs_delivered(&self) -> u64 {
        (0..self.servers()).map(|server| self.rpcs_to(server)).sum()
    }

    /// Calls made since the beginning, the lost ones too.
    pub fn total_rpcs(&self) -> u64 {
        let clients = self.shared.stores.as_ref().map_or(0, |it| it.network.total_calls());
        let network = &self.shared.network;
        network.total_calls() + network.total_sends().div_ceil(2) + clients
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

    /// How many commands any server has applied: the highest index, less the entries of Raft's own.
    pub fn commands_applied(&self) -> u64 {
        self.shared.watch.ask(|oracle| oracle.applied().commands())
    }

    /// How many commands were applied up to an index, itself included; `None` while it is not applied.
    pub fn command_number(&self, index: u64) -> Option<u64> {
        self.shared.watch.ask(|oracle| oracle.applied().entry(index).map(|entry| entry.commands))
    }

    /// Where the command with that number was applied, counted from 1; `None` while it is not.
    pub(crate) fn index_of_command(&self, number: u64) -> Option<u64> {
        self.shared.watch.ask(|oracle| oracle.applied().index_of_command(number))
    }

    /// An index in words, with the number of the command there where that is another: `41 (command 38)`.
    pub fn place(&self, index: u64) -> String {
        match self.command_number(index) {
            Some(number) if number != index => format!("{index} (command {number})"),
            _ => index.to_string(),
        }
    }

    /// Bytes of the largest Raft state on any server's disk; snapshots don't count.
    pub fn largest_state_bytes(&self) -> usize {
        let servers = self.shared.servers.lock();
        servers.iter().map(|server| server.disk.state_size()).max().unwrap_or(0)
    }
}
