//! What clients and servers say to each other.
//!
//! The types are public and decodable so that observers of a network can narrate what they see.

use crate::operation::{Answer, Request};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

labrpc::service! {
    /// What clients ask of servers.
    pub(crate) trait KvRpc, client KvClient {
        /// Opens a session.
        fn open_session("Kv.OpenSession", ()) -> Reply;
        /// Makes a write.
        fn execute("Kv.Execute", ExecuteArgs) -> Reply;
        /// Reads a key.
        fn get("Kv.Get", GetArgs) -> Reply;
    }
}

/// How the names of the methods begin.
pub(crate) const PREFIX: &str = "Kv.";

/// Arguments of Kv.Execute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecuteArgs {
    /// The client's session.
    pub session: u64,
    /// The number of the write within the session, from 1, each higher than those before.
    pub sequence: u64,
    /// How often the client has sent this write, this time included: the network may bring a request
    /// twice, and a server takes it once.
    pub attempt: u32,
    /// What is asked.
    pub request: Request,
}

/// Arguments of Kv.Get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetArgs {
    /// Which key.
    pub key: Bytes,
}

/// What a server replies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The session with that number is open.
    Opened {
        /// Its number.
        session: u64,
    },
    /// The write is made, or the value was read.
    Answered(Answer),
    /// The session has made a later write; this one is of no interest any more.
    Late,
    /// There is no such session any more. This request has done nothing; an earlier one of the same
    /// number may have.
    Expired,
    /// This server does not lead. The request has done nothing.
    NotLeader {
        /// Who leads, as far as this server knows.
        leader: Option<usize>,
    },
    /// This server led, but another command was committed in place of this one, which so has done
    /// nothing.
    Lost,
    /// This server can't tell what becomes of the request.
    Unknown,
}
