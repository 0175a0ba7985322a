//! A crate's sources as a separate package, outside the workspace.

use crate::Patched;
use crate::sources::write_all;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use toml::{Table, Value};

/// What a manifest says about things that a copy does not have: tests, benchmarks, examples, and the lints of
/// the original.
const LEFT_OUT: [&str; 5] = ["dev-dependencies", "lints", "test", "bench", "example"];

/// The sections that may take something from the workspace, and from which of its sections.
const INHERITING: [(&str, &str); 3] = [
    ("package", "package"),
    ("dependencies", "dependencies"),
    ("build-dependencies", "dependencies"),
];

impl Patched {
    /// Writes the sources and a manifest into `folder`. The package has the name of the original and its
    /// dependencies, those in the workspace by their path; `cargo build --manifest-path …` builds it.
    ///
    /// # Errors
    /// When the manifests of the crate and of its workspace can't be read, or files not be written.
    pub fn write_package(&self, folder: &Path) -> Result<()> {
        let manifest = self.manifest().with_context(|| {
            format!("the manifest of {} as the package {}", self.folder.display(), self.name)
        })?;
        let sources = self.files.iter().map(|(file, text)| (format!("src/{file}"), text.as_str()));
        write_all(folder, sources.chain([("Cargo.toml".to_owned(), manifest.as_str())]))
    }

    fn manifest(&self) -> Result<String> {
        let mut manifest = read(&self.folder.join("Cargo.toml"))?;
        let original = fs::canonicalize(&self.folder)?;
        let is_workspace = |folder: &&Path| {
            read(&folder.join("Cargo.toml")).is_ok_and(|table| table.contains_key("workspace"))
        };
        let root = original.ancestors().find(is_workspace).context("it is in no workspace")?;
        let workspace = read(&root.join("Cargo.toml"))?;
        let shared = workspace.get("workspace").and_then(Value::as_table).context("a table")?;
        LEFT_OUT.iter().for_each(|key| drop(manifest.remove(*key)));
        for (section, inherited) in INHERITING {
            let Some(Value::Table(table)) = manifest.get_mut(section) else { continue };
            let inherited = shared.get(inherited).and_then(Value::as_table);
            for (key, value) in table.iter_mut() {
                let home = match inherit(key, value, inherited)? {
                    true => root,
                    false => &original,
                };
                find_again(value, home)?;
            }
        }
        // So that cargo looks for no workspace further up.
        manifest.insert("workspace".to_owned(), Value::Table(Table::new()));
        Ok(toml::to_string(&manifest)?)
    }
}

fn read(path: &Path) -> Result<Table> {
    let text = fs::read_to_string(path).with_context(|| format!("can't read {path:?}"))?;
    text.parse().with_context(|| format!("can't read {path:?}"))
}

/// Replaces `key.workspace = true` by what the workspace says, with the features of both. False where
/// the manifest says it itself.
fn inherit(key: &str, value: &mut Value, inherited: Option<&Table>) -> Result<bool> {
    let Value::Table(own) = value else { return Ok(false) };
    if own.remove("workspace") != Some(Value::Boolean(true)) {
        return Ok(false);
    }
    let shared = inherited.and_then(|inherited| inherited.get(key));
    let shared = shared.with_context(|| format!("the workspace has no {key}"))?.clone();
    if own.is_empty() {
        *value = shared;
        return Ok(true);
    }
    let mut whole = match shared {
        Value::Table(table) => table,
        version => Table::from_iter([("version".to_owned(), version)]),
    };
    for (name, setting) in std::mem::take(own) {
        match (whole.get_mut(&name), setting) {
            (Some(Value::Array(features)), Value::Array(more)) => features.extend(more),
            (_, setting) => drop(whole.insert(name, setting)),
        }
    }
    *value = Value::Table(whole);
    Ok(true)
}

/// Makes the path of a dependency one that leads there from anywhere.
fn find_again(dependency: &mut Value, home: &Path) -> Result<()> {
    let Some(Value::String(path)) = dependency.get_mut("path") else { return Ok(()) };
    let there = home.join(&*path);
    ensure!(there.exists(), "there is no {there:?}");
    *path = there.display().to_string();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::Scene;
    use std::process::Command;

    const WORKSPACE: &str = "\
[workspace]
members = [\"toy\", \"numbers\"]
[workspace.package]
edition = \"2024\"
[workspace.dependencies]
numbers = { path = \"numbers\", features = [\"one\"] }
";

    const TOY: &str = "\
[package]
name = \"toy\"
edition.workspace = true
[lints]
workspace = true
[dependencies]
numbers = { workspace = true, features = [\"two\"] }
[dev-dependencies]
nowhere = \"1\"
";

    const NUMBERS: &str = "\
[package]
name = \"numbers\"
[features]
one = []
two = []
";

    const SAYS_FIVE: &str = "\
# name: bug
--- a/main.rs
+++ b/main.rs
@@ -1,3 +1,3 @@
 fn main() {
-    println!(\"{}\", numbers::FOUR);
+    println!(\"{}\", numbers::FOUR + 1);
 }
";

    /// A workspace in which the program `toy` uses the library `numbers`.
    fn scene(name: &str) -> Scene {
        let scene = Scene::new(name);
        std::fs::remove_dir_all(scene.folder.join("toy/src")).unwrap();
        let program = "fn main() {\n    println!(\"{}\", numbers::FOUR);\n}\n";
        let library =
            "#[cfg(all(feature = \"one\", feature = \"two\"))]\npub const FOUR: u8 = 4;\n";
        let files = [
            ("Cargo.toml", WORKSPACE),
            ("toy/Cargo.toml", TOY),
            ("toy/src/main.rs", program),
            ("numbers/Cargo.toml", NUMBERS),
            ("numbers/src/lib.rs", library),
        ];
        files.iter().for_each(|(file, text)| scene.write(file, text));
        scene
    }

    #[test]
    fn a_program_is_built_from_a_package_of_its_own() {
        let scene = scene("package-program");
        let package = scene.folder.join("out");
        scene.patched(SAYS_FIVE).unwrap().write_package(&package).unwrap();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let ran = Command::new(cargo)
            .args(["run", "--quiet", "--offline", "--manifest-path"])
            .arg(package.join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", scene.folder.join("target"))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(String::from_utf8_lossy(&ran.stdout), "5\n", "{errors}");
    }

    #[test]
    fn what_the_workspace_lacks_is_named() {
        let scene = scene("package-lacks");
        scene.write("toy/Cargo.toml", &TOY.replace("numbers =", "letters ="));
        let patched = scene.patched(SAYS_FIVE).unwrap();
        let error = patched.write_package(&scene.folder.join("out")).unwrap_err();
        assert_eq!(error.root_cause().to_string(), "the workspace has no letters");
    }
}
