//! The program: the solution, the shims and a patched runtime, put together by `go build -overlay`.

use crate::folder::Folder;
use crate::sources::go_files;
use crate::{Checkout, Layout, Toolchain, patches, shims};
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that plays a cluster. It is deleted with this.
pub struct Built {
    folder: Folder,
}

impl Built {
    /// Where it is.
    pub fn program(&self) -> PathBuf {
        self.folder.path().join("cluster")
    }

    /// The variables that it has to be started with.
    pub fn variables() -> [(&'static str, &'static str); 6] {
        [
            // Collected between two answers alone, unless there is far too much.
            ("GOGC", "off"),
            ("GOMEMLIMIT", "3GiB"),
            ("GOMAXPROCS", "1"),
            // What an old go.mod would change, and what interrupts goroutines.
            ("GODEBUG", "asyncpreemptoff=1,asynctimerchan=0,randautoseed=1"),
            ("GORACE", "halt_on_error=1 exitcode=66"),
            ("GOTRACEBACK", "all"),
        ]
    }
}

/// Builds the program of a solution, perhaps with the race detector.
///
/// # Errors
/// What Go says when it can't be built; and when a text that is to be replaced is not in this Go's runtime.
pub fn build(checkout: &Checkout, toolchain: &Toolchain, with_race: bool) -> anyhow::Result<Built> {
    let folder = Folder::new(&std::env::temp_dir())?;
    let overlay = overlay(checkout, toolchain, folder.path())?;
    let built = Built { folder };
    let mut go = Command::new(&toolchain.go);
    go.arg("build").arg("-overlay").arg(&overlay).arg("-o").arg(built.program());
    go.args(["-mod=readonly", "-buildvcs=false"]);
    if with_race {
        go.arg("-race");
    }
    go.arg(format!("{}/{}", checkout.module, shims::MAIN)).current_dir(&checkout.root);
    go.env("GOTOOLCHAIN", "local").env("GOFLAGS", "").env("GOWORK", "off").env("GOPROXY", "off");
    go.env("CGO_ENABLED", if with_race { "1" } else { "0" });
    let output = go.output().with_context(|| format!("can't run `{}`", toolchain.go.display()))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{} can't be built:\n{}", checkout.folder.display(), errors.trim_end());
    }
    Ok(built)
}

/// Writes all that stands in place of something else, and which that is.
fn overlay(checkout: &Checkout, toolchain: &Toolchain, into: &Path) -> anyhow::Result<PathBuf> {
    let mut replaced = BTreeMap::new();
    of_go(toolchain, into, &mut replaced)?;
    of_course(checkout, into, &mut replaced)?;
    let file = into.join("overlay.json");
    std::fs::write(&file, serde_json::json!({ "Replace": replaced }).to_string())?;
    Ok(file)
}

type Replaced = BTreeMap<PathBuf, PathBuf>;

/// What Go itself gets.
fn of_go(toolchain: &Toolchain, into: &Path, replaced: &mut Replaced) -> anyhow::Result<()> {
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    for patch in patches::of(toolchain.version()).unwrap_or_default() {
        let text = match texts.remove(patch.file) {
            Some(text) => text,
            None => {
                let path = toolchain.root.join("src").join(patch.file);
                std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?
            }
        };
        texts.insert(patch.file, patch.apply(&text)?);
    }
    texts.extend(shims::OF_GO.iter().map(|(file, text)| (*file, (*text).to_owned())));
    for (file, text) in texts {
        let place = toolchain.root.join("src").join(file);
        replaced.insert(place, write(into, &format!("go/{file}"), &text)?);
    }
    Ok(())
}

/// What stands in place of the course's own.
fn of_course(checkout: &Checkout, into: &Path, replaced: &mut Replaced) -> anyhow::Result<()> {
    for shim in shims::of(checkout.layout) {
        let there = checkout.root.join(shim.folder);
        let present = go_files(&there)?;
        if !shim.replaces && !present.is_empty() {
            continue;
        }
        // An empty name says that there is no such file.
        replaced.extend(present.into_iter().map(|file| (file, PathBuf::new())));
        for (file, text) in shim.files {
            let text = shims::text(text, checkout);
            let written = write(into, file, &text)?;
            replaced.insert(there.join(shims::file_name(file)), written);
        }
    }
    // What of the course's lies in the solution's folder, and needs the course's tester.
    let is_course = |imports: &[String]| imports.iter().any(|import| import == "testing");
    for source in &checkout.sources {
        let name = source.path.file_name().unwrap_or_default();
        if is_course(&source.imports) || name == "config.go" || name == "server.go" {
            replaced.insert(source.path.clone(), PathBuf::new());
        }
    }
    if checkout.layout == Layout::Raft2024 {
        let text = shims::text(shims::PERSISTER_2024, checkout);
        let written = write(into, "persister.go", &text)?;
        replaced.insert(checkout.folder.join("persister.go"), written);
    }
    Ok(())
}

fn write(into: &Path, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = into.join("overlay").join(name);
    std::fs::create_dir_all(path.parent().unwrap_or(into))?;
    std::fs::write(&path, text)?;
    Ok(path)
}
