//! What a test target reads from the environment, because `cargo test` and nextest leave no room
//! for flags.

use harness::pool::Seeds;
use harness::{POLL_LIMIT, Patience, RunOptions};
use std::ffi::OsString;
use std::time::Duration;

/// Seeds of each test when nothing is said: the same ones each time.
const DEFAULT_SEEDS: u64 = 10;
/// The first of them.
const DEFAULT_BASE_SEED: u64 = 1;

/// How a test target runs its tests.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub(crate) seeds: Seeds,
    pub(crate) options: RunOptions,
}

/// A variable that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EnvironmentError {
    /// The variable has a value that it can't have.
    #[error("{name} must be {expected}, found {found}")]
    Value {
        /// The variable.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// Two variables contradict each other.
    #[error("{0} and {1} can't be set together")]
    Together(&'static str, &'static str),
}

const SEED: &str = "LABTEST_SEED";
const SEEDS: &str = "LABTEST_SEEDS";
const BASE_SEED: &str = "LABTEST_BASE_SEED";
const CHECK_DETERMINISM: &str = "LABTEST_CHECK_DETERMINISM";
const REALTIME: &str = "LABTEST_REALTIME";
const POLL_LIMIT_S: &str = "LABTEST_POLL_LIMIT_S";

impl Environment {
    /// Reads the process's environment.
    pub(crate) fn read() -> Result<Environment, EnvironmentError> {
        Environment::from(|name| std::env::var_os(name))
    }

    fn from(value: impl Fn(&str) -> Option<OsString>) -> Result<Environment, EnvironmentError> {
        let number = |name| number(name, value(name));
        let flag = |name| flag(name, value(name));
        let (seed, seeds, base_seed) = (number(SEED)?, number(SEEDS)?, number(BASE_SEED)?);
        let (check_determinism, realtime) = (flag(CHECK_DETERMINISM)?, flag(REALTIME)?);
        for (other, is_set) in [(SEEDS, seeds.is_some()), (BASE_SEED, base_seed.is_some())] {
            if seed.is_some() && is_set {
                return Err(EnvironmentError::Together(SEED, other));
            }
        }
        if check_determinism && realtime {
            return Err(EnvironmentError::Together(CHECK_DETERMINISM, REALTIME));
        }
        if seeds == Some(0) {
            let found = "0".to_string();
            return Err(EnvironmentError::Value { name: SEEDS, expected: "at least 1", found });
        }
        let default_seeds = if realtime { 1 } else { DEFAULT_SEEDS };
        let seeds = match seed {
            Some(seed) => Seeds::new(seed, 1),
            None => {
                Seeds::new(base_seed.unwrap_or(DEFAULT_BASE_SEED), seeds.unwrap_or(default_seeds))
            }
        };
        let poll_limit = number(POLL_LIMIT_S)?.map_or(POLL_LIMIT, Duration::from_secs);
        let options = RunOptions { check_determinism, realtime, ..RunOptions::default() };
        let patience = Patience::new(&options, poll_limit);
        Ok(Environment { seeds, options: RunOptions { patience, ..options } })
    }
}

fn number(name: &'static str, value: Option<OsString>) -> Result<Option<u64>, EnvironmentError> {
    let Some(value) = value else { return Ok(None) };
    let text = value.to_string_lossy();
    match text.trim().parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => {
            let expected = "a whole number of at most 64 bits";
            Err(EnvironmentError::Value { name, expected, found: format!("`{text}`") })
        }
    }
}

fn flag(name: &'static str, value: Option<OsString>) -> Result<bool, EnvironmentError> {
    let Some(value) = value else { return Ok(false) };
    let text = value.to_string_lossy();
    match text.trim() {
        "1" | "true" => Ok(true),
        "0" | "false" | "" => Ok(false),
        _ => {
            let found = format!("`{text}`");
            Err(EnvironmentError::Value { name, expected: "1 or 0", found })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Environment, String> {
        let value = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| OsString::from(value))
        };
        Environment::from(value).map_err(|error| error.to_string())
    }

    #[test]
    fn seeds_are_ten_fixed_ones_or_what_is_said() {
        let seeds = |variables: &[(&str, &str)]| {
            let seeds = read(variables).unwrap().seeds;
            (seeds.first, seeds.count().unwrap())
        };
        assert_eq!(seeds(&[]), (1, 10));
        assert_eq!(seeds(&[("LABTEST_SEED", "17")]), (17, 1));
        assert_eq!(seeds(&[("LABTEST_SEEDS", "3")]), (1, 3));
        assert_eq!(seeds(&[("LABTEST_SEEDS", "3"), ("LABTEST_BASE_SEED", "9")]), (9, 3));
        assert_eq!(seeds(&[("LABTEST_REALTIME", "1")]), (1, 1));
    }

    #[test]
    fn flags_are_on_or_off() {
        let options = read(&[("LABTEST_CHECK_DETERMINISM", "1")]).unwrap().options;
        assert!(options.check_determinism && !options.realtime);
        let options = read(&[("LABTEST_CHECK_DETERMINISM", "0")]).unwrap().options;
        assert!(!options.check_determinism);
    }

    #[test]
    fn what_can_not_be_used_is_named() {
        let error = |variables: &[(&str, &str)]| read(variables).unwrap_err();
        assert_eq!(
            error(&[("LABTEST_SEED", "x")]),
            "LABTEST_SEED must be a whole number of at most 64 bits, found `x`"
        );
        assert_eq!(error(&[("LABTEST_SEEDS", "0")]), "LABTEST_SEEDS must be at least 1, found 0");
        assert_eq!(
            error(&[("LABTEST_REALTIME", "maybe")]),
            "LABTEST_REALTIME must be 1 or 0, found `maybe`"
        );
        assert_eq!(
            error(&[("LABTEST_SEED", "1"), ("LABTEST_SEEDS", "2")]),
            "LABTEST_SEED and LABTEST_SEEDS can't be set together"
        );
        assert_eq!(
            error(&[("LABTEST_REALTIME", "1"), ("LABTEST_CHECK_DETERMINISM", "1")]),
            "LABTEST_CHECK_DETERMINISM and LABTEST_REALTIME can't be set together"
        );
    }
}
