//! What all connections of a process have in common.

use super::limits::Limits;
use super::secret::Secret;

/// What a process needs to call the servers of a cluster, and to be one.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    /// The cluster's name, up to a few hundred bytes. A caller that gives another name is refused.
    pub cluster: String,
    /// The secret shared by all who may connect. Without one everybody is believed to be who they say.
    pub secret: Option<Secret>,
    /// What connections may cost.
    pub limits: Limits,
}

impl Wire {
    /// The wire of that cluster, without a secret and with the limits of [`Limits::default`].
    pub fn new(cluster: impl Into<String>) -> Wire {
        Wire { cluster: cluster.into(), ..Wire::default() }
    }
}
