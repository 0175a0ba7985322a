//! What the tester says about the cause when it has caught a bug.

use crate::catalogue::implementation;
use crate::hunt::{Hunt, hunt};
use crate::view::View;
use anyhow::Context;
use labtest::formats::trace::{self, Event};
use labtest::formats::{Cause, first_wrong};
use labtest::{LabTest, RunOptions, record_one};
use specimen_rafts::Specimen;

/// A catch that was repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// The facts that led to it.
    pub chain: Vec<Cause>,
    /// Everything that happened.
    pub trace: String,
}

impl Caught {
    /// The first act that should not have been, if one was found.
    pub fn cause(&self) -> Option<&Cause> {
        first_wrong(&self.chain)
    }
}

/// Hunts a bug with a look inside until it is caught once, within that many seeds, and makes that run again,
/// recorded. `None` when it is not caught.
///
/// # Errors
/// When what was recorded can't be read.
pub fn caught(
    specimen: &Specimen,
    tests: &[LabTest],
    seeds: u64,
) -> anyhow::Result<Option<Caught>> {
    let (view, options) = (View::Inside, RunOptions::default());
    let what = Hunt {
        tests: tests.to_vec(),
        base_seed: 1,
        seeds,
        view,
        options: options.clone(),
        shrink_runs: 0,
        guided: false,
    };
    let Some(catch) = hunt(specimen, &what).catch else { return Ok(None) };
    let test = tests.iter().find(|test| test.name == catch.test).context("it is one of them")?;
    let recorded = record_one(test, catch.seed, &implementation(specimen, view), &options);
    let (_, lines) = trace::read(&recorded.trace)?;
    let facts = lines.into_iter().filter_map(|line| match line.event {
        Event::Cause(cause) => Some(cause),
        _ => None,
    });
    Ok(Some(Caught { chain: facts.collect(), trace: recorded.trace }))
}
