//! How this program was started, as the beginning of a line that starts it again.

use super::built::{Built, Target};
use super::quoted;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many of the arguments come before the command: those that the program reads itself.
static OWN_WORDS: AtomicUsize = AtomicUsize::new(0);

/// That many arguments of this program come before the command.
pub(crate) fn begins_with_own_words(words: usize) {
    OWN_WORDS.store(words, Ordering::Relaxed);
}

/// What cargo tells the programs that it starts, and how this one was built.
struct ByCargo {
    package: String,
    /// The folder of the package's manifest.
    manifest: PathBuf,
    built: Built,
}

impl ByCargo {
    /// None if it was not cargo that started this program, or not as a target of that package.
    fn of_this_program() -> Option<ByCargo> {
        env::var_os("CARGO")?;
        let package = env::var("CARGO_PKG_NAME").ok()?;
        let manifest = env::var_os("CARGO_MANIFEST_DIR")?.into();
        let built = Built::find(&env::current_exe().ok()?, &package)?;
        Some(ByCargo { package, manifest, built })
    }

    /// `cargo run --release -p mine`; `from` is the folder in which the line is pasted.
    fn line(&self, command: &str, from: Option<&Path>) -> String {
        let ByCargo { package, manifest, built } = self;
        let is_there = from.is_some_and(|from| workspace(from) == workspace(manifest));
        let place = if is_there {
            String::new()
        } else {
            let manifest = manifest.join("Cargo.toml");
            format!(" --manifest-path {}", quoted(&manifest.to_string_lossy()))
        };
        let target = match &built.target {
            Target::Bin(name) if name == package && has_one_bin(manifest) => String::new(),
            target => target.flag(),
        };
        format!("cargo {command}{place}{} -p {package}{target}", built.flags())
    }
}

/// The command: through cargo if cargo has started it, otherwise as it was called.
pub(super) fn command() -> String {
    let from = env::current_dir().ok();
    let program = match ByCargo::of_this_program() {
        Some(cargo) => format!("{} --", cargo.line("run", from.as_deref())),
        None => called_as(),
    };
    let own = env::args_os().skip(1).take(OWN_WORDS.load(Ordering::Relaxed));
    own.fold(program, |line, word| format!("{line} {}", quoted(&word.to_string_lossy())))
}

/// The same for a test target. Cargo starts that in the folder of its package, and the shell's folder is
/// still in the environment.
pub(super) fn test() -> String {
    let from = env::var_os("PWD").map(PathBuf::from);
    match ByCargo::of_this_program() {
        Some(cargo) => format!("{} --", cargo.line("test", from.as_deref())),
        None => env::current_exe()
            .map_or_else(|_| called_as(), |program| quoted(&program.to_string_lossy())),
    }
}

fn called_as() -> String {
    let name = env::args_os().next();
    name.map_or("labtest".to_owned(), |name| quoted(&name.to_string_lossy()))
}

/// The workspace or package that cargo works on in a folder.
fn workspace(folder: &Path) -> Option<PathBuf> {
    let manifests = || folder.ancestors().filter(|folder| folder.join("Cargo.toml").is_file());
    let is_root = |folder: &&Path| has_line(folder, |line| line.starts_with("[workspace"));
    manifests().find(is_root).or_else(|| manifests().next()).map(Path::to_path_buf)
}

/// Whether the package has one program, so that it need not be named.
fn has_one_bin(manifest: &Path) -> bool {
    !manifest.join("src/bin").is_dir() && !has_line(manifest, |line| line.starts_with("[[bin]]"))
}

fn has_line(folder: &Path, fits: impl Fn(&str) -> bool) -> bool {
    let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    text.lines().any(|line| fits(line.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_of_this_package_is_started_by_cargo() {
        let line = test();
        assert!(line.starts_with("cargo test"), "{line}");
        assert!(line.contains(" -p labtest --lib") && line.ends_with(" --"), "{line}");
    }

    #[test]
    fn a_workspace_is_found_from_within() {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = package.parent().map(Path::to_path_buf);
        assert_eq!(workspace(&package.join("src")), root);
        assert_eq!(workspace(Path::new("/")), None);
        assert!(has_one_bin(package));
    }
}
