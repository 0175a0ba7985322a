//! A scenario drawn from a seed.
//!
//! Everything is drawn again for each seed: what a run of 3 servers with lossy links and no crashes never
//! shows, one of 4 servers with slow disks may (swarm testing; Groce et al., "Swarm Testing", 2012). Each part
//! has a stream of its own.

use super::{BaseDisk, BaseNetwork, Choice, Load, Others, Recovery, Scenario};
use super::{draw_kv, draw_lease, draw_snapshots, draw_steps};
use crate::majority::majority;
use crate::nemesis::faults::Shape;
use crate::{Exploration, FaultFilter, ServiceTimes};
use runtime::Rng;

/// How many of a million scenarios have the journal on their disks. The other ones show what Raft makes of
/// a disk, these what the journal does.
const JOURNAL_PER_MILLION: u32 = 300_000;

/// How many of a million scenarios with several clients have an eager one.
const EAGER_PER_MILLION: u32 = 500_000;

/// How many of a million scenarios have faults that wait for what one server does, and not for any.
const FOLLOWS_PER_MILLION: u32 = 250_000;

impl Scenario {
    /// The scenario of that seed. The filter takes faults out; what is left is as likely as it was.
    pub fn draw(exploration: Exploration, seed: u64, filter: &FaultFilter) -> Scenario {
        let part = |part| Rng::stream(seed, part, exploration as u64);
        let mut rng = part("scenario");
        let servers = draw_servers(&mut rng);
        let safety_ms = rng.range(2_500..=8_000);
        let mut snapshots = draw_snapshots::draw_interval(&mut rng);
        let mut raft = draw_raft(&mut part("scenario raft"));
        let mut sizes = part("scenario snapshot bytes");
        let mut pieces = part("scenario pieces");
        draw_snapshots::draw_sizes(&mut snapshots, &mut raft, &mut sizes, &mut pieces);
        let has_quorum_checks = raft.pre_vote && raft.check_quorum;
        let followed = draw_followed(&mut part("scenario followed"), servers);
        let frame = draw_steps::Frame { safety_ms, followed };
        let steps = draw_steps::draw(&mut part("scenario steps"), exploration, filter, frame);
        let mut recovery =
            draw_recovery(&mut part("scenario recovery"), servers, has_quorum_checks);
        recovery.delay_ms = draw_delay(&mut part("scenario recovery delay"), &raft);
        recovery.shifts = part("scenario recovery shifts").below(4);
        draw_lease::draw(&mut part("scenario lease"), &mut raft, &mut recovery, &steps);
        let mut clients = draw_clients(&mut part("scenario clients"), safety_ms);
        clients.read_pause_ms = draw_reads(&mut part("scenario reads"), raft.lease_ms > 0);
        clients.eager = draw_eager(&mut part("scenario eager"), clients.clients);
        Scenario {
            servers,
            variation: 0,
            safety_ms,
            snapshot_interval: snapshots.interval,
            snapshot_shift: snapshots.shift,
            snapshot_bytes: snapshots.bytes,
            network: draw_network(&mut part("scenario network"), exploration),
            disk: BaseDisk {
                journal: part("scenario journal").chance(JOURNAL_PER_MILLION),
                ..draw_disk(&mut part("scenario disk"))
            },
            raft,
            service: draw_service(&mut part("scenario service")),
            clients,
            kv: (exploration == Exploration::Kv).then(|| draw_kv::draw(&mut part("scenario kv"))),
            recovery,
            reseeds: Vec::new(),
            bursts: Vec::new(),
            steps,
        }
    }
}

fn draw_servers(rng: &mut Rng) -> usize {
    match rng.below(100) {
        0..4 => 1,
        4..10 => 2,
        10..40 => 3,
        40..52 => 4,
        52..82 => 5,
        82..86 => 6,
        86..92 => 7,
        92..96 => 8,
        _ => 9,
    }
}

/// A server that all steps follow which wait for something, in some scenarios.
fn draw_followed(rng: &mut Rng, servers: usize) -> Option<usize> {
    let server = rng.below(servers as u64) as usize;
    rng.chance(FOLLOWS_PER_MILLION).then_some(server)
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
        (true, false),
        (false, true),
        (true, true),
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
        bytes: *rng.pick(&[0, 0, 0, 0, 0, 200, 200, 200, 2_000]),
        mixed_sizes: rng.chance(500_000),
        read_pause_ms: 0,
        choice: *rng.pick(&[Choice::Leader, Choice::Sticky, Choice::Random, Choice::Everyone]),
        eager: 0,
    }
}

/// A client that waits for elections submits little where there are few, so one of several at most.
fn draw_eager(rng: &mut Rng, clients: usize) -> usize {
    usize::from(clients > 1 && rng.chance(EAGER_PER_MILLION))
}

/// Longer than on a network that works well, and a fraction of a heartbeat interval: leaders have to stay.
fn draw_delay(rng: &mut Rng, raft: &raft::Config) -> u64 {
    let most_ms = delay_ms_max(raft);
    if most_ms > 2 && rng.chance(400_000) { rng.range(3..=most_ms) } else { 0 }
}

/// The longest delay with which leaders stay.
pub(crate) fn delay_ms_max(raft: &raft::Config) -> u64 {
    raft.heartbeat_interval_ms / 8
}

/// Reads that a lease answers cost no message, so there may be many.
fn draw_reads(rng: &mut Rng, has_lease: bool) -> u64 {
    let (often, seldom) = (*rng.pick(&[5, 15, 50]), *rng.pick(&[0, 0, 0, 30, 100, 300]));
    if has_lease { often } else { seldom }
}

/// Most take no time, so that what is wrong otherwise shows soon.
fn draw_service(rng: &mut Rng) -> ServiceTimes {
    match rng.below(10) {
        0..7 => ServiceTimes::default(),
        7 => ServiceTimes { apply_max_ms: rng.range(1..=3), ..ServiceTimes::default() },
        8 => ServiceTimes {
            apply_max_ms: rng.range(0..=2),
            stall_ms: rng.range(50..=1500),
            snapshot_ms: rng.range(0..=300),
        },
        _ => ServiceTimes {
            apply_max_ms: rng.range(3..=20),
            snapshot_ms: rng.range(0..=50),
            ..ServiceTimes::default()
        },
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
    Recovery { extra, others, clock_percent_max, delay_ms: 0, shifts: 0 }
}
