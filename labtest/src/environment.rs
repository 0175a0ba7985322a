//! What a test target reads from the environment, because `cargo test` and nextest leave no room
//! for flags.

use crate::around;
use crate::near::nearest;
use harness::pool::Seeds;
use harness::{POLL_LIMIT, Patience, Repeats, RunOptions};
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
    /// Whether a test is given up of which every run fails alike.
    pub(crate) fail_fast: bool,
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
    /// There are not that many seeds from that one on.
    #[error("{SEEDS} is {count} and {BASE_SEED} is {first}, but the largest seed is {}", u64::MAX)]
    Beyond {
        /// The first seed.
        first: u64,
        /// How many are asked for.
        count: u64,
    },
}

const SEED: &str = "LABTEST_SEED";
const SEEDS: &str = "LABTEST_SEEDS";
const BASE_SEED: &str = "LABTEST_BASE_SEED";
const CHECK_DETERMINISM: &str = "LABTEST_CHECK_DETERMINISM";
const REALTIME: &str = "LABTEST_REALTIME";
const POLL_LIMIT_S: &str = "LABTEST_POLL_LIMIT_S";
pub(crate) const NO_FAIL_FAST: &str = "LABTEST_NO_FAIL_FAST";

/// What all of them begin with.
const PREFIX: &str = "LABTEST_";

/// The variables, each with the flag of the command that says the same.
const VARIABLES: [(&str, &str); 7] = [
    (SEED, "--seed"),
    (SEEDS, "--seeds"),
    (BASE_SEED, "--base-seed"),
    (CHECK_DETERMINISM, "--check-determinism"),
    (REALTIME, "--realtime"),
    (POLL_LIMIT_S, "--poll-limit"),
    (NO_FAIL_FAST, "--no-fail-fast"),
];

/// What the process around the command reads and says (`around.rs`), and scripts beside the tester
/// (`ci/slurm-array.sh`).
const OF_OTHERS: [&str; 3] = [around::ONE_PROCESS, around::NOTES, "LABTEST_RESULTS"];

/// What is wrong with the environment of a test target, though it can be used.
pub(crate) fn warnings() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names.filter_map(|name| unknown(&name)).collect()
}

/// The same for the command, which has flags in the place of the variables.
pub(crate) fn warnings_for_command() -> Vec<String> {
    let given: Vec<String> =
        std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names.filter_map(|name| warning(&name, &given)).collect()
}

/// What is wrong with a variable beside these arguments of the command.
pub(crate) fn warning(name: &str, given: &[String]) -> Option<String> {
    unknown(name).or_else(|| unheeded(name, given))
}

/// A variable that only looks like one of ours.
fn unknown(name: &str) -> Option<String> {
    let known = VARIABLES.map(|(known, _)| known);
    if !name.starts_with(PREFIX) || known.contains(&name) || OF_OTHERS.contains(&name) {
        return None;
    }
    let near = nearest(name, known);
    let meant = near.map_or(String::new(), |near| format!(", perhaps {near} is meant"));
    Some(format!("the variable {name} is unknown{meant}; there are {}", known.join(", ")))
}

/// A variable of test targets; the command's flag, if it is given too, says what holds.
fn unheeded(name: &str, given: &[String]) -> Option<String> {
    let (_, flag) = VARIABLES.iter().find(|(known, _)| *known == name)?;
    let is_it = |argument: &String| argument.split('=').next() == Some(flag);
    let sentence = format!("{name} is for test targets and has no effect here; the flag is {flag}");
    (!given.iter().any(is_it)).then_some(sentence)
}

/// The variables that change a run, so that a line to repeat it has them.
pub(crate) const CHANGING: [&str; 3] = [CHECK_DETERMINISM, REALTIME, POLL_LIMIT_S];

impl Environment {
    /// Reads the process's environment.
    pub(crate) fn read() -> Result<Environment, EnvironmentError> {
        Environment::from(|name| std::env::var_os(name))
    }

    /// The same of variables that have these values.
    pub(crate) fn from(
        value: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Environment, EnvironmentError> {
        let number = |name| number(name, value(name));
        let flag = |name| flag(name, value(name));
        let (seed, seeds, base_seed) = (number(SEED)?, number(SEEDS)?, number(BASE_SEED)?);
        let (check_determinism, realtime) = (flag(CHECK_DETERMINISM)?, flag(REALTIME)?);
        let fail_fast = !flag(NO_FAIL_FAST)?;
        for (other, is_set) in [(SEEDS, seeds.is_some()), (BASE_SEED, base_seed.is_some())] {
            if seed.is_some() && is_set {
                return Err(EnvironmentError::Together(SEED, other));
            }
        }
        if check_determinism && realtime {
            return Err(EnvironmentError::Together(CHECK_DETERMINISM, REALTIME));
        }
        if seeds == Some(0) {
            let (expected, found) = ("a whole number from 1", "0".to_string());
            return Err(EnvironmentError::Value { name: SEEDS, expected, found });
        }
        let default_seeds = if realtime { 1 } else { DEFAULT_SEEDS };
        let first = seed.or(base_seed).unwrap_or(DEFAULT_BASE_SEED);
        let count = if seed.is_some() { 1 } else { seeds.unwrap_or(default_seeds) };
        let beyond = EnvironmentError::Beyond { first, count };
        let seeds = Seeds::exactly(first, count).ok_or(beyond)?;
        let poll_limit = number(POLL_LIMIT_S)?.map_or(POLL_LIMIT, Duration::from_secs);
        let repeats = if check_determinism { Repeats::Always } else { Repeats::Sample };
        let options = RunOptions { repeats, realtime, ..RunOptions::default() };
        let patience = Patience::new(&options, poll_limit);
        Ok(Environment { seeds, fail_fast, options: RunOptions { patience, ..options } })
    }
}

fn number(name: &'static str, value: Option<OsString>) -> Result<Option<u64>, EnvironmentError> {
    let Some(value) = value else { return Ok(None) };
    let text = value.to_string_lossy();
    match text.trim().parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => {
            let expected = "a whole number from 0 to 18446744073709551615";
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
        assert!(options.repeats == Repeats::Always && !options.realtime);
        let options = read(&[("LABTEST_CHECK_DETERMINISM", "0")]).unwrap().options;
        assert_eq!(options.repeats, Repeats::Sample);
    }

    #[test]
    fn what_can_not_be_used_is_named() {
        let error = |variables: &[(&str, &str)]| read(variables).unwrap_err();
        assert_eq!(
            error(&[("LABTEST_SEED", "x")]),
            "LABTEST_SEED must be a whole number from 0 to 18446744073709551615, found `x`"
        );
        assert_eq!(
            error(&[("LABTEST_SEEDS", "0")]),
            "LABTEST_SEEDS must be a whole number from 1, found 0"
        );
        assert_eq!(
            error(&[("LABTEST_BASE_SEED", "18446744073709551615"), ("LABTEST_SEEDS", "5")]),
            "LABTEST_SEEDS is 5 and LABTEST_BASE_SEED is 18446744073709551615, but the largest seed \
             is 18446744073709551615"
        );
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

    #[test]
    fn variables_that_are_not_heeded_are_told() {
        let said = unknown("LABTEST_SEDS").unwrap();
        assert!(
            said.starts_with("the variable LABTEST_SEDS is unknown, perhaps LABTEST_SEED"),
            "{said}"
        );
        assert!(said.ends_with("LABTEST_POLL_LIMIT_S, LABTEST_NO_FAIL_FAST"), "{said}");
        for fine in ["LABTEST_SEEDS", "LABTEST_RESULTS", "LABTEST", "PATH"] {
            assert_eq!(unknown(fine), None, "{fine}");
        }
        let given = ["labtest".to_string(), "--seeds=3".to_string()];
        assert_eq!(unheeded("LABTEST_SEEDS", &given), None);
        assert_eq!(
            unheeded("LABTEST_REALTIME", &given).unwrap(),
            "LABTEST_REALTIME is for test targets and has no effect here; the flag is --realtime"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_environment_brings_the_reader_down(values in proptest::array::uniform7(value())) {
            let read = Environment::from(|name| {
                let place = VARIABLES.iter().position(|(known, _)| *known == name)?;
                values[place].clone()
            });
            // A usable input has an end, and an unusable one gets a sentence.
            match read {
                Ok(environment) => proptest::prop_assert!(environment.seeds.count().is_some()),
                Err(error) => proptest::prop_assert!(error.to_string().starts_with(PREFIX)),
            }
        }
    }

    /// A value as somebody may have set it, or none.
    fn value() -> impl proptest::strategy::Strategy<Value = Option<OsString>> {
        use proptest::prelude::*;
        let words = ["0", "1", "5", "true", "", " 7 ", "-1", "18446744073709551615", "1e3", "yes"];
        let word = proptest::sample::select(words.to_vec()).prop_map(str::to_owned);
        let text = prop_oneof![4 => word, 1 => any::<String>()];
        proptest::option::of(text.prop_map(OsString::from))
    }
}
