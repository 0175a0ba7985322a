//! Compiles a copy of `raft/src` for each diff in `../bugs/` and `../harmless/`, all in one module tree,
//! and lists them with what their headers say.

use anyhow::{Context, Result, bail};
use specimen_build::{Crate, Diff};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<()> {
    let specimens = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let raft = Crate::read(&specimens.join("../raft"))?;
    let mut catalogue = String::new();
    for folder in ["bugs", "harmless"] {
        for diff in Diff::read_all(&specimens.join(folder))? {
            let module = diff.module();
            let path = raft
                .patched(&diff)?
                .write_modules(&out.join(&module), &format!("crate::compiled::{module}"))?;
            let breaks = breaks(&diff).with_context(|| format!("specimen {}", diff.name()))?;
            writeln!(
                catalogue,
                "    {module}, {path:?}, {:?}, {:?}, {breaks}, {:?}, {:?}, {};",
                diff.name(),
                diff.field("statement")?,
                diff.field("property")?,
                diff.field("source")?,
                diff.changed_lines()
            )?;
        }
    }
    fs::write(out.join("catalogue.rs"), format!("specimens! {{\n{catalogue}}}\n"))?;
    Ok(())
}

/// The variant of `Breaks`.
fn breaks(diff: &Diff) -> Result<&'static str> {
    Ok(match diff.field("breaks")? {
        "safety" => "Safety",
        "liveness" => "Liveness",
        "efficiency" => "Efficiency",
        "harmless" => "Nothing",
        "lab-indices" => "LabIndices",
        other => bail!(
            "`breaks` is {other}, but must be safety, liveness, efficiency, harmless or lab-indices"
        ),
    })
}
