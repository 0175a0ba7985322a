//! A folder of the store and the files in it.

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

    const ALL: [&'static str; 8] = [
        Files::REPORT_TEXT,
        Files::REPORT_JSON,
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
    #[error("can't draw {}: {reason}", path.display())]
    Draw { path: PathBuf, reason: String },
}

/// One run's folder.
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder of a test and a seed, and empties it of an earlier run's files.
    pub(crate) fn create(root: &Path, test: &str, seed: u64) -> Result<Folder, StoreError> {
        let folder = Folder::empty(root.join(file_name(test)).join(seed.to_string()))?;
        let shrunk = folder.path.join(Files::SHRUNK);
        match fs::remove_dir_all(&shrunk) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(write_error(&shrunk, error))
            }
            _ => Ok(folder),
        }
    }

    /// A folder in this one.
    pub(crate) fn inner(&self, name: &'static str) -> Result<Folder, StoreError> {
        Folder::empty(self.path.join(name))
    }

    fn empty(path: PathBuf) -> Result<Folder, StoreError> {
        fs::create_dir_all(&path).map_err(|error| write_error(&path, error))?;
        for file in Files::ALL {
            let file = path.join(file);
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(write_error(&file, error));
                }
                _ => {}
            }
        }
        Ok(Folder { path })
    }

    /// A folder that should be there.
    pub(crate) fn existing(path: &Path) -> Result<Folder, StoreError> {
        let read = |error| StoreError::Read { path: path.to_path_buf(), error };
        if !fs::metadata(path).map_err(read)?.is_dir() {
            return Err(read(io::ErrorKind::NotADirectory.into()));
        }
        Ok(Folder { path: path.to_path_buf() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn open(&self, file: &'static str) -> Result<File, StoreError> {
        let path = self.path.join(file);
        File::create(&path).map_err(|error| write_error(&path, error))
    }

    pub(crate) fn write(&self, file: &'static str, text: &str) -> Result<(), StoreError> {
        let path = self.path.join(file);
        fs::write(&path, text).map_err(|error| write_error(&path, error))
    }

    pub(crate) fn read(&self, file: &'static str) -> Result<String, StoreError> {
        let path = self.path.join(file);
        fs::read_to_string(&path).map_err(|error| StoreError::Read { path, error })
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
