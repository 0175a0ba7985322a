//! Replies to callers that registered a callback (`on_reply`) instead of waiting.

use crate::error::RpcError;
use runtime::Node;

/// Called with the reply, or with the reason why there is none.
pub(crate) type OnReply = Box<dyn FnOnce(Result<Vec<u8>, RpcError>) + Send>;

/// A callback and what it is to be called with.
pub(crate) struct Reply {
    pub(super) node: Node,
    pub(super) on_reply: OnReply,
    pub(super) result: Result<Vec<u8>, RpcError>,
}

impl Reply {
    /// Calls the callback, unless its node has died. To be used on the caller's node, without the lock.
    pub(super) fn deliver(self) {
        if self.node.is_alive() {
            (self.on_reply)(self.result);
        }
    }
}

/// Replies that will be delivered by an event that is scheduled already.
#[derive(Default)]
pub(super) struct DueReplies(Vec<Option<Reply>>);

/// Set in the tokens of replies, never in those of calls.
const REPLY_BIT: u64 = 1 << 63;

impl DueReplies {
    /// Keeps a reply until its event is due. Returns the token of that event.
    pub(super) fn add(&mut self, reply: Reply) -> u64 {
        let free = self.0.iter().position(Option::is_none);
        let place = free.unwrap_or_else(|| {
            self.0.push(None);
            self.0.len() - 1
        });
        self.0[place] = Some(reply);
        REPLY_BIT | place as u64
    }

    /// Whether an event with that token delivers a reply.
    #[inline]
    pub(super) fn has_token(token: u64) -> bool {
        token & REPLY_BIT != 0
    }

    /// The reply whose event is due; `None` when the network was closed.
    pub(super) fn take(&mut self, token: u64) -> Option<Reply> {
        self.0.get_mut((token & !REPLY_BIT) as usize)?.take()
    }
}
