//! How often a follower takes a leader back.
//!
//! Statement: a leader whose log differs from a follower's goes back by a term of the conflict with
//! each refusal that it hears of, and not by an entry. So their number is bounded by that of terms,
//! however long the logs are. Source: end of section 5.3 of the extended Raft paper.
//!
//! What counts is a step back: a request that begins in front of all that were refused before, and
//! that was sent when the leader had heard of the last step. Of requests under way together only one
//! refusal counts, and none of requests that were refused because they have overtaken those that
//! they build on: there the leader gets forward all the time.

/// The refusals of a stretch without faults.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    /// By follower.
    followers: Vec<Follower>,
    most: Most,
}

/// What a follower has refused the leader of one term.
#[derive(Clone, Debug, Default)]
struct Follower {
    term: u64,
    /// How many steps back the leader has heard of.
    heard: u64,
    /// What the request built on that was refused in the last of them.
    lowest: u64,
    /// The refusal that is on its way to the leader, and counts when it arrives.
    on_its_way: Option<Refusal>,
}

/// A refused request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) call: u64,
    /// The entry that it builds on.
    pub(crate) prev_index: u64,
    /// How many steps back its leader had heard of when it was sent.
    pub(crate) heard: u64,
}

/// The follower that took a leader back most often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Most {
    pub(crate) follower: usize,
    pub(crate) term: u64,
    pub(crate) refusals: u64,
}

impl Refusals {
    pub(crate) fn most(&self) -> Most {
        self.most
    }

    /// How many steps back to that follower the leader of `term` has heard of.
    pub(crate) fn heard(&self, follower: usize, term: u64) -> u64 {
        let known = self.followers.get(follower).filter(|known| known.term == term);
        known.map_or(0, |known| known.heard)
    }

    /// `follower` refuses a request of the leader of `term`, which it follows.
    pub(crate) fn refused(&mut self, follower: usize, term: u64, refusal: Refusal) {
        if self.followers.len() <= follower {
            self.followers.resize(follower + 1, Follower::default());
        }
        let known = &mut self.followers[follower];
        if known.term != term {
            *known = Follower { term, ..Follower::default() };
        }
        let is_step = known.heard == 0 || refusal.prev_index < known.lowest;
        if is_step && known.heard == refusal.heard {
            known.on_its_way.get_or_insert(refusal);
        }
    }

    /// The reply of `follower` to `call` has arrived.
    pub(crate) fn arrived(&mut self, follower: usize, call: u64) {
        let Some(refusal) = self.take(follower, call) else { return };
        let known = &mut self.followers[follower];
        known.heard += 1;
        known.lowest = refusal.prev_index;
        if known.heard > self.most.refusals {
            self.most = Most { follower, term: known.term, refusals: known.heard };
        }
    }

    /// The reply of `follower` to `call` will never arrive: the leader learns nothing from it.
    pub(crate) fn lost(&mut self, follower: usize, call: u64) {
        self.take(follower, call);
    }

    fn take(&mut self, follower: usize, call: u64) -> Option<Refusal> {
        self.followers.get_mut(follower)?.on_its_way.take_if(|refusal| refusal.call == call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEADER: u64 = 6;

    /// Has `call`, which builds on `prev_index`, refused and the leader hear of it.
    fn take_back(refusals: &mut Refusals, follower: usize, term: u64, call: u64, prev_index: u64) {
        let heard = refusals.heard(follower, term);
        refusals.refused(follower, term, Refusal { call, prev_index, heard });
        refusals.arrived(follower, call);
    }

    #[test]
    fn each_step_back_counts() {
        let mut refusals = Refusals::default();
        (0..4).for_each(|call| take_back(&mut refusals, 2, LEADER, call, 50 - call));
        assert_eq!(refusals.most(), Most { follower: 2, term: LEADER, refusals: 4 });
    }

    #[test]
    fn requests_under_way_together_count_once() {
        let mut refusals = Refusals::default();
        let refused = |call| Refusal { call, prev_index: 50 - call, heard: 0 };
        (0..8).for_each(|call| refusals.refused(2, LEADER, refused(call)));
        (0..8).for_each(|call| refusals.arrived(2, call));
        // Sent before the leader had heard of any.
        refusals.refused(2, LEADER, refused(8));
        refusals.arrived(2, 8);
        assert_eq!(refusals.most().refusals, 1);
    }

    #[test]
    fn requests_that_overtake_others_on_the_way_forward_do_not_count() {
        let mut refusals = Refusals::default();
        (0..9).for_each(|call| take_back(&mut refusals, 2, LEADER, call, 20 + call));
        assert_eq!(refusals.most().refusals, 1);
    }

    #[test]
    fn a_refusal_that_the_leader_never_hears_of_does_not_count() {
        let mut refusals = Refusals::default();
        refusals.refused(2, LEADER, Refusal { call: 1, prev_index: 9, heard: 0 });
        refusals.lost(2, 1);
        assert_eq!(refusals.most(), Most::default());
        take_back(&mut refusals, 2, LEADER, 2, 9);
        assert_eq!(refusals.most().refusals, 1);
    }

    #[test]
    fn each_leader_and_each_follower_is_counted_apart() {
        let mut refusals = Refusals::default();
        take_back(&mut refusals, 0, LEADER, 0, 9);
        take_back(&mut refusals, 1, LEADER, 1, 8);
        take_back(&mut refusals, 0, LEADER + 1, 2, 7);
        assert_eq!(refusals.most(), Most { follower: 0, term: LEADER, refusals: 1 });
    }
}
