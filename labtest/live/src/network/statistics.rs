//! What a link has done: a fault on it does not mean that any traffic met it.

use serde::Serialize;
use std::time::Duration;

/// What a directed link has done since its network was made. Every byte that it took is carried, swallowed,
/// undelivered, or still under way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LinkStatistics {
    /// Connections that used it.
    pub connections: u64,
    /// Bytes that it has passed on.
    pub bytes_carried: u64,
    /// Bytes that drew a delay.
    pub bytes_delayed: u64,
    /// Bytes that it has passed on while it was throttled.
    pub bytes_throttled: u64,
    /// Bytes that waited because the link was held.
    pub bytes_held: u64,
    /// Bytes that were lost since the link was cut.
    pub bytes_swallowed: u64,
    /// Bytes that were under way when their connection ended.
    pub bytes_undelivered: u64,
    /// The longest time for which a connection had something to carry while the link was held.
    pub held_ms_max: u64,
    /// The longest time from the arrival of a byte here to its being passed on.
    pub transit_ms_max: u64,
    /// Connections that were reset because the link was, or had lost something of theirs.
    pub connections_reset: u64,
    /// Connections that were refused because the link was reset.
    pub connections_refused: u64,
    /// Connections that were reset because no server listened at the other end.
    pub servers_not_reached: u64,
    /// Connections that the tester could not accept, for example for lack of file descriptors.
    pub accepts_failed: u64,
}

impl LinkStatistics {
    pub(super) fn note_held(&mut self, held: Duration) {
        self.held_ms_max = self.held_ms_max.max(whole_ms(held));
    }

    pub(super) fn note_carried(&mut self, bytes: usize, transit: Duration) {
        self.bytes_carried += bytes as u64;
        self.transit_ms_max = self.transit_ms_max.max(whole_ms(transit));
    }
}

fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
