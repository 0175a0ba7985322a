//! The table of calls in flight.

use super::call_slot::{CallSlot, Outcome, Stage};
use super::reply::{OnReply, Reply};
use crate::error::RpcError;
use runtime::Node;
use std::ops::{Index, IndexMut};
use std::task::{Poll, Waker};

/// All calls by slot, and for each link those that are on it.
pub(crate) struct CallTable {
    slots: Vec<CallSlot>,
    free: Vec<u32>,
    next_id: u64,
    next_event: u32,
    /// By the number of the link, in no particular order.
    on_link: Vec<Vec<usize>>,
}

impl CallTable {
    pub(crate) fn new(links: usize) -> CallTable {
        CallTable {
            slots: Vec::new(),
            free: Vec::new(),
            next_id: 0,
            next_event: 0,
            on_link: vec![Vec::new(); links],
        }
    }

    /// The id of a new call.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// Adds a new call. Returns its slot.
    #[inline]
    pub(crate) fn add(&mut self, call: CallSlot) -> usize {
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = call;
                slot as usize
            }
            None => {
                self.slots.push(call);
                self.slots.len() - 1
            }
        }
    }

    /// Every slot, also of calls that are over.
    pub(crate) fn slots(&self) -> std::ops::Range<usize> {
        0..self.slots.len()
    }

    /// The slots of the calls whose request crosses that link and that still need it.
    pub(crate) fn on_link(&self, link: usize) -> &[usize] {
        &self.on_link[link]
    }

    /// Moves a call on to a stage that ends with an event. Returns the token of that event, the only
    /// one that counts from now on.
    #[inline]
    pub(crate) fn await_event(&mut self, slot: usize, stage: Stage) -> u64 {
        self.next_event = self.next_event.wrapping_add(1);
        self.set_stage(slot, stage);
        let call = &mut self.slots[slot];
        call.event = self.next_event;
        (slot as u64) << 32 | u64::from(call.event)
    }

    /// The call that the event with that token moves on, if it still does.
    #[inline]
    pub(crate) fn slot_of(&self, token: u64) -> Option<usize> {
        let slot = (token >> 32) as usize;
        let call = self.slots.get(slot)?;
        (call.event == token as u32 && !matches!(call.stage, Stage::Over)).then_some(slot)
    }

    pub(crate) fn is_executing(&self, slot: usize, id: u64) -> bool {
        self.slots
            .get(slot)
            .is_some_and(|call| call.id == id && matches!(call.stage, Stage::Executing))
    }

    /// Moves a call on, and keeps the list of its link.
    pub(crate) fn set_stage(&mut self, slot: usize, stage: Stage) {
        let call = &mut self.slots[slot];
        let before = std::mem::replace(&mut call.stage, stage);
        let place = call.place;
        let listed = &mut self.on_link[call.link];
        match (before.needs_link(), stage.needs_link()) {
            (false, true) => {
                call.place = listed.len();
                listed.push(slot);
            }
            (true, false) => {
                listed.swap_remove(place);
                if let Some(&moved) = listed.get(place) {
                    self.slots[moved].place = place;
                }
            }
            (false, false) | (true, true) => {}
        }
    }

    /// Finishes a call. Returns the reply if it is for a callback.
    #[must_use = "the callback wants its reply"]
    pub(crate) fn finish(
        &mut self,
        slot: usize,
        result: Result<Vec<u8>, RpcError>,
    ) -> Option<Reply> {
        self.set_stage(slot, Stage::Over);
        let call = &mut self.slots[slot];
        call.bytes = Vec::new();
        let reply = call.answer(result);
        if matches!(call.outcome, Outcome::Gone) {
            self.free.push(slot as u32);
        }
        reply
    }

    /// The calls whose servers have the request.
    pub(crate) fn executing(&self) -> impl Iterator<Item = &CallSlot> {
        self.slots.iter().filter(|call| matches!(call.stage, Stage::Executing))
    }

    /// The reply of this call can't come back, and the caller learns it now. The call goes on: the
    /// server still handles the request. Returns the reply if it is for a callback.
    #[must_use = "the callback wants its reply"]
    pub(crate) fn sever(&mut self, slot: usize) -> Option<Reply> {
        let call = &mut self.slots[slot];
        call.severed = true;
        call.answer(Err(RpcError::NoReply))
    }

    /// Registers the caller's callback. Returns the reply if it is there already.
    ///
    /// # Errors
    /// Gives the callback back when the network was closed.
    pub(crate) fn register(
        &mut self,
        slot: u32,
        id: u64,
        node: Node,
        on_reply: OnReply,
    ) -> Result<Option<Reply>, OnReply> {
        let Some(call) = self.of_caller(slot, id) else { return Err(on_reply) };
        let callback = Outcome::Callback { node, on_reply };
        let Outcome::Ready(result) = std::mem::replace(&mut call.outcome, callback) else {
            return Ok(None);
        };
        let reply = call.answer(result);
        if matches!(call.stage, Stage::Over) {
            self.free.push(slot);
        }
        Ok(reply)
    }

    pub(crate) fn poll(
        &mut self,
        slot: u32,
        id: u64,
        waker: &Waker,
    ) -> Poll<Result<Vec<u8>, RpcError>> {
        // Without it the network was closed.
        let Some(call) = self.of_caller(slot, id) else {
            return Poll::Ready(Err(RpcError::NoReply));
        };
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

    /// The caller does not want the reply any more.
    pub(crate) fn forget_caller(&mut self, slot: u32, id: u64) {
        let Some(call) = self.of_caller(slot, id) else { return };
        let over = matches!(call.stage, Stage::Over);
        if !matches!(std::mem::replace(&mut call.outcome, Outcome::Gone), Outcome::Gone) && over {
            self.free.push(slot);
        }
    }

    /// The call that a caller has a handle of; `None` when the network was closed.
    #[inline]
    fn of_caller(&mut self, slot: u32, id: u64) -> Option<&mut CallSlot> {
        self.slots.get_mut(slot as usize).filter(|call| call.id == id)
    }

    /// Takes all calls out.
    pub(crate) fn close(&mut self) -> Vec<CallSlot> {
        self.free.clear();
        self.on_link.iter_mut().for_each(Vec::clear);
        std::mem::take(&mut self.slots)
    }
}

impl Index<usize> for CallTable {
    type Output = CallSlot;

    #[inline]
    fn index(&self, slot: usize) -> &CallSlot {
        &self.slots[slot]
    }
}

impl IndexMut<usize> for CallTable {
    #[inline]
    fn index_mut(&mut self, slot: usize) -> &mut CallSlot {
        &mut self.slots[slot]
    }
}

#[cfg(test)]
mod tests {
    use super::CallTable;
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

    /// How many calls are listed by link: each where it says, and no other.
    fn listed(table: &CallTable) -> usize {
        for (link, calls) in table.on_link.iter().enumerate() {
            for (place, &slot) in calls.iter().enumerate() {
                let call = &table.slots[slot];
                assert!(call.stage.needs_link());
                assert_eq!((call.place, call.link), (place, link));
            }
        }
        let need_link = table.slots.iter().filter(|call| call.stage.needs_link()).count();
        let listed = table.on_link.iter().map(Vec::len).sum();
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
                    most = most.max(listed(&network.0.state.lock().calls));
                }
                sleep(Duration::from_secs(10)).await;
                (most, listed(&network.0.state.lock().calls))
            });
            let (most, left) = finished.result.unwrap();
            assert!(most > 5, "seed {seed}");
            assert_eq!(left, 0, "seed {seed}");
        }
    }
}
