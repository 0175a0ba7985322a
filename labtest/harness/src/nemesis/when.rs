//! When something that a scenario says begins: at a time, or at an event after it.

use super::trigger::Event;
use std::fmt;

/// What steps and bursts have in common. Their files say it key by key, beside their own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct When {
    /// Milliseconds from the start; with `on`, from when it waits.
    pub(crate) at_ms: u64,
    /// What it waits for.
    pub(crate) on: Option<Event>,
    /// Which of these events, from 1.
    pub(crate) nth: u64,
    /// Milliseconds after that.
    pub(crate) then_ms: u64,
}

/// What a key has to be when a file leaves it out, and whether it has to be written.
pub(crate) fn one() -> u64 {
    1
}

pub(crate) fn is_one(number: &u64) -> bool {
    *number == 1
}

pub(crate) fn is_zero<T: Default + PartialEq>(number: &T) -> bool {
    *number == T::default()
}

/// What a person reads: `1.200 s, on append 2 + 0.015 s`.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |ms: u64| ms as f64 / 1000.0;
        write!(f, "{:.3} s", seconds(self.at_ms))?;
        if let Some(event) = self.on {
            write!(f, ", on {event}")?;
        }
        if self.nth > 1 {
            write!(f, " {}", self.nth)?;
        }
        if self.then_ms > 0 {
            write!(f, " + {:.3} s", seconds(self.then_ms))?;
        }
        Ok(())
    }
}
