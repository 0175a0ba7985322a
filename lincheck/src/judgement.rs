//! A report as data for other programs.

use crate::{History, Model, Operation, Part, Report};
use serde::Serialize;

/// What was found, with the operations that it speaks of. Operations go by their numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Judgement {
    /// `linearizable`, `not linearizable` or `unknown`.
    pub verdict: String,
    /// How many steps were made.
    pub steps: u64,
    /// The parts, by key.
    pub parts: Vec<JudgedPart>,
    /// All operations, in the order of their invocations.
    pub operations: Vec<JudgedOperation>,
}

/// What was found of one part.
#[derive(Clone, Debug, Serialize)]
pub struct JudgedPart {
    /// Its name; empty where everything is one part.
    pub key: String,
    /// The verdict on it.
    pub verdict: String,
    /// How many operations it has.
    pub operations: usize,
    /// How many steps were made.
    pub steps: u64,
    /// An order that explains all answers, or the one that got furthest.
    pub order: Vec<usize>,
    /// The first operation, by return, that fits nowhere.
    pub misfit: Option<usize>,
    /// Why it does not, where that is simple.
    pub reason: Option<String>,
    /// The operations that contradict each other.
    pub contradiction: Vec<usize>,
}

/// An operation.
#[derive(Clone, Debug, Serialize)]
pub struct JudgedOperation {
    /// Whose it is.
    pub client: u64,
    /// When it was invoked.
    pub invoked: u64,
    /// When it had certainly taken effect; nothing if nobody knows whether it did.
    pub returned: Option<u64>,
    /// What was asked and answered.
    pub text: String,
}

impl Judgement {
    pub(crate) fn new<M: Model>(
        model: &M,
        history: &History<M::Input, M::Output>,
        report: &Report,
    ) -> Judgement {
        let part = |part: &Part| {
            let failure = part.failure.as_ref();
            let reason = failure.and_then(|failure| failure.reason);
            JudgedPart {
                key: part.key.clone(),
                verdict: part.verdict.to_string(),
                operations: part.operations.len(),
                steps: part.steps,
                order: part.order.clone(),
                misfit: failure.map(|failure| failure.misfit),
                reason: reason.map(|reason| reason.describe(model, history)),
                contradiction: failure.and_then(|it| it.core.clone()).unwrap_or_default(),
            }
        };
        let operation = |operation: &Operation<M::Input, M::Output>| JudgedOperation {
            client: operation.client,
            invoked: operation.invoked.at,
            returned: operation.returned_at().map(|returned| returned.at),
            text: model.describe(&operation.input, operation.output()),
        };
        Judgement {
            verdict: report.verdict.to_string(),
            steps: report.steps(),
            parts: report.parts.iter().map(part).collect(),
            operations: history.operations().iter().map(operation).collect(),
        }
    }
}
