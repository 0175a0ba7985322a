//! Where a client finds servers, and how it is to deal with them.

use crate::password::Password;
use std::time::Duration;

/// Where a client finds servers, and how it is to deal with them.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Servers of the cluster, as `host:port`: one at least. Others are found through them.
    pub servers: Vec<String>,
    /// What they want to hear before anything else.
    pub password: Option<Password>,
    /// How long a command is tried in all.
    pub timeout: Duration,
}

impl Default for ClientOptions {
    /// The five servers of `kvd cluster`, no password, and ten seconds.
    fn default() -> ClientOptions {
        ClientOptions {
            servers: (8000..8005).map(|port| format!("127.0.0.1:{port}")).collect(),
            password: None,
            timeout: Duration::from_secs(10),
        }
    }
}
