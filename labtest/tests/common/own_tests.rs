//! The tests of a program that is, with something in its environment, also what they run.

use libtest_mimic::{Arguments, Failed, Trial};
use std::panic::{UnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Runs tests, which fail by a panic, with the flags of `cargo test`.
pub fn run_tests<T: FnOnce() + UnwindSafe + Send + 'static>(
    tests: impl IntoIterator<Item = (impl Into<String>, T)>,
) -> ExitCode {
    let trial = |name: String, test: T| {
        Trial::test(name, move || {
            catch_unwind(test).map_err(|panic| {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
                Failed::from(text.unwrap_or_default())
            })
        })
    };
    let trials = tests.into_iter().map(|(name, test)| trial(name.into(), test)).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
