//! The first four frames of a connection, in which both sides say who they are and prove it.
//!
//! 1. The caller's [`Hello`]: the cluster, who it is, whom it calls, a nonce.
//! 2. The server's [`Challenge`]: another nonce. A server that has nothing to do with the caller says
//!    nothing at all, and closes.
//! 3. The caller's proof that it has the secret: HMAC-SHA-256 of both frames before, so of both nonces,
//!    both names and the cluster, and of a word that says whose proof it is.
//! 4. The server's [`Welcome`]: its own proof, and the names of its methods.
//!
//! Here is what is said and judged; [`exchange`](super::exchange) sends and waits. The first two frames
//! begin with a magic word and the protocol's version, and any version's will.

use super::secret::{self, Proof, Secret};
use crate::{ServerId, decode, encode_into};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const MAGIC: [u8; 6] = *b"labrpc";
const VERSION: u16 = 1;

/// How long a frame that a server takes from a stranger may be.
pub(super) const HELLO_BYTES_MAX: usize = 1024;
/// How long a frame may be that a caller takes from a server which has still to prove itself.
pub(super) const WELCOME_BYTES_MAX: usize = 64 << 10;

/// A number that nobody has used before.
pub(super) type Nonce = [u8; 32];

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// The server with that number, of the same cluster.
    Server(ServerId),
    /// A client; they have no names.
    Client,
}

/// Whom a listener lets in. No listener is for both, so that a client of a cluster can't pose as a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// The cluster's servers.
    Servers {
        /// How many there are: their numbers are lower.
        count: usize,
    },
    /// Clients.
    Clients,
}

/// Which of a caller's connections to a server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Lane {
    Main,
    /// For what would delay the rest.
    Bulk,
}

/// The caller's first words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) cluster: String,
    pub(super) caller: Identity,
    pub(super) lane: Lane,
    /// Who is wanted.
    pub(super) server: ServerId,
    /// The longest message that the caller takes.
    pub(super) frame_bytes: u64,
    pub(super) nonce: Nonce,
}

/// The server's first words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Challenge {
    /// The longest message that the server takes.
    pub(super) frame_bytes: u64,
    pub(super) nonce: Nonce,
}

/// The server's last words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Welcome {
    pub(super) proof: Proof,
    /// A request names a method by its place here.
    pub(super) methods: Vec<String>,
}

/// Why somebody is a stranger.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("it speaks another protocol")]
    Magic,
    #[error("it speaks version {0} of the protocol, and this is version {VERSION}")]
    Version(u16),
    #[error("what it says can't be read: {0}")]
    Malformed(String),
    #[error("it belongs to another cluster")]
    Cluster,
    #[error("it wants server {0}")]
    Server(ServerId),
    #[error("it is a {0}, which this listener is not for")]
    Caller(&'static str),
    #[error("it calls itself server {0}, and there is none")]
    Number(ServerId),
    #[error("it has another secret, or none")]
    Secret,
    #[error("it did not say in time who it is")]
    Slow,
    #[error("it was the one of {0} for whom there was longest no telling who they are")]
    Crowded(usize),
    #[error("there are {0} connections already")]
    Full(usize),
    #[error("the connection: {0}")]
    Lost(#[from] std::io::Error),
    #[error("it has closed the connection")]
    Closed,
}

/// The server's side.
#[derive(Clone, Copy)]
pub(super) struct Host<'a> {
    pub(super) cluster: &'a str,
    pub(super) secret: Option<&'a Secret>,
    pub(super) me: ServerId,
    pub(super) callers: Callers,
}

impl Host<'_> {
    /// Whether who says this may go on.
    ///
    /// # Errors
    /// When not.
    pub(super) fn hear(&self, hello: &[u8]) -> Result<Hello, Refusal> {
        let hello: Hello = open(hello)?;
        if hello.cluster != self.cluster {
            return Err(Refusal::Cluster);
        }
        match (hello.caller, self.callers) {
            (Identity::Server(number), Callers::Servers { count }) if number >= count => {
                return Err(Refusal::Number(number));
            }
            (Identity::Server(_), Callers::Servers { .. }) => {}
            (Identity::Client, Callers::Clients) => {}
            (Identity::Server(_), Callers::Clients) => return Err(Refusal::Caller("server")),
            (Identity::Client, Callers::Servers { .. }) => return Err(Refusal::Caller("client")),
        }
        match hello.server == self.me {
            true => Ok(hello),
            false => Err(Refusal::Server(hello.server)),
        }
    }

    /// The last message to a caller that has proven itself.
    ///
    /// # Errors
    /// When it has not.
    pub(super) fn welcome(
        &self,
        [hello, challenge]: [&[u8]; 2],
        proof: &[u8],
        methods: &[&str],
    ) -> Result<Vec<u8>, Refusal> {
        let proof: Proof = proof.try_into().map_err(|_| Refusal::Secret)?;
        if !secret::proves(self.secret, &text("caller", hello, challenge), &proof) {
            return Err(Refusal::Secret);
        }
        let proof = secret::prove(self.secret, &text("server", hello, challenge));
        let methods = methods.iter().map(|name| (*name).to_owned()).collect();
        Ok(plain(&Welcome { proof, methods }))
    }
}

/// The caller's side.
#[derive(Clone, Copy)]
pub(super) struct Guest<'a> {
    pub(super) secret: Option<&'a Secret>,
}

impl Guest<'_> {
    /// What a server says first.
    ///
    /// # Errors
    /// When it is none of ours.
    pub(super) fn hear(&self, challenge: &[u8]) -> Result<Challenge, Refusal> {
        open(challenge)
    }

    /// The answer to a challenge.
    pub(super) fn prove(&self, [hello, challenge]: [&[u8]; 2]) -> Proof {
        secret::prove(self.secret, &text("caller", hello, challenge))
    }

    /// The names of a server's methods, once it has proven itself.
    ///
    /// # Errors
    /// When it has not.
    pub(super) fn enter(
        &self,
        [hello, challenge]: [&[u8]; 2],
        welcome: &[u8],
    ) -> Result<Vec<String>, Refusal> {
        let Welcome { proof, methods } = decode(welcome).map_err(Refusal::Malformed)?;
        match secret::proves(self.secret, &text("server", hello, challenge), &proof) {
            true => Ok(methods),
            false => Err(Refusal::Secret),
        }
    }
}

/// What is proven: who proves it, and all that was said. No two conversations have the same.
fn text(prover: &str, hello: &[u8], challenge: &[u8]) -> Vec<u8> {
    plain(&(prover, hello, challenge))
}

/// A first frame.
pub(super) fn seal(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = [&MAGIC[..], &VERSION.to_le_bytes()].concat();
    encode_into(&mut bytes, value).expect("what is said here can be encoded");
    bytes
}

fn open<T: DeserializeOwned>(frame: &[u8]) -> Result<T, Refusal> {
    let rest = frame.strip_prefix(&MAGIC).ok_or(Refusal::Magic)?;
    let (version, rest) = rest.split_first_chunk().ok_or(Refusal::Magic)?;
    match u16::from_le_bytes(*version) {
        VERSION => decode(rest).map_err(Refusal::Malformed),
        other => Err(Refusal::Version(other)),
    }
}

fn plain(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_into(&mut bytes, value).expect("what is said here can be encoded");
    bytes
}

#[cfg(test)]
mod tests;
