//! When clients submit what: drawn from the seed, or said burst by burst.

use super::{Load, Scenario};
use crate::Target;
use crate::nemesis::trigger::Event;
use crate::nemesis::when::{When, is_one, is_zero, one};
use runtime::Rng;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Commands that a client submits at one moment.
///
/// A scenario that names its bursts has no others: how many clients there are and how long they
/// pause is of no meaning then. A client does one burst after another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Burst {
    /// Which client, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub client: usize,
    /// When, in milliseconds from the start; with `on`, from when it waits.
    pub at_ms: u64,
    /// What it waits for. If that does not happen within two seconds, it does not wait longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Event>,
    /// Which of these events, from 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub nth: u64,
    /// How long after that, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub then_ms: u64,
    /// How many commands.
    #[serde(default = "one")]
    pub commands: u64,
    /// Whom it asks; otherwise as `clients.choice` has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Target>,
}

impl Burst {
    /// When it begins.
    pub(crate) fn when(&self) -> When {
        let Burst { at_ms, on, nth, then_ms, .. } = *self;
        When { at_ms, on, nth, then_ms }
    }

    fn drawn(client: usize, at_ms: u64, commands: u64) -> Burst {
        Burst { client, at_ms, on: None, nth: 1, then_ms: 0, commands, to: None }
    }
}

/// What a person reads: `1.200 s: client 0 submits 3 commands`.
impl fmt::Display for Burst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let commands = if self.commands == 1 { "command" } else { "commands" };
        write!(f, "{}: client {} submits {} {commands}", self.when(), self.client, self.commands)?;
        self.to.map_or(Ok(()), |target| write!(f, " to {target}"))
    }
}

/// The bursts of one client, one after another, without end.
pub(crate) struct DrawnBursts {
    load: Load,
    client: usize,
    at_ms: u64,
    rng: Rng,
}

impl DrawnBursts {
    /// The name of the clients' streams of chance.
    pub(crate) const STREAM: &'static str = "client";

    /// `rng` is the client's stream, of [that name](DrawnBursts::STREAM).
    pub(crate) fn new(load: &Load, client: usize, rng: Rng) -> DrawnBursts {
        DrawnBursts { load: load.clone(), client, at_ms: 0, rng }
    }
}

impl Iterator for DrawnBursts {
    type Item = Burst;

    fn next(&mut self) -> Option<Burst> {
        self.at_ms += self.rng.range(self.load.pause_min_ms..=self.load.pause_max_ms).max(1);
        let commands = self.rng.range(1..=self.load.burst_max);
        let burst = Burst::drawn(self.client, self.at_ms, commands);
        Some(match self.client < self.load.eager {
            true => Burst { on: Some(Event::Elected), ..burst },
            false => burst,
        })
    }
}

impl Scenario {
    /// The bursts of all clients before that time, in the order of time: what is submitted is the
    /// same whether the scenario names them or not.
    pub(crate) fn bursts_before(&self, end_ms: u64, simulation_seed: u64) -> Vec<Burst> {
        if !self.bursts.is_empty() {
            return self.bursts.iter().filter(|burst| burst.at_ms < end_ms).cloned().collect();
        }
        let mut bursts: Vec<Burst> = self.drawn_before(end_ms, simulation_seed).collect();
        bursts.sort_by_key(|burst| burst.at_ms);
        bursts
    }

    /// How many those are, without making a list of them.
    pub(super) fn burst_count(&self, end_ms: u64, simulation_seed: u64) -> usize {
        match self.bursts.as_slice() {
            [] => self.drawn_before(end_ms, simulation_seed).count(),
            named => named.iter().filter(|burst| burst.at_ms < end_ms).count(),
        }
    }

    /// The bursts that are drawn, client by client.
    fn drawn_before(
        &self,
        end_ms: u64,
        simulation_seed: u64,
    ) -> impl Iterator<Item = Burst> + use<'_> {
        (0..self.clients.clients).flat_map(move |client| {
            let rng = Rng::stream(simulation_seed, DrawnBursts::STREAM, client as u64);
            DrawnBursts::new(&self.clients, client, rng)
                .take_while(move |burst| burst.at_ms < end_ms)
        })
    }
}
