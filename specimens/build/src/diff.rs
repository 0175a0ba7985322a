//! Diffs: what their header says, and how they are applied.

use anyhow::{Context, Result, anyhow, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// One file `name.diff`: a header of lines `# key: value`, and the changes to some files of a crate.
#[derive(Clone, Debug)]
pub struct Diff {
    path: PathBuf,
    name: String,
    text: String,
}

/// What starts the changes to a file; the rest of that line is the file, in the crate's `src`.
const FILE: &str = "--- a/";

impl Diff {
    /// Reads a diff.
    ///
    /// # Errors
    /// When it can't be read, changes nothing, or has another name in its header than the file has.
    pub fn read(path: &Path) -> Result<Diff> {
        let text = fs::read_to_string(path).with_context(|| format!("can't read {path:?}"))?;
        let name = path.file_stem().and_then(|name| name.to_str()).context("a diff has a name")?;
        let diff = Diff { path: path.to_owned(), name: name.to_owned(), text };
        let named = diff.field("name")?;
        ensure!(named == name, "{}: its header has the name {named}", path.display());
        ensure!(diff.files().next().is_some(), "{}: it changes no file", path.display());
        Ok(diff)
    }

    /// Reads all diffs in a folder, by name, and has the build script run again when one changes.
    ///
    /// # Errors
    /// When the folder or one of its diffs can't be read.
    pub fn read_all(folder: &Path) -> Result<Vec<Diff>> {
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).with_context(|| format!("can't read {folder:?}"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "diff") {
                paths.push(path);
            }
        }
        paths.sort();
        paths.iter().map(|path| Diff::read(path)).collect()
    }

    /// The name of the file, and of the specimen that it makes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// That name as one of a module.
    pub fn module(&self) -> String {
        self.name.replace('-', "_")
    }

    /// What the header says for that key.
    ///
    /// # Errors
    /// When it says nothing.
    pub fn field(&self, key: &str) -> Result<&str> {
        let prefix = format!("# {key}: ");
        let value = self.text.lines().find_map(|line| line.strip_prefix(&prefix));
        value.ok_or_else(|| anyhow!("{}: its header has no line `{prefix}…`", self.path.display()))
    }

    /// How many lines it adds and removes.
    pub fn changed_lines(&self) -> usize {
        let is_change = |line: &&str| {
            let is_header = line.starts_with("---") || line.starts_with("+++");
            !is_header && (line.starts_with('-') || line.starts_with('+'))
        };
        self.text.lines().filter(is_change).count()
    }

    /// Each file that it changes, with the changes.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        let starts = self.text.match_indices(FILE).map(|(start, _)| start);
        let ends = self.text.match_indices(FILE).map(|(start, _)| start).skip(1);
        starts.zip(ends.chain([self.text.len()])).map(|(start, end)| {
            let changes = &self.text[start..end];
            (changes[FILE.len()..].lines().next().unwrap_or_default(), changes)
        })
    }

    /// Applies the changes to a file's text. `shown` is what errors call the file.
    pub(crate) fn apply(&self, shown: &str, text: &str, changes: &str) -> Result<String> {
        let problem = || format!("{} no longer applies to {shown}", self.path.display());
        let patch = diffy::Patch::from_str(changes).with_context(problem)?;
        match diffy::apply(text, &patch) {
            Ok(patched) => Ok(patched),
            Err(_) => match first_misfit(text, changes) {
                Some(hunk) => bail!("{}: its lines are not there for {hunk}", problem()),
                None => bail!(problem()),
            },
        }
    }

    /// The diff as errors name it.
    pub(crate) fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

/// The first hunk that does not apply, by its first line.
fn first_misfit<'a>(text: &str, changes: &'a str) -> Option<&'a str> {
    let hunks: Vec<usize> = changes.match_indices("\n@@ ").map(|(start, _)| start + 1).collect();
    let ends = hunks.iter().skip(1).copied().chain([changes.len()]);
    hunks.iter().zip(ends).find_map(|(&start, end)| {
        let applies = diffy::Patch::from_str(&changes[..end])
            .is_ok_and(|patch| diffy::apply(text, &patch).is_ok());
        (!applies).then(|| changes[start..end].lines().next().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{Scene, TWO_HUNKS};

    #[test]
    fn a_diff_applies_to_files_in_folders() {
        let patched = Scene::new("diff-applies").patched(TWO_HUNKS).unwrap();
        assert_eq!(patched.text("core/log.rs").unwrap(), "one\nTWO\nthree\nfour\nFIVE\n");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let diff = TWO_HUNKS.replace("core/log.rs", "core/book.rs");
        let error = Scene::new("diff-no-file").patched(&diff).unwrap_err().to_string();
        assert!(
            error.ends_with("bug.diff changes toy/src/core/book.rs, which is not there"),
            "{error}"
        );
    }

    #[test]
    fn the_hunk_that_does_not_apply_is_named() {
        let diff = TWO_HUNKS.replace(" four", " fourteen");
        let error = Scene::new("diff-misfit").patched(&diff).unwrap_err().to_string();
        assert!(
            error.ends_with(
                "bug.diff no longer applies to toy/src/core/log.rs: its lines are not there for \
                 @@ -4,2 +4,2 @@"
            ),
            "{error}"
        );
    }

    #[test]
    fn a_header_has_fields_and_the_name_of_the_file() {
        let scene = Scene::new("diff-header");
        let diff = scene.diff(TWO_HUNKS).unwrap();
        assert_eq!((diff.name(), diff.module().as_str()), ("bug", "bug"));
        assert_eq!(diff.field("statement").unwrap(), "Numbers shout.");
        assert_eq!(diff.changed_lines(), 4);
        let error = diff.field("source").unwrap_err().to_string();
        assert!(error.ends_with("bug.diff: its header has no line `# source: …`"), "{error}");
        let error = scene.diff(&TWO_HUNKS.replace("name: bug", "name: pest")).unwrap_err();
        assert!(error.to_string().ends_with("bug.diff: its header has the name pest"), "{error}");
        let error = scene.diff("# name: bug\n").unwrap_err().to_string();
        assert!(error.ends_with("bug.diff: it changes no file"), "{error}");
    }
}
