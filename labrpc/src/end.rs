//! The client side of a link.

use crate::call::{Call, TypedCall};
use crate::codec::encode;
use crate::connection::Remote;
use crate::error::{Mistake, RpcError};
use crate::server_id::ServerId;
use crate::simulated::Shared;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// One server's way to call another. Cheap to clone.
///
/// It belongs to one life of the calling server: once that is over nothing is sent, and calls on it
/// never end.
#[derive(Clone)]
pub struct ClientEnd(Repr);

#[derive(Clone)]
enum Repr {
    Link { network: Arc<Shared>, caller: ServerId, incarnation: u32, callee: ServerId },
    Remote(Remote),
}

impl ClientEnd {
    pub(crate) fn new(
        network: Arc<Shared>,
        caller: ServerId,
        incarnation: u32,
        callee: ServerId,
    ) -> ClientEnd {
        ClientEnd(Repr::Link { network, caller, incarnation, callee })
    }

    pub(crate) fn remote(remote: Remote) -> ClientEnd {
        ClientEnd(Repr::Remote(remote))
    }

    /// Where mistakes are reported.
    fn network(&self) -> Option<&Arc<Shared>> {
        match &self.0 {
            Repr::Link { network, .. } => Some(network),
            Repr::Remote(_) => None,
        }
    }

    /// The server that it calls.
    pub fn server(&self) -> ServerId {
        match &self.0 {
            Repr::Link { callee, .. } => *callee,
            Repr::Remote(remote) => remote.server(),
        }
    }

    /// An end to the same server for what is long and would delay the rest, snapshots say. Over TCP it has
    /// a connection of its own, a task of the node that is present at the first call of this method. In a
    /// simulated network it is the same end.
    pub fn bulk(&self) -> ClientEnd {
        match &self.0 {
            Repr::Link { .. } => self.clone(),
            Repr::Remote(remote) => ClientEnd::remote(remote.bulk()),
        }
    }

    /// Sends a request, now and not when the call is first polled. In a simulated network there is no time
    /// limit: put one around it where it is needed ([`runtime::timeout`]). Over TCP there is a long one,
    /// [`Limits::call_timeout_ms`](crate::tcp::Limits::call_timeout_ms).
    pub fn call(&self, method: &'static str, args: Vec<u8>) -> Call {
        match &self.0 {
            Repr::Link { network, caller, incarnation, callee } => {
                let sent = network.send(*caller, *incarnation, *callee, method, args);
                sent.map_or_else(Call::of_the_past, Call::sent)
            }
            Repr::Remote(remote) => {
                remote.send(method, args).map_or_else(Call::failed, Call::waiting)
            }
        }
    }

    /// Sends a message that nobody answers, for a Raft whose answers are messages of their own. What its
    /// service returns goes nowhere.
    pub fn send(&self, method: &'static str, args: Vec<u8>) {
        match &self.0 {
            Repr::Link { network, caller, incarnation, callee } => {
                network.send_one_way(*caller, *incarnation, *callee, method, args);
            }
            Repr::Remote(remote) => remote.send_one_way(method, args),
        }
    }

    /// [`ClientEnd::call`] with a value for arguments and a value as the reply.
    pub fn typed_call<A, R>(&self, method: &'static str, args: &A) -> TypedCall<R>
    where
        A: Serialize + ?Sized,
        R: DeserializeOwned,
    {
        let call = match encode(args) {
            Ok(args) => self.call(method, args),
            Err(reason) => {
                let mistake = Mistake::Unencodable { method: method.to_owned(), reason };
                self.network().inspect(|network| network.report(mistake.clone()));
                Call::failed(RpcError::Mistake(mistake))
            }
        };
        TypedCall::new(call, self.network().cloned(), self.server(), method)
    }
}

impl std::fmt::Debug for ClientEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Repr::Link { caller, callee, .. } => write!(f, "ClientEnd({caller} -> {callee})"),
            Repr::Remote(remote) => write!(f, "ClientEnd(-> {})", remote.server()),
        }
    }
}
