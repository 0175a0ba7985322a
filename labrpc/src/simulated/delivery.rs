//! The way of a message: sent, delivered, or lost at one of these.

use super::call_slot::{CallSlot, Outcome, Stage};
use super::execution::Request;
use super::reply::Reply;
use super::state::{Crossing, Due, State};
use crate::error::RpcError;
use crate::observer::{EventKind, LossReason};
use runtime::Node;

/// Kinds of events in the run's hash.
const TRACE_DELIVERED: u64 = 0x101;
const TRACE_REPLIED: u64 = 0x102;

/// A message that has arrived, to be handed over without the lock.
pub(super) enum Arrived {
    Request(Request),
    Reply(Reply),
}

impl State {
    /// Draws what becomes of a request and schedules it.
    pub(super) fn dispatch(&mut self, slot: usize, caller_node: &Node) {
        let CallSlot { callee, link, .. } = self.calls[slot];
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
        let bytes = self.calls[slot].bytes.len();
        let link = &mut self.links[link];
        let Crossing { delay, lost } = link.cross(bytes, |config| &config.request);
        let duplicated = link.rng.chance(link.config.request.duplicate_per_million);
        self.schedule(slot, Stage::Request { lost }, delay, &node);
        if duplicated {
            self.duplicate(slot, &node);
        }
    }

    /// A second copy of a request; nobody waits for its reply.
    fn duplicate(&mut self, slot: usize, node: &Node) {
        let CallSlot { caller, callee, link, method, one_way, ref bytes, .. } = self.calls[slot];
        let bytes = bytes.clone();
        let copy = self.add_call(caller, callee, method, bytes, Outcome::Gone);
        self.calls[copy].one_way = one_way;
        self.observe(slot, EventKind::RequestDuplicated { copy: self.calls[copy].id });
        let link = &mut self.links[link];
        let delay = link.config.request.draw_delay(&mut link.rng);
        self.schedule(copy, Stage::Request { lost: false }, delay, node);
    }

    /// Has a message that was held arrive now, unless it was lost meanwhile.
    pub(crate) fn reschedule(&mut self, token: u64) {
        if let Some(slot) = self.calls.slot_of(token) {
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

    /// An event is due. Returns the message that arrives with it, if one does.
    pub(super) fn arrive(&mut self, token: u64) -> Option<Arrived> {
        let slot = match self.due(token) {
            Due::Call(slot) => slot,
            Due::Reply(reply) => return Some(Arrived::Reply(reply)),
            Due::Nothing => return None,
        };
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
                self.lose_noticed(slot, LossReason::Chance);
                None
            }
            Stage::Reply => self.deliver_reply(slot).map(Arrived::Reply),
            Stage::Refused => self.calls.finish(slot, Err(RpcError::NoReply)).map(Arrived::Reply),
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
        match self.calls[slot].one_way {
            false => place.delivered += 1,
            true => place.sends_delivered += 1,
        }
        let hooks = place.hooks.clone();
        self.observe(slot, EventKind::RequestDelivered);
        self.calls.set_stage(slot, Stage::Executing);
        let call = &mut self.calls[slot];
        call.arrived = runtime::true_now();
        let CallSlot { id, method, .. } = *call;
        let args = std::mem::take(&mut call.bytes);
        runtime::trace_bytes(&[TRACE_DELIVERED, id, call.both_ends()], &args);
        Some(Request { slot, id, callee, method, args, service, hooks })
    }

    pub(super) fn send_reply(&mut self, slot: usize, reply: Vec<u8>) {
        if self.calls[slot].one_way {
            return self.end_one_way(slot);
        }
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
        let bytes = self.calls[slot].bytes.len();
        let Crossing { delay, lost } = self.links[link].cross(bytes, |config| &config.reply);
        if lost {
            return self.lose_noticed(slot, LossReason::Chance);
        }
        self.schedule(slot, Stage::Reply, delay, &node);
    }

    /// A one-way message was handled. Nobody hears of it.
    pub(super) fn end_one_way(&mut self, slot: usize) {
        let reply = self.calls.finish(slot, Ok(Vec::new()));
        debug_assert!(reply.is_none(), "nobody waits");
    }

    /// A message is lost, or is none. Its caller learns it as it would learn that a server can't be
    /// reached, but maybe at once.
    pub(super) fn lose_noticed(&mut self, slot: usize, reason: LossReason) {
        let CallSlot { caller, link, .. } = self.calls[slot];
        let notice = self.loss_notice.draw(&mut self.links[link].rng);
        let node = self.servers[caller].node.clone().filter(|_| !notice.is_zero());
        match node {
            None => self.lose(slot, reason),
            Some(node) => {
                self.note_loss(slot, reason);
                self.schedule(slot, Stage::Refused, notice, &node);
            }
        }
    }

    fn deliver_reply(&mut self, slot: usize) -> Option<Reply> {
        self.observe(slot, EventKind::ReplyDelivered);
        let call = &mut self.calls[slot];
        let reply = std::mem::take(&mut call.bytes);
        runtime::trace_bytes(&[TRACE_REPLIED, call.id, call.both_ends()], &reply);
        self.total_bytes += reply.len() as u64;
        self.calls.finish(slot, Ok(reply))
    }
}
