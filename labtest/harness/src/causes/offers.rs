//! What leaders have sent their followers to store, and what came after that.

use std::collections::BTreeMap;

/// By leader and follower.
#[derive(Debug, Default)]
pub(super) struct Offers(BTreeMap<(usize, usize), Offer>);

/// The last request of a term with something to store in it, and those without that followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    pub(super) term: u64,
    /// When it left; where there was none, the first without.
    pub(super) since: u64,
    pub(super) carrier: Option<Carrier>,
    pub(super) heartbeats: u64,
    /// How many requests the follower has refused since.
    pub(super) refused: u64,
}

/// A request with something to store in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carrier {
    call: u64,
    pub(super) lost: Option<Lost>,
}

/// What was lost of a call, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost {
    pub(super) at: u64,
    pub(super) is_answer: bool,
}

impl Offers {
    /// A leader sends a follower a request; `carries`: with something to store.
    pub(super) fn sent(
        &mut self,
        at: u64,
        (leader, follower): (usize, usize),
        term: u64,
        (call, carries): (u64, bool),
    ) {
        let carrier = carries.then_some(Carrier { call, lost: None });
        let new = Offer { term, since: at, carrier, heartbeats: 0, refused: 0 };
        let offer = self.0.entry((leader, follower)).or_insert(new);
        if carries || offer.term != term {
            *offer = new;
        }
        offer.heartbeats += u64::from(!carries);
    }

    pub(super) fn refused(&mut self, leader: usize, follower: usize) {
        if let Some(offer) = self.0.get_mut(&(leader, follower)) {
            offer.refused += 1;
        }
    }

    /// A request, or its answer, is lost.
    pub(super) fn lost(&mut self, at: u64, call: u64, is_answer: bool) {
        for carrier in self.carriers_of(call) {
            carrier.lost = Some(Lost { at, is_answer });
        }
    }

    /// Of a request that arrives twice nobody can say that it was lost.
    pub(super) fn copied(&mut self, call: u64) {
        self.carriers_of(call).for_each(|carrier| carrier.call = u64::MAX);
    }

    pub(super) fn get(&self, leader: usize, follower: usize) -> Option<Offer> {
        self.0.get(&(leader, follower)).copied()
    }

    fn carriers_of(&mut self, call: u64) -> impl Iterator<Item = &mut Carrier> {
        let carriers = self.0.values_mut().filter_map(|offer| offer.carrier.as_mut());
        carriers.filter(move |carrier| carrier.call == call)
    }
}
