//! Yes, no, and not known.

use std::fmt;

/// What a checker found.
///
/// The order is from best to worst, so the verdict on several things is their `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// There is an order of the operations that explains every answer.
    Linearizable,
    /// The budget ran out. This is not a pass: see [`Verdict::is_pass`].
    Unknown,
    /// There is no such order.
    NotLinearizable,
}

impl Verdict {
    /// Whether the history was found linearizable; not knowing does not count.
    pub fn is_pass(self) -> bool {
        self == Verdict::Linearizable
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Verdict::Linearizable => "linearizable",
            Verdict::Unknown => "unknown",
            Verdict::NotLinearizable => "not linearizable",
        })
    }
}
