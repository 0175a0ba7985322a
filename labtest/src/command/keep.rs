//! Which failures leave a folder.

use super::interrupt::Interrupt;
use crate::failures::{FailedRun, Repeated, Shrinking, Store, StoreError};
use crate::replay_line::Replay;
use harness::pool::Plan;
use harness::record::Texts;
use harness::summary::Summary;
use harness::{Implementation, Runnable, ShrinkProgress};
use labtrace::{RunRecord, VerdictName};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many of each kind (the same test and property) are kept as they come; a Raft that fails
/// everywhere should not fill the disk.
const KEPT_OF_A_KIND: usize = 2;

/// Keeps the first failures of each kind, and the one of the lowest seed, which the report tells.
pub(super) struct Keeper<'a> {
    store: Store,
    plan: &'a Plan,
    implementation: &'a Arc<dyn Implementation>,
    replay: &'a Replay,
    /// How many runs may be spent on making a scenario smaller.
    shrink_runs: u64,
    /// Ends the shrinking.
    interrupt: Interrupt,
    /// Where, by the test's place in the plan and the seed.
    kept: BTreeMap<(usize, u64), KeptFailure>,
    /// How many of each kind.
    kinds: BTreeMap<(usize, String), usize>,
    /// What is wrong with the store; after that nothing more is kept.
    error: Option<String>,
}

/// A failure that has its folder.
#[derive(Clone, Debug)]
pub(super) struct KeptFailure {
    pub(super) folder: PathBuf,
    /// Of a seed whose runs differ: how, a line each.
    pub(super) warning: Vec<String>,
}

/// A failure that is to have a folder.
pub(super) struct Wanted {
    place: usize,
    pub(super) folder: PathBuf,
    shrinks: bool,
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
            kinds: BTreeMap::new(),
            error: None,
        }
    }

    /// Looks whether anything could be kept. Returns what is wrong.
    pub(super) fn check(&mut self) -> Option<&str> {
        self.error = self.store.check().err().map(|error| error.to_string());
        self.error()
    }

    /// A run has failed. Returns what is to be kept of it, if anything is.
    pub(super) fn failed(&mut self, place: usize, record: &RunRecord) -> Option<Wanted> {
        let failure = record.failure.as_ref()?;
        if !self.can_keep(record) {
            return None;
        }
        let kind = (place, failure.property.clone());
        let known = self.kinds.entry(kind).or_default();
        if *known >= KEPT_OF_A_KIND {
            return None;
        }
        *known += 1;
        // One of a kind tells what it takes; the others are most likely the same.
        let shrinks = *known == 1;
        Some(Wanted { place, folder: self.store.folder_of(record), shrinks })
    }

    /// All is over: the reported failures have their folders too. They were not known to be the
    /// reported ones when they came.
    pub(super) fn finish(
        &mut self,
        summary: &Summary,
        progress: &mut dyn FnMut(usize, u64, ShrinkProgress),
    ) {
        for ((place, _), group) in &summary.failures {
            let Some(example) = group.examples.first_key_value().map(|(_, example)| example) else {
                continue;
            };
            let (place, run) = (*place, &example.run);
            if !self.kept.contains_key(&(place, run.seed)) && self.can_keep(run) {
                let folder = self.store.folder_of(run);
                let wanted = Wanted { place, folder, shrinks: true };
                self.keep(&wanted, run, None, &mut |it| progress(place, run.seed, it));
            }
        }
    }

    fn can_keep(&self, record: &RunRecord) -> bool {
        // A run that was not made has nothing to show.
        let was_made = record.verdict == VerdictName::Failed || record.virtual_ms > 0.0;
        self.error.is_none() && was_made
    }

    /// Keeps it.
    pub(super) fn keep(
        &mut self,
        wanted: &Wanted,
        record: &RunRecord,
        recording: Option<&Texts>,
        progress: &mut dyn FnMut(ShrinkProgress),
    ) {
        let place = wanted.place;
        let test = &self.plan.tests[place];
        // What a person wrote stays as it is, and who interrupts waits for nothing.
        let shrinks = wanted.shrinks && test.exploration().is_some() && !self.interrupt.is_wanted();
        let mut shrinking = Shrinking {
            runs_max: if shrinks { self.shrink_runs } else { 0 },
            replay: self.replay,
            progress: &mut |it| {
                progress(it);
                self.interrupt.unless_wanted()
            },
        };
        let failed = FailedRun {
            what: Runnable::Test(test),
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
                self.error = Some(format!("{error}\nnot every failure has {missing}"));
                if let Some(folder) = folder {
                    let kept = KeptFailure { folder, warning: Vec::new() };
                    self.kept.insert((place, record.seed), kept);
                }
            }
        }
    }

    /// What a failure has left.
    pub(super) fn kept(&self, place: usize, seed: u64) -> Option<&KeptFailure> {
        self.kept.get(&(place, seed))
    }

    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}
