//! Leases, drawn from a seed where the clocks of the run permit one.

use super::Recovery;
use crate::nemesis::faults::{ClockRate, FaultSpec};
use crate::nemesis::step::Step;
use runtime::Rng;

/// How many of a million scenarios with quorum checks have a lease, if the clocks permit one.
const LEASES_PER_MILLION: u32 = 600_000;

/// Gives some with quorum checks a lease. A scenario that relies on clocks has good ones, also when a quorum
/// recovers.
pub(super) fn draw(
    rng: &mut Rng,
    raft: &mut raft::Config,
    recovery: &mut Recovery,
    steps: &[Step],
) {
    if raft.check_quorum && rng.chance(LEASES_PER_MILLION) {
        recovery.clock_percent_max = 100;
        raft.lease_ms = lease_ms(rng, raft, steps);
    }
}

/// The longest lease that the clocks permit; 0: none. It holds as long as no other server can be elected whatever
/// they do: at most the shortest election timeout of the fastest clock, by the slowest. A clock that jumps
/// permits none, and one that is no longer than a heartbeat interval is useless.
pub(crate) fn lease_ms_max(raft: &raft::Config, steps: &[Step]) -> u64 {
    let (mut slowest, mut fastest) = (100, 100);
    for step in steps {
        match &step.fault {
            FaultSpec::ClockJump(_) => return 0,
            FaultSpec::ClockRate(ClockRate { percent }) => {
                (slowest, fastest) = (slowest.min(*percent), fastest.max(*percent));
            }
            _ => {}
        }
    }
    let most = raft.election_timeout_min_ms * u64::from(slowest) / u64::from(fastest);
    if most <= raft.heartbeat_interval_ms { 0 } else { most }
}

fn lease_ms(rng: &mut Rng, raft: &raft::Config, steps: &[Step]) -> u64 {
    let most = lease_ms_max(raft, steps);
    if most == 0 {
        return 0;
    }
    let drawn = rng.range(raft.heartbeat_interval_ms..=most);
    *rng.pick(&[drawn, most, most])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Exploration, FaultFilter, Scenario};

    /// The slowest and the fastest clock of a run, in percent; nothing if one jumps.
    fn clocks(scenario: &Scenario) -> Option<(u64, u64)> {
        let mut rates = vec![100, u64::from(scenario.recovery.clock_percent_max)];
        for step in &scenario.steps {
            match step.fault {
                FaultSpec::ClockJump(_) => return None,
                FaultSpec::ClockRate(ClockRate { percent }) => rates.push(u64::from(percent)),
                _ => {}
            }
        }
        Some((rates.iter().copied().min()?, rates.iter().copied().max()?))
    }

    #[test]
    fn a_lease_is_over_before_the_fastest_clock_lets_another_server_stand() {
        let draw = |seed| Scenario::draw(Exploration::Everything, seed, &FaultFilter::all());
        let with_lease = (0..5_000).map(draw).filter(|scenario| scenario.raft.lease_ms > 0);
        let mut most = 0;
        for scenario in with_lease {
            let raft = &scenario.raft;
            let (slowest, fastest) = clocks(&scenario).expect("no clock jumps");
            assert!(raft.lease_ms * fastest <= raft.election_timeout_min_ms * slowest);
            assert!(raft.check_quorum && scenario.clients.read_pause_ms > 0);
            most += u64::from(
                raft.lease_ms * fastest + fastest > raft.election_timeout_min_ms * slowest,
            );
        }
        assert!(most > 20, "some are as long as can be: {most}");
    }
}
