//! Trying candidates: which of them fail as the original does.

use super::{ROUNDS, Round, ShrinkProgress};
use crate::{Failure, Implementation, RunOptions, Scenario, Verdict, run_scenario};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The smallest failing scenario so far, and the runs that are left to find a smaller one.
pub(super) struct Trials<'a> {
    /// The smallest that fails.
    pub(super) best: Scenario,
    /// How it fails.
    pub(super) failure: Failure,
    pub(super) seed: u64,
    pub(super) runs: u64,
    /// How much is spent on each candidate.
    pub(super) round: Round,
    runs_max: u64,
    /// The caller has asked to stop.
    is_stopped: bool,
    implementation: &'a Arc<dyn Implementation>,
    options: &'a RunOptions,
    progress: &'a mut dyn FnMut(ShrinkProgress) -> ControlFlow<()>,
}

impl<'a> Trials<'a> {
    /// Runs the original; nothing if that does not fail.
    pub(super) fn start(
        original: &Scenario,
        seed: u64,
        implementation: &'a Arc<dyn Implementation>,
        options: &'a RunOptions,
        runs_max: u64,
        progress: &'a mut dyn FnMut(ShrinkProgress) -> ControlFlow<()>,
    ) -> Option<Trials<'a>> {
        let Verdict::Failed(failure) =
            run_scenario(original, seed, implementation, options).verdict
        else {
            return None;
        };
        let best = original.clone();
        let trials = Trials {
            best,
            failure,
            seed,
            runs: 1,
            round: ROUNDS[0],
            runs_max,
            is_stopped: false,
            implementation,
            options,
            progress,
        };
        Some(trials)
    }

    /// No run is left, or none is wanted.
    pub(super) fn is_over(&self) -> bool {
        self.runs >= self.runs_max || self.is_stopped
    }

    /// Takes the candidate if it fails as the original did, under some variation. The first to be
    /// tried is the one under which the best so far fails.
    pub(super) fn try_out(&mut self, candidate: Scenario) -> bool {
        let mut candidate = candidate;
        let first = self.best.variation;
        for variation in (0..self.round.tries).map(|number| first.wrapping_add(number)) {
            if self.is_over() {
                return false;
            }
            candidate.variation = variation;
            if let Some(failure) = self.run(&candidate) {
                (self.best, self.failure) = (candidate, failure);
                self.tell();
                return true;
            }
        }
        false
    }

    fn run(&mut self, candidate: &Scenario) -> Option<Failure> {
        self.runs += 1;
        if self.runs.is_multiple_of(TOLD_EVERY) {
            self.tell();
        }
        match run_scenario(candidate, self.seed, self.implementation, self.options).verdict {
            Verdict::Failed(failure) if failure.property == self.failure.property => Some(failure),
            _ => None,
        }
    }

    fn tell(&mut self) {
        let steps = self.best.step_count(self.seed);
        let Trials { runs, runs_max, .. } = *self;
        self.is_stopped |= (self.progress)(ShrinkProgress { runs, runs_max, steps }).is_break();
    }
}

/// After how many vain runs the progress is reported.
const TOLD_EVERY: u64 = 20;
