//! The smallest scenario that fails in the same way, in a folder inside the failure's.

use super::repeated::repeat;
use super::{FailedRun, Files, Folder, StoreError, fill};
use crate::numbers::plural;
use crate::replay_line::Replay;
use harness::{Runnable, Scenario, ShrinkProgress, Shrunk, Verdict, run_scenario, shrink};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

/// How a failure is made smaller before it is told.
pub(crate) struct Shrinking<'a> {
    /// With how many runs at most; without any, it stays as it is.
    pub(crate) runs_max: u64,
    /// Gives the line that runs the smaller one.
    pub(crate) replay: &'a Replay,
    /// Is told how far it is, and may stop it.
    pub(crate) progress: &'a mut dyn FnMut(ShrinkProgress) -> ControlFlow<()>,
}

/// What a scenario was shrunk to.
pub(crate) struct Smallest {
    pub(crate) shrunk: Shrunk,
    /// An earlier shrinking has left what it was found from.
    goes_on: bool,
}

impl Smallest {
    /// How many runs it took: `200 runs`, or `200 runs more` where others were made before.
    pub(crate) fn runs(&self) -> String {
        let more = if self.goes_on { " more" } else { "" };
        format!("{}{more}", plural(self.shrunk.runs, "run"))
    }
}

impl Shrinking<'_> {
    /// Shrinks the scenario, from what an earlier shrinking has left if that still fails alike, and keeps
    /// the smallest.
    pub(super) fn shrink_into(
        &mut self,
        folder: &Folder,
        failed: &FailedRun<'_>,
        scenario: &Scenario,
        earlier: Option<Scenario>,
    ) -> Result<Option<Smallest>, StoreError> {
        let FailedRun { record, implementation, options, .. } = *failed;
        let seed = record.seed;
        let steps_before = scenario.step_count(seed);
        let earlier =
            earlier.filter(|it| it.step_count(seed) < steps_before && fails_alike(failed, it));
        let begin = earlier.as_ref().unwrap_or(scenario);
        let shrunk = shrink(begin, seed, implementation, options, self.runs_max, self.progress);
        let Some(shrunk) = shrunk else { return Ok(None) };
        let shrunk = Shrunk { steps_before, ..shrunk };
        let inner = folder.inner(Files::SHRUNK)?;
        let file = inner.path().join(Files::SCENARIO);
        let line = self.replay.of_file(&file).line(&record.test, seed);
        let outcome = run_scenario(&shrunk.scenario, seed, implementation, options);
        let record = outcome.record(&record.implementation, line);
        let what = Runnable::Scenario(&shrunk.scenario);
        let failed = FailedRun { what, record: &record, recording: None, implementation, options };
        let repeated = repeat(&failed, &inner)?;
        fill(&inner, &failed, Some(&repeated), None)?;
        Ok(Some(Smallest { shrunk, goes_on: earlier.is_some() }))
    }
}

/// What an earlier shrinking of this very scenario has left in the folder.
pub(super) fn left_in(folder: &Folder, scenario: &Scenario) -> Option<Scenario> {
    let read = |path: &Path| {
        let text = fs::read_to_string(path.join(Files::SCENARIO)).ok()?;
        Scenario::from_toml(&text, Files::SCENARIO).ok()
    };
    let is_of_it = read(folder.path()).as_ref() == Some(scenario);
    is_of_it.then(|| read(&folder.path().join(Files::SHRUNK)))?
}

fn fails_alike(failed: &FailedRun<'_>, scenario: &Scenario) -> bool {
    let FailedRun { record, implementation, options, .. } = failed;
    let property = record.failure.as_ref().map(|failure| &*failure.property);
    match run_scenario(scenario, record.seed, implementation, options).verdict {
        Verdict::Failed(failure) => Some(failure.property) == property,
        _ => false,
    }
}
