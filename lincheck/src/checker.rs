//! Judging histories.

use crate::explain::Explainer;
use crate::order::check_parts;
use crate::parts::Parts;
use crate::plan::Plan;
use crate::search::Search;
use crate::stop::Stop;
use crate::{History, Model, Part, Report, Verdict};

/// The steps of the first turn of each part; each next turn has four times as many.
const FIRST_TURN_STEPS: u64 = 1024;

/// Whether the history is linearizable, with the default budget: see [`Checker`].
pub fn check<M: Model>(model: &M, history: &History<M::Input, M::Output>) -> Report {
    Checker::new(model).check(history)
}

/// A linearizability checker and its settings.
///
/// The budget is counted in steps, looks at an operation or at a configuration, and not in time:
/// a verdict is the same on every machine. Parts of the object take turns, so that one which is
/// hard to decide does not keep from sight another which plainly fails.
///
/// Memory grows by at most one remembered configuration a step, so with the budget it is bounded:
/// by that many times 40 bytes, 8 bytes for each 64 operations that are pending at once, 8 bytes
/// for each 64 of unknown outcome, and one state of the model; twice that while tables grow. What
/// is measured is a fourth of it or less, since most steps find nothing new.
///
/// ```
/// use lincheck::models::{Register, RegisterInput::*, RegisterOutput::*};
/// use lincheck::{Checker, History, Operation, Verdict};
///
/// let mut history = History::new();
/// history.push(Operation::new(0, 0, Write(1)).returned(10, Written))?;
/// history.push(Operation::new(1, 20, Read).returned(30, Value(None)))?; // a stale read
/// let report = Checker::new(&Register::new()).budget(100_000).explain(&history);
/// assert_eq!(report.verdict, Verdict::NotLinearizable);
/// let failure = report.failing_part().and_then(|part| part.failure.as_ref());
/// assert_eq!(failure.map(|failure| failure.misfit), Some(1));
/// # Ok::<(), lincheck::HistoryError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Checker<'a, M> {
    model: &'a M,
    /// None for the default, which depends on the history.
    budget_steps: Option<u64>,
    order: Option<&'a [usize]>,
    stop: Stop<'a>,
}

impl<'a, M: Model> Checker<'a, M> {
    /// The budget unless another is set: about a second, less where steps of the model are cheap. Long
    /// histories have [`BUDGET_STEPS_EACH`](Checker::BUDGET_STEPS_EACH) for each operation.
    pub const BUDGET_STEPS_DEFAULT: u64 = 1 << 23;

    /// The least steps for each operation unless a budget is set: three times what easy histories take.
    pub const BUDGET_STEPS_EACH: u64 = 32;

    /// With default settings.
    pub fn new(model: &'a M) -> Checker<'a, M> {
        Checker { model, budget_steps: None, order: None, stop: Stop::NEVER }
    }

    /// How many steps may be made before the verdict is left unknown. An explanation has as many
    /// again to itself.
    pub fn budget(mut self, steps: u64) -> Checker<'a, M> {
        self.budget_steps = Some(steps);
        self
    }

    /// How many steps may be made for that history.
    pub fn budget_for(&self, history: &History<M::Input, M::Output>) -> u64 {
        let operations = history.operations().len() as u64;
        let default = Self::BUDGET_STEPS_DEFAULT.max(Self::BUDGET_STEPS_EACH * operations);
        self.budget_steps.unwrap_or(default)
    }

    /// Stops as soon as this is true, which is asked every few milliseconds; what is not decided by then
    /// is unknown. For a limit in time, which makes verdicts depend on the machine.
    pub fn stop_when(mut self, stop: &'a dyn Fn() -> bool) -> Checker<'a, M> {
        self.stop = Stop::when(stop);
        self
    }

    /// An order in which the operations may have taken effect, as numbers of operations. It is
    /// tried first, in one pass; only parts in which it does not hold are searched.
    pub fn order(mut self, order: &'a [usize]) -> Checker<'a, M> {
        self.order = Some(order);
        self
    }

    /// Decides whether the history is linearizable; the first part that is not ends the search.
    pub fn check(&self, history: &History<M::Input, M::Output>) -> Report {
        let (parts, mut report) = self.try_order(history);
        self.search(history, &parts, &mut report, true);
        report
    }

    /// Like [`check`](Checker::check), but gives the other parts another turn when one has failed,
    /// and finds out for those that fail which operation fits nowhere, and for the smallest of them
    /// which few operations contradict each other.
    pub fn explain(&self, history: &History<M::Input, M::Output>) -> Report {
        let (parts, mut report) = self.try_order(history);
        self.search(history, &parts, &mut report, false);
        let failing = report.parts.iter_mut().zip(&parts.operations);
        let mut failing: Vec<(&mut Part, &Vec<u32>)> =
            failing.filter(|(part, _)| part.has_failed()).collect();
        failing.sort_by_key(|(_, operations)| operations.len());
        let mut explainer =
            Explainer::new(self.model, history, self.budget_for(history), self.stop);
        for (place, (part, operations)) in failing.into_iter().enumerate() {
            explainer.explain(part, operations, place == 0);
        }
        report
    }

    /// A report in which the parts are linearizable where the given order says so, else unknown.
    fn try_order<'h>(&self, history: &'h History<M::Input, M::Output>) -> (Parts<'h>, Report) {
        let parts = Parts::new(self.model, history);
        let mut report_parts: Vec<Part> = (parts.keys.iter().zip(&parts.operations))
            .map(|(key, operations)| Part {
                key: key.to_string(),
                operations: operations.iter().map(|&number| number as usize).collect(),
                verdict: Verdict::Unknown,
                steps: 0,
                configurations: 0,
                order: Vec::new(),
                failure: None,
            })
            .collect();
        if let Some(order) = self.order {
            let errors = check_parts(self.model, history, &parts, order);
            for (part, error) in report_parts.iter_mut().zip(errors) {
                if error.is_none() {
                    part.verdict = Verdict::Linearizable;
                    part.order.reserve_exact(part.operations.len());
                }
            }
            for &number in order {
                let Some(&part) = parts.of_operation.get(number) else { break };
                let part = &mut report_parts[part as usize];
                if part.verdict == Verdict::Linearizable {
                    part.order.push(number);
                }
            }
        }
        (parts, Report { verdict: Verdict::Linearizable, parts: report_parts })
    }

    /// Searches the parts that are unknown, in turns.
    fn search(
        &self,
        history: &History<M::Input, M::Output>,
        parts: &Parts<'_>,
        report: &mut Report,
        stop_at_failure: bool,
    ) {
        let mut searches: Vec<Option<Search<'_, M>>> = (report.parts.iter().zip(&parts.operations))
            .map(|(part, operations)| {
                let numbers = operations.iter().copied();
                let plan = || Plan::new(self.model, history, numbers, |_| false);
                (part.verdict == Verdict::Unknown).then(|| Search::new(self.model, plan()))
            })
            .collect();
        let mut turn_steps = FIRST_TURN_STEPS;
        let mut left_steps = self.budget_for(history);
        let mut failed_before = false;
        while searches.iter().any(Option::is_some) && left_steps > 0 {
            for (place, part) in searches.iter_mut().zip(&mut report.parts) {
                let Some(search) = place else { continue };
                let before = search.steps();
                let verdict = self.stop.run(search, turn_steps.min(left_steps));
                let made = search.steps() - before;
                left_steps = left_steps.saturating_sub(made);
                // A search that makes no step has come to its own limit.
                if verdict != Verdict::Unknown || made == 0 {
                    part.finish(place.take());
                }
                if verdict == Verdict::NotLinearizable && stop_at_failure || self.stop.is_due() {
                    left_steps = 0;
                }
            }
            if self.stop.is_due() {
                break;
            }
            // The verdict is clear: what fails nearly as easily is of interest, the rest is not.
            if failed_before {
                break;
            }
            failed_before = report.parts.iter().any(Part::has_failed);
            turn_steps = turn_steps.saturating_mul(4);
        }
        for (search, part) in searches.into_iter().zip(&mut report.parts) {
            part.finish(search);
        }
        let worst = report.parts.iter().map(|part| part.verdict).max();
        report.verdict = worst.unwrap_or(Verdict::Linearizable);
    }
}

impl Part {
    fn has_failed(&self) -> bool {
        self.verdict == Verdict::NotLinearizable
    }

    /// Takes over what the search found.
    fn finish<M: Model>(&mut self, search: Option<Search<'_, M>>) {
        let Some(mut search) = search else { return };
        self.verdict = search.run(0);
        self.steps = search.steps();
        self.configurations = search.configurations();
        self.order = search.into_order();
    }
}
