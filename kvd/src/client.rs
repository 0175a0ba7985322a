//! A client of the store: connections to single servers, a client that finds the leader by itself, and the
//! command `kv`.
//!
//! ```no_run
//! # async fn example() -> Result<(), kvd::client::ClientError> {
//! use kvd::client::{Client, ClientOptions};
//!
//! let mut client = Client::new(ClientOptions::default());
//! client.request(&["SET", "x", "10"]).await?;
//! client.request_once(&["INCR", "x"]).await?;
//! # Ok(())
//! # }
//! ```

mod attempt;
mod cluster;
pub mod command;
mod error;
mod leader_watch;
mod options;
mod report;

pub use cluster::Client;
pub use error::ClientError;
pub use kvd_api::Connection;
pub use leader_watch::{Leader, LeaderWatch};
pub use options::ClientOptions;
