//! What a client of a store may ask, and what it may be told.

/// One thing that a client asks. Everything written is unique in its run, so that no write can be taken for
/// another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// What a register holds.
    Get {
        /// Which one.
        key: String,
    },
    /// Writes a register.
    Put {
        /// Which one.
        key: String,
        /// What is written.
        value: String,
    },
    /// Writes a register that holds what is expected; nothing is `None`.
    CompareAndSet {
        /// Which one.
        key: String,
        /// What it must hold.
        expected: Option<String>,
        /// What is written.
        value: String,
    },
    /// Empties a register.
    Delete {
        /// Which one.
        key: String,
    },
    /// Appends an element to a list.
    Append {
        /// Which one.
        key: String,
        /// What is appended.
        element: String,
    },
    /// All of a list.
    ReadList {
        /// Which one.
        key: String,
    },
    /// Adds to a counter, and asks for the sum.
    Add {
        /// Which one.
        key: String,
        /// How much.
        amount: i64,
    },
    /// What a counter has come to.
    ReadCounter {
        /// Which one.
        key: String,
    },
    /// Several registers at one moment.
    Transaction(Transaction),
}

/// Several registers, read or written at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// Reads them.
    Read {
        /// Which ones.
        keys: Vec<String>,
    },
    /// Writes them.
    Write {
        /// Each with what is written.
        writes: Vec<(String, String)>,
    },
}

/// What a server answered to an operation that has taken effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done, and there is nothing to say.
    Done,
    /// What was found in a register; nothing is `None`.
    Value(Option<String>),
    /// Whether the register held what was expected.
    Swapped(bool),
    /// All of a list, in its order.
    List(Vec<String>),
    /// A counter's sum.
    Number(i64),
    /// What was found in several registers, in the order in which they were asked for.
    Values(Vec<Option<String>>),
}

/// What an operation came to, as far as its client can know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has taken effect, and this is the answer.
    Ok(Answer),
    /// It has no effect and never will: why. A definite error.
    Failed(String),
    /// It may have taken effect, or may yet: why. An indefinite error.
    Unknown(String),
}
