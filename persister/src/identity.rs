//! Whose disk it is.

use std::fmt;

/// A server, by its cluster and its number. It is in every file, so that no server starts with the disk of
/// another, which would make it forget its own promises and keep those of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The cluster's name, at most [`CLUSTER_BYTES_MAX`](Identity::CLUSTER_BYTES_MAX) bytes.
    pub cluster: String,
    /// The server's number.
    pub server: u64,
}

impl Identity {
    /// The longest name of a cluster, in bytes.
    pub const CLUSTER_BYTES_MAX: usize = 255;

    /// That server of that cluster.
    pub fn new(cluster: &str, server: u64) -> Identity {
        Identity { cluster: cluster.to_owned(), server }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "server {} of cluster {:?}", self.server, self.cluster)
    }
}
