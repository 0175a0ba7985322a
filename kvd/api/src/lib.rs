//! What others need to talk to the servers of `kvd`, or to start them: the protocol of Redis ([`resp`]), a
//! [`Connection`] that speaks it, and the file that says who the servers are ([`servers_file`]).
//!
//! ```
//! use bytes::BytesMut;
//! use kvd_api::resp::{Limits, Request, RequestParser};
//!
//! let mut sent = BytesMut::new();
//! Request::write(&["SET", "greeting", "hello"], &mut sent);
//! assert_eq!(&sent[..], b"*3\r\n$3\r\nSET\r\n$8\r\ngreeting\r\n$5\r\nhello\r\n");
//!
//! let request = RequestParser::new(Limits::default()).next(&mut sent)?.expect("it is whole");
//! assert_eq!(request.arguments[1], "greeting");
//! # Ok::<(), kvd_api::resp::ProtocolError>(())
//! ```

mod connection;
pub mod resp;
pub mod servers_file;

pub use connection::Connection;
