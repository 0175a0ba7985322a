//! Ports for servers and proxies.

use super::Isolation;
use parking_lot::Mutex;
use rustix::net::{AddressFamily, SocketType, bind, socket};
use std::io;
use std::iter::Chain;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::os::fd::OwnedFd;

/// Where ports begin in a namespace.
const FIRST_INSIDE: u16 = 4000;

/// Where they begin otherwise: many well-known ones are below.
const FIRST_OUTSIDE: u16 = 10_000;

/// Where systems begin to take ports for outgoing connections, if they don't say.
const FIRST_EPHEMERAL: u16 = 32_768;

/// Gives out ports on 127.0.0.1, each once. They are below those that the system takes for outgoing
/// connections, of which the tester makes thousands: a server that was killed finds its port free again.
#[derive(Debug)]
pub struct Ports {
    /// Those that were not looked at yet.
    candidates: Chain<Range<u16>, Range<u16>>,
}

impl Ports {
    /// In namespaces always the same ports, otherwise those that are free, beginning somewhere.
    pub fn new(isolation: &Isolation) -> Ports {
        let (range, first) = match isolation {
            Isolation::Namespaces => (FIRST_INSIDE..FIRST_EPHEMERAL, FIRST_INSIDE),
            Isolation::Fallback { .. } => {
                let range = FIRST_OUTSIDE..first_ephemeral().max(FIRST_OUTSIDE + 1000);
                // Testers that run side by side should not look at the same ports.
                let spread = std::process::id().wrapping_mul(97) % range.len() as u32;
                (range, FIRST_OUTSIDE + spread as u16)
            }
        };
        Ports { candidates: (first..range.end).chain(range.start..first) }
    }

    /// The next free port, held until it is released.
    ///
    /// # Errors
    /// When none is left.
    pub fn take(&mut self) -> io::Result<Port> {
        for number in &mut self.candidates {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, number));
            match hold(address) {
                Ok(socket) => return Ok(Port { address, held: Mutex::new(Some(socket)) }),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("no port is free"))
    }
}

/// A port that nobody else can have.
#[derive(Debug)]
pub struct Port {
    address: SocketAddr,
    held: Mutex<Option<OwnedFd>>,
}

impl Port {
    /// On 127.0.0.1.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets it go, for the server that is started next.
    pub fn release(&self) {
        self.held.lock().take();
    }
}

/// A socket that does not listen: connections are refused, as by a server that is down.
fn hold(address: SocketAddr) -> io::Result<OwnedFd> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    // Servers that are started must not have it.
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    bind(&socket, &address)?;
    Ok(socket)
}

fn first_ephemeral() -> u16 {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
    let first = range.ok().and_then(|range| range.split_whitespace().next()?.parse().ok());
    first.unwrap_or(FIRST_EPHEMERAL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    fn free() -> Ports {
        Ports::new(&Isolation::Fallback { why: None })
    }

    #[test]
    fn a_port_is_held_until_it_is_released() {
        let port = free().take().unwrap();
        let taken = TcpListener::bind(port.address()).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
        let refused = TcpStream::connect(port.address()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        port.release();
        TcpListener::bind(port.address()).unwrap();
    }

    #[test]
    fn ports_differ_also_between_those_who_begin_at_the_same_place() {
        let (mut one, mut other) = (free(), free());
        let ports: Vec<Port> =
            (0..20).flat_map(|_| [one.take().unwrap(), other.take().unwrap()]).collect();
        let mut numbers: Vec<u16> = ports.iter().map(|port| port.address().port()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 40);
    }

    #[test]
    fn in_namespaces_they_always_begin_at_the_same_place() {
        let mut ports = Ports::new(&Isolation::Namespaces);
        assert_eq!(ports.candidates.next(), Some(FIRST_INSIDE));
    }
}
