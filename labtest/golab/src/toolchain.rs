//! The Go that is there.

use crate::patches;
use anyhow::{Context, bail};
use std::path::PathBuf;
use std::process::Command;

/// A Go toolchain of a version whose runtime is known.
#[derive(Clone, Debug)]
pub struct Toolchain {
    pub(crate) go: PathBuf,
    pub(crate) root: PathBuf,
    version: String,
}

impl Toolchain {
    /// The toolchain of that `go`.
    ///
    /// # Errors
    /// When it can't be run, and when it is of a version whose runtime is not known.
    pub fn of(go: PathBuf) -> anyhow::Result<Toolchain> {
        let asked = Command::new(&go)
            .args(["env", "GOVERSION", "GOROOT"])
            // The one that was named, and not one that a go.mod would have it fetch.
            .env("GOTOOLCHAIN", "local")
            .current_dir(std::env::temp_dir())
            .output();
        let output = asked.with_context(|| {
            let known = patches::VERSIONS.join(", ");
            format!("can't run `{}`: install Go ({known}), or name it with --go", go.display())
        })?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("`{} env` failed: {}", go.display(), errors.trim());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let mut lines = text.lines().map(str::to_owned);
        let (version, root) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        if patches::of(&version).is_none() {
            let known = patches::VERSIONS.join(", ");
            bail!(
                "`{}` is {version}, whose runtime is not known here: expected {known}",
                go.display()
            );
        }
        Ok(Toolchain { go, root: root.into(), version })
    }

    /// Such as `go1.27.3`.
    pub fn version(&self) -> &str {
        &self.version
    }
}
