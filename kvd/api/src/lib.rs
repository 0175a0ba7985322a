//! What others need to talk with the servers of `kvd`, or to start them: the protocol of Redis ([`resp`]), a
//! [`Connection`] that speaks it, and the file that says who the servers are ([`servers_file`]).

mod connection;
pub mod resp;
pub mod servers_file;

pub use connection::Connection;
