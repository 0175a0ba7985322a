//! What a client of a store may ask, and what it may be told.

/// One request of a client. Every written value is unique in its run, so that no write can be mistaken for
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

/// The kinds of operations, for what a server can do and how often it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// [`Operation::Get`].
    Get,
    /// [`Operation::Put`].
    Put,
    /// [`Operation::CompareAndSet`].
    CompareAndSet,
    /// [`Operation::Delete`].
    Delete,
    /// [`Operation::Append`].
    Append,
    /// [`Operation::ReadList`].
    ReadList,
    /// [`Operation::Add`].
    Add,
    /// [`Operation::ReadCounter`].
    ReadCounter,
    /// [`Transaction::Read`].
    ReadSeveral,
    /// [`Transaction::Write`].
    WriteSeveral,
}

impl Operation {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Operation::Get { .. } => Kind::Get,
            Operation::Put { .. } => Kind::Put,
            Operation::CompareAndSet { .. } => Kind::CompareAndSet,
            Operation::Delete { .. } => Kind::Delete,
            Operation::Append { .. } => Kind::Append,
            Operation::ReadList { .. } => Kind::ReadList,
            Operation::Add { .. } => Kind::Add,
            Operation::ReadCounter { .. } => Kind::ReadCounter,
            Operation::Transaction(Transaction::Read { .. }) => Kind::ReadSeveral,
            Operation::Transaction(Transaction::Write { .. }) => Kind::WriteSeveral,
        }
    }

    /// Whether it changes nothing. If it fails, it has no effect in any case.
    pub fn is_read(&self) -> bool {
        matches!(self.kind(), Kind::Get | Kind::ReadList | Kind::ReadCounter | Kind::ReadSeveral)
    }

    /// The reason why nobody knows whether a server has executed it.
    pub fn lost(&self, why: impl Into<String>) -> Outcome {
        match self.is_read() {
            true => Outcome::Failed(why.into()),
            false => Outcome::Unknown(why.into()),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_read_has_no_effect_and_a_lost_write_may_have() {
        let key = || "k".to_owned();
        let get = Operation::Get { key: key() };
        assert_eq!(get.lost("late"), Outcome::Failed("late".into()));
        let put = Operation::Put { key: key(), value: "1".into() };
        assert_eq!(put.lost("late"), Outcome::Unknown("late".into()));
        let read = Operation::Transaction(Transaction::Read { keys: vec![key()] });
        let write = Transaction::Write { writes: vec![(key(), "1".into())] };
        assert!(read.is_read());
        assert!(!Operation::Transaction(write).is_read());
    }
}
