//! A directed link: what it does to bytes, which connections use it, and how fast it may be.

use super::statistics::LinkStatistics;
use harness::nemesis::Closing;
use labrpc::{Delay, Late};
use parking_lot::Mutex;
use runtime::{Instant, Rng};
use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Duration;

/// What a link does to the bytes that it carries. By default it passes them on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkState {
    /// Whether it is closed. A connection uses two links, and what one of them does to its own bytes leaves those
    /// of the other alone, but for a reset.
    ///
    /// * [`Closing::Cut`] is a blackhole: bytes and ends of connections are swallowed, and senders don't notice.
    ///   When the link opens, connections that have lost something are reset.
    /// * [`Closing::Hold`]: bytes and ends of connections wait, and arrive when the link opens.
    /// * [`Closing::Reset`]: connections are reset, and new ones are refused by a reset: those that use the link
    ///   for their answers too, as a connection can't live with one direction.
    pub closed: Option<Closing>,
    /// How long each piece of bytes takes. Pieces keep their order, so a slow one delays those behind it. When
    /// the delay ends, everything that was delayed arrives at once.
    pub delay: Option<Delay>,
    /// Makes some pieces take longer, whether or not there is a delay for all. This is also the effect of loss,
    /// since TCP repeats what was lost.
    pub late: Option<Late>,
    /// How fast it is, for all its connections together. Less than one byte a second is one.
    pub throttle_bytes_per_s: Option<u64>,
}

impl LinkState {
    /// A link that is closed and otherwise as ever.
    pub fn closed(closing: Closing) -> LinkState {
        LinkState { closed: Some(closing), ..LinkState::default() }
    }

    /// Whether bytes can take longer than they must.
    pub(super) fn delays(&self) -> bool {
        self.delay.is_some() || self.late.is_some()
    }

    fn draw_delay(&self, rng: &mut Rng) -> Duration {
        let usual = self.delay.as_ref().map_or(Duration::ZERO, |delay| delay.draw(rng));
        match &self.late {
            Some(late) if rng.chance(late.per_million) => usual + late.delay.draw(rng),
            _ => usual,
        }
    }
}

/// A link that is throttled passes on its bytes in that many portions a second.
const PORTIONS_PER_S: u64 = 50;
/// How far a link may have fallen behind its rate and still catch up.
const BEHIND_MAX: Duration = Duration::from_millis(100);
const NANOS_PER_S: u128 = 1_000_000_000;

/// Which half of a connection, of those that use a link.
pub(super) type HalfId = u64;

pub(super) struct Link(Mutex<Inner>);

struct Inner {
    state: LinkState,
    /// How often connections were reset: those that are older than the last time must go.
    resets: u64,
    rng: Rng,
    /// From when on the next byte may be sent, where the link is throttled.
    free_at: Instant,
    /// The halves of connections that use the link, to be woken when it changes.
    halves: BTreeMap<HalfId, Waker>,
    next_half: HalfId,
    statistics: LinkStatistics,
}

impl Link {
    pub(super) fn new(rng: Rng) -> Link {
        Link(Mutex::new(Inner {
            state: LinkState::default(),
            resets: 0,
            rng,
            free_at: Instant::START,
            halves: BTreeMap::new(),
            next_half: 0,
            statistics: LinkStatistics::default(),
        }))
    }

    pub(super) fn set(&self, state: LinkState) {
        let halves: Vec<Waker> = {
            let mut inner = self.0.lock();
            inner.resets += u64::from(state.closed == Some(Closing::Reset));
            inner.free_at = Instant::START;
            inner.state = state;
            inner.halves.values().cloned().collect()
        };
        halves.iter().for_each(Waker::wake_by_ref);
    }

    /// A new half of a connection: its number, and how often connections were reset before it.
    pub(super) fn enter(&self) -> (HalfId, u64) {
        let mut inner = self.0.lock();
        inner.next_half += 1;
        inner.statistics.connections += 1;
        (inner.next_half, inner.resets)
    }

    pub(super) fn leave(&self, half: HalfId) {
        self.0.lock().halves.remove(&half);
    }

    /// What the link does at present and how often it was reset; its changes wake the half.
    pub(super) fn observe(&self, half: HalfId, waker: &Waker) -> (LinkState, u64) {
        let mut inner = self.0.lock();
        match inner.halves.get_mut(&half) {
            Some(known) => known.clone_from(waker),
            None => drop(inner.halves.insert(half, waker.clone())),
        }
        (inner.state.clone(), inner.resets)
    }

    /// Counts a connection as refused if the link refuses it.
    pub(super) fn refuses(&self) -> bool {
        let mut inner = self.0.lock();
        let refuses = inner.state.closed == Some(Closing::Reset);
        inner.statistics.connections_refused += u64::from(refuses);
        refuses
    }

    /// Draws how long a piece of bytes takes.
    pub(super) fn draw_delay(&self, bytes: usize) -> Duration {
        let mut guard = self.0.lock();
        let inner = &mut *guard;
        let delay = inner.state.draw_delay(&mut inner.rng);
        if !delay.is_zero() {
            inner.statistics.bytes_delayed += bytes as u64;
        }
        delay
    }

    /// How many bytes may be sent now, or, if none, when some may.
    pub(super) fn may_send(&self, now: Instant) -> Result<usize, Instant> {
        let inner = self.0.lock();
        match inner.state.throttle_bytes_per_s {
            None => Ok(usize::MAX),
            Some(_) if inner.free_at > now => Err(inner.free_at),
            Some(rate) => Ok(usize::try_from((rate / PORTIONS_PER_S).max(1)).unwrap_or(usize::MAX)),
        }
    }

    /// Bytes were sent, the first of which came this long ago.
    pub(super) fn sent(&self, bytes: usize, transit: Duration, now: Instant) {
        let mut inner = self.0.lock();
        inner.statistics.note_carried(bytes, transit);
        if let Some(rate) = inner.state.throttle_bytes_per_s {
            inner.statistics.bytes_throttled += bytes as u64;
            let nanos = bytes as u128 * NANOS_PER_S / u128::from(rate.max(1));
            let earliest = now.since(Instant::START).saturating_sub(BEHIND_MAX);
            let begun = inner.free_at.max(Instant::START + earliest);
            inner.free_at = begun + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        }
    }

    pub(super) fn count(&self, count: impl FnOnce(&mut LinkStatistics)) {
        count(&mut self.0.lock().statistics);
    }

    pub(super) fn statistics(&self) -> LinkStatistics {
        self.0.lock().statistics.clone()
    }
}
