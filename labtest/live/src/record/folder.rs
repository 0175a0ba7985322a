//! The folder of a run while that goes on.

use super::recorder::header;
use super::stored::HistoryCount;
use super::{About, Files, Finding, Recorder, Report, pages};
use crate::clients::{HistoryFile, MODELS};
use crate::judge::Facts;
use labtrace::folder::{Folder, FolderError};
use std::fs;
use std::path::{Path, PathBuf};

/// What live runs are called among tests.
pub(super) const TEST: &str = "live";

/// Why a folder could not be written, or read again.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A file can't be written or read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// What a file is made from is not as it should be.
    #[error("can't make {}: {reason}", path.display())]
    Make {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl RecordError {
    pub(super) fn make(folder: &Folder, file: &str, reason: impl ToString) -> RecordError {
        RecordError::Make { path: folder.path().join(file), reason: reason.to_string() }
    }
}

/// The folder of a run that goes on; nobody else writes into it meanwhile.
pub struct RunFolder {
    folder: Folder,
    root: PathBuf,
    about: About,
    histories: Vec<HistoryCount>,
}

impl RunFolder {
    /// Makes the folder `live/<seed>` in `root`, without anything of an earlier run. Its report says that the
    /// run has not come to its end, which is true if nothing more is written.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn create(root: &Path, about: &About) -> Result<RunFolder, RecordError> {
        let folder = Folder::create(root, TEST, about.seed)?;
        folder.clear(&Files::ALL)?;
        for model in MODELS {
            folder.clear(&[&HistoryFile::name_of(model)])?;
        }
        folder.remove_inner(Files::DATA)?;
        folder.inner(Files::LOGS)?;
        let (root, about) = (root.to_path_buf(), about.clone());
        pages::write_report(&folder, &Report::unfinished(about.clone()))?;
        Ok(RunFolder { folder, root, about, histories: Vec::new() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Begins to record; the run starts now.
    ///
    /// # Errors
    /// When trace or logs can't be written.
    pub fn recorder(&self) -> Result<Recorder, RecordError> {
        Recorder::new(&self.folder, &header(&self.about))
    }

    /// Writes what clients saw.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_histories(&mut self, histories: &[HistoryFile]) -> Result<(), RecordError> {
        self.histories.clear();
        for history in histories {
            self.folder.write(&history.name(), &history.text)?;
            let lines = history.text.lines().count();
            self.histories.push(HistoryCount { file: history.name(), lines });
        }
        Ok(())
    }

    /// Writes what else is judged, besides histories.
    ///
    /// # Errors
    /// When it can't be written, or has no form in JSON.
    pub fn write_facts(&self, facts: &Facts) -> Result<(), RecordError> {
        let text = serde_json::to_string_pretty(facts)
            .map_err(|error| RecordError::make(&self.folder, Files::FACTS, error))?;
        Ok(self.folder.write(Files::FACTS, &(text + "\n"))?)
    }

    /// Writes the schedule as it was carried out.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_scenario(&self, text: &str) -> Result<(), RecordError> {
        Ok(self.folder.write(Files::SCENARIO, text)?)
    }

    /// Where servers log, a file each.
    pub fn logs(&self) -> PathBuf {
        self.path().join(Files::LOGS)
    }

    /// Where the servers' directories are.
    pub fn directories(&self) -> PathBuf {
        self.path().join(Files::DATA)
    }

    /// Makes the directory of a server.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn directory(&self, server: usize) -> Result<PathBuf, RecordError> {
        let path = self.directories().join(Files::server(server));
        fs::create_dir_all(&path).map_err(|error| FolderError::write(&path, error))?;
        Ok(path)
    }

    /// Removes the servers' directories, when there is nothing to find in them.
    ///
    /// # Errors
    /// When they can't be removed.
    pub fn remove_directories(&self) -> Result<(), RecordError> {
        Ok(self.folder.remove_inner(Files::DATA)?)
    }

    /// The run is over and judged: ends the recording, writes the reports, draws the pages, and has `latest`
    /// lead here. Violations go into the trace. Returns where the folder is, and the report for people.
    ///
    /// # Errors
    /// When something can't be written. What was recorded is there all the same.
    pub fn finish(
        self,
        recorder: &Recorder,
        report: Report,
    ) -> Result<(PathBuf, String), RecordError> {
        let RunFolder { folder, root, histories, .. } = self;
        let report = Report { histories, ..report };
        for check in report.checks.iter().filter(|check| check.finding == Finding::Violated) {
            let at = check.at_ns.unwrap_or(report.length_ns);
            recorder.failure(at, &check.name, check.said(), &check.place);
        }
        let recorded = recorder.finish(&folder, report.length_ns, report.verdict);
        // The verdict matters more than a picture: it is written even if the recording failed.
        pages::write_report(&folder, &report)?;
        recorded?;
        pages::draw(&folder, Some(&report))?;
        let text = pages::write_report(&folder, &report)?;
        folder.make_latest(&root)?;
        Ok((folder.path().to_path_buf(), text))
    }
}
