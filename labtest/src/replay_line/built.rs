//! What cargo has built this program from, and how: told by where the program lies, and by the notes
//! that cargo keeps of each build, `.fingerprint/PACKAGE-HASH/KIND-NAME.json`.
//!
//! These notes are cargo's own affair. Where they are not as expected nothing is known, and the replay
//! line names the program's file instead.

use serde::Deserialize;
use std::fs;
use std::path::Path;

/// A target of a package, and how it was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Built {
    /// `--bin mine`, `--example canary`, `--test lab`.
    pub(super) target: Target,
    /// The name of the folder of its profile: `debug`, `release`, or that of the profile.
    profile: String,
    /// What it was built for, if not for the machine that built it.
    triple: Option<String>,
    /// The features of its package that are on.
    features: Vec<String>,
    /// Whether the package has default features that are off.
    lacks_default: bool,
}

/// A target of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Lib,
    Bin(String),
    Example(String),
    Test(String),
}

/// What is read of cargo's note.
#[derive(Deserialize)]
struct Note {
    /// A list as JSON, within the JSON.
    features: String,
    #[serde(default)]
    declared_features: String,
}

impl Built {
    /// How the program in that file was built as a target of that package; none where that is not known.
    pub(super) fn find(program: &Path, package: &str) -> Option<Built> {
        let folder = program.parent()?;
        let is_plain = !["deps", "examples"].iter().any(|name| folder.ends_with(name));
        let profile = if is_plain { folder } else { folder.parent()? };
        let mut found: Option<Built> = None;
        for entry in fs::read_dir(profile.join(".fingerprint")).ok()?.flatten() {
            let name = entry.file_name();
            let hash = name.to_str().and_then(|name| name.strip_prefix(package)?.strip_prefix('-'));
            let Some(hash) = hash.filter(|hash| is_hash(hash)) else { continue };
            let Some((target, note)) = target_of(&entry.path(), hash, program, folder) else {
                continue;
            };
            let built = Built::new(target, profile, &note)?;
            // Two builds that can't be told apart are no trouble where they are alike.
            if found.as_ref().is_some_and(|known| *known != built) {
                return None;
            }
            found = Some(built);
        }
        found
    }

    fn new(target: Target, profile: &Path, note: &Note) -> Option<Built> {
        let list = |text: &str| match text {
            "" => Some(Vec::new()),
            text => serde_json::from_str::<Vec<String>>(text).ok(),
        };
        let (mut features, declared) = (list(&note.features)?, list(&note.declared_features)?);
        let is_default = |name: &String| name == "default";
        let lacks_default = declared.iter().any(is_default) && !features.iter().any(is_default);
        features.retain(|name| name != "default");
        features.sort();
        let is_root = |folder: &Path| folder.join(".rustc_info.json").is_file();
        let above = profile.parent()?;
        let is_of_triple = !is_root(above) && above.parent().is_some_and(is_root);
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let triple = if is_of_triple { name(above) } else { None };
        Some(Built { target, profile: name(profile)?, triple, features, lacks_default })
    }

    /// The flags of cargo that build it again, but for package and target.
    pub(super) fn flags(&self) -> String {
        let mut flags = match self.profile.as_str() {
            "debug" => String::new(),
            // Those of `--profile bench` lie there too; it is the same run with either.
            "release" => " --release".to_owned(),
            profile => format!(" --profile {profile}"),
        };
        if let Some(triple) = &self.triple {
            flags.push_str(&format!(" --target {triple}"));
        }
        if self.lacks_default {
            flags.push_str(" --no-default-features");
        }
        if !self.features.is_empty() {
            flags.push_str(&format!(" --features {}", self.features.join(",")));
        }
        flags
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The target that a folder of notes is of, if that program is it.
fn target_of(notes: &Path, hash: &str, program: &Path, folder: &Path) -> Option<(Target, Note)> {
    let (file, target) = fs::read_dir(notes).ok()?.flatten().find_map(|entry| {
        let name = entry.file_name();
        Some((entry.path(), Target::of_note(name.to_str()?.strip_suffix(".json")?)?))
    })?;
    let profile = notes.parent()?.parent()?;
    let suffix = std::env::consts::EXE_SUFFIX;
    let is_it = if folder.ends_with("deps") {
        program.file_stem()?.to_str()?.ends_with(&format!("-{hash}"))
    } else {
        let (folder, name) = match &target {
            Target::Bin(name) if folder == profile => ("deps", name),
            Target::Example(name) if folder.ends_with("examples") => ("examples", name),
            _ => return None,
        };
        let is_named = program.file_name()?.to_str()? == format!("{name}{suffix}");
        let file = format!("{}-{hash}{suffix}", name.replace('-', "_"));
        is_named && is_same(&profile.join(folder).join(file), program)
    };
    let note = is_it.then(|| fs::read_to_string(file).ok())??;
    Some((target, serde_json::from_str(&note).ok()?))
}

impl Target {
    /// The target of a note with that name, if it is one that can be run.
    fn of_note(name: &str) -> Option<Target> {
        let name = name.strip_prefix("test-").unwrap_or(name);
        if let Some(name) = name.strip_prefix("integration-test-") {
            return Some(Target::Test(name.to_owned()));
        }
        let (kind, name) = name.split_once('-')?;
        match kind {
            "lib" => Some(Target::Lib),
            "bin" => Some(Target::Bin(name.to_owned())),
            "example" => Some(Target::Example(name.to_owned())),
            _ => None,
        }
    }

    /// The flag of cargo that means it.
    pub(super) fn flag(&self) -> String {
        match self {
            Target::Lib => " --lib".to_owned(),
            Target::Bin(name) => format!(" --bin {name}"),
            Target::Example(name) => format!(" --example {name}"),
            Target::Test(name) => format!(" --test {name}"),
        }
    }
}

/// Cargo links a program to its place, and copies it where it can't.
fn is_same(built: &Path, program: &Path) -> bool {
    let (Ok(built), Ok(program)) = (fs::metadata(built), fs::metadata(program)) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if program.nlink() > 1 {
            return (built.dev(), built.ino()) == (program.dev(), program.ino());
        }
    }
    built.len() == program.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = r#"{"features":"[\"default\"]","declared_features":"[\"default\"]"}"#;
    const FAST: &str =
        r#"{"features":"[\"small\", \"fast\"]","declared_features":"[\"default\", \"fast\"]"}"#;

    /// A folder as cargo leaves it, with one build of one target.
    fn build(test: &str, profile: &str, kind: &str, hash: &str, file: &str, note: &str) {
        let root = root(test);
        let profile = root.join(profile);
        let notes = profile.join(format!(".fingerprint/mine-{hash}"));
        fs::create_dir_all(&notes).unwrap();
        fs::write(root.join(".rustc_info.json"), "").unwrap();
        fs::write(notes.join(format!("{kind}.json")), note).unwrap();
        let file = profile.join(format!("{file}-{hash}{}", std::env::consts::EXE_SUFFIX));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, hash).unwrap();
    }

    fn root(test: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("labtest-built-{}-{test}", std::process::id()))
    }

    fn found(test: &str, program: &str) -> Option<String> {
        let program = root(test).join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
        let built = Built::find(&program, "mine");
        built.map(|built| format!("{}{}", built.target.flag(), built.flags()))
    }

    #[test]
    fn the_place_of_a_program_tells_target_profile_and_triple() {
        let test = "place";
        let hash = "0123456789abcdef";
        build(test, "debug", "bin-my-raft", hash, "deps/my_raft", DEFAULT);
        build(test, "wasm/fast", "example-canary", hash, "examples/canary", FAST);
        build(test, "release", "test-integration-test-my-lab", hash, "deps/my_lab", DEFAULT);
        let link = |from: &str, to: &str| {
            fs::hard_link(root(test).join(from), root(test).join(to)).unwrap();
        };
        let suffix = std::env::consts::EXE_SUFFIX;
        link(&format!("debug/deps/my_raft-{hash}{suffix}"), &format!("debug/my-raft{suffix}"));
        let examples = "wasm/fast/examples";
        link(&format!("{examples}/canary-{hash}{suffix}"), &format!("{examples}/canary{suffix}"));

        assert_eq!(found(test, "debug/my-raft").as_deref(), Some(" --bin my-raft"));
        assert_eq!(
            found(test, "wasm/fast/examples/canary").as_deref(),
            Some(
                " --example canary --profile fast --target wasm --no-default-features --features fast,small"
            )
        );
        let program = format!("release/deps/my_lab-{hash}");
        assert_eq!(found(test, &program).as_deref(), Some(" --test my-lab --release"));
        assert_eq!(found(test, "debug/other"), None);
        assert_eq!(found(test, "elsewhere/my-raft"), None);
        fs::remove_dir_all(root(test)).unwrap();
    }

    #[test]
    fn builds_that_can_not_be_told_apart_are_not_guessed_at() {
        let test = "apart";
        let (first, second) = ("0000000000000001", "0000000000000002");
        build(test, "debug", "bin-mine", first, "deps/mine", DEFAULT);
        build(test, "debug", "bin-mine", second, "deps/mine", DEFAULT);
        // A copy has the length of both.
        let copy = root(test).join(format!("debug/mine{}", std::env::consts::EXE_SUFFIX));
        fs::write(&copy, second).unwrap();
        assert_eq!(found(test, "debug/mine").as_deref(), Some(" --bin mine"));
        build(test, "debug", "bin-mine", second, "deps/mine", FAST);
        assert_eq!(found(test, "debug/mine"), None);
        fs::remove_dir_all(root(test)).unwrap();
    }
}
