//! Watching a network.

use crate::server_id::ServerId;
use runtime::Instant;

/// Sees everything that happens on a network, at its virtual time.
///
/// It is called under the network's lock, from whatever is sending or receiving: it notes, and
/// calls neither the network nor a server.
pub trait Observer: Send + Sync + 'static {
    /// Something happened.
    fn observe(&self, event: &NetworkEvent<'_>);
}

/// One thing that happened to one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkEvent<'a> {
    /// When, in true time.
    pub at: Instant,
    /// Tells calls apart; a duplicate counts as another call.
    pub call: u64,
    /// What.
    pub kind: EventKind,
    /// The server that made the call, also for what happens to the reply.
    pub caller: ServerId,
    /// The server that was called.
    pub callee: ServerId,
    /// The method called.
    pub method: &'static str,
    /// Nobody wants a reply, and there is none ([`ClientEnd::send`](crate::ClientEnd::send)).
    pub one_way: bool,
    /// The encoded arguments, or the encoded reply.
    pub bytes: &'a [u8],
}

/// What can happen to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The caller sent it.
    RequestSent,
    /// The network made a copy of the request with this number.
    RequestDuplicated {
        /// The call that is the copy.
        copy: u64,
    },
    /// The callee has it.
    RequestDelivered,
    /// It will never arrive.
    RequestLost(LossReason),
    /// The callee answered.
    ReplySent,
    /// The caller has the answer.
    ReplyDelivered,
    /// The answer will never arrive.
    ReplyLost(LossReason),
}

/// Why a message did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossReason {
    /// The link lost it, by chance or because too much waited before it.
    Chance,
    /// The link was cut before, or while it was under way.
    Cut,
    /// The server that it was for, or that sent it, is gone.
    Dead,
    /// A hook withheld it.
    Hook,
    /// There is none: the callee does not answer ([`HandleError::Silent`](crate::HandleError::Silent)).
    Silent,
}
