//! The part of this project's workspace that a package consists of, as a separate workspace.

use crate::catalogue::Specimen;
use anyhow::{Context, Result};
use specimen_build::Crate;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What a manifest says about things that a copy does not have.
const LEFT_OUT: [&str; 4] = ["dev-dependencies", "test", "bench", "example"];

/// Its files, by their path from its root.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    files: BTreeMap<PathBuf, String>,
}

impl Workspace {
    /// What is needed to build the package in that folder, itself included.
    ///
    /// # Errors
    /// When a manifest or a source can't be read.
    pub(crate) fn of(root: &Path, package: &Path) -> Result<Workspace> {
        let mut workspace = Workspace { root: root.to_owned(), files: BTreeMap::new() };
        let mut manifest: Table = read(&root.join("Cargo.toml"))?.parse()?;
        let shared = manifest.get_mut("workspace").and_then(Value::as_table_mut);
        let shared = shared.context("its Cargo.toml has no workspace")?;
        let mut members = BTreeSet::new();
        let mut wanted = vec![package.to_owned()];
        while let Some(folder) = wanted.pop() {
            if members.insert(folder.clone()) {
                wanted.extend(workspace.add_crate(&folder, shared)?);
            }
        }
        let members = members.iter().map(|folder| Value::from(folder.display().to_string()));
        shared.insert("members".to_owned(), Value::Array(members.collect()));
        shared.remove("default-members");
        // They are about packages that are not in here, too.
        let profiles = manifest.get_mut("profile").and_then(Value::as_table_mut);
        for (_, profile) in profiles.into_iter().flatten() {
            profile.as_table_mut().and_then(|profile| profile.remove("package"));
        }
        workspace.files.insert("Cargo.toml".into(), toml::to_string(&manifest)?);
        workspace.files.insert("Cargo.lock".into(), read(&root.join("Cargo.lock"))?);
        Ok(workspace)
    }

    /// Adds manifest and sources of a crate. Returns the folders of those that it depends on.
    fn add_crate(&mut self, folder: &Path, shared: &Table) -> Result<Vec<PathBuf>> {
        let path = folder.join("Cargo.toml");
        let mut manifest: Table = read(&self.root.join(&path))?.parse()?;
        LEFT_OUT.iter().for_each(|key| drop(manifest.remove(*key)));
        self.files.insert(path, toml::to_string(&manifest)?);
        let root = self.root.clone();
        for file in files_below(&root.join(folder).join("src"))? {
            let text = read(&file)?;
            self.files.insert(file.strip_prefix(&root)?.to_owned(), text);
        }
        let all = shared.get("dependencies").and_then(Value::as_table);
        let needed = manifest.get("dependencies").and_then(Value::as_table);
        let names = needed.into_iter().flat_map(Table::keys);
        let folders = names.filter_map(|name| all?.get(name)?.get("path")?.as_str());
        Ok(folders.map(PathBuf::from).collect())
    }

    /// The same with the specimen's diff applied.
    ///
    /// # Errors
    /// When the diff does not apply, or changes nothing that the package is made of.
    pub(crate) fn patched(&self, specimen: &Specimen) -> Result<Workspace> {
        let sources = specimen.changes.join("src");
        let patched = Crate::open(&self.root.join(&specimen.changes))?.patched(&specimen.diff)?;
        let mut workspace = self.clone();
        let mut is_changed = false;
        for (path, text) in &mut workspace.files {
            let Ok(file) = path.strip_prefix(&sources) else { continue };
            if let Some(other) = file.to_str().and_then(|file| patched.text(file)) {
                is_changed |= other != text;
                other.clone_into(text);
            }
        }
        let problem = || format!("{}: the program is not made of what it changes", specimen.name());
        is_changed.then_some(workspace).with_context(problem)
    }

    /// Makes the folder hold these files and nothing else. Those that are there as they should be are not
    /// touched, so that Cargo compiles only what differs.
    ///
    /// # Errors
    /// When files can't be read or written.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("can't make {folder:?}"))?;
        for file in files_below(folder)? {
            if !self.files.contains_key(file.strip_prefix(folder)?) {
                fs::remove_file(&file).with_context(|| format!("can't remove {file:?}"))?;
            }
        }
        for (path, text) in &self.files {
            let file = folder.join(path);
            if fs::read(&file).is_ok_and(|there| there == text.as_bytes()) {
                continue;
            }
            fs::create_dir_all(file.parent().unwrap_or(folder))?;
            fs::write(&file, text).with_context(|| format!("can't write {file:?}"))?;
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("can't read {path:?}"))
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("can't read {folder:?}"))? {
        let path = entry?.path();
        match path.is_dir() {
            true => files.extend(files_below(&path)?),
            false => files.push(path),
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_types)] // Files have times of the real clock.

    use super::*;
    use crate::catalogue::{root, specimens};
    use std::time::SystemTime;

    fn kvd() -> Workspace {
        Workspace::of(&root(), "kvd".as_ref()).unwrap()
    }

    #[test]
    fn every_diff_applies_to_what_kvd_is_made_of() {
        let original = kvd();
        for specimen in specimens().unwrap() {
            let patched = original.patched(&specimen).unwrap();
            let changed = |(path, text): &(&PathBuf, &String)| original.files[*path] != **text;
            assert!(patched.files.iter().filter(changed).count() > 0, "{}", specimen.name());
        }
    }

    #[test]
    fn a_diff_that_changes_another_crate_is_refused() {
        let mut specimen = specimens().unwrap().remove(0);
        specimen.changes = "labtest/live".into();
        assert!(kvd().patched(&specimen).is_err());
    }

    #[test]
    fn the_copy_has_what_kvd_needs_and_no_more() {
        let files = kvd().files;
        for file in ["kvd/src/bin/kvd.rs", "raft/api/Cargo.toml", "persister/src/journal.rs"] {
            assert!(files.contains_key(Path::new(file)), "{file}");
        }
        let folders = ["labtest", "specimens", "kvd/tests"];
        assert!(!files.keys().any(|file| folders.iter().any(|folder| file.starts_with(folder))));
        let root: Table = files[Path::new("Cargo.toml")].parse().unwrap();
        let members = root["workspace"]["members"].as_array().unwrap();
        assert!(members.contains(&"kvd".into()) && members.contains(&"runtime".into()));
        assert!(!files[Path::new("kvd/Cargo.toml")].contains("tempfile"));
    }

    #[test]
    fn only_what_differs_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let written_at = |file: &str| -> SystemTime {
            fs::metadata(folder.path().join(file)).unwrap().modified().unwrap()
        };
        let original = kvd();
        original.write(folder.path()).unwrap();
        let stranger = folder.path().join("kvd/src/stranger.rs");
        fs::write(&stranger, "").unwrap();
        let past = SystemTime::UNIX_EPOCH;
        for file in files_below(folder.path()).unwrap() {
            fs::File::open(file).unwrap().set_modified(past).unwrap();
        }
        let specimen = specimens().unwrap().into_iter().find(|it| it.name() == "no-pipelining");
        original.patched(&specimen.unwrap()).unwrap().write(folder.path()).unwrap();
        assert!(!stranger.exists());
        assert_eq!(written_at("raft/src/core.rs"), past);
        assert!(written_at("raft/src/config.rs") > past);
    }
}
