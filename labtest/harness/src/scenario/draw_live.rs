//! A scenario drawn from a seed that both worlds can run: a simulated cluster, and servers that are processes.
//!
//! In the manner of TigerBeetle's Vortex: how often each fault is to be expected in a minute, and as often as
//! any of them that all is healed for a while, so that there are healthy stretches in which the cluster has to
//! work. What clients find in these is what liveness is judged by.

use super::{BaseDisk, Scenario};
use crate::faults::*;
use crate::nemesis::faults::LIVE_POINTS;
use crate::nemesis::senses::PATIENCE;
use crate::nemesis::{Closing, Event, FaultFilter, FaultSpec, Step, Target, Unsynced, Way};
use crate::{KvConfig, Weights, Workload};
use runtime::Rng;

/// How often it happens in a minute that all is healed.
const HEALINGS: u64 = 6;
/// How long nothing is wrong then, in milliseconds: a leader is elected, and clients make progress.
const HEALTHY_MS: std::ops::RangeInclusive<u64> = 2_000..=6_000;
/// How many of a million such stretches end with a power cut at all servers: what clients were just told must
/// be durable then.
const POWER_FAILURES_AFTER_HEALTH_PER_MILLION: u32 = 500_000;
/// How long power is gone then: whatever follows has to wait for it.
const POWER_FAILURE_MS: std::ops::RangeInclusive<u64> = 100..=500;
/// What is healthy at the start.
const START_MS: u64 = 2_000;
/// The shortest and the longest time of a fault: from well below the timeouts of elections to many times as long.
const LENGTH_MS: std::ops::RangeInclusive<u64> = 100..=8_000;
/// How many of a million power cuts hit all servers at once, as where they hang on one line: what too few of
/// them have synced is gone then, and no other server has it.
const POWER_FAILURES_PER_MILLION: u32 = 500_000;
/// How many servers there are: the sizes that people run. In three every single fault counts for more.
const SERVERS: [usize; 2] = [3, 5];
/// How many of a million steps wait for an event.
const REACTIVE_PER_MILLION: u32 = 250_000;

/// A fault that is drawn.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// How often it is to be expected in a minute without healing.
    per_minute: u64,
    draw: fn(&mut Rng) -> FaultSpec,
}

macro_rules! rows {
    ($($name:literal $per_minute:literal $draw:expr;)*) => {
        &[$(Row { name: $name, per_minute: $per_minute, draw: $draw }),*]
    };
}

pub(super) const ROWS: &[Row] = rows! {
    "crash" 8 |rng| FaultSpec::Crash(Crash { unsynced: unsynced(rng) });
    "crash-at" 3 |rng| FaultSpec::CrashAt(CrashAt {
        point: *rng.pick(&LIVE_POINTS),
        nth: rng.range(1..=8),
        unsynced: unsynced(rng),
        down_ms: rng.range(500..=4_000),
    });
    "pause" 4 |_| FaultSpec::Pause(Pause {});
    "isolate" 3 |rng| FaultSpec::Isolate(Isolate { closing: closing(rng) });
    "split" 3 |rng| FaultSpec::Split(Split { from: None, closing: closing(rng) });
    "halves" 1 |rng| FaultSpec::Halves(Halves { closing: closing(rng) });
    "bridge" 1 |rng| FaultSpec::Bridge(Bridge { closing: closing(rng) });
    "ring" 1 |rng| FaultSpec::Ring(Ring { closing: closing(rng) });
    "one-way" 2 |rng| FaultSpec::OneWay(OneWay {
        closed: *rng.pick(&[Way::In, Way::Out]),
        closing: closing(rng),
    });
    "random-cuts" 1 |rng| FaultSpec::RandomCuts(RandomCuts {
        percent: rng.range(10..=70) as u32,
        closing: closing(rng),
    });
    "flapping" 1 |rng| FaultSpec::Flapping(Flapping {
        closed_ms: rng.range(100..=1_000),
        open_ms: rng.range(100..=1_000),
        closing: closing(rng),
    });
    "swizzle" 1 |_| FaultSpec::Swizzle(Swizzle {});
    "delay" 2 |rng| FaultSpec::Delay(Delay {
        shape: Shape::draw(rng),
        ms: rng.range(10..=500),
        way: *rng.pick(&[Way::Both, Way::In, Way::Out]),
    });
    "throttle" 1 |rng| FaultSpec::Throttle(Throttle {
        bytes_per_s: rng.range(2_000..=4_000) << rng.below(8),
        way: *rng.pick(&[Way::Both, Way::In, Way::Out]),
    });
    "unreachable" 2 |rng| FaultSpec::Unreachable(Unreachable {
        way: *rng.pick(&[Way::Both, Way::In, Way::Out]),
        closing: closing(rng),
    });
    "slow-server" 1 |rng| FaultSpec::SlowServer(SlowServer { ms: rng.range(5..=250) });
    "slow-disk" 2 |rng| {
        let min_ms = rng.range(0..=50);
        FaultSpec::SlowDisk(SlowDisk { min_ms, max_ms: min_ms + rng.range(5..=500) })
    };
    "failing-sync" 1 |_| FaultSpec::FailingSync(FailingSync {});
    "full-disk" 1 |_| FaultSpec::FullDisk(FullDisk {});
};

fn unsynced(rng: &mut Rng) -> Unsynced {
    *rng.pick(&[Unsynced::Lost, Unsynced::Prefix, Unsynced::Torn])
}

fn closing(rng: &mut Rng) -> Closing {
    *rng.pick(&[Closing::Cut, Closing::Hold, Closing::Reset])
}

impl Scenario {
    /// How many servers a live run of that seed has if nobody says it.
    pub fn draw_live_servers(seed: u64) -> usize {
        *Rng::stream(seed, "live servers", 0).pick(&SERVERS)
    }

    /// The scenario of that seed, with that many servers and that length, of steps that a live run can do, and with
    /// clients of a store. The filter takes faults out; those that are left are as frequent as they were.
    ///
    /// ```
    /// # use harness as labtest;
    /// use labtest::nemesis::FaultFilter;
    /// use labtest::scenario::Scenario;
    ///
    /// let filter = FaultFilter::parse_live("kill,partition")?;
    /// let scenario = Scenario::draw_live(17, 5, 60_000, &filter);
    /// assert!(scenario.check_live().is_ok());
    /// assert!(scenario.steps.iter().all(|step| filter.allows(step.fault.name())));
    /// # Ok::<(), labtest::nemesis::UnknownFault>(())
    /// ```
    pub fn draw_live(seed: u64, servers: usize, length_ms: u64, filter: &FaultFilter) -> Scenario {
        let part = |part| Rng::stream(seed, part, 0);
        Scenario {
            servers,
            safety_ms: length_ms,
            // As the servers of a live run have.
            disk: BaseDisk { journal: true, ..draw_disk(&mut part("live disk")) },
            kv: Some(draw_kv(&mut part("live kv"))),
            steps: draw_steps(&mut part("live steps"), length_ms, filter),
            ..Scenario::default()
        }
    }
}

/// As fast as the machine's, or slower: what is durable at one server and not yet at another is most then.
fn draw_disk(rng: &mut Rng) -> BaseDisk {
    BaseDisk { sync_max_ms: *rng.pick(&[0, 10, 50, 150]), ..BaseDisk::default() }
}

fn draw_kv(rng: &mut Rng) -> KvConfig {
    let workload = Workload {
        // Few are all under way when something breaks, and find it as it was; of many some come later.
        clients: *rng.pick(&[10, 20, 50]),
        keys: rng.range(3..=10),
        think_min_ms: 0,
        think_max_ms: 0,
        // Busy clients have something under way at any moment, idle ones leave servers time for what they do by
        // themselves.
        rate_per_s: *rng.pick(&[100, 300, 900]),
        weights: Weights { put_at_version: 0, ..Workload::default().weights },
        ..Workload::default()
    };
    // Patient clients all hang on a leader that stands still; those with little patience come again, and ask it
    // for what others have written elsewhere meanwhile.
    let operation_timeout_ms = *rng.pick(&[500, 1_000, 3_000]);
    KvConfig { operation_timeout_ms, workload, ..KvConfig::default() }
}

fn draw_steps(rng: &mut Rng, length_ms: u64, filter: &FaultFilter) -> Vec<Step> {
    let rows: Vec<&Row> = ROWS.iter().filter(|row| filter.allows(row.name)).collect();
    let of_faults: u64 = rows.iter().map(|row| row.per_minute).sum();
    let all = of_faults + HEALINGS;
    let (mut steps, mut is_open): (Vec<Step>, usize) = (Vec::new(), 0);
    let mut at_ms = START_MS;
    if of_faults == 0 {
        return steps;
    }
    loop {
        at_ms += rng.range(0..=2 * 60_000 / all);
        if at_ms + LENGTH_MS.start() > length_ms {
            break;
        }
        let drawn = rng.below(all);
        if drawn >= of_faults {
            // Those before `is_open` have ended at an earlier healing.
            let healed_ms = steps[is_open..].iter_mut().map(|step| end_by(step, at_ms)).max();
            is_open = steps.len();
            at_ms = healed_ms.unwrap_or(at_ms).max(at_ms) + rng.range(HEALTHY_MS);
            let fails = rng.chance(POWER_FAILURES_AFTER_HEALTH_PER_MILLION);
            if fails && filter.allows("crash") && at_ms + POWER_FAILURE_MS.end() <= length_ms {
                steps.push(power_failure(steps.len() as u64 + 1, at_ms, rng));
            }
        } else {
            steps.push(draw_step(steps.len() as u64 + 1, pick(&rows, drawn), at_ms, rng));
        }
    }
    steps
}

/// The row on which that number falls, where each has as many as it is expected often.
fn pick<'a>(rows: &[&'a Row], mut number: u64) -> &'a Row {
    for row in rows {
        match number.checked_sub(row.per_minute) {
            Some(rest) => number = rest,
            None => return row,
        }
    }
    unreachable!("the number is below the sum of all")
}

fn draw_step(id: u64, row: &Row, at_ms: u64, rng: &mut Rng) -> Step {
    let seen: Vec<Event> = Event::ALL.into_iter().filter(|event| event.is_seen_live()).collect();
    let on = rng.chance(REACTIVE_PER_MILLION).then(|| *rng.pick(&seen));
    let fault = (row.draw)(rng);
    let target = match fault.loses_unsynced() && rng.chance(POWER_FAILURES_PER_MILLION) {
        true => Target::All,
        false => draw_target(on.is_some(), rng),
    };
    Step {
        id,
        at_ms,
        on,
        of: None,
        nth: 1,
        then_ms: if on.is_some() { rng.range(0..=300) } else { 0 },
        target,
        for_ms: draw_length_ms(rng),
        times: 1,
        fault,
    }
}

/// Nobody has power for a moment.
fn power_failure(id: u64, at_ms: u64, rng: &mut Rng) -> Step {
    Step {
        id,
        at_ms,
        on: None,
        of: None,
        nth: 1,
        then_ms: 0,
        target: Target::All,
        for_ms: rng.range(POWER_FAILURE_MS),
        times: 1,
        fault: FaultSpec::Crash(Crash { unsynced: unsynced(rng) }),
    }
}

/// Each doubling is as likely as the next.
fn draw_length_ms(rng: &mut Rng) -> u64 {
    let doublings = rng.below(6);
    rng.range(100..=250) << doublings
}

/// Leaders most of all; minorities, which the others have to get on without, and majorities, without which
/// nothing may be acknowledged.
fn draw_target(has_cause: bool, rng: &mut Rng) -> Target {
    if has_cause && rng.chance(600_000) {
        return Target::Cause;
    }
    match rng.below(100) {
        0..35 => Target::Leader,
        35..50 => Target::Follower,
        50..60 => Target::Random,
        60..76 => Target::Minority,
        76..93 => Target::Majority,
        _ => Target::All,
    }
}

/// Has a step end by then, or as early as it can; returns when it has ended for certain.
fn end_by(step: &mut Step, healed_ms: u64) -> u64 {
    let (shortest_ms, tail_ms) = (*LENGTH_MS.start(), tail_ms(&step.fault));
    let waits_ms = step.on.map_or(0, |_| PATIENCE.as_millis() as u64);
    let latest_ms = step.at_ms + waits_ms + step.then_ms;
    let left_ms = healed_ms.saturating_sub(latest_ms + tail_ms);
    step.for_ms = step.for_ms.min(left_ms.max(shortest_ms));
    latest_ms + step.for_ms + tail_ms
}

/// How long something of a fault can last after its end.
fn tail_ms(fault: &FaultSpec) -> u64 {
    match fault {
        FaultSpec::CrashAt(CrashAt { down_ms, .. }) => *down_ms,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
