//! What the tester says of the cause when it has caught a bug.

use crate::catalogue::implementation;
use crate::hunt::Catch;
use crate::view::View;
use labtest::formats::trace::{self, Event};
use labtest::formats::{Cause, first_wrong};
use labtest::{LabTest, RunOptions, anyhow, record_one};
use specimen_rafts::Specimen;

/// A catch that was made once more.
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

/// Makes the run of a catch once more, recorded.
///
/// # Errors
/// When what was recorded can't be read.
pub fn recorded(
    specimen: &Specimen,
    test: &LabTest,
    catch: &Catch,
    view: View,
) -> anyhow::Result<Caught> {
    let options = RunOptions { outside_only: view == View::Outside, ..RunOptions::default() };
    let recorded = record_one(test, catch.seed, &implementation(specimen, view), &options);
    let (_, lines) = trace::read(&recorded.trace)?;
    let facts = lines.into_iter().filter_map(|line| match line.event {
        Event::Cause(cause) => Some(cause),
        _ => None,
    });
    Ok(Caught { chain: facts.collect(), trace: recorded.trace })
}
