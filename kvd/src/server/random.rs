//! Random bits that nobody can guess.

use crate::exit::{Code, Failure};
use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random bits, and of numbers that are different in one life of a server.
pub struct Random {
    numbers: AtomicU64,
}

impl Random {
    /// # Errors
    /// When the system has no random bits.
    pub fn new() -> Result<Random, Failure> {
        getrandom::u64().map_err(|error| {
            Failure::new(Code::Software, format!("the system has no random bits: {error}"))
        })?;
        Ok(Random { numbers: AtomicU64::new(1) })
    }

    /// 128 random bits.
    pub fn token(&self) -> u128 {
        let half = || u128::from(getrandom::u64().expect("the system had random bits before"));
        half() << 64 | half()
    }

    /// The next number.
    pub fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }
}
