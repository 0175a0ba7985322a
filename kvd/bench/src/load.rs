//! What is asked: how much, how fast, and for how long.

use serde::{Deserialize, Serialize};

/// What is asked: how much, how fast, and for how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// How many clients there are, with a connection each.
    pub clients: usize,
    /// How many operations fall due in a second, over all clients, whether or not earlier ones are answered;
    /// if none, a client asks when it has its answers.
    pub rate: Option<u64>,
    /// How many operations a client sends at once, at most.
    pub pipeline: usize,
    /// How long values are.
    pub value_bytes: usize,
    /// How many keys there are.
    pub keys: u64,
    /// Which key is next.
    pub order: Order,
    /// The share of reads, from 0 to 1.
    pub read_share: f64,
    /// How long it goes on, in milliseconds, after the warm-up.
    pub time_limit_ms: Option<u64>,
    /// How many operations there are at most, those of the warm-up included.
    pub operations: Option<u64>,
    /// What falls due in the first milliseconds, this many, is not counted.
    pub warm_up_ms: u64,
    /// How long an answer is waited for, in milliseconds, until the connection is given up.
    pub timeout_ms: u64,
    /// Where the choice of keys, values and kinds comes from.
    pub seed: u64,
}

/// Which key is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Any of them, each as likely.
    Random,
    /// The one after the last one that any client took, and after the last key the first.
    InTurn,
}

impl Default for Load {
    /// 16 clients that write values of 128 bytes in a closed loop, for ten seconds.
    fn default() -> Load {
        Load {
            clients: 16,
            rate: None,
            pipeline: 1,
            value_bytes: 128,
            keys: 100_000,
            order: Order::Random,
            read_share: 0.0,
            time_limit_ms: Some(10_000),
            operations: None,
            warm_up_ms: 0,
            timeout_ms: 10_000,
            seed: 0,
        }
    }
}

impl Load {
    /// Writes each of `keys` keys once, as fast as servers take them.
    pub fn filling(keys: u64, value_bytes: usize) -> Load {
        Load {
            clients: 16,
            pipeline: 8,
            value_bytes,
            keys,
            order: Order::InTurn,
            time_limit_ms: None,
            operations: Some(keys),
            ..Load::default()
        }
    }

    /// Says what can't work, if anything.
    ///
    /// # Errors
    /// A sentence with the first value that is out of range.
    pub fn check(&self) -> Result<(), String> {
        let positive = [
            ("clients", self.clients as u64),
            ("rate", self.rate.unwrap_or(1)),
            ("pipeline", self.pipeline as u64),
            ("keys", self.keys),
            ("operations", self.operations.unwrap_or(1)),
            ("timeout", self.timeout_ms),
        ];
        if let Some((name, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(format!("{name}: expected at least 1, found 0"));
        }
        if !(0.0..=1.0).contains(&self.read_share) {
            return Err(format!("read share: expected 0 to 1, found {}", self.read_share));
        }
        if self.time_limit_ms.is_none() && self.operations.is_none() {
            return Err("expected a time limit, or a number of operations".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_work_is_named() {
        assert_eq!(Load::default().check(), Ok(()));
        assert_eq!(Load::filling(10, 1).check(), Ok(()));
        let rows = [
            (Load { clients: 0, ..Load::default() }, "clients"),
            (Load { rate: Some(0), ..Load::default() }, "rate"),
            (Load { pipeline: 0, ..Load::default() }, "pipeline"),
            (Load { keys: 0, ..Load::default() }, "keys"),
            (Load { operations: Some(0), ..Load::default() }, "operations"),
            (Load { timeout_ms: 0, ..Load::default() }, "timeout"),
            (Load { read_share: 1.5, ..Load::default() }, "read share"),
            (Load { read_share: f64::NAN, ..Load::default() }, "read share"),
            (Load { time_limit_ms: None, ..Load::default() }, "expected a time limit"),
        ];
        for (load, named) in rows {
            let sentence = load.check().unwrap_err();
            assert!(sentence.starts_with(named), "{sentence}");
        }
    }
}
