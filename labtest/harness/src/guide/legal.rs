//! What the parts of a scenario suppose of each other. Where they come from several scenarios this puts right
//! what would ask more of a Raft than it promises.

use crate::majority::majority;
use crate::scenario::{delay_ms_max, lease_ms_max};
use crate::{Others, Scenario};

/// The scenario with what follows from other parts of it as draws have it.
pub(super) fn made_legal(scenario: Scenario) -> Scenario {
    let mut scenario = scenario.with_servers(scenario.servers);
    let Scenario { servers, ref mut raft, ref mut recovery, ref steps, .. } = scenario;
    recovery.extra = recovery.extra.min(servers - majority(servers));
    // Only pre-vote and quorum checks can live with that.
    if recovery.others == Others::HalfConnected && !(raft.pre_vote && raft.check_quorum) {
        recovery.others = Others::Mixed;
    }
    // Leaders have to stay.
    recovery.delay_ms = recovery.delay_ms.min(delay_ms_max(raft));
    // Who relies on clocks has good ones.
    if raft.lease_ms > 0 {
        recovery.clock_percent_max = 100;
        raft.lease_ms = raft.lease_ms.min(lease_ms_max(raft, steps));
    }
    scenario
}
