//! The table of calls in flight, and the ends of calls.

use crate::call::{CallSlot, Outcome, Reply, Stage, Then};
use crate::error::RpcError;
use crate::network::{ServerId, State};
use crate::observer::{EventKind, LossReason, NetworkEvent};
use runtime::Node;
use std::task::{Poll, Waker};

const TRACE_LOST: u64 = 0x103;
/// Tells replies that are due from events of calls.
const DUE_REPLY: u64 = 1 << 63;

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
            place: 0,
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
        slot: usize,
        stage: Stage,
        delay: std::time::Duration,
        node: &Node,
    ) {
        self.next_event = self.next_event.wrapping_add(1);
        self.set_stage(slot, stage);
        let call = &mut self.calls[slot];
        call.event = self.next_event;
        let token = (slot as u64) << 32 | u64::from(call.event);
        self.events().schedule(node, delay, token);
    }

    /// Moves a call on, and keeps its link's list of calls.
    pub(crate) fn set_stage(&mut self, slot: usize, stage: Stage) {
        let call = &mut self.calls[slot];
        let before = std::mem::replace(&mut call.stage, stage);
        let (place, caller, callee) = (call.place, call.caller, call.callee);
        let link = self.link_number(caller, callee);
        let listed = &mut self.links[link].calls;
        match (before.needs_link(), stage.needs_link()) {
            (false, true) => {
                self.calls[slot].place = listed.len();
                listed.push(slot);
            }
            (true, false) => {
                listed.swap_remove(place);
                if let Some(&moved) = listed.get(place) {
                    self.calls[moved].place = place;
                }
            }
            (false, false) | (true, true) => {}
        }
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

    /// Ends a call, whatever is happening now.
    pub(crate) fn finish(&mut self, slot: usize, result: Result<Vec<u8>, RpcError>) {
        if let Some(reply) = self.end(slot, result) {
            self.deliver_later(reply);
        }
    }

    /// Ends a call. What is to be done with the reply, if somebody left word, is the caller's to do.
    pub(crate) fn end(&mut self, slot: usize, result: Result<Vec<u8>, RpcError>) -> Option<Reply> {
        self.set_stage(slot, Stage::Over);
        let call = &mut self.calls[slot];
        call.bytes = Vec::new();
        let reply = call.answer(result);
        if matches!(call.outcome, Outcome::Gone) {
            self.free.push(slot as u32);
        }
        reply
    }

    /// No reply to this call will come, and the caller learns it now.
    pub(crate) fn sever(&mut self, slot: usize) {
        let call = &mut self.calls[slot];
        call.severed = true;
        if let Some(reply) = call.answer(Err(RpcError::NoReply)) {
            self.deliver_later(reply);
        }
    }

    /// Has a reply delivered as soon as what is happening now is over.
    fn deliver_later(&mut self, reply: Reply) {
        let free = self.replies.iter().position(Option::is_none);
        let place = free.unwrap_or_else(|| {
            self.replies.push(None);
            self.replies.len() - 1
        });
        let token = DUE_REPLY | place as u64;
        self.events().schedule(&reply.node, std::time::Duration::ZERO, token);
        self.replies[place] = Some(reply);
    }

    /// The reply that an event stands for, if it is one that was to be delivered later. There is none
    /// when the network was closed.
    pub(crate) fn due_reply(&mut self, token: u64) -> Option<Option<Reply>> {
        let is_one = token & DUE_REPLY != 0;
        is_one.then(|| self.replies.get_mut((token & !DUE_REPLY) as usize)?.take())
    }

    /// Leaves word what is to be done with the reply. Gives it back when the network was closed.
    pub(crate) fn leave_word(
        &mut self,
        slot: u32,
        id: u64,
        node: Node,
        then: Then,
    ) -> Option<Then> {
        let known = self.calls.get_mut(slot as usize).filter(|call| call.id == id);
        let Some(call) = known else { return Some(then) };
        let word = Outcome::Then { node, then };
        if let Outcome::Ready(result) = std::mem::replace(&mut call.outcome, word) {
            let reply = call.answer(result);
            if matches!(call.stage, Stage::Over) {
                self.free.push(slot);
            }
            reply.into_iter().for_each(|reply| self.deliver_later(reply));
        }
        None
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

#[cfg(test)]
mod tests {
    use crate::network::State;
    use crate::{BoxFuture, HandleError, Network, Service};
    use runtime::{Node, Simulation, sleep};
    use std::sync::Arc;
    use std::time::Duration;

    struct Slow;

    impl Service for Slow {
        fn handle(
            self: Arc<Self>,
            _method: &'static str,
            args: Vec<u8>,
        ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
            Box::pin(async move {
                sleep(Duration::from_millis(u64::from(args[0]))).await;
                Ok(args)
            })
        }
    }

    /// How many calls the links list; each where it says, and no other.
    fn listed(state: &State) -> usize {
        for (number, link) in state.links.iter().enumerate() {
            for (place, &slot) in link.calls.iter().enumerate() {
                let call = &state.calls[slot];
                assert!(call.stage.needs_link());
                assert_eq!(
                    (call.place, state.link_number(call.caller, call.callee)),
                    (place, number)
                );
            }
        }
        let need_link = state.calls.iter().filter(|call| call.stage.needs_link()).count();
        let listed = state.links.iter().map(|link| link.calls.len()).sum();
        assert_eq!(need_link, listed);
        listed
    }

    #[test]
    fn a_link_lists_the_calls_that_need_it_whatever_happens_to_them() {
        for seed in 0..20 {
            let finished = Simulation::new(seed).run(async move {
                let (network, mut rng) = (Network::new(3), runtime::rng("test", 0));
                network.set_reliable(seed % 2 == 0);
                let mut ends = [0, 1, 2].map(|server| network.add_server(server, &Node::new("a")));
                let mut most = 0;
                for round in 0..1000 {
                    let (server, other) = (rng.below(3) as usize, rng.below(3) as usize);
                    match rng.below(12) {
                        0 => network.set_enabled(server, other, rng.chance(500_000)),
                        1 if round % 5 == 0 => {
                            ends[server] = network.add_server(server, &Node::new("b"));
                        }
                        1 | 2 => network.set_service(server, Arc::new(Slow)),
                        3 => drop(ends[server][other].call("Slow", vec![1])),
                        _ => ends[server][other].call("Slow", vec![rng.below(40) as u8]).then(drop),
                    }
                    sleep(Duration::from_micros(rng.below(2000))).await;
                    most = most.max(listed(&network.0.state.lock()));
                }
                sleep(Duration::from_secs(10)).await;
                (most, listed(&network.0.state.lock()))
            });
            let (most, left) = finished.result.unwrap();
            assert!(most > 5, "seed {seed}");
            assert_eq!(left, 0, "seed {seed}");
        }
    }
}
