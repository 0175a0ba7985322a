//! Makes a copy of `raft/src` for each diff in `../bugs/` and `../harmless/`, applies the diff, and puts
//! the copies into one module tree. The Raft itself so stays free of switches for bugs.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let specimens = here.join("..");
    let raft = specimens.join("../raft/src");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let sources = read_sources(&raft)?;
    println!("cargo::rerun-if-changed={}", raft.display());
    let mut catalogue = String::new();
    for folder in ["bugs", "harmless"] {
        println!("cargo::rerun-if-changed={}", specimens.join(folder).display());
        for path in diffs_in(&specimens.join(folder))? {
            let text = fs::read_to_string(&path)?;
            let specimen = Specimen::parse(&text)
                .with_context(|| format!("{} is no specimen", path.display()))?;
            let changed = specimen
                .apply(&sources)
                .with_context(|| format!("specimen {} no longer applies", specimen.name))?;
            specimen.write_sources(&changed, &out)?;
            specimen.write_entry(&out, &mut catalogue)?;
        }
    }
    fs::write(out.join("catalogue.rs"), format!("specimens! {{\n{catalogue}}}\n"))?;
    Ok(())
}

/// The sources at the top of `raft/src`, by file name. What lies deeper are tests and tasks.
fn read_sources(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut sources = BTreeMap::new();
    read_folder(folder, "", &mut sources)?;
    Ok(sources)
}

fn read_folder(folder: &Path, prefix: &str, sources: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.is_dir() {
            read_folder(&path, &format!("{prefix}{name}/"), sources)?;
        } else if name.ends_with(".rs") {
            sources.insert(format!("{prefix}{name}"), fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

fn diffs_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "diff") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

struct Specimen<'a> {
    name: &'a str,
    statement: &'a str,
    breaks: &'a str,
    property: &'a str,
    source: &'a str,
    /// File name and diff.
    patches: Vec<(&'a str, &'a str)>,
    /// Lines that the diffs add or remove.
    lines: usize,
}

impl<'a> Specimen<'a> {
    fn parse(text: &'a str) -> Result<Specimen<'a>> {
        let field = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("# {key}: ")));
            line.with_context(|| format!("its header has no line `# {key}: …`"))
        };
        let mut patches = Vec::new();
        let starts: Vec<usize> = text.match_indices("--- a/").map(|(start, _)| start).collect();
        for (number, start) in starts.iter().enumerate() {
            let end = starts.get(number + 1).copied().unwrap_or(text.len());
            let patch = &text[*start..end];
            let name = patch.lines().next().and_then(|line| line.strip_prefix("--- a/"));
            patches.push((name.context("a diff without a file")?, patch));
        }
        if patches.is_empty() {
            bail!("it has no diff");
        }
        let changes = |line: &&str| {
            let header = line.starts_with("---") || line.starts_with("+++");
            !header && (line.starts_with('-') || line.starts_with('+'))
        };
        Ok(Specimen {
            name: field("name")?,
            statement: field("statement")?,
            breaks: field("breaks")?,
            property: field("property")?,
            source: field("source")?,
            patches,
            lines: text.lines().filter(changes).count(),
        })
    }

    fn module(&self) -> String {
        self.name.replace('-', "_")
    }

    fn apply(&self, sources: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
        let mut changed = sources.clone();
        for (name, patch) in &self.patches {
            let original = changed.get(*name).with_context(|| format!("there is no {name}"))?;
            let patch = diffy::Patch::from_str(patch).with_context(|| format!("to {name}"))?;
            let patched = diffy::apply(original, &patch)
                .map_err(|error| anyhow::anyhow!("to raft/src/{name}: {error}"))?;
            changed.insert((*name).to_owned(), patched);
        }
        Ok(changed)
    }

    fn write_sources(&self, sources: &BTreeMap<String, String>, out: &Path) -> Result<()> {
        let folder = out.join(self.module());
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        for (name, text) in sources {
            let module = name.trim_end_matches(".rs");
            if name.ends_with("tests.rs") || module.ends_with("testing") {
                continue;
            }
            let text = as_module(text, &self.module());
            let path = folder.join(name);
            fs::create_dir_all(path.parent().context("a file in a folder")?)?;
            fs::write(path, text)?;
        }
        Ok(())
    }

    fn write_entry(&self, out: &Path, catalogue: &mut String) -> Result<()> {
        let module = self.module();
        let path = out.join(&module).join("lib.rs");
        let breaks = match self.breaks {
            "safety" => "Safety",
            "liveness" => "Liveness",
            "efficiency" => "Efficiency",
            "harmless" => "Nothing",
            "lab-indices" => "LabIndices",
            other => bail!(
                "specimen {}: `breaks` is {other}, but must be safety, liveness, efficiency, \
                 harmless or lab-indices",
                self.name
            ),
        };
        writeln!(
            catalogue,
            "    {module}, {path:?}, {:?}, {:?}, {breaks}, {:?}, {:?}, {};",
            self.name, self.statement, self.property, self.source, self.lines
        )?;
        Ok(())
    }
}

/// The crate's file as a file of a module: without tests, and with `crate` meaning that module.
fn as_module(text: &str, module: &str) -> String {
    let mut result = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" {
            match lines.next() {
                Some(next) if next.ends_with(';') => continue,
                // Tests stand at the end of a file.
                _ => break,
            }
        }
        let line = line.replace("crate::", &format!("crate::compiled::{module}::"));
        let line = line.replace(&format!("$crate::compiled::{module}::"), "$crate::");
        result.push_str(&line);
        result.push('\n');
    }
    result
}
