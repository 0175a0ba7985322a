//! What is left out, one kind of thing after another.

use super::ROUNDS;
use super::trials::Trials;
use crate::scenario::Burst;
use crate::{Load, Scenario};
use std::ops::Range;

/// What leaves out, or makes simpler, one kind of thing.
type Pass = fn(&mut Trials<'_>);

/// In the order of how much they save.
const PASSES: [Pass; 10] = [
    cut_the_end,
    fewer_reseeds,
    name_the_bursts,
    fewer_faults,
    default_settings,
    fewer_servers,
    fewer_bursts,
    joined_bursts,
    single_faults,
    simple_steps,
];

/// Runs all of them until nothing more can be left out; false when it is over before that.
pub(super) fn run_all(trials: &mut Trials<'_>) -> bool {
    for (place, round) in ROUNDS.into_iter().enumerate() {
        trials.round = round;
        let is_last = place + 1 == ROUNDS.len();
        loop {
            let before = trials.best.clone();
            PASSES.iter().for_each(|pass| pass(trials));
            let is_done = Scenario { variation: 0, ..before }
                == Scenario { variation: 0, ..trials.best.clone() };
            if trials.is_over() {
                return false;
            }
            if is_done || !is_last {
                break;
            }
        }
    }
    true
}

/// Leaves out items, chunk by chunk, then smaller chunks, then one by one.
fn leave_out(
    trials: &mut Trials<'_>,
    count: impl Fn(&Scenario) -> usize,
    without: impl Fn(Scenario, Range<usize>) -> Option<Scenario>,
) {
    let mut chunk = count(&trials.best);
    let smallest = chunk.div_ceil(trials.round.chunks).max(1);
    while chunk >= smallest && !trials.is_over() {
        let mut start = 0;
        while start < count(&trials.best) && !trials.is_over() {
            let end = count(&trials.best).min(start + chunk);
            let fewer = without(trials.best.clone(), start..end);
            let gone = fewer.is_some_and(|it| trials.try_out(it));
            if !gone {
                start = end;
            }
        }
        chunk /= 2;
    }
}

/// What comes after the failure can't have to do with it.
fn cut_the_end(trials: &mut Trials<'_>) {
    let failed_at_ms = u64::try_from(trials.failure.at.as_millis()).unwrap_or(u64::MAX);
    let best = &trials.best;
    // When it is the quorum that failed to recover, what came before may matter as a whole.
    let end_ms = match failed_at_ms < best.safety_ms {
        true => failed_at_ms + 1,
        false => (best.safety_ms / 2).max(1),
    };
    let mut shorter = Scenario { safety_ms: end_ms, ..best.clone() };
    shorter.steps.retain(|step| step.at_ms < end_ms);
    let names_bursts = !shorter.bursts.is_empty();
    shorter.bursts.retain(|burst| burst.at_ms < end_ms);
    if names_bursts && shorter.bursts.is_empty() {
        shorter.clients.clients = 0;
    }
    if shorter != *best {
        trials.try_out(shorter);
    }
}

/// One course of chance for the whole run, if that does.
fn fewer_reseeds(trials: &mut Trials<'_>) {
    leave_out(
        trials,
        |scenario| scenario.reseeds.len(),
        |mut fewer, range| {
            fewer.reseeds.drain(range);
            Some(fewer)
        },
    );
}

/// Says burst by burst what clients submit, so that each can be left out.
fn name_the_bursts(trials: &mut Trials<'_>) {
    let best = &trials.best;
    if !best.bursts.is_empty() || best.clients.clients == 0 {
        return;
    }
    let bursts = best.bursts_before(best.safety_ms, best.simulation_seed(trials.seed));
    let Load { commands, bytes, mixed_sizes, read_pause_ms, choice, .. } = best.clients;
    // The rest is of no meaning any more.
    let clients = Load { commands, bytes, mixed_sizes, read_pause_ms, choice, ..Load::default() };
    let named = match bursts.is_empty() {
        true => Scenario { clients: Load { clients: 0, ..clients }, ..best.clone() },
        false => Scenario { bursts, clients, ..best.clone() },
    };
    trials.try_out(named);
}

fn fewer_faults(trials: &mut Trials<'_>) {
    leave_out(
        trials,
        |scenario| scenario.steps.len(),
        |mut fewer, range| {
            fewer.steps.drain(range);
            Some(fewer)
        },
    );
}

/// The options of Raft, of the network, of the disks, of the clients.
fn default_settings(trials: &mut Trials<'_>) {
    let settings = |scenario: &Scenario| {
        let mut settings = scenario.settings();
        // The number of servers has its own pass.
        settings.retain(|path| path != &["servers"] && path != &["clients", "clients"]);
        settings
    };
    leave_out(
        trials,
        |scenario| settings(scenario).len(),
        |scenario, range| scenario.with_defaults(&settings(&scenario)[range]),
    );
}

fn fewer_servers(trials: &mut Trials<'_>) {
    for servers in 1..trials.best.servers {
        let fewer = trials.best.with_servers(servers);
        // Not where a fault or a burst is for a server by its number.
        if fewer.is_possible() && trials.try_out(fewer) {
            return;
        }
    }
}

fn fewer_bursts(trials: &mut Trials<'_>) {
    leave_out(
        trials,
        |scenario| scenario.bursts.len(),
        |mut fewer, range| {
            fewer.bursts.drain(range);
            if fewer.bursts.is_empty() {
                // Without a burst by name they would be drawn.
                fewer.clients.clients = 0;
            }
            Some(fewer)
        },
    );
}

/// As many commands in fewer bursts, and then fewer commands.
fn joined_bursts(trials: &mut Trials<'_>) {
    let mut chunk = trials.best.bursts.len();
    let smallest = chunk.div_ceil(trials.round.chunks).max(2);
    while chunk >= smallest {
        let mut start = 0;
        while start + 1 < trials.best.bursts.len() {
            let end = trials.best.bursts.len().min(start + chunk);
            let mut joined = trials.best.clone();
            let commands = joined.bursts[start..end].iter().map(|burst| burst.commands).sum();
            joined.bursts[start].commands = commands;
            joined.bursts.drain(start + 1..end);
            start = if trials.try_out(joined) { start + 1 } else { end };
        }
        chunk /= 2;
    }
    for place in 0..trials.best.bursts.len() {
        fewer(trials, |scenario| Some(&mut scenario.bursts.get_mut(place)?.commands));
    }
}

/// Makes a number 1, or half of what it was, again and again.
fn fewer(trials: &mut Trials<'_>, number: impl Fn(&mut Scenario) -> Option<&mut u64>) {
    loop {
        let mut candidate = trials.best.clone();
        let Some(now) = number(&mut candidate).map(|number| *number).filter(|now| *now > 1) else {
            return;
        };
        let changed = [1, now / 2].into_iter().any(|less| {
            number(&mut candidate).into_iter().for_each(|number| *number = less);
            less < now && trials.try_out(candidate.clone())
        });
        if !changed {
            return;
        }
    }
}

/// Faults that happen again and again, once.
fn single_faults(trials: &mut Trials<'_>) {
    for place in 0..trials.best.steps.len() {
        fewer(trials, |scenario| Some(&mut scenario.steps.get_mut(place)?.times));
    }
}

/// Nothing that a step waits for, if it does without.
fn simple_steps(trials: &mut Trials<'_>) {
    for place in 0..trials.best.steps.len() {
        let mut simple = trials.best.clone();
        let step = &mut simple.steps[place];
        if step.of.is_some() || step.nth > 1 || step.then_ms > 0 {
            (step.of, step.nth, step.then_ms) = (None, 1, 0);
            trials.try_out(simple);
        }
    }
    if trials.best.bursts.iter().any(|burst| burst.client > 0) {
        let one = |burst: &Burst| Burst { client: 0, ..burst.clone() };
        let bursts = trials.best.bursts.iter().map(one).collect();
        let one_client = Scenario { bursts, ..trials.best.clone() };
        trials.try_out(one_client);
    }
}
