//! The way of a call: sent, delivered, handled, answered, or lost at one of these.

use crate::bookkeeping::ends;
use crate::call::{Call, CallSlot, Outcome, Reply, Stage};
use crate::error::{HandleError, RpcError};
use crate::network::{ServerId, Shared, State};
use crate::observer::{EventKind, LossReason};
use runtime::{EventSink, Node};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Kinds of events in the run's hash.
const TRACE_DELIVERED: u64 = 0x101;
const TRACE_REPLIED: u64 = 0x102;

impl Shared {
    /// Sends a request of that incarnation of the caller.
    pub(crate) fn send(
        self: &Arc<Self>,
        caller: ServerId,
        incarnation: u32,
        callee: ServerId,
        method: &'static str,
        args: Vec<u8>,
    ) -> Call {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        state.total_calls += 1;
        state.total_bytes += args.len() as u64;
        let place = &state.servers[caller];
        let Some(node) = place.node.clone().filter(|_| place.incarnation == incarnation) else {
            return Call::failed(RpcError::NoReply);
        };
        let outcome = Outcome::Waiting(None);
        let slot = state.add_call(caller, callee, method, args, outcome);
        let id = state.calls[slot].id;
        state.observe(slot, EventKind::RequestSent);
        state.dispatch(slot, &node);
        let hooks = state.servers[caller].hooks.clone();
        drop(guard);
        if let Some(hooks) = hooks {
            hooks.after_send(caller, callee, method);
        }
        Call::sent(Arc::clone(self), slot as u32, id)
    }

    /// Hands a request to the server. Called on the server's node, without the lock.
    fn handle(self: &Arc<Self>, request: Request) {
        let Request { slot, id, callee, method, args, service, hooks } = request;
        let executing = Executing { network: Arc::clone(self), slot, id, answered: false };
        if let Some(hooks) = &hooks
            && !hooks.before_dispatch(callee, method, &args)
        {
            return executing.withhold();
        }
        let mut handled = service.handle(method, args);
        let finish = move |executing: Executing, result: Result<Vec<u8>, HandleError>| {
            let sent = match (&hooks, &result) {
                (Some(hooks), Ok(reply)) => hooks.after_dispatch(callee, method, reply),
                _ => true,
            };
            if !sent {
                return executing.withhold();
            }
            executing.answer(result);
            if let Some(hooks) = &hooks {
                hooks.after_reply(callee, method);
            }
        };
        // Most handlers never wait: they are done here, without a task.
        match handled.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => finish(executing, result),
            Poll::Pending => {
                runtime::detach(async move { finish(executing, handled.await) });
            }
        }
    }
}

/// What has arrived and concerns somebody outside of the network.
enum Arrived {
    Request(Request),
    Reply(Reply),
}

/// A request on its way into a service.
struct Request {
    slot: usize,
    id: u64,
    callee: ServerId,
    method: &'static str,
    args: Vec<u8>,
    service: Arc<dyn crate::Service>,
    hooks: Option<Arc<dyn crate::Hooks>>,
}

/// A request that a server has. When it is dropped without an answer (its server was killed in the
/// middle) the call fails.
struct Executing {
    network: Arc<Shared>,
    slot: usize,
    id: u64,
    answered: bool,
}

impl Executing {
    fn answer(mut self, result: Result<Vec<u8>, HandleError>) {
        self.answered = true;
        let mistake = {
            let mut state = self.network.state.lock();
            if !state.is_executing(self.slot, self.id) {
                return;
            }
            match result {
                Ok(reply) => {
                    state.send_reply(self.slot, reply);
                    return;
                }
                Err(error) => {
                    let call = &state.calls[self.slot];
                    let mistake = error.into_mistake(call.callee, call.method);
                    state.finish(self.slot, Err(RpcError::Mistake(mistake.clone())));
                    mistake
                }
            }
        };
        self.network.report(mistake);
    }

    fn withhold(mut self) {
        self.give_up(LossReason::Hook);
    }

    fn give_up(&mut self, reason: LossReason) {
        self.answered = true;
        let mut state = self.network.state.lock();
        if state.is_executing(self.slot, self.id) {
            state.lose(self.slot, reason);
        }
    }
}

impl Drop for Executing {
    fn drop(&mut self) {
        if !self.answered {
            self.give_up(LossReason::Dead);
        }
    }
}

impl EventSink for Shared {
    fn fire(self: Arc<Self>, token: u64) {
        let arrived = self.state.lock().arrive(token);
        match arrived {
            Some(Arrived::Request(request)) => self.handle(request),
            Some(Arrived::Reply(reply)) => reply.deliver(),
            None => {}
        }
    }

    fn close(&self) {
        let closed = {
            let mut state = self.state.lock();
            let places = state.servers.len();
            let empty = (0..places).map(|_| Default::default()).collect();
            state.free.clear();
            state.links.iter_mut().for_each(|link| link.calls.clear());
            (
                std::mem::replace(&mut state.servers, empty),
                std::mem::take(&mut state.calls),
                std::mem::take(&mut state.replies),
                state.observer.take(),
            )
        };
        // What they hold may call the network while it is dropped.
        drop(closed);
    }
}

impl State {
    /// Draws what becomes of a request and schedules it.
    fn dispatch(&mut self, slot: usize, caller_node: &Node) {
        let (caller, callee) = (self.calls[slot].caller, self.calls[slot].callee);
        let link = self.link_number(caller, callee);
        let place = &self.servers[callee];
        let reachable = match &place.node {
            Some(node) if place.service.is_some() => Some(node.clone()),
            _ => None,
        };
        let Some(node) = reachable.filter(|_| self.links[link].enabled) else {
            let cut = !self.links[link].enabled;
            let reason = if cut { LossReason::Cut } else { LossReason::Dead };
            self.note_loss_of(slot, EventKind::RequestLost(reason));
            let delay = self.unreachable.draw(&mut self.links[link].rng);
            return self.schedule(slot, Stage::Refused, delay, caller_node);
        };
        let link = &mut self.links[link];
        let path = &link.config.request;
        let delay = path.draw_delay(&mut link.rng);
        let lost = link.rng.chance(path.loss_per_million);
        let duplicated = link.rng.chance(path.duplicate_per_million);
        self.schedule(slot, Stage::Request { lost }, delay, &node);
        if duplicated {
            self.duplicate(slot, &node);
        }
    }

    /// A second copy of a request; nobody waits for its reply.
    fn duplicate(&mut self, slot: usize, node: &Node) {
        let CallSlot { caller, callee, method, ref bytes, .. } = self.calls[slot];
        let bytes = bytes.clone();
        let copy = self.add_call(caller, callee, method, bytes, Outcome::Gone);
        self.observe(slot, EventKind::RequestDuplicated { copy: self.calls[copy].id });
        let link = self.link_number(caller, callee);
        let link = &mut self.links[link];
        let delay = link.config.request.draw_delay(&mut link.rng);
        self.schedule(copy, Stage::Request { lost: false }, delay, node);
    }

    /// Has a message that was held arrive now, unless it was lost meanwhile.
    pub(crate) fn reschedule(&mut self, token: u64) {
        if let Some(slot) = self.slot_of(token) {
            let call = &self.calls[slot];
            let receiver = match call.stage {
                Stage::Reply => call.caller,
                _ => call.callee,
            };
            if let Some(node) = &self.servers[receiver].node {
                self.events().schedule(node, std::time::Duration::ZERO, token);
            }
        }
    }

    /// The event of a call is due. Returns what remains to be done without the lock.
    fn arrive(&mut self, token: u64) -> Option<Arrived> {
        if let Some(due) = self.due_reply(token) {
            return due.map(Arrived::Reply);
        }
        let slot = self.slot_of(token)?;
        let CallSlot { caller, callee, stage, .. } = self.calls[slot];
        let (from, to) = match stage {
            Stage::Reply => (callee, caller),
            _ => (caller, callee),
        };
        let link = self.link_number(from, to);
        if self.links[link].held && !matches!(stage, Stage::Refused) {
            self.links[link].waiting.push(token);
            return None;
        }
        match stage {
            Stage::Request { lost: false } => self.deliver_request(slot).map(Arrived::Request),
            Stage::Request { lost: true } => {
                self.lose_by_chance(slot);
                None
            }
            Stage::Reply => self.deliver_reply(slot).map(Arrived::Reply),
            Stage::Refused => self.end(slot, Err(RpcError::NoReply)).map(Arrived::Reply),
            Stage::Executing | Stage::Over => None,
        }
    }

    fn deliver_request(&mut self, slot: usize) -> Option<Request> {
        let callee = self.calls[slot].callee;
        let place = &mut self.servers[callee];
        let alive = place.node.as_ref().is_some_and(Node::is_alive);
        let Some(service) = place.service.clone().filter(|_| alive) else {
            self.lose(slot, LossReason::Dead);
            return None;
        };
        place.delivered += 1;
        let hooks = place.hooks.clone();
        self.observe(slot, EventKind::RequestDelivered);
        self.set_stage(slot, Stage::Executing);
        let call = &mut self.calls[slot];
        let CallSlot { id, method, .. } = *call;
        let args = std::mem::take(&mut call.bytes);
        runtime::trace_bytes(&[TRACE_DELIVERED, id, ends(call)], &args);
        Some(Request { slot, id, callee, method, args, service, hooks })
    }

    fn send_reply(&mut self, slot: usize, reply: Vec<u8>) {
        self.calls[slot].bytes = reply;
        self.observe(slot, EventKind::ReplySent);
        let CallSlot { caller, caller_incarnation, callee, severed, .. } = self.calls[slot];
        let place = &self.servers[caller];
        let Some(node) = place.node.clone().filter(|_| place.incarnation == caller_incarnation)
        else {
            return self.lose(slot, LossReason::Dead);
        };
        if severed {
            return self.lose(slot, LossReason::Cut);
        }
        let link = self.link_number(callee, caller);
        if !self.links[link].enabled {
            self.note_loss_of(slot, EventKind::ReplyLost(LossReason::Cut));
            let delay = self.unreachable.draw(&mut self.links[link].rng);
            return self.schedule(slot, Stage::Refused, delay, &node);
        }
        let link = &mut self.links[link];
        let path = &link.config.reply;
        let delay = path.draw_delay(&mut link.rng);
        if link.rng.chance(path.loss_per_million) {
            return self.lose_by_chance(slot);
        }
        self.schedule(slot, Stage::Reply, delay, &node);
    }

    /// The network lost a message; its caller learns of it, if not at once, as it would of a server
    /// that can't be reached.
    fn lose_by_chance(&mut self, slot: usize) {
        let CallSlot { caller, callee, .. } = self.calls[slot];
        let link = self.link_number(caller, callee);
        let notice = self.loss_notice.draw(&mut self.links[link].rng);
        let node = self.servers[caller].node.clone().filter(|_| !notice.is_zero());
        match node {
            None => self.lose(slot, LossReason::Chance),
            Some(node) => {
                self.note_loss(slot, LossReason::Chance);
                self.schedule(slot, Stage::Refused, notice, &node);
            }
        }
    }

    fn deliver_reply(&mut self, slot: usize) -> Option<Reply> {
        self.observe(slot, EventKind::ReplyDelivered);
        let call = &mut self.calls[slot];
        let reply = std::mem::take(&mut call.bytes);
        runtime::trace_bytes(&[TRACE_REPLIED, call.id, ends(call)], &reply);
        self.total_bytes += reply.len() as u64;
        self.end(slot, Ok(reply))
    }
}
