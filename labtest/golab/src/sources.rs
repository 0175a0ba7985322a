//! The Go files of a folder, as far as they have to be understood: what they import.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// A Go file.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) package: String,
    pub(crate) imports: Vec<String>,
}

/// The Go files of a folder but those of tests.
///
/// # Errors
/// When one can't be read or uses cgo.
pub(crate) fn read(folder: &Path) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in go_files(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with("_test.go") {
            continue;
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
        let imports = imports(&text);
        if imports.iter().any(|import| import == "C") {
            bail!("{} uses cgo (import \"C\"), whose threads can't be held still", path.display());
        }
        let package = text.lines().find_map(|line| line.strip_prefix("package "));
        let package = package.unwrap_or_default().split_whitespace().next().unwrap_or_default();
        sources.push(Source { path, package: package.to_owned(), imports });
    }
    Ok(sources)
}

/// The Go files of a folder, in order; none of one that is not there.
pub(crate) fn go_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("{}", folder.display()))?.path();
        if path.extension().is_some_and(|ending| ending == "go") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// What a file imports. Imports stand in front of everything else, one a line in all of gofmt's ways.
fn imports(text: &str) -> Vec<String> {
    let (mut found, mut is_open) = (Vec::new(), false);
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        let imported = match (is_open, line.strip_prefix("import")) {
            (false, Some(rest)) if rest.trim_start().starts_with('(') => {
                is_open = true;
                rest
            }
            (false, Some(rest)) if rest.starts_with([' ', '\t', '"']) => rest,
            (true, _) => line,
            (false, _)
                if ["func", "type", "const", "var"].iter().any(|it| line.starts_with(it)) =>
            {
                break;
            }
            _ => continue,
        };
        found.extend(imported.split('"').nth(1).map(str::to_owned));
        is_open &= !line.ends_with(')');
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_read_in_every_way_to_write_them() {
        let text = "package raft\n\nimport (\n\t//\t\"bytes\"\n\t\"sync\"\n\n\ttester \"6.5840/tester1\" // disk\n)\nimport \"C\"\nimport \"fmt\"\ntype x struct{}\nimport \"no\"\n";
        assert_eq!(imports(text), ["sync", "6.5840/tester1", "C", "fmt"]);
        assert_eq!(imports("package raft\nimport (\"a\")\nimport \"b\"\n"), ["a", "b"]);
    }
}
