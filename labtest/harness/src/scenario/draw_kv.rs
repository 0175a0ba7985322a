//! What the clients of a store do, drawn from a seed.

use crate::{KvConfig, Workload};
use runtime::Rng;

pub(super) fn draw(rng: &mut Rng) -> KvConfig {
    let kind = match rng.below(6) {
        0 => Workload::registers(),
        1 => Workload::compare_and_set(),
        2 => Workload::append_lists(),
        3 => Workload::counters(),
        4 => Workload::many_keys(),
        _ => Workload::default(),
    };
    let keys = if kind.keys > 10 { rng.range(10..=50) } else { rng.range(1..=4) };
    let workload = Workload {
        clients: rng.range(1..=6) as usize,
        keys,
        think_min_ms: 0,
        think_max_ms: *rng.pick(&[60, 200, 800]),
        ..kind
    };
    KvConfig {
        snapshot_at_bytes: *rng.pick(&[0, 300, 1000, 5000]),
        sessions_max: *rng.pick(&[10_000, 10_000, 10_000, 4]),
        operation_timeout_ms: *rng.pick(&[0, 700, 3000]),
        lossy_clients: rng.chance(500_000),
        workload,
    }
}
