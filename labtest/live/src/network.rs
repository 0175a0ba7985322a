//! The network between servers and clients: a TCP proxy for each directed link, and what can go wrong there.
//!
//! Server i reaches server j at a listener of its own, so that it can be cut off from j alone. What i sends
//! on such a connection obeys link (i, j), what j answers obeys link (j, i). Clients reach each server at one
//! more listener, whose two directions are links of their own: what keeps servers apart leaves them alone.
//!
//! A [`LinkState`] acts on connections that are there already as on new ones, and at once. Bytes arrive in
//! the order in which they were sent, and never with a gap: a connection that has lost some is reset before
//! anything else arrives. What a link has done is counted ([`LinkStatistics`]).
//!
//! # What a proxy can't do as a network does
//!
//! * The handshake of a connection always succeeds, since the proxy is there to make it: behind a link that
//!   is cut, dialers find a silent server and not an unreachable one, and a connection that is refused was
//!   accepted first and is reset at once. The server itself is not dialed before the link to it is open.
//! * So it is where the server is down, too: a dialer is accepted, then reset.
//! * What a sender's kernel takes for received is not yet received by the other side: up to 4 MiB wait here.
//!   A link that is slow beyond that makes its senders wait, as TCP does.
//! * What is cut and heals does not go on by retransmission: it is reset.

mod connection;
mod endpoint;
mod half;
mod link;
mod listener;
mod side;
mod statistics;
#[cfg(test)]
mod tests;
mod under_way;

pub use endpoint::{Direction, Endpoint, LinkName};
pub use harness::nemesis::Closing;
pub use link::LinkState;
pub use statistics::LinkStatistics;

use link::Link;
use listener::{ServerAddress, bind, listen};
use runtime::{Node, Rng};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// All links of a cluster and its clients. Its connections end with it.
pub struct Network {
    node: Node,
    links: BTreeMap<LinkName, Arc<Link>>,
    /// Where connections are accepted whose dialer's bytes take that link.
    listeners: BTreeMap<LinkName, SocketAddr>,
    servers: Vec<ServerAddresses>,
}

/// Where a server really listens, once that is known.
#[derive(Default)]
struct ServerAddresses {
    peers: Arc<ServerAddress>,
    clients: Arc<ServerAddress>,
}

impl Network {
    /// Listens at 127.0.0.1 for each pair of servers and for the clients of each server. The seed is for the
    /// delays.
    ///
    /// # Errors
    /// When the system gives no listeners.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn new(servers: usize, seed: u64) -> io::Result<Network> {
        let names = LinkName::all(servers);
        let link = |(index, name)| {
            let rng = Rng::stream(seed, "live link", index);
            (name, Arc::new(Link::new(rng)))
        };
        let mut network = Network {
            node: Node::new("network"),
            links: (0..).zip(names.iter().copied()).map(link).collect(),
            listeners: BTreeMap::new(),
            servers: (0..servers).map(|_| ServerAddresses::default()).collect(),
        };
        for name in names {
            network.listen(name)?;
        }
        Ok(network)
    }

    /// Accepts connections whose dialer's bytes take that link, if servers are dialed over it.
    fn listen(&mut self, name: LinkName) -> io::Result<()> {
        let Endpoint::Server(to) = name.to else { return Ok(()) };
        let server = match name.from {
            Endpoint::Server(_) => &self.servers[to].peers,
            Endpoint::Clients => &self.servers[to].clients,
        };
        let (listener, address) = bind()?;
        let (forth, back) = (self.link(name), self.link(name.reversed()));
        self.node.spawn(listen(listener, Arc::clone(server), Arc::clone(forth), Arc::clone(back)));
        self.listeners.insert(name, address);
        Ok(())
    }

    /// Says where a server really listens to the others and to clients. It counts as down before, and may
    /// listen elsewhere later.
    pub fn set_server(&self, server: usize, peers: SocketAddr, clients: SocketAddr) {
        self.servers[server].peers.set(peers);
        self.servers[server].clients.set(clients);
    }

    /// Where server `from` is to dial server `to`.
    ///
    /// # Panics
    /// When there are no such two servers.
    pub fn peer_address(&self, from: usize, to: usize) -> SocketAddr {
        self.listener(LinkName::between(from, to))
    }

    /// Where clients are to dial a server.
    ///
    /// # Panics
    /// When there is no such server.
    pub fn client_address(&self, to: usize) -> SocketAddr {
        self.listener(LinkName::of_clients(to, Direction::ToServer))
    }

    /// Changes what the link from one server to another does, from now on.
    ///
    /// # Panics
    /// When there are no such two servers.
    pub fn set_link(&self, from: usize, to: usize, state: LinkState) {
        self.link(LinkName::between(from, to)).set(state);
    }

    /// Changes what one of the two links between all clients and a server does, from now on.
    ///
    /// # Panics
    /// When there is no such server.
    pub fn set_client_link(&self, server: usize, direction: Direction, state: LinkState) {
        self.link(LinkName::of_clients(server, direction)).set(state);
    }

    /// What each link has done so far.
    pub fn statistics(&self) -> BTreeMap<LinkName, LinkStatistics> {
        self.links.iter().map(|(name, link)| (*name, link.statistics())).collect()
    }

    /// Ends every connection and every listener; so does dropping it.
    pub fn shutdown(&self) {
        self.node.kill();
    }

    fn link(&self, name: LinkName) -> &Arc<Link> {
        self.links.get(&name).unwrap_or_else(|| panic!("there is no link {name}"))
    }

    fn listener(&self, name: LinkName) -> SocketAddr {
        *self.listeners.get(&name).unwrap_or_else(|| panic!("there is no link {name}"))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.shutdown();
    }
}
