//! `labtest run --guided`: where what is learned comes from, where it goes, and how it is told.

use super::args::RunArgs;
use super::{CommandError, corpus};
use crate::numbers::{grouped, plural};
use harness::Implementation;
use harness::guide::{Guide, Guides, Learned};
use harness::pool::Plan;
use labtrace::summary::GuidedRecord;
use std::path::Path;
use std::sync::Arc;

/// The guides of the tests, if runs are guided.
///
/// # Errors
/// A test that draws no scenario, or a corpus that can't be read.
pub(super) fn guides(
    args: &RunArgs,
    plan: &Plan,
    implementation: &dyn Implementation,
) -> Result<Option<Arc<Guides>>, CommandError> {
    if !args.guided {
        return Ok(None);
    }
    let mut guides = Vec::new();
    for test in &plan.tests {
        let known = match &args.corpus {
            Some(folder) => corpus::read_all(folder, test)?,
            None => Vec::new(),
        };
        let guide = Guide::new(test, plan.seeds.first, implementation, &plan.options, known);
        let guide = guide.ok_or_else(|| CommandError::Usage(corpus::not_explored(test)))?;
        guides.push((*test, guide));
    }
    Ok(Some(Arc::new(Guides::new(guides))))
}

/// Leaves what was learned in the folder, if there is one.
///
/// # Errors
/// When it can't be written.
pub(super) fn keep(guides: &Guides, folder: Option<&Path>) -> Result<(), CommandError> {
    let Some(folder) = folder else { return Ok(()) };
    let written = guides.each(|test, guide| corpus::write_all(folder, test, &guide.scenarios()));
    written.into_iter().try_for_each(|written| written.map(drop))
}

/// `new in the last 1,000 runs: 12 of 3,421 features; 312 scenarios in the corpus`.
pub(super) fn sentence(guides: &Guides) -> String {
    let Learned { features, new, runs, scenarios } = guides.learned();
    format!(
        "new in the last {}: {} of {} features; {} in the corpus",
        plural(runs, "run"),
        grouped(new),
        grouped(features),
        plural(scenarios, "scenario")
    )
}

/// The same for programs.
pub(super) fn record(guides: &Guides) -> GuidedRecord {
    let Learned { features, new, runs, scenarios } = guides.learned();
    GuidedRecord { features, new, runs, scenarios }
}
