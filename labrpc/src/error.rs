//! What can go wrong with a call.

use crate::server_id::ServerId;
use serde::{Deserialize, Serialize};

/// Why a call has no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RpcError {
    /// The request or the reply was lost, the link cut, the server dead: a caller can't tell.
    #[error("no reply")]
    NoReply,
    /// The request, or the reply, is longer than a message may be ([`crate::tcp::Limits`]). A request has
    /// not been sent; one whose reply is too long has been handled.
    #[error("a message of {bytes} bytes, where {bytes_max} are the most")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
    /// Too much waits to be sent to that server already ([`crate::tcp::Limits`]). The request has not
    /// been sent.
    #[error("too much waits to be sent")]
    Full,
    /// Somebody made a programming mistake; it fails the whole run.
    #[error(transparent)]
    Mistake(#[from] Mistake),
}

/// A programming mistake. The original lab ends its whole process at these; here the run fails and
/// says what was wrong ([`crate::Network::mistake`]).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The server has no such method.
    #[error("server {server} was called with the unknown method {method}")]
    UnknownMethod {
        /// Who was called.
        server: ServerId,
        /// With which method.
        method: String,
    },
    /// The server can't decode what it was sent.
    #[error("server {server} can't decode the arguments of {method}: {reason}")]
    BadArguments {
        /// Who was called.
        server: ServerId,
        /// With which method.
        method: String,
        /// The codec's words.
        reason: String,
    },
    /// The caller can't decode what came back.
    #[error("the reply of server {server} to {method} can't be decoded: {reason}")]
    BadReply {
        /// Who answered.
        server: ServerId,
        /// To which method.
        method: String,
        /// The codec's words.
        reason: String,
    },
    /// The arguments have no encoding.
    #[error("the arguments of {method} can't be encoded: {reason}")]
    Unencodable {
        /// The method to be called.
        method: String,
        /// The codec's words.
        reason: String,
    },
}

/// Why a service did not handle a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum HandleError {
    /// It has no such method.
    #[error("unknown method")]
    UnknownMethod,
    /// It can't decode the arguments.
    #[error("bad arguments: {0}")]
    BadArguments(String),
    /// It can't encode its reply.
    #[error("bad reply: {0}")]
    BadReply(String),
    /// It has nothing to say to this. Its caller can't tell that from a reply that was lost, and it is not a
    /// mistake.
    #[error("no answer")]
    Silent,
}

impl HandleError {
    /// The mistake that this error of a server shows, if it is one.
    pub(crate) fn into_mistake(self, server: ServerId, method: &str) -> Option<Mistake> {
        let method = method.to_owned();
        Some(match self {
            HandleError::UnknownMethod => Mistake::UnknownMethod { server, method },
            HandleError::BadArguments(reason) => Mistake::BadArguments { server, method, reason },
            HandleError::BadReply(reason) => Mistake::BadReply { server, method, reason },
            HandleError::Silent => return None,
        })
    }
}
