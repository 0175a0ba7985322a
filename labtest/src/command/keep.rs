//! Which failures leave a folder.

use super::interrupt::Interrupt;
use super::keeping::Shrinks;
use crate::failures::{FailedRun, Repeated, Shrinking, Store, StoreError};
use crate::replay_line::Replay;
use harness::pool::Plan;
use harness::record::Texts;
use harness::summary::Summary;
use harness::{Implementation, Runnable, Scenario, ShrinkProgress};
use labtrace::{RunRecord, VerdictName};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// How many of each kind (the same test and property) are kept as they occur; a Raft that fails everywhere
/// should not fill the disk.
const KEPT_OF_A_KIND: usize = 2;

/// Decides which failures are kept as they occur: the first of each kind.
pub(super) struct Choice {
    store: Store,
    /// How many of each kind.
    kinds: BTreeMap<(usize, String), usize>,
    made: Made,
    /// The keeper's.
    error: Arc<OnceLock<String>>,
}

/// The scenarios of failures that no seed draws, by place and seed.
type Made = Arc<Mutex<BTreeMap<(usize, u64), Arc<str>>>>;

/// Keeps failures: the chosen ones, and the one with the lowest seed, which the report shows.
pub(super) struct Keeper<'a> {
    store: Store,
    plan: &'a Plan,
    implementation: &'a Arc<dyn Implementation>,
    replay: &'a Replay,
    /// How many runs may be spent on shrinking a scenario.
    shrink_runs: u64,
    /// Ends the shrinking.
    interrupt: Interrupt,
    /// Where, by the test's place in the plan and the seed.
    kept: BTreeMap<(usize, u64), KeptFailure>,
    made: Made,
    /// What is wrong with the folder; after that nothing more is kept.
    error: Arc<OnceLock<String>>,
}

/// A failure that has its folder.
#[derive(Clone, Debug)]
pub(super) struct KeptFailure {
    pub(super) folder: PathBuf,
    /// If runs of the seed differ: how, line by line.
    pub(super) warning: Vec<String>,
}

/// A failure that will get a folder.
pub(super) struct Wanted {
    /// The place of its test in the plan.
    pub(super) place: usize,
    pub(super) folder: PathBuf,
    shrinks: bool,
}

impl Choice {
    /// A run has failed. Returns what to keep of it, if anything.
    pub(super) fn failed(
        &mut self,
        place: usize,
        record: &RunRecord,
        made: Option<&Arc<str>>,
    ) -> Option<Wanted> {
        let failure = record.failure.as_ref()?;
        if let Some(made) = made {
            self.made.lock().insert((place, record.seed), Arc::clone(made));
        }
        if self.error.get().is_some() || !was_made(record) {
            return None;
        }
        let kind = (place, failure.property.clone());
        let known = self.kinds.entry(kind).or_default();
        if *known >= KEPT_OF_A_KIND {
            return None;
        }
        *known += 1;
        // One of a kind is enough; the others are most likely the same.
        let shrinks = *known == 1;
        Some(Wanted { place, folder: self.store.folder_of(record), shrinks })
    }
}

impl Choice {
    /// Leaves the scenario of a failure that no seed draws where its folder is, and returns the file.
    pub(super) fn leave(&self, test: &str, seed: u64, made: &str) -> Option<PathBuf> {
        if self.error.get().is_some() {
            return None;
        }
        let left = self.store.leave(test, seed, made);
        left.map_err(|error| self.error.get_or_init(|| error.to_string())).ok()
    }
}

/// A run that was not made has nothing to show.
fn was_made(record: &RunRecord) -> bool {
    record.verdict == VerdictName::Failed || record.virtual_ms > 0.0
}

impl<'a> Keeper<'a> {
    pub(super) fn new(
        root: &Path,
        plan: &'a Plan,
        implementation: &'a Arc<dyn Implementation>,
        replay: &'a Replay,
        shrink_runs: u64,
        interrupt: Interrupt,
    ) -> Keeper<'a> {
        Keeper {
            store: Store::new(root),
            plan,
            implementation,
            replay,
            shrink_runs,
            interrupt,
            kept: BTreeMap::new(),
            made: Made::default(),
            error: Arc::default(),
        }
    }

    /// Says which failures it is to keep.
    pub(super) fn choice(&self) -> Choice {
        let (made, error) = (Arc::clone(&self.made), Arc::clone(&self.error));
        Choice { store: self.store.clone(), kinds: BTreeMap::new(), made, error }
    }

    /// Checks whether anything could be kept. Returns what is wrong.
    pub(super) fn check(&self) -> Option<&str> {
        let error = self.store.check().err();
        error.map(|error| self.error.get_or_init(|| error.to_string()).as_str())
    }

    /// All is over: keeps the reported failures, too, which were not yet known to be the reported ones when
    /// they occurred.
    pub(super) fn finish(&mut self, summary: &Summary, tell: &mut dyn FnMut(Shrinks)) {
        for ((place, _), group) in &summary.failures {
            let Some(example) = group.examples.first_key_value().map(|(_, example)| example) else {
                continue;
            };
            let (place, run) = (*place, &example.run);
            let is_missing = !self.kept.contains_key(&(place, run.seed));
            if is_missing && was_made(run) {
                let folder = self.store.folder_of(run);
                let wanted = Wanted { place, folder, shrinks: true };
                let seed = run.seed;
                let mut tell = |progress| tell(Shrinks { place, seed, progress });
                self.keep(&wanted, run, None, &mut tell);
            }
        }
    }

    /// Keeps it.
    pub(super) fn keep(
        &mut self,
        wanted: &Wanted,
        record: &RunRecord,
        recording: Option<&Texts>,
        progress: &mut dyn FnMut(ShrinkProgress),
    ) {
        if self.error().is_some() {
            return;
        }
        let place = wanted.place;
        let test = &self.plan.tests[place];
        // A scenario that a person wrote stays as it is, and an interrupt does not wait.
        let shrinks = wanted.shrinks && test.exploration().is_some() && !self.interrupt.is_wanted();
        let mut shrinking = Shrinking {
            runs_max: if shrinks { self.shrink_runs } else { 0 },
            replay: self.replay,
            progress: &mut |it| {
                progress(it);
                self.interrupt.unless_wanted()
            },
        };
        let made = self.made.lock().get(&(place, record.seed)).cloned();
        let made = made.map(|text| Scenario::from_toml(&text, "a scenario that was made"));
        let made = match made.transpose() {
            Ok(made) => made,
            Err(error) => {
                self.error.get_or_init(|| error.to_string());
                return;
            }
        };
        let failed = FailedRun {
            what: made.as_ref().map_or(Runnable::Test(test), |made| Runnable::Made(test, made)),
            record,
            recording,
            implementation: self.implementation,
            options: &self.plan.options,
        };
        match self.store.keep(&failed, &mut shrinking) {
            Ok(kept) => {
                let warning = kept.repeated.iter().flat_map(Repeated::warning).collect();
                let kept = KeptFailure { folder: kept.folder, warning };
                self.kept.insert((place, record.seed), kept);
            }
            Err(error) => {
                let (missing, folder) = match &error {
                    StoreError::Unfinished { folder, .. } => {
                        ("all its files", Some(folder.clone()))
                    }
                    _ => ("a folder", None),
                };
                self.error.get_or_init(|| format!("{error}\nnot every failure has {missing}"));
                if let Some(folder) = folder {
                    let kept = KeptFailure { folder, warning: Vec::new() };
                    self.kept.insert((place, record.seed), kept);
                }
            }
        }
    }

    /// The folder of a failure.
    pub(super) fn kept(&self, place: usize, seed: u64) -> Option<&KeptFailure> {
        self.kept.get(&(place, seed))
    }

    pub(super) fn error(&self) -> Option<&str> {
        self.error.get().map(String::as_str)
    }
}
