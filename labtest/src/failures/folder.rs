//! A folder of the store and the files in it.

use harness::record::RecordError;
use labtrace::folder::{Folder, FolderError};
use std::path::PathBuf;

/// The names of the files in a folder.
pub(crate) struct Files;

impl Files {
    pub(crate) const REPORT_TEXT: &'static str = "report.txt";
    pub(crate) const REPORT_JSON: &'static str = "report.json";
    pub(crate) const TRACE: &'static str = "trace.jsonl";
    pub(crate) const HISTORY: &'static str = "history.jsonl";
    pub(crate) const PAGE: &'static str = "timeline.html";
    pub(crate) const PICTURE: &'static str = "timeline.svg";
    /// What was drawn, of an exploration.
    pub(crate) const SCENARIO: &'static str = "scenario.toml";

    /// The folder of the smallest scenario that fails in the same way.
    pub(crate) const SHRUNK: &'static str = "shrunk";
    /// Of a run with clients of a store: what they saw.
    pub(crate) const LINEARIZABILITY: &'static str = "linearizability.html";

    /// Of a run that panicked: where that was called from.
    pub(crate) const BACKTRACE: &'static str = "backtrace.txt";

    pub(super) const ALL: [&'static str; 9] = [
        Files::REPORT_TEXT,
        Files::REPORT_JSON,
        Files::BACKTRACE,
        Files::TRACE,
        Files::HISTORY,
        Files::PAGE,
        Files::PICTURE,
        Files::SCENARIO,
        Files::LINEARIZABILITY,
    ];
}

/// Why something could not be kept, or read again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("can't draw {}: {reason}", path.display())]
    Draw { path: PathBuf, reason: String },
    /// The run is recorded, and what is made of the recording is not all there.
    #[error("{error}\nthe recording is in {}: `labtest render` draws its pictures again", folder.display())]
    Unfinished { folder: PathBuf, error: Box<StoreError> },
}

pub(super) fn not_recorded(folder: &Folder, error: RecordError) -> StoreError {
    let (file, error) = match error {
        RecordError::Trace(error) => (Files::TRACE, error),
        RecordError::History(error) => (Files::HISTORY, error),
    };
    FolderError::write(&folder.path().join(file), error).into()
}

pub(super) fn not_drawn(folder: &Folder, file: &str, error: &anyhow::Error) -> StoreError {
    StoreError::Draw { path: folder.path().join(file), reason: format!("{error:#}") }
}
