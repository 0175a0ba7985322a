//! The sources of a crate, as they are and as a diff makes them.

use crate::Diff;
use anyhow::{Context, Result, anyhow};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A crate of this project: a library or a program.
#[derive(Clone, Debug)]
pub struct Crate {
    pub(crate) folder: PathBuf,
    /// The files in `src`, by their path there.
    files: BTreeMap<String, String>,
}

/// A crate's sources with a diff applied.
#[derive(Clone, Debug)]
pub struct Patched {
    /// The folder of the original.
    pub(crate) folder: PathBuf,
    /// The name of the diff.
    pub(crate) name: String,
    pub(crate) files: BTreeMap<String, String>,
}

impl Crate {
    /// Reads the crate in that folder, and has the build script run again when it changes.
    ///
    /// # Errors
    /// When its sources can't be read.
    pub fn read(folder: &Path) -> Result<Crate> {
        println!("cargo::rerun-if-changed={}", folder.join("src").display());
        Crate::open(folder)
    }

    /// Reads the crate in that folder, for a program.
    ///
    /// # Errors
    /// When its sources can't be read.
    pub fn open(folder: &Path) -> Result<Crate> {
        let src = folder.join("src");
        let mut files = BTreeMap::new();
        read_folder(&src, "", &mut files)?;
        Ok(Crate { folder: folder.to_owned(), files })
    }

    /// Its sources with the diff applied.
    ///
    /// # Errors
    /// When the diff no longer applies.
    pub fn patched(&self, diff: &Diff) -> Result<Patched> {
        let mut files = self.files.clone();
        for (file, changes) in diff.files() {
            let shown = self.shown(file);
            let text = files
                .get_mut(file)
                .ok_or_else(|| anyhow!("{} changes {shown}, which is not there", diff.shown()))?;
            *text = diff.apply(&shown, text, changes)?;
        }
        Ok(Patched { folder: self.folder.clone(), name: diff.name().to_owned(), files })
    }

    /// A file as errors name it: `raft/src/core.rs`.
    fn shown(&self, file: &str) -> String {
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
        format!("{name}/src/{file}")
    }
}

impl Patched {
    /// The text of a file in `src`, by its path there.
    pub fn text(&self, file: &str) -> Option<&str> {
        self.files.get(file).map(String::as_str)
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("can't read {folder:?}"))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.is_dir() {
            read_folder(&path, &format!("{prefix}{name}/"), files)?;
        } else if name.ends_with(".rs") {
            files.insert(format!("{prefix}{name}"), fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// Makes the folder hold these files and nothing else.
pub(crate) fn write_all(
    folder: &Path,
    files: impl IntoIterator<Item = (impl AsRef<Path>, impl AsRef<str>)>,
) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("can't empty {folder:?}"))?;
    }
    for (file, text) in files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(&path, text.as_ref()).with_context(|| format!("can't write {path:?}"))?;
    }
    Ok(())
}
