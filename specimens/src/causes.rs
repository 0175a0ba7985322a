//! For how many bugs the tester names the cause.

use anyhow::{Context, ensure};
use labtest::LabTest;
use specimens::{Caught, Specimen, caught, tests_of};
use std::io::{self, Write};

/// Of how many of a hundred bugs the cause has to be named.
const PERCENT_MIN: usize = 80;

/// Hunts each with these tests, or if there are none with those of its header, and prints what the tester says
/// of its cause. Returns the exit code: 0 when enough are told by the kind that their header names.
pub(crate) fn print(
    specimens: &[Specimen],
    tests: Option<&[LabTest]>,
    seeds: u64,
) -> anyhow::Result<u8> {
    let bugs: Vec<&Specimen> = specimens.iter().filter(|it| !it.breaks.is_harmless()).collect();
    ensure!(!bugs.is_empty(), "all of them are harmless, and so have no cause");
    let mut out = io::stdout();
    let mut told = 0;
    for specimen in &bugs {
        let expected = specimen.cause.context("every bug has a cause")?;
        let tests = tests.map_or_else(|| tests_of(specimen), |tests| Ok(tests.to_vec()))?;
        let found = caught(specimen, &tests, seeds)?;
        let cause = found.as_ref().and_then(Caught::cause);
        let (kind, text) = cause.map_or(("not seen", ""), |cause| (&cause.fact, &cause.text));
        let is_it = kind == expected;
        told += usize::from(is_it);
        let instead = if is_it { String::new() } else { format!(" (expected {expected})") };
        writeln!(out, "{:30} {kind}{instead}: {text}", specimen.name)?;
    }
    let percent = told * 100 / bugs.len();
    writeln!(out, "\n{told} of {} causes are as the header says: {percent} %", bugs.len())?;
    Ok(u8::from(percent < PERCENT_MIN))
}
