//! Makes a copy of `kv/src` for each diff in `bugs/`, applies the diff, and puts the copies into one
//! module tree. The store itself so stays free of switches for bugs.

use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Files that are those of the real store, since the tester knows only its types.
const REAL: [(&str, &str); 1] = [("server/options.rs", "pub use ::kv::Options;\n")];

fn main() -> Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let (store, bugs) = (here.join("../../kv/src"), here.join("bugs"));
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed={}", store.display());
    println!("cargo::rerun-if-changed={}", bugs.display());
    let mut sources = Vec::new();
    read_folder(&store, "", &mut sources)?;
    let mut paths = Vec::new();
    for entry in fs::read_dir(&bugs).with_context(|| format!("can't read {}", bugs.display()))? {
        paths.push(entry?.path());
    }
    paths.sort();
    let mut list = String::new();
    for path in paths {
        let name = path.file_stem().and_then(|stem| stem.to_str()).context("a name")?.to_owned();
        write_specimen(&name, &fs::read_to_string(&path)?, &sources, &out, &mut list)
            .with_context(|| format!("{} no longer applies", path.display()))?;
    }
    fs::write(out.join("specimens.rs"), format!("specimens! {{\n{list}}}\n"))?;
    Ok(())
}

fn read_folder(folder: &Path, prefix: &str, sources: &mut Vec<(String, String)>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.is_dir() {
            read_folder(&path, &format!("{prefix}{name}/"), sources)?;
        } else if name.ends_with(".rs") {
            sources.push((format!("{prefix}{name}"), fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

fn write_specimen(
    name: &str,
    text: &str,
    sources: &[(String, String)],
    out: &Path,
    list: &mut String,
) -> Result<()> {
    let module = name.replace('-', "_");
    let folder = out.join(&module);
    let mut applied = 0;
    for (file, source) in sources.iter().filter(|(file, _)| !file.starts_with("clerk")) {
        let mut source = source.clone();
        if let Some(patch) = patch_of(text, file) {
            let patch = diffy::Patch::from_str(patch).with_context(|| file.clone())?;
            source = diffy::apply(&source, &patch)
                .map_err(|error| anyhow::anyhow!("to kv/src/{file}: {error}"))?;
            applied += 1;
        }
        let real = REAL.iter().find(|(known, _)| known == file);
        let source = real.map_or_else(|| as_module(&source, &module), |(_, it)| (*it).to_owned());
        let path = folder.join(file);
        fs::create_dir_all(path.parent().context("a file in a folder")?)?;
        fs::write(path, source)?;
    }
    anyhow::ensure!(
        applied == text.matches("--- a/").count(),
        "it changes a file that is not there"
    );
    let statement = text.lines().find_map(|line| line.strip_prefix("# statement: "));
    let statement = statement.context("its header has no line `# statement: …`")?;
    writeln!(list, "    {module}, {:?}, {name:?}, {statement:?};", folder.join("lib.rs"))?;
    Ok(())
}

/// The part of a diff that is for a file.
fn patch_of<'a>(text: &'a str, file: &str) -> Option<&'a str> {
    let start = text.find(&format!("--- a/{file}\n"))?;
    let end = text[start + 1..].find("--- a/").map_or(text.len(), |end| start + 1 + end);
    Some(&text[start..end])
}

/// The crate's file as a file of a module: without documentation, tests and client, and with
/// `crate` meaning that module.
fn as_module(text: &str, module: &str) -> String {
    let mut result = String::new();
    for line in text.lines() {
        // Tests stand at the end of a file.
        if line == "#[cfg(test)]" {
            break;
        }
        let is_left_out = line.trim_start().starts_with("//")
            || line == "mod clerk;"
            || line.starts_with("pub use clerk::");
        if !is_left_out {
            result.push_str(&line.replace("crate::", &format!("crate::variants::{module}::")));
            result.push('\n');
        }
    }
    result
}
