//! The inside of a simulated network: servers, a directed link from each to each, and the calls that
//! cross them.
//!
//! [`State`] decides what becomes of messages; every step of a call is an event of the [`Shared`],
//! which is the state behind a lock. Code of servers and callers (services, hooks, callbacks) runs
//! outside the lock, so it may use the network.

mod call_slot;
mod call_table;
mod delivery;
mod execution;
mod reply;
mod sent;
mod state;

pub(crate) use sent::Sent;
pub(crate) use state::State;

use crate::error::Mistake;
use crate::observer::EventKind;
use crate::server_id::ServerId;
use call_slot::Outcome;
use delivery::Arrived;
use parking_lot::Mutex;
use runtime::{EventSink, Events};
use std::sync::Arc;
use tokio::sync::Notify;

/// What all handles of a network share.
pub(crate) struct Shared {
    pub(crate) state: Mutex<State>,
    pub(crate) mistake_made: Notify,
}

impl Shared {
    /// A network with places for that many servers, whose links draw chance from streams with that name.
    pub(crate) fn new(servers: usize, streams: &str) -> Arc<Shared> {
        let state = Mutex::new(State::new(servers, streams));
        let shared = Arc::new(Shared { state, mistake_made: Notify::new() });
        shared.state.lock().set_events(Events::new(&shared));
        shared
    }

    /// Sends a request of that incarnation of the caller; `None` when the incarnation is over.
    pub(crate) fn send(
        self: &Arc<Self>,
        caller: ServerId,
        incarnation: u32,
        callee: ServerId,
        method: &'static str,
        args: Vec<u8>,
    ) -> Option<Sent> {
        let message = Outgoing { caller, incarnation, callee, method, args };
        let (slot, id) = self.dispatch(message, false)?;
        Some(Sent::new(Arc::clone(self), slot as u32, id))
    }

    /// Sends a message that nobody answers.
    pub(crate) fn send_one_way(
        &self,
        caller: ServerId,
        incarnation: u32,
        callee: ServerId,
        method: &'static str,
        args: Vec<u8>,
    ) {
        // A life that is over sends nothing.
        let _ = self.dispatch(Outgoing { caller, incarnation, callee, method, args }, true);
    }

    /// The slot and the number of the call that was made of the message; `None` when its sender's life
    /// is over.
    fn dispatch(&self, message: Outgoing, one_way: bool) -> Option<(usize, u64)> {
        let Outgoing { caller, incarnation, callee, method, args } = message;
        let mut guard = self.state.lock();
        let state = &mut *guard;
        match one_way {
            false => state.total_calls += 1,
            true => state.total_sends += 1,
        }
        state.total_bytes += args.len() as u64;
        let place = &state.servers[caller];
        let node = place.node.clone().filter(|_| place.incarnation == incarnation)?;
        let outcome = if one_way { Outcome::Gone } else { Outcome::Waiting(None) };
        let slot = state.add_call(caller, callee, method, args, outcome);
        state.calls[slot].one_way = one_way;
        let id = state.calls[slot].id;
        state.observe(slot, EventKind::RequestSent);
        state.dispatch(slot, &node);
        let hooks = state.servers[caller].hooks.clone();
        drop(guard);
        if let Some(hooks) = hooks {
            hooks.after_send(caller, callee, method);
        }
        Some((slot, id))
    }

    pub(crate) fn report(&self, mistake: Mistake) {
        self.state.lock().mistake.get_or_insert(mistake);
        self.mistake_made.notify_waiters();
    }
}

/// A message that leaves one life of a server.
struct Outgoing {
    caller: ServerId,
    incarnation: u32,
    callee: ServerId,
    method: &'static str,
    args: Vec<u8>,
}

impl EventSink for Shared {
    fn fire(self: Arc<Self>, token: u64) {
        let arrived = self.state.lock().arrive(token);
        match arrived {
            Some(Arrived::Request(request)) => request.handle(&self),
            Some(Arrived::Reply(reply)) => reply.deliver(),
            None => {}
        }
    }

    fn close(&self) {
        let closed = self.state.lock().close();
        // What they hold may call the network while it is dropped.
        drop(closed);
    }
}
