//! What a check found.

use crate::{History, Model, Verdict};
use std::fmt::Write as _;

/// The verdict on a history, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The worst of the parts' verdicts.
    pub verdict: Verdict,
    /// The parts, by key.
    pub parts: Vec<Part>,
}

/// What was found of one part of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name, from [`Model::partition`].
    pub key: String,
    /// The numbers of its operations.
    pub operations: Vec<usize>,
    /// The verdict on it. It is also unknown where another part decided the verdict first.
    pub verdict: Verdict,
    /// How many steps that took, explanation and all. None for an order of application that held.
    pub steps: u64,
    /// How many configurations were remembered at most at a time.
    pub configurations: usize,
    /// Numbers of operations: a linearization; else the partial one that got furthest.
    pub order: Vec<usize>,
    /// What [`explain`](crate::Checker::explain) found out about a part that is not linearizable.
    pub failure: Option<Failure>,
}

/// Why a part is not linearizable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The first operation, by return, that fits nowhere: what had returned before it did can be
    /// put in order (`Part::order` does so), but not together with it.
    pub misfit: usize,
    /// A smallest set of operations, by invocation, that contradict each other: even if every other
    /// operation may take effect at any time since its invocation, or never, these cannot be
    /// ordered; leave out any one and they can, as far as the budget could tell. Only the smallest
    /// failing part has one.
    pub core: Option<Vec<usize>>,
    /// Why the misfit fits nowhere, where that is simple.
    pub reason: Option<Reason>,
}

/// Why an operation fits nowhere: what was done is against its answer, whatever the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No operation leads to it.
    NobodyWrote,
    /// All that leads to it was undone before it began, by this one at last.
    Overwritten(usize),
    /// All that leads to it began after it had returned, this one first.
    NotBegun(usize),
}

impl Reason {
    /// The reason in words.
    pub(crate) fn describe<M: Model>(
        self,
        model: &M,
        history: &History<M::Input, M::Output>,
    ) -> String {
        let one = |number| describe_one(model, history, number);
        match self {
            Reason::NobodyWrote => "nobody wrote what it was answered".to_owned(),
            Reason::Overwritten(by) => format!("that was overwritten before, by {}", one(by)),
            Reason::NotBegun(what) => {
                format!("what it was answered had not begun to be written, by {}", one(what))
            }
        }
    }
}

impl Report {
    /// The failing part that is easiest to understand: the one with a core.
    pub fn failing_part(&self) -> Option<&Part> {
        let has_core = |part: &&Part| part.failure.as_ref().is_some_and(|it| it.core.is_some());
        let failed = |part: &&Part| part.verdict == Verdict::NotLinearizable;
        self.parts.iter().find(has_core).or_else(|| self.parts.iter().find(failed))
    }

    /// How many steps were made.
    pub fn steps(&self) -> u64 {
        self.parts.iter().map(|part| part.steps).sum()
    }

    /// The verdict in words, with the operations that contradict each other.
    pub fn describe<M: Model>(&self, model: &M, history: &History<M::Input, M::Output>) -> String {
        let operations: usize = self.parts.iter().map(|part| part.operations.len()).sum();
        let mut text = format!(
            "{}: {}, {}, {}\n",
            self.verdict,
            plural(operations, "operation"),
            plural(self.parts.len(), "part"),
            plural(self.steps() as usize, "step"),
        );
        for part in self.parts.iter().filter(|part| part.verdict != Verdict::Linearizable) {
            // Where another part decided the verdict, it is not for lack of budget.
            let verdict = match (part.verdict, self.verdict) {
                (Verdict::Unknown, Verdict::NotLinearizable) => "undecided".to_string(),
                (verdict, _) => verdict.to_string(),
            };
            let _ = writeln!(
                text,
                "{:?}: {verdict}, {} of {} in order",
                part.key,
                part.order.len(),
                plural(part.operations.len(), "operation"),
            );
        }
        if let Some(failure) = self.failing_part().and_then(|part| part.failure.as_ref()) {
            let core = failure.core.as_deref().unwrap_or(std::slice::from_ref(&failure.misfit));
            let contradiction = match core {
                [_] => "no order explains this operation:",
                _ => "these operations contradict each other:",
            };
            let _ = writeln!(text, "{contradiction}");
            for &number in core {
                let mark = if number == failure.misfit { " <- fits nowhere" } else { "" };
                let _ = writeln!(text, "  {}{mark}", describe_one(model, history, number));
            }
            if let Some(reason) = failure.reason {
                let _ = writeln!(text, "why: {}", reason.describe(model, history));
            }
        }
        text
    }
}

/// `1 operation`, `2 operations`.
pub(crate) fn plural(number: usize, one: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {one}{end}")
}

fn describe_one<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    number: usize,
) -> String {
    let Some(operation) = history.operations().get(number) else {
        return format!("operation {number}");
    };
    let until = match operation.returned_at() {
        Some(returned) => returned.at.to_string(),
        None => "?".to_string(),
    };
    let what = model.describe(&operation.input, operation.output());
    format!("client {} [{}, {until}] {what}", operation.client, operation.invoked.at)
}
