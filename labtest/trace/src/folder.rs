//! The folder of one run: who may write into it, and files that are complete or absent.

mod cut;

use cut::take_cut_line;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Leads to the folder that was written last.
const LATEST: &str = "latest";

/// Why a folder could not be written, or read again.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Something can't be written.
    #[error("can't write {}: {error}", path.display())]
    Write {
        /// What.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Something can't be read.
    #[error("can't read {}: {error}", path.display())]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file is not text.
    #[error("{}:{line}: this line is not UTF-8 text", path.display())]
    NotText {
        /// Which file.
        path: PathBuf,
        /// Its first line that is none, from 1.
        line: usize,
    },
}

impl FolderError {
    /// This can't be written.
    pub fn write(path: &Path, error: io::Error) -> FolderError {
        FolderError::Write { path: path.to_path_buf(), error }
    }
}

/// One run's folder. As long as this lives, other processes wait to write into it.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: Option<File>,
}

/// Waits until no other process has the folder. Where folders can't be locked, nobody waits.
fn lock(folder: &Path) -> Option<File> {
    let opened = File::open(folder).ok()?;
    opened.lock().ok().map(|()| opened)
}

/// A text of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// All of it that is there.
    pub text: String,
    /// The number of a last line that was cut off in its middle and is left out.
    pub cut: Option<usize>,
}

impl Folder {
    /// Makes the folder of a test and a seed. What an earlier run has left stays until it is
    /// [cleared](Folder::clear).
    ///
    /// # Errors
    /// When it can't be made.
    pub fn create(root: &Path, test: &str, seed: u64) -> Result<Folder, FolderError> {
        let path = path_of(root, test, seed);
        fs::create_dir_all(&path).map_err(|error| FolderError::write(&path, error))?;
        let locked = lock(&path);
        Ok(Folder { path, _lock: locked })
    }

    /// An empty folder in this one.
    ///
    /// # Errors
    /// When it can't be made, or what is there can't be removed.
    pub fn inner(&self, name: &str) -> Result<Folder, FolderError> {
        self.remove_inner(name)?;
        let path = self.path.join(name);
        fs::create_dir_all(&path).map_err(|error| FolderError::write(&path, error))?;
        Ok(Folder { path, _lock: None })
    }

    /// Removes the files of an earlier run, by their names.
    ///
    /// # Errors
    /// When one is there and can't be removed.
    pub fn clear(&self, files: &[&str]) -> Result<(), FolderError> {
        for file in files {
            let file = self.path.join(file);
            gone(&file, fs::remove_file(&file))?;
        }
        Ok(())
    }

    /// Removes a folder in this one.
    ///
    /// # Errors
    /// When it is there and can't be removed.
    pub fn remove_inner(&self, name: &str) -> Result<(), FolderError> {
        let path = self.path.join(name);
        gone(&path, fs::remove_dir_all(&path))
    }

    /// A folder that should be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn existing(path: &Path) -> Result<Folder, FolderError> {
        let read = |error| FolderError::Read { path: path.to_path_buf(), error };
        if !fs::metadata(path).map_err(read)?.is_dir() {
            return Err(read(io::ErrorKind::NotADirectory.into()));
        }
        Ok(Folder { path: path.to_path_buf(), _lock: lock(path) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// An empty file, to be written as things happen.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn open(&self, file: &str) -> Result<File, FolderError> {
        let path = self.path.join(file);
        File::create(&path).map_err(|error| FolderError::write(&path, error))
    }

    /// Writes a file, all of it or nothing: what was there before stays until the new one is whole.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, file: &str, text: &str) -> Result<(), FolderError> {
        let path = self.path.join(file);
        let new = self.path.join(format!(".{file}.{}", std::process::id()));
        fs::write(&new, text).and_then(|()| fs::rename(&new, &path)).map_err(|error| {
            // A full disk has room again, and nobody takes a piece for the whole.
            let _ = fs::remove_file(&new);
            FolderError::write(&path, error)
        })
    }

    /// Reads a file of lines, up to where it may have been cut off.
    ///
    /// # Errors
    /// When it can't be read, or is not text.
    pub fn read(&self, file: &str) -> Result<Recording, FolderError> {
        let path = self.path.join(file);
        let mut bytes =
            fs::read(&path).map_err(|error| FolderError::Read { path: path.clone(), error })?;
        let cut = take_cut_line(&mut bytes);
        let text = text(bytes).map_err(|line| FolderError::NotText { path, line })?;
        Ok(Recording { text, cut })
    }

    /// Whether it has that file.
    pub fn has(&self, file: &str) -> bool {
        self.path.join(file).is_file()
    }

    /// Has `latest` lead here, from one moment to the next.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn make_latest(&self, root: &Path) -> Result<(), FolderError> {
        let target = self.path.strip_prefix(root).unwrap_or(&self.path);
        let link = root.join(LATEST);
        // Another process may be doing the same.
        let new = root.join(format!("{LATEST}.{}", std::process::id()));
        // Something left by a killed process of the same number is in the way.
        let _ = fs::remove_file(&new);
        let linked = link_to(target, &new).and_then(|()| fs::rename(&new, &link));
        linked.map_err(|error| FolderError::write(&link, error))
    }
}

/// Bytes as text.
///
/// # Errors
/// The number of the first line that is none, from 1.
pub fn text(bytes: Vec<u8>) -> Result<String, usize> {
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        good.iter().filter(|byte| **byte == b'\n').count() + 1
    })
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
fn gone(path: &Path, removed: io::Result<()>) -> Result<(), FolderError> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FolderError::write(path, error))
        }
        _ => Ok(()),
    }
}

/// Makes a folder of folders and puts a file into it, for a moment.
///
/// # Errors
/// When nothing can be written there.
pub fn check_writable(root: &Path) -> Result<(), FolderError> {
    fs::create_dir_all(root).map_err(|error| FolderError::write(root, error))?;
    let probe = root.join(format!(".writable.{}", std::process::id()));
    let written = fs::write(&probe, b"x").and_then(|()| fs::remove_file(&probe));
    written.map_err(|error| FolderError::write(root, error))
}

/// Where the folder of a test and a seed is.
pub fn path_of(root: &Path, test: &str, seed: u64) -> PathBuf {
    root.join(file_name(test)).join(seed.to_string())
}

/// A test's name as that of a folder on any system: `4A::re_election` is `4A.re_election`.
pub fn file_name(test: &str) -> String {
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
