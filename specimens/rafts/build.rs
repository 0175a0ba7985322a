//! Compiles a copy of `raft/src` for each diff in `../bugs/` and `../harmless/`, all in one module tree,
//! and lists them with what their headers say; of a sample alone without the feature `all`.

use anyhow::{Context, Result, bail};
use specimen_build::{Crate, Diff};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Where a bug can be seen, if its header does not say otherwise.
const SUITE: &str = "explore::everything";

fn main() -> Result<()> {
    let specimens = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let raft = Crate::read(&specimens.join("../raft"))?;
    let sample = sample(&specimens.join("sample.txt"))?;
    let all = env::var_os("CARGO_FEATURE_ALL").is_some();
    let mut catalogue = String::new();
    let mut names = BTreeSet::new();
    for folder in ["bugs", "harmless"] {
        for diff in Diff::read_all(&specimens.join(folder))? {
            names.insert(diff.name().to_owned());
            let patched = raft.patched(&diff)?;
            if !all && !sample.contains(diff.name()) {
                continue;
            }
            let module = diff.module();
            let path =
                patched.write_modules(&out.join(&module), &format!("crate::compiled::{module}"))?;
            let breaks = breaks(&diff).with_context(|| format!("specimen {}", diff.name()))?;
            let cause = match breaks {
                "Nothing" => None,
                _ => Some(diff.field("cause")?),
            };
            writeln!(
                catalogue,
                "    {module}, {path:?}, {:?}, {:?}, {breaks}, {:?}, {:?}, {cause:?}, {}, {}, {:?};",
                diff.name(),
                diff.field("statement")?,
                diff.field("property")?,
                diff.field("source")?,
                diff.changed_lines(),
                diff.field("own-entries").is_ok(),
                diff.field("suite").unwrap_or(SUITE)
            )?;
        }
    }
    if let Some(unknown) = sample.difference(&names).next() {
        bail!("sample.txt: there is no specimen {unknown}");
    }
    fs::write(out.join("catalogue.rs"), format!("specimens! {{\n{catalogue}}}\n"))?;
    Ok(())
}

/// The names in a list, one a line; `#` begins a comment.
fn sample(path: &Path) -> Result<BTreeSet<String>> {
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read_to_string(path).with_context(|| format!("can't read {path:?}"))?;
    let names =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(names.map(str::to_owned).collect())
}

/// The variant of `Breaks`.
fn breaks(diff: &Diff) -> Result<&'static str> {
    Ok(match diff.field("breaks")? {
        "safety" => "Safety",
        "liveness" => "Liveness",
        "efficiency" => "Efficiency",
        "harmless" => "Nothing",
        other => bail!("`breaks` is {other}, but must be safety, liveness, efficiency or harmless"),
    })
}
