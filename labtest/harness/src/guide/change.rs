//! Scenarios made from others. What is new in them comes from a donor, another of the corpus or a fresh draw,
//! so that each part of what is made could have been drawn.

use super::Way;
use super::corpus::Chosen;
use crate::scenario::{Reseed, STEPS_MAX, step_ms_max};
use crate::{Scenario, Step, Target};
use runtime::Rng;

pub(super) struct Change<'a> {
    pub(super) rng: &'a mut Rng,
    pub(super) parent: &'a Chosen,
    pub(super) donor: &'a Scenario,
}

/// The longest fault that is made; draws have hardly longer ones.
const FOR_MS_MAX: u64 = 4000;
const SEED_MAX: u64 = u32::MAX as u64;
/// The most edits of one mutation.
const EDITS_MAX: u64 = 4;
/// The number of [parts](Change::take) of which a scenario consists beside its steps.
const PARTS: u64 = 7;

impl Change<'_> {
    /// The scenario, which brings its seed.
    pub(super) fn make(&mut self, way: Way) -> Scenario {
        let mut scenario = (*self.parent.scenario).clone();
        match way {
            Way::Known | Way::Fresh | Way::Again => {
                return self.under_other_chance(&scenario);
            }
            Way::Split => {
                self.split(&mut scenario);
                return scenario;
            }
            Way::Mutate => {
                let edits = self.rng.range(1..=EDITS_MAX);
                (0..edits).for_each(|_| self.edit(&mut scenario));
            }
            Way::Cross => self.cross(&mut scenario),
        }
        // Up to the first change the run is its parent's, or nothing of it is.
        match self.rng.chance(500_000) {
            true => self.under_other_chance(&scenario),
            false => scenario,
        }
    }

    fn under_other_chance(&mut self, scenario: &Scenario) -> Scenario {
        scenario.with_seed(self.rng.range(0..=SEED_MAX))
    }

    /// The same up to the moment of something rare, or shortly before it, and other chance from there on;
    /// often other steps, too.
    fn split(&mut self, scenario: &mut Scenario) {
        let before_us = match self.rng.below(3) {
            0 => 0,
            1 => self.rng.below(2_000),
            _ => self.rng.below(50_000),
        };
        let at_us = (self.parent.moment_us(self.rng) + 1).saturating_sub(before_us).max(1);
        scenario.reseeds.retain(|reseed| reseed.at_us < at_us);
        scenario.reseeds.push(Reseed { at_us, seed: self.rng.range(0..=SEED_MAX) });
        if self.rng.chance(500_000) {
            self.other_steps_from(scenario, at_us / 1000 + 1);
        }
    }

    /// The steps from then on are the donor's, some of them at once.
    fn other_steps_from(&mut self, scenario: &mut Scenario, at_ms: u64) {
        let last_ms = last_ms(scenario);
        scenario.steps.retain(|step| step.at_ms < at_ms);
        for step in &self.donor.steps {
            let mut step = step.clone();
            if self.rng.chance(500_000) {
                step.at_ms = at_ms + self.rng.below(300);
            }
            if (at_ms..=last_ms).contains(&step.at_ms) {
                add(scenario, step);
            }
        }
    }

    fn edit(&mut self, scenario: &mut Scenario) {
        if scenario.steps.is_empty() {
            return self.insert(scenario);
        }
        let last_ms = last_ms(scenario);
        let place = self.rng.below(scenario.steps.len() as u64) as usize;
        let before = place.checked_sub(1).map(|before| scenario.steps[before].clone());
        let step = &mut scenario.steps[place];
        match self.rng.below(10) {
            0 => self.insert(scenario),
            1 => drop(scenario.steps.remove(place)),
            2 => step.at_ms = self.rng.range(0..=last_ms),
            3 => step.at_ms = (step.at_ms + self.rng.below(400)).saturating_sub(200).min(last_ms),
            4 => step.for_ms = (step.for_ms * self.rng.range(25..=200) / 100).clamp(1, FOR_MS_MAX),
            5 if !self.donor.steps.is_empty() => {
                step.target = self.rng.pick(&self.donor.steps).target;
            }
            6 if step.on.is_some() => {
                // It follows one server through what it does, that of the step before.
                let any = self.rng.below(scenario.servers as u64) as usize;
                step.of = before.and_then(|before| before.of).or(Some(any));
                step.target = Target::Cause;
            }
            7 => {
                let mut again = step.clone();
                let later_ms = again.for_ms + self.rng.range(0..=500);
                again.at_ms = (again.at_ms + later_ms).min(last_ms);
                add(scenario, again);
            }
            8 => {
                let name = step.fault.name();
                if let Some(same) = self.donor.steps.iter().find(|it| it.fault.name() == name) {
                    step.fault = same.fault.clone();
                }
            }
            _ => {
                let part = self.rng.below(PARTS);
                self.take(scenario, part);
            }
        }
    }

    /// A step of the donor's, at its time or at the moment of something rare.
    fn insert(&mut self, scenario: &mut Scenario) {
        if self.donor.steps.is_empty() {
            return;
        }
        let mut step = self.rng.pick(&self.donor.steps).clone();
        if self.rng.chance(500_000) {
            let moment_ms = self.parent.moment_us(self.rng) / 1000;
            step.at_ms = moment_ms.saturating_sub(self.rng.below(50));
        }
        step.at_ms = step.at_ms.min(last_ms(scenario));
        add(scenario, step);
    }

    /// One part of what the run is made of is the donor's. What is drawn together is taken together.
    fn take(&self, scenario: &mut Scenario, part: u64) {
        let donor = self.donor;
        match part {
            0 => *scenario = scenario.with_servers(donor.servers),
            1 => {
                scenario.snapshot_interval = donor.snapshot_interval;
                scenario.snapshot_shift = donor.snapshot_shift;
                scenario.snapshot_bytes = donor.snapshot_bytes;
                scenario.raft.snapshot_piece_bytes_max = donor.raft.snapshot_piece_bytes_max;
            }
            2 => scenario.network = donor.network.clone(),
            3 => scenario.disk = donor.disk.clone(),
            4 => {
                let snapshot_piece_bytes_max = scenario.raft.snapshot_piece_bytes_max;
                scenario.raft = raft::Config { snapshot_piece_bytes_max, ..donor.raft.clone() };
                scenario.recovery = donor.recovery.clone();
                scenario.clients.read_pause_ms = donor.clients.read_pause_ms;
            }
            5 => scenario.service = donor.service.clone(),
            _ => {
                let read_pause_ms = scenario.clients.read_pause_ms;
                scenario.clients = crate::Load { read_pause_ms, ..donor.clients.clone() };
                scenario.kv = donor.kv.clone();
            }
        }
    }

    /// The first steps of one and the last of the other, or all of one, with some parts of the other.
    fn cross(&mut self, scenario: &mut Scenario) {
        if self.rng.chance(500_000) {
            let at_ms = self.rng.range(0..=scenario.safety_ms);
            scenario.steps.retain(|step| step.at_ms < at_ms);
            let last_ms = last_ms(scenario);
            let theirs = self.donor.steps.iter().filter(|step| step.at_ms >= at_ms);
            theirs.filter(|step| step.at_ms <= last_ms).for_each(|it| add(scenario, it.clone()));
        }
        for part in 0..PARTS {
            if self.rng.chance(300_000) {
                self.take(scenario, part);
            }
        }
    }
}

/// When a fault begins at the latest.
fn last_ms(scenario: &Scenario) -> u64 {
    step_ms_max(scenario.safety_ms)
}

/// Adds a step, with a number of its own, if there is room.
fn add(scenario: &mut Scenario, mut step: Step) {
    if scenario.steps.len() >= STEPS_MAX {
        return;
    }
    if scenario.steps.iter().any(|known| known.id == step.id) {
        step.id = scenario.steps.iter().map(|known| known.id).max().unwrap_or(0) + 1;
    }
    scenario.steps.push(step);
}
