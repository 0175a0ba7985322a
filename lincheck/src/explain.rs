//! Why a history is not linearizable: the operation at which it stops being so, and a few
//! operations that contradict each other.

use crate::plan::Plan;
use crate::reason::reason;
use crate::search::Search;
use crate::stop::Stop;
use crate::{Failure, History, Model, Moment, Part, Verdict};

/// The least steps that a shorter history is given to prove that it still fails.
const TRIAL_STEPS_MIN: u64 = 1 << 14;

/// Explains failures, as far as its budget goes.
pub(crate) struct Explainer<'a, M: Model> {
    model: &'a M,
    history: &'a History<M::Input, M::Output>,
    left_steps: u64,
    stop: Stop<'a>,
}

/// What a trial found.
struct Trial {
    verdict: Verdict,
    steps: u64,
    order: Vec<usize>,
}

impl<'a, M: Model> Explainer<'a, M> {
    pub fn new(
        model: &'a M,
        history: &'a History<M::Input, M::Output>,
        budget_steps: u64,
        stop: Stop<'a>,
    ) -> Explainer<'a, M> {
        Explainer { model, history, left_steps: budget_steps, stop }
    }

    /// Fills in the failure of a part with these operations, which is known not to be linearizable,
    /// and with it the longest part of its history that is.
    pub fn explain(&mut self, part: &mut Part, operations: &[u32], with_core: bool) {
        let before = self.left_steps;
        if let Some((prefix, order)) = self.first_failing_prefix(operations) {
            let misfit = prefix.returned.last().map_or(0, |&(_, number)| number);
            let core = with_core.then(|| self.shrink(operations, &prefix));
            part.order = order;
            let reason = reason(self.model, self.history, operations, misfit);
            part.failure = Some(Failure { misfit: misfit as usize, core, reason });
        }
        part.steps += before - self.left_steps;
    }

    /// The shortest beginning of the history that is not linearizable, and how all but its last
    /// return can be explained. A longer beginning is never linearizable where a shorter is not, so
    /// halving finds it.
    fn first_failing_prefix(&mut self, operations: &[u32]) -> Option<(Prefix, Vec<usize>)> {
        let all = Prefix::whole(self.history, operations);
        let (mut good, mut bad) = (0, all.returned.len());
        let mut order = Vec::new();
        while bad - good > 1 {
            let middle = good + (bad - good) / 2;
            let prefix = all.cut(middle);
            let trial = self.judge(operations, &prefix, &prefix.returned, self.left_steps);
            match trial.verdict {
                Verdict::Linearizable => (good, order) = (middle, trial.order),
                Verdict::NotLinearizable => bad = middle,
                Verdict::Unknown => return None,
            }
        }
        Some((all.cut(bad), order))
    }

    /// A smallest set of operations of the prefix that cannot be ordered although all others may
    /// take effect when they like: delta debugging (Zeller and Hildebrandt 2002).
    ///
    /// Simply to leave out operations would not do. Without the writes any read is a contradiction,
    /// but none that the history is to blame for. An operation that is relaxed instead may still
    /// explain an answer, so what contradicts itself then does so in the whole history. And it is
    /// enough to go through the chunks once for each size: a set whose relaxation was in vain once
    /// will be again when more is relaxed.
    fn shrink(&mut self, operations: &[u32], prefix: &Prefix) -> Vec<usize> {
        let proof = self.judge(operations, prefix, &prefix.returned, self.left_steps);
        let trial_steps = (4 * proof.steps).max(TRIAL_STEPS_MIN);
        // What is relaxed first decides which of several cores is found.
        let oldest_first = self.shrink_in_order(operations, prefix, trial_steps, |_| {});
        let newest_first = self.shrink_in_order(operations, prefix, trial_steps, <[_]>::reverse);
        let kept =
            if newest_first.len() < oldest_first.len() { newest_first } else { oldest_first };
        let mut core: Vec<usize> = kept.into_iter().map(|(_, number)| number as usize).collect();
        core.sort_by_key(|&number| (self.history.operations()[number].invoked, number));
        core
    }

    fn shrink_in_order(
        &mut self,
        operations: &[u32],
        prefix: &Prefix,
        trial_steps: u64,
        arrange: impl Fn(&mut [(Moment, u32)]),
    ) -> Vec<(Moment, u32)> {
        let mut kept = prefix.returned.clone();
        // The last return is what makes the prefix fail.
        let misfit = kept.pop();
        arrange(&mut kept);
        let mut chunk = kept.len();
        while chunk > 0 && self.left_steps > 0 {
            let mut start = 0;
            while start < kept.len() && self.left_steps > 0 {
                let end = (start + chunk).min(kept.len());
                let mut fewer: Vec<(Moment, u32)> = [&kept[..start], &kept[end..]].concat();
                fewer.extend(misfit);
                let trial = self.judge(operations, prefix, &fewer, trial_steps);
                if trial.verdict == Verdict::NotLinearizable {
                    kept.drain(start..end);
                } else {
                    start = end;
                }
            }
            chunk /= 2;
        }
        kept.extend(misfit);
        kept
    }

    /// Judges the beginning of the history, of which only the `known` operations certainly took
    /// effect.
    fn judge(
        &mut self,
        operations: &[u32],
        prefix: &Prefix,
        known: &[(Moment, u32)],
        steps_max: u64,
    ) -> Trial {
        let mut numbers: Vec<u32> = known.iter().map(|&(_, number)| number).collect();
        numbers.sort_unstable();
        let is_known = |number: u32| numbers.binary_search(&number).is_ok();
        let of_use = |&number: &u32| {
            let operation = &self.history.operations()[number as usize];
            prefix.end.is_some_and(|end| operation.invoked <= end)
                && (is_known(number) || !self.model.is_read_only(&operation.input, None))
        };
        let involved = operations.iter().copied().filter(of_use);
        let plan = Plan::new(self.model, self.history, involved, |number| !is_known(number));
        let mut search = Search::new(self.model, plan);
        let verdict = self.stop.run(&mut search, steps_max.min(self.left_steps));
        // Preparing a search has its cost too, and there may be many that end at once.
        let steps = search.steps() + operations.len() as u64;
        self.left_steps = self.left_steps.saturating_sub(steps);
        if self.stop.is_due() {
            self.left_steps = 0;
        }
        Trial { verdict, steps, order: search.into_order() }
    }
}

/// The beginning of a history: what happened until some operation returned.
struct Prefix {
    /// The operations that returned, in this order.
    returned: Vec<(Moment, u32)>,
    /// When the last of them did.
    end: Option<Moment>,
}

impl Prefix {
    fn whole<I, O>(history: &History<I, O>, operations: &[u32]) -> Prefix {
        let returned_at = |&number: &u32| {
            history.operations()[number as usize].returned_at().map(|at| (at, number))
        };
        let mut returned: Vec<(Moment, u32)> = operations.iter().filter_map(returned_at).collect();
        returned.sort_unstable();
        let end = returned.last().map(|&(at, _)| at);
        Prefix { returned, end }
    }

    /// The first returns only.
    fn cut(&self, returns: usize) -> Prefix {
        let returned = self.returned[..returns].to_vec();
        let end = returned.last().map(|&(at, _)| at);
        Prefix { returned, end }
    }
}
