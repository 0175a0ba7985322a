//! The numbers of servers.

/// A server's place in the network, from 0.
pub type ServerId = usize;
