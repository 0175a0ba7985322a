//! How fast the service is that takes what a Raft applies.

use serde::{Deserialize, Serialize};

/// How long a service takes for what its Raft hands to it; by default, no time.
///
/// While it is busy, it takes nothing else: a Raft that waits for it still has to work as a Raft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceTimes {
    /// The longest time for a command or a snapshot that is applied, in milliseconds; the shortest is 0.
    pub apply_max_ms: u64,
    /// How long one in fifty takes, in milliseconds.
    pub stall_ms: u64,
    /// How long it takes to make a snapshot, in milliseconds.
    pub snapshot_ms: u64,
}

impl ServiceTimes {
    /// How many of a million times it stalls.
    const STALLS_PER_MILLION: u32 = 20_000;

    pub(crate) fn is_usual(&self) -> bool {
        *self == ServiceTimes::default()
    }

    /// How long it takes for each further thing that is applied, in milliseconds.
    pub(crate) fn apply_ms(&self, rng: &mut runtime::Rng) -> u64 {
        let stalls = self.stall_ms > 0 && rng.chance(ServiceTimes::STALLS_PER_MILLION);
        if stalls { self.stall_ms } else { rng.range(0..=self.apply_max_ms) }
    }

    /// About how long it takes at most for `count` commands, with a snapshot every `interval`, in
    /// milliseconds.
    pub(crate) fn backlog_ms(&self, count: u64, interval: u64) -> u64 {
        let stalls = count * u64::from(ServiceTimes::STALLS_PER_MILLION) / 1_000_000 + 2;
        let snapshots = count.checked_div(interval).unwrap_or(0) + 1;
        count * self.apply_max_ms + 2 * stalls * self.stall_ms + snapshots * self.snapshot_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_takes_no_longer_than_is_said() {
        let service = ServiceTimes { apply_max_ms: 3, stall_ms: 400, snapshot_ms: 50 };
        for seed in 0..200 {
            let mut rng = runtime::Rng::stream(seed, "service", 0);
            let applied_ms: u64 = (0..300).map(|_| service.apply_ms(&mut rng)).sum();
            let takes_ms = applied_ms + 300 / 10 * service.snapshot_ms;
            assert!(takes_ms <= service.backlog_ms(300, 10), "{seed}: {takes_ms}");
        }
        assert_eq!(ServiceTimes::default().backlog_ms(300, 0), 0);
    }
}
