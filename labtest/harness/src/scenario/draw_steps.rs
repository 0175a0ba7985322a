//! The faults of a scenario that is drawn from a seed.
//!
//! Each seed switches some faults and some events on and gives the faults weights, so that a run is
//! full of a few things rather than having a little of everything.

use crate::nemesis::faults::{Aim, FAULTS, FaultKind, FaultSpec};
use crate::nemesis::step::Step;
use crate::nemesis::target::Target;
use crate::nemesis::trigger::Event;
use crate::{Exploration, FaultFilter};
use runtime::Rng;

/// The most steps that a scenario is drawn with.
pub(crate) const STEPS_MAX: usize = 14;

pub(super) fn draw(
    rng: &mut Rng,
    exploration: Exploration,
    filter: &FaultFilter,
    frame: Frame,
) -> Vec<Step> {
    let possible = FAULTS.iter().filter(|fault| exploration.has(fault));
    let mut swarm: Vec<(&FaultKind, u64)> = Vec::new();
    let mut all: Vec<(&FaultKind, u64)> = Vec::new();
    for fault in possible {
        let weight = rng.range(1..=4);
        all.push((fault, weight));
        if rng.chance(fault.swarm_per_million) {
            swarm.push((fault, weight));
        }
    }
    if swarm.is_empty() {
        swarm = all;
    }
    let events: Vec<Event> = Event::ALL.into_iter().filter(|_| rng.chance(350_000)).collect();
    let reactive_per_million = *rng.pick(&[0, 400_000, 800_000]);
    let count = rng.range(1..=STEPS_MAX as u64);
    let total: u64 = swarm.iter().map(|(_, weight)| weight).sum();
    let mut steps = Vec::new();
    for id in 1..=count {
        // All is drawn, also for a fault that the filter takes out: the others stay as they are.
        let fault = pick_weighted(&swarm, total, rng);
        let mut step = draw_step(id, fault, &events, reactive_per_million, frame.safety_ms, rng);
        follow(&mut step, frame.followed);
        if filter.allows(fault.name) {
            steps.push(step);
        }
    }
    steps
}

/// When a step begins at the latest, in a scenario whose faults go on that long.
pub(crate) fn step_ms_max(safety_ms: u64) -> u64 {
    safety_ms * 9 / 10
}

/// What a scenario is, as far as its steps go by that.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) safety_ms: u64,
    /// A server that the steps follow which wait for something: what goes wrong in a row with one server meets
    /// more rarely where each step waits for anybody.
    pub(super) followed: Option<usize>,
}

/// The step waits for what that server does.
fn follow(step: &mut Step, server: Option<usize>) {
    if step.on.is_some() && server.is_some() {
        step.of = server;
        if step.target == Target::Random {
            step.target = Target::Cause;
        }
    }
}

fn pick_weighted<'a>(swarm: &[(&'a FaultKind, u64)], total: u64, rng: &mut Rng) -> &'a FaultKind {
    let mut drawn = rng.below(total);
    for (fault, weight) in swarm {
        match drawn.checked_sub(*weight) {
            Some(rest) => drawn = rest,
            None => return fault,
        }
    }
    swarm[0].0
}

fn draw_step(
    id: u64,
    kind: &FaultKind,
    events: &[Event],
    reactive_per_million: u32,
    safety_ms: u64,
    rng: &mut Rng,
) -> Step {
    let on = match rng.chance(reactive_per_million) && !events.is_empty() {
        true => Some(*rng.pick(events)),
        false => None,
    };
    let fault: FaultSpec = (kind.draw)(rng);
    let for_ms = (kind.draw_length)(rng);
    let times = if rng.chance(500_000) { 1 } else { rng.range(2..=6) };
    Step {
        id,
        at_ms: rng.range(0..=step_ms_max(safety_ms)),
        on,
        of: None,
        nth: if on.is_some() && rng.chance(300_000) { rng.range(2..=5) } else { 1 },
        then_ms: match rng.below(4) {
            0 if on.is_some() => rng.range(1..=15),
            1 if on.is_some() => rng.range(15..=300),
            _ => 0,
        },
        target: draw_target(kind.aim, on.is_some(), rng),
        for_ms,
        times,
        fault,
    }
}

fn draw_target(aim: Aim, has_cause: bool, rng: &mut Rng) -> Target {
    match aim {
        Aim::Nobody => return Target::Random,
        Aim::Links if rng.chance(600_000) => return Target::All,
        Aim::Links | Aim::Servers => {}
    }
    if has_cause && rng.chance(500_000) {
        return Target::Cause;
    }
    match rng.below(100) {
        0..35 => Target::Leader,
        35..47 => Target::Follower,
        47..53 => Target::Candidate,
        53..61 => Target::MostUpToDate,
        61..67 => Target::LeastUpToDate,
        67..79 => Target::Random,
        79..87 => Target::Minority,
        87..95 => Target::Majority,
        _ => Target::All,
    }
}
