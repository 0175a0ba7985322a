//! Compiles a copy of `persister/src` for each diff in `bugs/`, all in one module tree, and lists them.

use anyhow::Result;
use specimen_build::{Crate, Diff};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let persister = Crate::read(&here.join("../../persister"))?;
    let mut list = String::new();
    for diff in Diff::read_all(&here.join("bugs"))? {
        let module = diff.module();
        let path = persister
            .patched(&diff)?
            .write_modules(&out.join(&module), &format!("crate::variants::{module}"))?;
        let (name, statement) = (diff.name(), diff.field("statement")?);
        writeln!(list, "    {module}, {path:?}, {name:?}, {statement:?};")?;
    }
    fs::write(out.join("specimens.rs"), format!("specimens! {{\n{list}}}\n"))?;
    Ok(())
}
