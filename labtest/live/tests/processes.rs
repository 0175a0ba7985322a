//! Servers as real processes, and a tester of them in namespaces and without.
//!
//! This very program is the tester, and a stand-in for a server, when it is started so: see
//! `processes/roles.rs`.
// Everything here is on the real clock.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "processes/isolated.rs"]
mod isolated;
#[path = "processes/roles.rs"]
mod roles;
#[path = "processes/supervised.rs"]
mod supervised;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = live::isolation::role() {
        return code.into();
    }
    if let Some(code) = roles::play() {
        return code;
    }
    let trials = supervised::TESTS.iter().chain(isolated::TESTS).map(|(name, test)| {
        Trial::test(*name, || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
