//! What servers are called in sentences.

use std::fmt;

/// The noun that sentences have for a server.
///
/// ```
/// use raft_api::Naming;
///
/// assert_eq!(Naming::Node.of(2).to_string(), "node 2");
/// assert_eq!(Naming::Server.of(2).to_string(), "server 2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `node 2`
    Node,
    /// `server 2`
    Server,
}

impl Naming {
    /// That server's name.
    pub fn of(self, server: usize) -> Named {
        Named { naming: self, server }
    }
}

/// A server's name; its [`Display`](fmt::Display) is the noun and the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    naming: Naming,
    server: usize,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = match self.naming {
            Naming::Node => "node",
            Naming::Server => "server",
        };
        write!(f, "{noun} {}", self.server)
    }
}
