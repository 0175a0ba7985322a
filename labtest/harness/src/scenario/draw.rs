//! A scenario drawn from a seed.
//!
//! Everything is drawn anew for each seed: what a run of 3 servers with lossy links and no crashes
//! never shows, one of 4 servers with slow disks may (swarm testing; Groce et al., "Swarm Testing",
//! 2012). Each part has a stream of its own.

use super::{BaseDisk, BaseNetwork, Choice, Load, Others, Recovery, Scenario, draw_kv, draw_steps};
use crate::majority::majority;
use crate::nemesis::faults::Shape;
use crate::{Exploration, FaultFilter};
use runtime::Rng;

/// How many of a million scenarios have the journal on their disks. The other ones show what Raft makes of
/// a disk, these what the journal does.
const JOURNAL_PER_MILLION: u32 = 300_000;

/// In about how many pieces a snapshot goes out at most: each takes a round trip.
const PIECES_MAX: usize = 30;

impl Scenario {
    /// The scenario of that seed. The filter takes faults out; what is left is as likely as it was.
    pub fn draw(exploration: Exploration, seed: u64, filter: &FaultFilter) -> Scenario {
        let part = |part| Rng::stream(seed, part, exploration as u64);
        let mut rng = part("scenario");
        let servers = draw_servers(&mut rng);
        let safety_ms = rng.range(2_500..=8_000);
        let snapshot_interval = match rng.below(10) {
            0..3 => 0,
            3..6 => rng.range(2..=6),
            6..9 => rng.range(7..=25),
            _ => rng.range(26..=60),
        };
        let snapshot_shift = match snapshot_interval > 1 && rng.chance(600_000) {
            true => rng.range(1..=snapshot_interval - 1),
            false => 0,
        };
        let snapshot_bytes =
            draw_snapshot_bytes(&mut part("scenario snapshot bytes"), snapshot_interval);
        let mut raft = draw_raft(&mut part("scenario raft"));
        let piece_bytes_min = snapshot_bytes / PIECES_MAX;
        raft.snapshot_piece_bytes_max = raft.snapshot_piece_bytes_max.max(piece_bytes_min);
        let has_quorum_checks = raft.pre_vote && raft.check_quorum;
        Scenario {
            servers,
            variation: 0,
            safety_ms,
            snapshot_interval,
            snapshot_shift,
            snapshot_bytes,
            network: draw_network(&mut part("scenario network"), exploration),
            disk: BaseDisk {
                journal: part("scenario journal").chance(JOURNAL_PER_MILLION),
                ..draw_disk(&mut part("scenario disk"))
            },
            raft,
            clients: draw_clients(&mut part("scenario clients"), safety_ms),
            kv: (exploration == Exploration::Kv).then(|| draw_kv::draw(&mut part("scenario kv"))),
            recovery: draw_recovery(&mut part("scenario recovery"), servers, has_quorum_checks),
            bursts: Vec::new(),
            steps: draw_steps::draw(&mut part("scenario steps"), exploration, filter, safety_ms),
        }
    }
}

fn draw_servers(rng: &mut Rng) -> usize {
    match rng.below(100) {
        0..2 => 1,
        2..6 => 2,
        6..40 => 3,
        40..52 => 4,
        52..86 => 5,
        86..90 => 6,
        90..96 => 7,
        96..98 => 8,
        _ => 9,
    }
}

/// Timeouts may be short or long, but never such that most elections are split.
fn draw_raft(rng: &mut Rng) -> raft::Config {
    // Short ones make many terms, so that messages outlive the term in which they were sent.
    let heartbeat_interval_ms =
        if rng.chance(400_000) { rng.range(20..=50) } else { rng.range(40..=150) };
    let election_timeout_min_ms = heartbeat_interval_ms * rng.range(2..=5);
    let spread_ms = (election_timeout_min_ms * rng.range(25..=150) / 100).max(60);
    let usual = raft::Config::default();
    let (pre_vote, check_quorum) = *rng.pick(&[
        (false, false),
        (false, false),
        (false, false),
        (false, false),
        (false, false),
        (true, false),
        (false, true),
        (true, true),
        (true, true),
    ]);
    raft::Config {
        election_timeout_min_ms,
        election_timeout_max_ms: election_timeout_min_ms + spread_ms,
        heartbeat_interval_ms,
        commit_notice_ms: *rng.pick(&[0, usual.commit_notice_ms, 50]),
        rpc_timeout_ms: if rng.chance(300_000) {
            rng.range(2000..=7000)
        } else {
            rng.range(100..=2000)
        },
        pre_vote,
        check_quorum,
        lease_ms: 0,
        batch_bytes_max: *rng.pick(&[1, 64, 1024, usual.batch_bytes_max]),
        inflight_max: *rng.pick(&[1, 2, usual.inflight_max, 64]),
        snapshot_piece_bytes_max: *rng.pick(&[
            5,
            16,
            500,
            64 * 1024,
            usual.snapshot_piece_bytes_max,
        ]),
        snapshots_stay_on_disk: rng.chance(500_000),
        ..usual
    }
}

/// Most have no more bytes than it takes to tell one from another; a few of those that are not taken
/// all the time have a megabyte and more.
fn draw_snapshot_bytes(rng: &mut Rng, snapshot_interval: u64) -> usize {
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

fn draw_network(rng: &mut Rng, exploration: Exploration) -> BaseNetwork {
    let mut network = BaseNetwork {
        loss_notice_ms: *rng.pick(&[0, 0, 50, 1000]),
        long_delays: rng.chance(200_000),
        outliving_messages: rng.chance(850_000),
        ..BaseNetwork::default()
    };
    // Crashes show best on a network that works.
    if exploration == Exploration::Crash || rng.chance(400_000) {
        return network;
    }
    network.shape = Shape::draw(rng);
    network.delay_ms = match network.shape {
        Shape::Uniform => rng.range(1..=40),
        Shape::Exponential => rng.range(1..=15),
        Shape::HeavyTail => rng.range(20..=2000),
    };
    network.loss_percent = *rng.pick(&[0, 0, 2, 10, 25]);
    network.duplicate_percent = *rng.pick(&[0, 0, 10, 50]);
    network.late_percent = *rng.pick(&[0, 0, 3, 20]);
    network.late_ms = rng.range(20..=3000);
    network
}

fn draw_disk(rng: &mut Rng) -> BaseDisk {
    match rng.below(5) {
        0..3 => BaseDisk::default(),
        3 => BaseDisk { sync_min_ms: 0, sync_max_ms: rng.range(1..=15), ..BaseDisk::default() },
        _ => BaseDisk {
            sync_min_ms: rng.range(0..=10),
            sync_max_ms: rng.range(10..=60),
            ..BaseDisk::default()
        },
    }
}

/// Mostly such that the commands last as long as the faults: without new entries few faults matter.
fn draw_clients(rng: &mut Rng, safety_ms: u64) -> Load {
    let clients = rng.range(1..=5);
    let commands = rng.range(30..=300);
    let burst_max = *rng.pick(&[1, 2, 8, 30]);
    let lasts_ms = safety_ms * rng.range(30..=120) / 100;
    let bursts_of_a_client = (2 * commands).div_ceil((1 + burst_max) * clients);
    let pause_ms = (lasts_ms / bursts_of_a_client.max(1)).clamp(2, 1500);
    let pause_min_ms = pause_ms * rng.range(0..=100) / 100;
    Load {
        clients: clients as usize,
        commands,
        burst_max,
        pause_min_ms,
        pause_max_ms: 2 * pause_ms - pause_min_ms,
        bytes: *rng.pick(&[0, 0, 0, 200]),
        choice: *rng.pick(&[Choice::Leader, Choice::Sticky, Choice::Random, Choice::Everyone]),
    }
}

fn draw_recovery(rng: &mut Rng, servers: usize, has_quorum_checks: bool) -> Recovery {
    let most = servers - majority(servers);
    let extra = if rng.chance(600_000) { 0 } else { rng.range(0..=most as u64) as usize };
    let others = match rng.below(10) {
        0..5 if has_quorum_checks => Others::HalfConnected,
        0..4 => Others::Down,
        4 | 5 => Others::CutOff,
        6 => Others::Paused,
        7 => Others::Whole,
        _ => Others::Mixed,
    };
    // Less than what lies between a heartbeat and the shortest timeout: leaders have to stay.
    let clock_percent_max = if rng.chance(500_000) { rng.range(110..=150) as u32 } else { 100 };
    Recovery { extra, others, clock_percent_max }
}
