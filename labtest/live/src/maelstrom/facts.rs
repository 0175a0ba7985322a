//! What a run is judged by besides what clients saw: it is kept in the folder, so that the run can be judged
//! again.

use super::history::Counts;
use anyhow::{Context, bail};
use labtrace::folder::Folder;
use lincheck::FaultBand;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// The file, which is there when a run has ended.
const FILE: &str = "maelstrom.json";
const SCHEMA: &str = "labtest.maelstrom/v1";

/// What was run, and what there was to see of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) schema: String,
    pub(super) seed: u64,
    pub(super) nodes: usize,
    pub(super) clients: usize,
    /// The program of a node, and what it was given.
    pub(super) command: String,
    /// The line that runs the same faults and clients.
    pub(super) again: String,
    /// What nodes did that no node may do, a sentence each.
    pub(super) problems: Vec<String>,
    pub(super) is_interrupted: bool,
    /// The faults that there were, in nanoseconds since the start.
    pub(super) faults: Vec<FaultBand>,
    pub(super) counts: Counts,
}

impl Facts {
    /// The version in which they are written.
    pub(super) fn schema() -> String {
        SCHEMA.to_owned()
    }

    /// Whether a folder has some.
    pub(super) fn are_in(folder: &Path) -> bool {
        folder.join(FILE).is_file()
    }

    /// Puts them into a folder.
    pub(super) fn write(&self, folder: &Folder) -> anyhow::Result<()> {
        Ok(folder.write(FILE, &format!("{}\n", serde_json::to_string_pretty(self)?))?)
    }

    /// Reads those of a folder.
    pub(super) fn read(folder: &Folder) -> anyhow::Result<Facts> {
        let path = folder.path().join(FILE);
        let told = || path.display().to_string();
        let text = fs::read(&path).with_context(told)?;
        let facts: Facts = serde_json::from_slice(&text).with_context(told)?;
        match facts.schema == SCHEMA {
            true => Ok(facts),
            false => bail!("{}: expected schema {SCHEMA}, found {}", told(), facts.schema),
        }
    }
}
