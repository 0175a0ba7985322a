//! The specimens, as their diffs describe them.

use anyhow::{Context, Result, bail, ensure};
use specimen_build::Diff;
use std::fs;
use std::path::{Path, PathBuf};

/// A change to a server.
#[derive(Clone, Debug)]
pub(crate) struct Specimen {
    pub(crate) diff: Diff,
    /// What it does otherwise.
    pub(crate) statement: String,
    /// The folder of the crate that is changed, from the root of the workspace.
    pub(crate) changes: PathBuf,
    /// Whether it breaks nothing.
    is_harmless: bool,
}

impl Specimen {
    fn read(path: &Path) -> Result<Specimen> {
        let diff = Diff::read(path)?;
        // For people; and so that no diff is without.
        diff.field("shows")?;
        diff.field("source")?;
        let is_harmless = match diff.field("breaks")? {
            "safety" => false,
            "harmless" => true,
            other => bail!("{path:?}: `breaks` is {other}, but must be safety or harmless"),
        };
        let statement = diff.field("statement")?.to_owned();
        let changes = PathBuf::from(diff.field("crate")?);
        Ok(Specimen { diff, statement, changes, is_harmless })
    }

    pub(crate) fn name(&self) -> &str {
        self.diff.name()
    }

    pub(crate) fn is_harmless(&self) -> bool {
        self.is_harmless
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All of them, bugs first, by name.
///
/// # Errors
/// When a diff can't be read, or its header lacks something.
pub(crate) fn specimens() -> Result<Vec<Specimen>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["bugs", "harmless"].map(|folder| here.join(folder)) {
        let entries = fs::read_dir(&folder).with_context(|| format!("can't read {folder:?}"))?;
        let in_folder: std::io::Result<Vec<PathBuf>> =
            entries.map(|entry| entry.map(|entry| entry.path())).collect();
        let mut in_folder = in_folder?;
        in_folder.retain(|path| path.extension().is_some_and(|extension| extension == "diff"));
        in_folder.sort();
        paths.extend(in_folder);
    }
    paths.iter().map(|path| Specimen::read(path)).collect()
}

/// Those of these names; all if there is no name.
///
/// # Errors
/// When none has such a name.
pub(crate) fn chosen(mut specimens: Vec<Specimen>, names: &[String]) -> Result<Vec<Specimen>> {
    for name in names {
        let exists = specimens.iter().any(|specimen| specimen.name() == name);
        ensure!(exists, "no specimen is called {name}");
    }
    let is_wanted = |specimen: &Specimen| names.iter().any(|name| name == specimen.name());
    specimens.retain(|specimen| names.is_empty() || is_wanted(specimen));
    Ok(specimens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_bugs_and_harmless_changes_to_choose_from() {
        let all = specimens().unwrap();
        let harmless = all.iter().filter(|specimen| specimen.is_harmless()).count();
        assert!(all.len() - harmless >= 8 && harmless >= 2);
        let one = chosen(all.clone(), &["no-pipelining".to_owned()]).unwrap();
        assert_eq!(one.iter().map(Specimen::name).collect::<Vec<_>>(), ["no-pipelining"]);
        assert_eq!(chosen(all.clone(), &[]).unwrap().len(), all.len());
        let error = chosen(all, &["pipelining".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "no specimen is called pipelining");
    }
}
