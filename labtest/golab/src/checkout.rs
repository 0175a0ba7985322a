//! A solution of the course: where its module begins, and what is in it.

use crate::sources::{self, Source};
use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};

/// Where a year's course has what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Until 2024: `raft.go` has `ApplyMsg`, and the course's `Persister` lies beside it.
    Raft2024,
    /// From 2025 on: `raftapi` has `ApplyMsg`, and `tester1` the `Persister`.
    Raft2025,
}

/// A solution.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// The folder of `go.mod`.
    pub(crate) root: PathBuf,
    /// What the module is called.
    pub(crate) module: String,
    /// The folder of `raft.go`.
    pub(crate) folder: PathBuf,
    pub(crate) layout: Layout,
    /// All Go files of that folder but those of tests.
    pub(crate) sources: Vec<Source>,
}

impl Checkout {
    /// Of the folder of `raft.go`.
    ///
    /// # Errors
    /// When it is no solution of the course, and when it uses what is not taken: cgo, vendoring. Names the file.
    pub fn find(folder: &Path) -> anyhow::Result<Checkout> {
        let folder =
            std::fs::canonicalize(folder).with_context(|| format!("{}", folder.display()))?;
        let raft = folder.join("raft.go");
        ensure!(
            raft.is_file(),
            "{} has no raft.go: expected the folder of a Raft of the course, such as src/raft1",
            folder.display()
        );
        let root = folder.ancestors().find(|above| above.join("go.mod").is_file());
        let root = root.with_context(|| {
            format!(
                "there is no go.mod in or above {}: expected the course's module",
                folder.display()
            )
        })?;
        ensure!(
            !root.join("vendor").exists(),
            "{}: vendoring is not taken; the labs need no other modules",
            root.join("vendor").display()
        );
        let module = module_name(&root.join("go.mod"))?;
        let sources = sources::read(&folder)?;
        let layout = layout(&raft, &sources)?;
        Ok(Checkout { root: root.to_owned(), module, folder, layout, sources })
    }

    /// Where its year has what.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The path by which the solution is imported.
    pub(crate) fn import_path(&self) -> String {
        let below = self.folder.strip_prefix(&self.root).unwrap_or(Path::new(""));
        let parts = below.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        std::iter::once(self.module.clone()).chain(parts).collect::<Vec<_>>().join("/")
    }
}

fn layout(raft: &Path, sources: &[Source]) -> anyhow::Result<Layout> {
    let source = sources.iter().find(|source| source.path == raft);
    let imports = &source.with_context(|| format!("{}", raft.display()))?.imports;
    let imports_last =
        |name: &str| imports.iter().any(|path| path.rsplit('/').next() == Some(name));
    match (imports_last("labrpc"), imports_last("raftapi")) {
        (true, true) => Ok(Layout::Raft2025),
        (true, false) => Ok(Layout::Raft2024),
        (false, _) => bail!(
            "{} imports no labrpc: expected a Raft of the course, of the layout of 2024 or 2025",
            raft.display()
        ),
    }
}

fn module_name(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
    let named = text.lines().find_map(|line| line.trim().strip_prefix("module "));
    let named = named.map(|name| name.trim().trim_matches('"').to_owned());
    named.with_context(|| format!("{} has no line `module …`", file.display()))
}
