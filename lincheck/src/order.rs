//! Checking an order that is already known.
//!
//! A system that applies operations one after another, such as a replicated log, knows the order in which they
//! took effect. Checking that this order is a linearization takes one pass; the search is for unknown orders,
//! and for those that are wrong.

use crate::parts::Parts;
use crate::{History, Model, Moment};
use thiserror::Error;

/// Why an order of operations is not a linearization.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OrderError {
    /// The model does not allow the answer where the order has the operation.
    #[error("operation {operation}, at place {place} of the order, cannot be answered so there")]
    Illegal {
        /// The operation's number.
        operation: usize,
        /// Where it is in the order.
        place: usize,
    },
    /// The operation had returned before one that the order has earlier was invoked.
    #[error(
        "operation {operation}, at place {place} of the order, had returned before operation \
         {earlier}, which comes earlier in the order, was invoked"
    )]
    TooLate {
        /// The operation's number.
        operation: usize,
        /// Where it is in the order.
        place: usize,
        /// The number of the other one.
        earlier: usize,
    },
    /// The operation was there before.
    #[error("operation {operation} is in the order again, at place {place}")]
    Repeated {
        /// The operation's number.
        operation: usize,
        /// Where it is for the second time.
        place: usize,
    },
    /// The operation took effect, but the order does not have it.
    #[error("operation {operation} is not in the order, but took effect")]
    Missing {
        /// The operation's number.
        operation: usize,
    },
    /// The history has no operation with that number.
    #[error("the order names operation {operation} at place {place}, which does not exist")]
    Unheard {
        /// The number.
        operation: usize,
        /// Where it is in the order.
        place: usize,
    },
}

/// Whether `order`, numbers of operations, is a linearization of the history: each operation
/// between its invocation and its return, its answer as the model has it. Takes one pass.
///
/// ```
/// use lincheck::models::{Register, RegisterInput::*, RegisterOutput::*};
/// use lincheck::{check_order, History, Operation};
///
/// let mut history = History::new();
/// let read = history.push(Operation::new(0, 0, Read).returned(10, Value(Some(7))))?;
/// let write = history.push(Operation::new(1, 5, Write(7)).returned(20, Written))?;
/// assert_eq!(check_order(&Register::new(), &history, &[write, read]), Ok(()));
/// assert!(check_order(&Register::new(), &history, &[read, write]).is_err());
/// # Ok::<(), lincheck::HistoryError>(())
/// ```
///
/// # Errors
/// What is wrong with the order, the first such thing.
pub fn check_order<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    order: &[usize],
) -> Result<(), OrderError> {
    let parts = Parts::new(model, history);
    check_parts(model, history, &parts, order)
        .into_iter()
        .flatten()
        .min_by_key(|it| it.0)
        .map_or(Ok(()), |(_, error)| Err(error))
}

/// One part while the order is walked.
struct Walk<S> {
    state: S,
    /// The latest invocation so far, and whose. All later ones take effect after it.
    latest: Option<(Moment, usize)>,
    error: Option<(usize, OrderError)>,
}

/// By part, what is wrong with the order there, and at which place of it.
///
/// That the parts of the order are linearizations is enough: linearizability is local. A part is
/// one if each operation's return comes after all invocations up to it, since then each can take
/// effect just after the latest of these.
pub(crate) fn check_parts<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    parts: &Parts<'_>,
    order: &[usize],
) -> Vec<Option<(usize, OrderError)>> {
    let start = |_| Walk { state: model.init(), latest: None, error: None };
    let mut walks: Vec<Walk<M::State>> = (0..parts.keys.len()).map(start).collect();
    let mut seen = vec![false; history.operations().len()];
    for (place, &operation) in order.iter().enumerate() {
        let Some(&part) = parts.of_operation.get(operation) else {
            // Nobody's mistake in particular, so no part can rely on the order.
            let error = OrderError::Unheard { operation, place };
            return walks.iter().map(|_| Some((place, error.clone()))).collect();
        };
        let walk = &mut walks[part as usize];
        if walk.error.is_none() {
            let repeated = std::mem::replace(&mut seen[operation], true);
            let error = if repeated {
                Err(OrderError::Repeated { operation, place })
            } else {
                walk.pass(model, history, operation, place)
            };
            walk.error = error.err().map(|error| (place, error));
        }
    }
    for (operation, described) in history.operations().iter().enumerate() {
        let walk = &mut walks[parts.of_operation[operation] as usize];
        if !seen[operation] && walk.error.is_none() && described.returned_at().is_some() {
            walk.error = Some((order.len(), OrderError::Missing { operation }));
        }
    }
    walks.into_iter().map(|walk| walk.error).collect()
}

impl<S> Walk<S> {
    fn pass<M: Model<State = S>>(
        &mut self,
        model: &M,
        history: &History<M::Input, M::Output>,
        number: usize,
        place: usize,
    ) -> Result<(), OrderError> {
        let operation = &history.operations()[number];
        let this = (operation.invoked, number);
        let latest = self.latest.map_or(this, |latest| latest.max(this));
        self.latest = Some(latest);
        if operation.returned_at().is_some_and(|returned| returned < latest.0) {
            return Err(OrderError::TooLate { operation: number, place, earlier: latest.1 });
        }
        if !model.advance(&mut self.state, &operation.input, operation.output()) {
            return Err(OrderError::Illegal { operation: number, place });
        }
        Ok(())
    }
}
