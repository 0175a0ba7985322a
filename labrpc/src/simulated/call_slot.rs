//! What the network knows of one call.

use super::reply::{OnReply, Reply};
use crate::error::RpcError;
use crate::server_id::ServerId;
use runtime::{Instant, Node};
use std::task::Waker;

/// The network's side of a call.
pub(crate) struct CallSlot {
    pub(crate) id: u64,
    pub(crate) caller: ServerId,
    pub(crate) caller_incarnation: u32,
    pub(crate) callee: ServerId,
    /// The number of the link that the request crosses.
    pub(crate) link: usize,
    pub(crate) method: &'static str,
    /// There is no reply to it.
    pub(crate) one_way: bool,
    /// Of the request until it is handled, then of the reply.
    pub(crate) bytes: Vec<u8>,
    /// Changed by [`set_stage`](super::call_table::CallTable::set_stage) only.
    pub(crate) stage: Stage,
    /// When the server had the request.
    pub(crate) arrived: Instant,
    /// The one event that may move this call on; any other is out of date.
    pub(super) event: u32,
    /// Where the list of its link has it, if it does.
    pub(super) place: usize,
    /// The link that the reply would cross was cut meanwhile.
    pub(crate) severed: bool,
    pub(super) outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The request is under way.
    Request { lost: bool },
    /// The server handles it.
    Executing,
    /// The reply is under way.
    Reply,
    /// The server can't be reached, or its answer can't come back: the caller learns it later.
    Refused,
    /// Nothing more will happen to this call.
    Over,
}

impl Stage {
    /// Whether the call fails when its server can't be reached any more.
    pub(super) fn needs_link(self) -> bool {
        matches!(self, Stage::Request { .. } | Stage::Executing | Stage::Reply)
    }
}

/// What the caller has.
pub(crate) enum Outcome {
    Waiting(Option<Waker>),
    Ready(Result<Vec<u8>, RpcError>),
    /// It registered a callback, to be called on its node.
    Callback {
        node: Node,
        on_reply: OnReply,
    },
    /// It has the reply, or does not want it any more.
    Gone,
}

impl CallSlot {
    /// Gives the caller its answer, unless it had one before. Returns the reply if it is for a
    /// callback.
    pub(super) fn answer(&mut self, result: Result<Vec<u8>, RpcError>) -> Option<Reply> {
        match &mut self.outcome {
            Outcome::Waiting(waker) => {
                let waker = waker.take();
                self.outcome = Outcome::Ready(result);
                waker.into_iter().for_each(Waker::wake);
            }
            Outcome::Callback { .. } => {
                let callback = std::mem::replace(&mut self.outcome, Outcome::Gone);
                let Outcome::Callback { node, on_reply } = callback else { return None };
                return Some(Reply { node, on_reply, result });
            }
            Outcome::Ready(_) | Outcome::Gone => {}
        }
        None
    }

    /// Caller and callee in one word.
    pub(crate) fn both_ends(&self) -> u64 {
        (self.caller as u64) << 32 | self.callee as u64
    }
}
