//! The table of calls in flight, and the ends of calls.

use crate::call::{CallSlot, Outcome, Stage};
use crate::error::RpcError;
use crate::network::{ServerId, State};
use crate::observer::{EventKind, LossReason, NetworkEvent};
use runtime::{Events, Node};
use std::task::{Poll, Waker};

const TRACE_LOST: u64 = 0x103;

impl State {
    pub(crate) fn add_call(
        &mut self,
        caller: ServerId,
        callee: ServerId,
        method: &'static str,
        bytes: Vec<u8>,
        outcome: Outcome,
    ) -> usize {
        let id = self.next_call;
        self.next_call += 1;
        let call = CallSlot {
            id,
            caller,
            caller_incarnation: self.servers[caller].incarnation,
            callee,
            method,
            bytes,
            stage: Stage::Refused,
            event: 0,
            severed: false,
            outcome,
        };
        match self.free.pop() {
            Some(slot) => {
                self.calls[slot as usize] = call;
                slot as usize
            }
            None => {
                self.calls.push(call);
                self.calls.len() - 1
            }
        }
    }

    pub(crate) fn schedule(
        &mut self,
        events: &Events,
        slot: usize,
        stage: Stage,
        delay: std::time::Duration,
        node: &Node,
    ) {
        self.next_event = self.next_event.wrapping_add(1);
        let call = &mut self.calls[slot];
        call.stage = stage;
        call.event = self.next_event;
        events.schedule(node, delay, (slot as u64) << 32 | u64::from(call.event));
    }

    pub(crate) fn slot_of(&self, token: u64) -> Option<usize> {
        let slot = (token >> 32) as usize;
        let call = self.calls.get(slot)?;
        (call.event == token as u32 && !matches!(call.stage, Stage::Over)).then_some(slot)
    }

    pub(crate) fn is_executing(&self, slot: usize, id: u64) -> bool {
        self.calls
            .get(slot)
            .is_some_and(|call| call.id == id && matches!(call.stage, Stage::Executing))
    }

    /// Ends a call whose request or reply will not arrive.
    pub(crate) fn lose(&mut self, slot: usize, reason: LossReason) {
        self.note_loss(slot, reason);
        self.finish(slot, Err(RpcError::NoReply));
    }

    pub(crate) fn note_loss(&self, slot: usize, reason: LossReason) {
        let kind = match self.calls[slot].stage {
            Stage::Request { .. } => Some(EventKind::RequestLost(reason)),
            Stage::Executing | Stage::Reply => Some(EventKind::ReplyLost(reason)),
            // Lost already.
            Stage::Refused | Stage::Over => None,
        };
        if let Some(kind) = kind {
            self.note_loss_of(slot, kind);
        }
    }

    pub(crate) fn note_loss_of(&self, slot: usize, kind: EventKind) {
        self.observe(slot, kind);
        let call = &self.calls[slot];
        runtime::trace(&[TRACE_LOST, call.id, ends(call)]);
    }

    pub(crate) fn finish(&mut self, slot: usize, result: Result<Vec<u8>, RpcError>) {
        let call = &mut self.calls[slot];
        call.stage = Stage::Over;
        call.bytes = Vec::new();
        match &mut call.outcome {
            Outcome::Waiting(waker) => {
                let waker = waker.take();
                call.outcome = Outcome::Ready(result);
                waker.into_iter().for_each(Waker::wake);
            }
            Outcome::Ready(_) => {}
            Outcome::Gone => self.free.push(slot as u32),
        }
    }

    pub(crate) fn poll_call(
        &mut self,
        slot: u32,
        id: u64,
        waker: &Waker,
    ) -> Poll<Result<Vec<u8>, RpcError>> {
        let known = self.calls.get_mut(slot as usize).filter(|call| call.id == id);
        // The network was closed.
        let Some(call) = known else { return Poll::Ready(Err(RpcError::NoReply)) };
        match &mut call.outcome {
            Outcome::Waiting(known) => {
                match known {
                    Some(known) => known.clone_from(waker),
                    None => *known = Some(waker.clone()),
                }
                Poll::Pending
            }
            _ => {
                let outcome = std::mem::replace(&mut call.outcome, Outcome::Gone);
                if matches!(call.stage, Stage::Over) {
                    self.free.push(slot);
                }
                match outcome {
                    Outcome::Ready(result) => Poll::Ready(result),
                    _ => Poll::Ready(Err(RpcError::NoReply)),
                }
            }
        }
    }

    pub(crate) fn forget_caller(&mut self, slot: u32, id: u64) {
        let known = self.calls.get_mut(slot as usize).filter(|call| call.id == id);
        if let Some(call) = known {
            let over = matches!(call.stage, Stage::Over);
            if !matches!(std::mem::replace(&mut call.outcome, Outcome::Gone), Outcome::Gone) && over
            {
                self.free.push(slot);
            }
        }
    }

    #[inline]
    pub(crate) fn observe(&self, slot: usize, kind: EventKind) {
        if let Some(observer) = &self.observer {
            let call = &self.calls[slot];
            observer.observe(&NetworkEvent {
                at: runtime::true_now(),
                call: call.id,
                kind,
                caller: call.caller,
                callee: call.callee,
                method: call.method,
                bytes: &call.bytes,
            });
        }
    }
}

/// Caller and callee in one word.
pub(crate) fn ends(call: &CallSlot) -> u64 {
    (call.caller as u64) << 32 | call.callee as u64
}
