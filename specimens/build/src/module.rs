//! A crate's sources as a tree of modules of another crate: without its tests, and with `crate`
//! meaning the module at the top.

use crate::Patched;
use crate::sources::write_all;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

impl Patched {
    /// Writes the sources into `folder` as the module at `module`, say `crate::compiled::no_sync`.
    /// Returns the path of the file at its root, for the `#[path]` of the module's declaration.
    ///
    /// # Errors
    /// When the files can't be written, or the crate has neither `lib.rs` nor `main.rs`.
    pub fn write_modules(&self, folder: &Path, module: &str) -> Result<PathBuf> {
        let tests: BTreeSet<String> =
            self.files.iter().flat_map(|(file, text)| test_modules(file, text)).collect();
        let is_test = |file: &str| {
            tests.iter().any(|test| {
                file.strip_prefix(test.as_str())
                    .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            })
        };
        let kept = self.files.iter().filter(|(file, _)| !is_test(file));
        write_all(folder, kept.map(|(file, text)| (file, as_module(text, module))))?;
        let root = ["lib.rs", "main.rs"].into_iter().find(|root| self.files.contains_key(*root));
        let root = root.with_context(|| format!("{:?} is no crate", self.folder))?;
        Ok(folder.join(root))
    }
}

/// The modules that a file declares for tests only, as paths without `.rs`.
fn test_modules(file: &str, text: &str) -> Vec<String> {
    let stem = file.trim_end_matches(".rs");
    let folder = match stem.rsplit_once('/') {
        _ if stem == "lib" || stem == "main" => String::new(),
        Some((folder, "mod")) => format!("{folder}/"),
        _ => format!("{stem}/"),
    };
    let lines: Vec<&str> = text.lines().collect();
    let declared = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]").filter_map(|pair| {
        let (_, name) = pair[1].strip_suffix(';')?.rsplit_once("mod ")?;
        Some(format!("{folder}{name}"))
    });
    declared.collect()
}

fn as_module(text: &str, module: &str) -> String {
    let mut result = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" {
            match lines.next() {
                Some(declared) if declared.ends_with(';') => continue,
                // Tests that are not in a file of their own stand at the end.
                _ => break,
            }
        }
        // A macro of a copy is the copy's own: two can't export the same one.
        if line.trim_start() != "#[macro_export]" {
            result.push_str(&with_root(line, module));
            result.push('\n');
        }
    }
    result
}

/// `crate::` and `$crate::` become the module's path; `my_crate::` stays.
fn with_root(line: &str, module: &str) -> String {
    let mut result = String::new();
    let mut rest = line;
    while let Some(start) = rest.find("crate::") {
        let (before, after) = rest.split_at(start);
        result.push_str(before);
        let is_name = before.ends_with(|last: char| last.is_alphanumeric() || last == '_');
        let inner = module.strip_prefix("crate").filter(|_| !is_name).unwrap_or_default();
        result.push_str("crate");
        result.push_str(inner);
        result.push_str("::");
        rest = &after["crate::".len()..];
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Scene, TWO_HUNKS};
    use std::fs;

    #[test]
    fn crate_means_the_module() {
        let root = |line| with_root(line, "crate::compiled::bug");
        assert_eq!(root("use crate::core::Core;"), "use crate::compiled::bug::core::Core;");
        assert_eq!(
            root("a(crate::b, crate::c)"),
            "a(crate::compiled::bug::b, crate::compiled::bug::c)"
        );
        assert_eq!(root("$crate::encode(&x)"), "$crate::compiled::bug::encode(&x)");
        assert_eq!(root("pub(crate) use my_crate::x;"), "pub(crate) use my_crate::x;");
    }

    #[test]
    fn tests_are_left_out() {
        let text =
            "mod log;\n#[cfg(test)]\nmod testing;\nfn f() {}\n\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(as_module(text, "crate::bug"), "mod log;\nfn f() {}\n\n");
        assert_eq!(test_modules("lib.rs", text), ["testing"]);
        assert_eq!(test_modules("core.rs", text), ["core/testing"]);
        assert_eq!(test_modules("core/mod.rs", text), ["core/testing"]);
    }

    #[test]
    fn the_tree_has_the_files_that_are_compiled() {
        let scene = Scene::new("module-tree");
        let folder = scene.folder.join("out");
        let patched = scene.patched(TWO_HUNKS).unwrap();
        let root = patched.write_modules(&folder, "crate::compiled::bug").unwrap();
        assert_eq!(root, folder.join("lib.rs"));
        assert_eq!(
            fs::read_to_string(root).unwrap(),
            "mod core;\npub use crate::compiled::bug::core::log;\n"
        );
        let log = fs::read_to_string(folder.join("core/log.rs")).unwrap();
        assert_eq!(log, patched.text("core/log.rs").unwrap());
        assert!(!folder.join("core/testing.rs").exists());
        assert!(!folder.join("core/testing/more.rs").exists());
    }
}
