//! Building the programs: one copy of the sources, in which one diff after another is applied.
//!
//! All share the copy and its target directory, so that Cargo compiles what a diff has changed, and what
//! stands on that. The copy must not share the workspace's own target directory: Cargo would take its
//! crates for those.

use crate::catalogue::{Specimen, root};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds programs, and knows where they are.
pub(crate) struct Builder {
    root: PathBuf,
    /// The workspace's target directory.
    target: PathBuf,
    original: Workspace,
}

impl Builder {
    /// # Errors
    /// When the sources can't be read.
    pub(crate) fn new() -> Result<Builder> {
        let root = root().canonicalize().context("the root of the workspace")?;
        let target = env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
        let target = std::path::absolute(target)?;
        let original = Workspace::of(&root, Path::new("kvd"))?;
        Ok(Builder { root, target, original })
    }

    fn home(&self) -> PathBuf {
        self.target.join("specimens/servers")
    }

    /// Where the runs of a hunt are kept.
    pub(crate) fn runs(&self, specimen: &Specimen) -> PathBuf {
        self.home().join("runs").join(specimen.name())
    }

    /// Builds `kvd` with the specimen's diff. Returns the program.
    ///
    /// # Errors
    /// When the diff does not apply or the result does not compile.
    pub(crate) fn build(&self, specimen: &Specimen) -> Result<PathBuf> {
        let home = self.home();
        let programs = home.join("programs");
        fs::create_dir_all(&programs).with_context(|| format!("can't make {programs:?}"))?;
        // Until the end: others must not change the sources meanwhile.
        let lock = File::create(home.join("lock"))?;
        lock.lock().context("waiting for others that build")?;
        let (copy, target) = (home.join("workspace"), home.join("target"));
        self.original.patched(specimen)?.write(&copy)?;
        cargo_build(&copy, &target, &["--package", "kvd", "--bin", "kvd"])
            .with_context(|| format!("kvd with {}", specimen.name()))?;
        let program = programs.join(specimen.name());
        // An older one may be running.
        let new = programs.join(format!("{}.new", specimen.name()));
        fs::copy(target.join("debug/kvd"), &new).context("kvd has been built")?;
        fs::rename(&new, &program)?;
        Ok(program)
    }

    /// Builds `labtest` of the workspace. Returns the program.
    ///
    /// # Errors
    /// When it does not compile.
    pub(crate) fn build_labtest(&self) -> Result<PathBuf> {
        cargo_build(&self.root, &self.target, &["--package", "labtest", "--bin", "labtest"])?;
        Ok(self.target.join("debug/labtest"))
    }
}

fn cargo_build(workspace: &Path, target: &Path, what: &[&str]) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let built = Command::new(cargo)
        .arg("build")
        .arg("--manifest-path")
        .arg(workspace.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .args(what)
        .status()
        .context("can't start cargo")?;
    ensure!(built.success(), "cargo build failed: {built}");
    Ok(())
}
