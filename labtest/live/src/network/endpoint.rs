//! What links are called.

use serde::{Serialize, Serializer};
use std::fmt;

/// Who is at an end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// The server with that number.
    Server(usize),
    /// All clients.
    Clients,
}

/// A directed link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkName {
    /// Whose bytes it carries.
    pub from: Endpoint,
    /// Whom it carries them to.
    pub to: Endpoint,
}

/// Which of the two links between clients and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// What clients ask.
    ToServer,
    /// What they are answered.
    FromServer,
}

impl LinkName {
    /// The link from one server to another.
    pub fn between(from: usize, to: usize) -> LinkName {
        LinkName { from: Endpoint::Server(from), to: Endpoint::Server(to) }
    }

    /// A link between all clients and a server.
    pub fn of_clients(server: usize, direction: Direction) -> LinkName {
        let link = LinkName { from: Endpoint::Clients, to: Endpoint::Server(server) };
        match direction {
            Direction::ToServer => link,
            Direction::FromServer => link.reversed(),
        }
    }

    /// The link that answers take.
    pub fn reversed(self) -> LinkName {
        LinkName { from: self.to, to: self.from }
    }

    /// Every link of a cluster.
    pub(super) fn all(servers: usize) -> Vec<LinkName> {
        let pairs = (0..servers).flat_map(|from| {
            let others = (0..servers).filter(move |to| *to != from);
            others.map(move |to| LinkName::between(from, to))
        });
        let of_clients = (0..servers).flat_map(|server| {
            [Direction::ToServer, Direction::FromServer]
                .map(|direction| LinkName::of_clients(server, direction))
        });
        pairs.chain(of_clients).collect()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Server(server) => write!(f, "{server}"),
            Endpoint::Clients => f.write_str("clients"),
        }
    }
}

impl fmt::Display for LinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.from, self.to)
    }
}

/// As it is shown: keys of JSON's objects are texts.
impl Serialize for LinkName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_has_a_link_for_each_ordered_pair_and_two_for_clients_of_each_server() {
        let shown = |servers| -> Vec<String> {
            LinkName::all(servers).iter().map(LinkName::to_string).collect()
        };
        let two =
            ["0 -> 1", "1 -> 0", "clients -> 0", "0 -> clients", "clients -> 1", "1 -> clients"];
        assert_eq!(shown(2), two);
        assert_eq!(shown(5).len(), 5 * 4 + 5 * 2);
    }
}
