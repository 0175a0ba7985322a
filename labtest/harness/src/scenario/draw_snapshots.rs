//! Snapshots, drawn from a seed: how often the service takes them, how large they are, and in what pieces they go
//! out.

use runtime::Rng;

/// In about how many pieces a snapshot goes out at most, as a rule: each takes a round trip.
const PIECES_MAX: usize = 30;
/// In how many it goes out at most in some scenarios, which is longer than most election timeouts.
const MANY_PIECES_MAX: usize = 500;
/// How many of a million scenarios with snapshots are such.
const MANY_PIECES_PER_MILLION: u32 = 100_000;

/// How often snapshots are taken, and how large they are; see the fields of [`Scenario`](super::Scenario).
pub(super) struct Snapshots {
    pub(super) interval: u64,
    pub(super) shift: u64,
    pub(super) bytes: usize,
}

/// How often they are taken; their size is still to be drawn.
pub(super) fn draw_interval(rng: &mut Rng) -> Snapshots {
    let interval = match rng.below(10) {
        0..3 => 0,
        3..6 => rng.range(2..=6),
        6..9 => rng.range(7..=25),
        _ => rng.range(26..=60),
    };
    let shift = match interval > 1 && rng.chance(600_000) {
        true => rng.range(1..=interval - 1),
        false => 0,
    };
    Snapshots { interval, shift, bytes: 0 }
}

/// How large they are, and at most how large the pieces.
pub(super) fn draw_sizes(
    snapshots: &mut Snapshots,
    raft: &mut raft::Config,
    sizes: &mut Rng,
    pieces: &mut Rng,
) {
    snapshots.bytes = draw_bytes(sizes, snapshots.interval);
    let piece_bytes_max = &mut raft.snapshot_piece_bytes_max;
    *piece_bytes_max = (*piece_bytes_max).max(snapshots.bytes / PIECES_MAX);
    if pieces.chance(MANY_PIECES_PER_MILLION) && snapshots.interval > 0 {
        // Small ones: what is sent, and not how much, takes long.
        *piece_bytes_max = (*piece_bytes_max).min(16);
        snapshots.bytes = *piece_bytes_max * pieces.range(100..=MANY_PIECES_MAX as u64) as usize;
    }
}

/// Most have no more bytes than it takes to tell one from another; a few of those that are not taken
/// all the time have a megabyte and more.
fn draw_bytes(rng: &mut Rng, snapshot_interval: u64) -> usize {
    let bytes = match rng.below(100) {
        0..60 => 0..=0,
        60..80 => 1..=200,
        80..98 => 200..=20_000,
        _ if snapshot_interval < 7 => 0..=0,
        98 => 20_000..=300_000,
        _ => 300_000..=1_500_000,
    };
    rng.range(bytes) as usize
}
