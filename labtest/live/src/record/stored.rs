//! A folder as it is found, perhaps damaged.

use super::{Files, Report, SCHEMA};
use crate::clients::{HistoryFile, MODELS};
use crate::judge::Facts;
use labtrace::folder::{Folder, FolderError, Recording};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// How long a history is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryCount {
    /// Its file.
    pub file: String,
    /// How many lines it has, its header too.
    pub lines: usize,
}

/// What there is in a folder.
#[derive(Debug)]
pub struct Stored {
    pub(super) folder: Folder,
    /// What the run came to, as it was found then.
    pub report: Option<Report>,
    /// What clients saw, up to where a file is cut off.
    pub histories: Vec<HistoryFile>,
    /// What is to be judged beside histories.
    pub facts: Option<Facts>,
    /// What is missing or damaged of that, a sentence each.
    pub flaws: Vec<String>,
}

/// Whether a folder is that of a live run, whole or not.
pub fn is_live(folder: &Path) -> bool {
    #[derive(Deserialize)]
    struct Version {
        schema: String,
    }
    let report = fs::read(folder.join(Files::REPORT_JSON)).ok();
    let version = report.and_then(|text| serde_json::from_slice::<Version>(&text).ok());
    match version {
        Some(Version { schema }) => schema == SCHEMA,
        None => {
            let histories = || MODELS.map(|model| folder.join(HistoryFile::name_of(model)));
            folder.join(Files::FACTS).is_file() || histories().iter().any(|file| file.is_file())
        }
    }
}

impl Stored {
    /// Reads a folder as far as it can be read.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn read(path: &Path) -> Result<Stored, FolderError> {
        let folder = Folder::existing(path)?;
        let mut flaws = Vec::new();
        let report: Option<Report> = parsed(&folder, Files::REPORT_JSON, &mut flaws);
        let facts = parsed(&folder, Files::FACTS, &mut flaws);
        let mut histories = Vec::new();
        for model in MODELS {
            let file = HistoryFile::name_of(model);
            let known = report.iter().flat_map(|report| &report.histories);
            let lines = known.filter(|history| history.file == file).map(|it| it.lines).next();
            let text = history(&folder, &file, lines, &mut flaws);
            histories.extend(text.map(|text| HistoryFile { model, text }));
        }
        Ok(Stored { folder, report, histories, facts, flaws })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A file of JSON, if it is there and whole.
fn parsed<T: serde::de::DeserializeOwned>(
    folder: &Folder,
    file: &str,
    flaws: &mut Vec<String>,
) -> Option<T> {
    if !folder.has(file) {
        flaws.push(format!("{file} is missing"));
        return None;
    }
    let text = match fs::read(folder.path().join(file)) {
        Ok(text) => text,
        Err(error) => {
            flaws.push(format!("can't read {file}: {error}"));
            return None;
        }
    };
    serde_json::from_slice(&text)
        .map_err(|error| flaws.push(format!("{file} is damaged: {error}")))
        .ok()
}

/// A history as far as it is there; `lines` is how many it should have, if that is known.
fn history(
    folder: &Folder,
    file: &str,
    lines: Option<usize>,
    flaws: &mut Vec<String>,
) -> Option<String> {
    if !folder.has(file) {
        if lines.is_some() {
            flaws.push(format!("{file} is missing"));
        }
        return None;
    }
    let Recording { text, cut } = match folder.read(file) {
        Ok(recording) => recording,
        Err(error) => {
            flaws.push(error.to_string());
            return None;
        }
    };
    let there = text.lines().count();
    match (cut, lines) {
        (Some(line), _) => {
            flaws.push(format!("{file} ends in the middle of line {line}, which is left out"));
        }
        (None, Some(lines)) if lines != there => {
            flaws.push(format!("{file} has {there} lines, of {lines} that were written"));
        }
        _ => {}
    }
    Some(text)
}
