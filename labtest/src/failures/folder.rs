//! A folder of the store and the files in it.

use super::cut::take_cut_line;
use crate::text_file::{self, TextError};
use harness::record::RecordError;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

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

    const ALL: [&'static str; 9] = [
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

/// Leads to the folder that was written last.
const LATEST: &str = "latest";

/// Why something could not be kept, or read again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("can't write {}: {error}", path.display())]
    Write { path: PathBuf, error: io::Error },
    #[error("can't read {}: {error}", path.display())]
    Read { path: PathBuf, error: io::Error },
    #[error(transparent)]
    Text(#[from] TextError),
    #[error("can't draw {}: {reason}", path.display())]
    Draw { path: PathBuf, reason: String },
    /// The run is recorded, and what is made of the recording is not all there.
    #[error("{error}\nthe recording is in {}: `labtest render` draws its pictures again", folder.display())]
    Unfinished { folder: PathBuf, error: Box<StoreError> },
}

/// One run's folder. As long as this lives, other processes wait to write into it.
pub(crate) struct Folder {
    path: PathBuf,
    _lock: Option<File>,
}

/// Waits until no other process has the folder. Where folders can't be locked, nobody waits.
fn lock(folder: &Path) -> Option<File> {
    let opened = File::open(folder).ok()?;
    opened.lock().ok().map(|()| opened)
}

/// A text of a recording.
pub(crate) struct Recording {
    pub(crate) text: String,
    /// The number of a last line that was cut off in its middle and is left out.
    pub(crate) cut: Option<usize>,
}

impl Folder {
    /// Makes the folder of a test and a seed. What an earlier run has left stays until it is
    /// [cleared](Folder::clear).
    pub(crate) fn create(root: &Path, test: &str, seed: u64) -> Result<Folder, StoreError> {
        let path = path_of(root, test, seed);
        fs::create_dir_all(&path).map_err(|error| write_error(&path, error))?;
        let locked = lock(&path);
        Ok(Folder { path, _lock: locked })
    }

    /// An empty folder in this one.
    pub(crate) fn inner(&self, name: &'static str) -> Result<Folder, StoreError> {
        self.remove_inner(name)?;
        let path = self.path.join(name);
        fs::create_dir_all(&path).map_err(|error| write_error(&path, error))?;
        Ok(Folder { path, _lock: None })
    }

    /// Removes the files of an earlier run.
    pub(crate) fn clear(&self) -> Result<(), StoreError> {
        for file in Files::ALL {
            let file = self.path.join(file);
            gone(&file, fs::remove_file(&file))?;
        }
        Ok(())
    }

    /// Removes a folder in this one.
    pub(crate) fn remove_inner(&self, name: &'static str) -> Result<(), StoreError> {
        let path = self.path.join(name);
        gone(&path, fs::remove_dir_all(&path))
    }

    /// A folder that should be there.
    pub(crate) fn existing(path: &Path) -> Result<Folder, StoreError> {
        let read = |error| StoreError::Read { path: path.to_path_buf(), error };
        if !fs::metadata(path).map_err(read)?.is_dir() {
            return Err(read(io::ErrorKind::NotADirectory.into()));
        }
        Ok(Folder { path: path.to_path_buf(), _lock: lock(path) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn open(&self, file: &'static str) -> Result<File, StoreError> {
        let path = self.path.join(file);
        File::create(&path).map_err(|error| write_error(&path, error))
    }

    /// Writes a file, all of it or nothing: what was there before stays until the new one is whole.
    pub(crate) fn write(&self, file: &'static str, text: &str) -> Result<(), StoreError> {
        let path = self.path.join(file);
        let new = self.path.join(format!(".{file}.{}", std::process::id()));
        fs::write(&new, text).and_then(|()| fs::rename(&new, &path)).map_err(|error| {
            // A full disk has room again, and nobody takes a piece for the whole.
            let _ = fs::remove_file(&new);
            write_error(&path, error)
        })
    }

    /// Reads a file of lines, up to where it may have been cut off.
    pub(crate) fn read(&self, file: &'static str) -> Result<Recording, StoreError> {
        let path = self.path.join(file);
        let mut bytes =
            fs::read(&path).map_err(|error| StoreError::Read { path: path.clone(), error })?;
        let cut = take_cut_line(&mut bytes);
        let text = text_file::text(bytes, &path.to_string_lossy())?;
        Ok(Recording { text, cut })
    }

    pub(crate) fn has(&self, file: &'static str) -> bool {
        self.path.join(file).is_file()
    }

    pub(crate) fn not_recorded(&self, error: RecordError) -> StoreError {
        match error {
            RecordError::Trace(error) => write_error(&self.path.join(Files::TRACE), error),
            RecordError::History(error) => write_error(&self.path.join(Files::HISTORY), error),
        }
    }

    pub(crate) fn not_drawn(&self, file: &'static str, error: &anyhow::Error) -> StoreError {
        StoreError::Draw { path: self.path.join(file), reason: format!("{error:#}") }
    }

    /// Has `latest` lead here, from one moment to the next.
    pub(crate) fn make_latest(&self, root: &Path) -> Result<(), StoreError> {
        let target = self.path.strip_prefix(root).unwrap_or(&self.path);
        let link = root.join(LATEST);
        // Another process may be doing the same.
        let new = root.join(format!("{LATEST}.{}", std::process::id()));
        // What a killed process of the same number left behind is in the way.
        let _ = fs::remove_file(&new);
        let linked = link_to(target, &new).and_then(|()| fs::rename(&new, &link));
        linked.map_err(|error| write_error(&link, error))
    }
}

#[cfg(unix)]
fn link_to(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

/// Where links take special rights, a file with the folder's name.
#[cfg(not(unix))]
fn link_to(target: &Path, link: &Path) -> io::Result<()> {
    fs::write(link, target.to_string_lossy().as_bytes())
}

/// What is not there need not be removed.
fn gone(path: &Path, removed: io::Result<()>) -> Result<(), StoreError> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(write_error(path, error)),
        _ => Ok(()),
    }
}

fn write_error(path: &Path, error: io::Error) -> StoreError {
    StoreError::Write { path: path.to_path_buf(), error }
}

/// Makes the store and puts a file into it, for a moment.
pub(crate) fn check_writable(root: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(root).map_err(|error| write_error(root, error))?;
    let probe = root.join(format!(".writable.{}", std::process::id()));
    let written = fs::write(&probe, b"x").and_then(|()| fs::remove_file(&probe));
    written.map_err(|error| write_error(root, error))
}

/// Where the folder of a test and a seed is.
pub(super) fn path_of(root: &Path, test: &str, seed: u64) -> PathBuf {
    root.join(file_name(test)).join(seed.to_string())
}

/// A test's name as that of a folder on any system: `4A::re_election` is `4A.re_election`.
fn file_name(test: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "_-.".contains(c) { c } else { '_' };
    let name: String = test.replace("::", ".").chars().map(safe).collect();
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if name.is_empty() || name == LATEST => format!("{name}_"),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_a_folder_and_leads_nowhere_else() {
        assert_eq!(file_name("4A::re_election"), "4A.re_election");
        assert_eq!(file_name("../../etc/passwd"), "_._.._etc_passwd");
        assert_eq!(file_name("a b:ü"), "a_b__");
        assert_eq!(file_name(""), "_");
        assert_eq!(file_name("latest"), "latest_");
    }
}
