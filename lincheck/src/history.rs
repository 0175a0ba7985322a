//! What clients saw: operations and when they were invoked and answered.

use thiserror::Error;

/// An instant: a time, and which event it was among those of the same time.
///
/// Virtual time stands still while things happen, so times alone lose the order in which they did.
/// A plain number converts with order 0. Moments compare by time, then order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// The time, in any unit; reports take it for nanoseconds.
    pub at: u64,
    /// The order among events of that time.
    pub order: u64,
}

impl From<u64> for Moment {
    fn from(at: u64) -> Moment {
        Moment { at, order: 0 }
    }
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<O> {
    /// It was answered.
    Returned {
        /// When.
        at: Moment,
        /// With what.
        output: O,
    },
    /// It took effect no later than that, but the answer is not known: the order of application
    /// shows an operation whose client gave up, say.
    Applied {
        /// When at the latest.
        at: Moment,
    },
    /// It may have taken effect at any time since it was invoked, or never.
    Unknown,
}

/// One operation of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<I, O> {
    /// Whose operation it is; only reports look at it.
    pub client: u64,
    /// When it was invoked.
    pub invoked: Moment,
    /// What was asked.
    pub input: I,
    /// How it ended.
    pub outcome: Outcome<O>,
}

/// An operation whose end is still to be said, see [`Operation::new`].
#[derive(Clone, Debug)]
pub struct Invoked<I> {
    client: u64,
    at: Moment,
    input: I,
}

impl<I> Operation<I, ()> {
    /// An invocation; say next how it ended.
    ///
    /// ```
    /// use lincheck::Operation;
    ///
    /// let write = Operation::new(0, 10, "write 1").returned(25, "ok");
    /// let read = Operation::new(1, 12, "read").unknown::<&str>();
    /// assert_eq!(write.output(), Some(&"ok"));
    /// assert_eq!(read.returned_at(), None);
    /// ```
    #[expect(clippy::new_ret_no_self, reason = "an operation has an outcome, which comes second")]
    pub fn new(client: u64, invoked: impl Into<Moment>, input: I) -> Invoked<I> {
        Invoked { client, at: invoked.into(), input }
    }
}

impl<I, O> Operation<I, O> {
    /// The answer, if there was one.
    pub fn output(&self) -> Option<&O> {
        match &self.outcome {
            Outcome::Returned { output, .. } => Some(output),
            Outcome::Applied { .. } | Outcome::Unknown => None,
        }
    }

    /// The moment by which it had taken effect, if it certainly did.
    pub fn returned_at(&self) -> Option<Moment> {
        match self.outcome {
            Outcome::Returned { at, .. } | Outcome::Applied { at } => Some(at),
            Outcome::Unknown => None,
        }
    }
}

impl<I> Invoked<I> {
    /// It was answered.
    pub fn returned<O>(self, at: impl Into<Moment>, output: O) -> Operation<I, O> {
        self.ended(Outcome::Returned { at: at.into(), output })
    }

    /// It took effect by then; the answer is not known.
    pub fn applied<O>(self, at: impl Into<Moment>) -> Operation<I, O> {
        self.ended(Outcome::Applied { at: at.into() })
    }

    /// Nobody knows whether it took effect.
    pub fn unknown<O>(self) -> Operation<I, O> {
        self.ended(Outcome::Unknown)
    }

    fn ended<O>(self, outcome: Outcome<O>) -> Operation<I, O> {
        Operation { client: self.client, invoked: self.at, input: self.input, outcome }
    }
}

/// The operations of a run, in any order; their places are their numbers in reports.
///
/// One operation comes before another if it returned before the other was invoked; at the same
/// [`Moment`] they count as concurrent. Operations that certainly did not take effect do not belong
/// in a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History<I, O> {
    operations: Vec<Operation<I, O>>,
}

/// Why an operation does not fit into a history.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HistoryError {
    /// It ends before it begins.
    #[error("operation {number} of client {client}, invoked at {invoked}, returned at {returned}")]
    ReturnBeforeInvocation {
        /// The number it would have had.
        number: usize,
        /// Whose it is.
        client: u64,
        /// When it was invoked.
        invoked: u64,
        /// When it returned.
        returned: u64,
    },
    /// The checker counts with 32 bits.
    #[error("a history holds at most {} operations", History::<(), ()>::OPERATIONS_MAX)]
    TooLong,
}

impl<I, O> History<I, O> {
    /// The most operations a history may have.
    pub const OPERATIONS_MAX: usize = 1 << 30;

    /// Without operations.
    pub fn new() -> History<I, O> {
        History { operations: Vec::new() }
    }

    /// Adds an operation and gives its number.
    ///
    /// # Errors
    /// When it returned before it was invoked, or when the history is full.
    pub fn push(&mut self, operation: Operation<I, O>) -> Result<usize, HistoryError> {
        let number = self.operations.len();
        if number >= Self::OPERATIONS_MAX {
            return Err(HistoryError::TooLong);
        }
        match operation.returned_at() {
            Some(returned) if returned < operation.invoked => {
                Err(HistoryError::ReturnBeforeInvocation {
                    number,
                    client: operation.client,
                    invoked: operation.invoked.at,
                    returned: returned.at,
                })
            }
            _ => {
                self.operations.push(operation);
                Ok(number)
            }
        }
    }

    /// Says how an operation ended, which must be no earlier than it began.
    pub(crate) fn end(&mut self, number: usize, outcome: Outcome<O>) {
        self.operations[number].outcome = outcome;
    }

    /// Takes operations out, whose numbers are in order.
    pub(crate) fn remove(&mut self, numbers: &[usize]) {
        let (mut place, mut removed) = (0, numbers.iter().peekable());
        self.operations.retain(|_| {
            let stays = removed.next_if_eq(&&place).is_none();
            place += 1;
            stays
        });
    }

    /// All of them.
    pub fn operations(&self) -> &[Operation<I, O>] {
        &self.operations
    }
}

impl<I, O> Default for History<I, O> {
    fn default() -> Self {
        History::new()
    }
}
