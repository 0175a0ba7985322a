//! Copies of a crate with one diff each, for a build script that compiles them all.

use crate::{Crate, Diff};
use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Writes a copy of the crate in the folder `original` for each diff in `bugs/`, as modules below
/// `crate::variants`, and `specimens.rs`, which lists them with what their headers say. To be called by a
/// build script; both folders are beside its package's `Cargo.toml`, or below it.
///
/// # Errors
/// A diff that does not apply, or a file that can't be read or written.
pub fn write_variants(original: &Path) -> Result<()> {
    let folder = |name: &str| env::var(name).with_context(|| format!("{name} is set by Cargo"));
    let here = PathBuf::from(folder("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(folder("OUT_DIR")?);
    let original = Crate::read(&here.join(original))?;
    let mut list = String::new();
    for diff in Diff::read_all(&here.join("bugs"))? {
        let module = diff.module();
        let path = original
            .patched(&diff)?
            .write_modules(&out.join(&module), &format!("crate::variants::{module}"))?;
        let (name, statement) = (diff.name(), diff.field("statement")?);
        writeln!(list, "    {module}, {path:?}, {name:?}, {statement:?};")?;
    }
    fs::write(out.join("specimens.rs"), format!("specimens! {{\n{list}}}\n"))?;
    Ok(())
}
