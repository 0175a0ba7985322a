//! A command as a user meets it, in a folder of its own.
#![allow(dead_code)] // Each test target uses its own part.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// An empty folder, named for the test, that cargo clears away with the rest.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(test: &str) -> Scratch {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
            _ => {}
        }
        fs::create_dir_all(&path).expect("the folder can be made");
        Scratch(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("the file can be written");
    }

    /// A file that can be run.
    pub fn write_program(&self, name: &str, text: &str) {
        self.write(name, text);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(self.0.join(name), mode).expect("the file can be run");
        }
    }

    pub fn read(&self, name: &str) -> String {
        let path = self.0.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The command of this package, to be run here with these arguments.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_labtest"));
        command.args(arguments).current_dir(&self.0).env_remove("CARGO");
        command.env_remove("CLICOLOR_FORCE");
        for name in ["SEED", "SEEDS", "BASE_SEED", "CHECK_DETERMINISM", "REALTIME"] {
            command.env_remove(format!("LABTEST_{name}"));
        }
        command
    }

    /// Runs it.
    pub fn labtest(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().expect("the command starts"))
    }

    /// Runs it with a text on its standard input.
    pub fn labtest_reading(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A command that reads none of it is told by what it says.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        Ran::of(child.wait_with_output().expect("the command ends"))
    }
}

/// What a command left.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub output: String,
    pub errors: String,
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            output: String::from_utf8(output.stdout).expect("text"),
            errors: String::from_utf8(output.stderr).expect("text"),
        }
    }

    #[track_caller]
    pub fn exits_with(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{}\n{}", self.output, self.errors);
        self
    }

    #[track_caller]
    pub fn says(self, part: &str) -> Ran {
        assert!(self.output.contains(part), "expected {part:?} in\n{}", self.output);
        self
    }

    #[track_caller]
    pub fn complains(self, part: &str) -> Ran {
        assert!(self.errors.contains(part), "expected {part:?} in\n{}", self.errors);
        self
    }
}

/// The lines of JSON of an output.
pub fn json_lines(text: &str) -> Vec<serde_json::Value> {
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(parse).collect()
}

/// Compares with a file in `tests/golden`; with UPDATE=1 in the environment it writes the file.
#[track_caller]
pub fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        fs::write(&path, text).expect("the golden file can be written");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == text,
        "{name} is not what it was; UPDATE=1 takes it as it is now\n--- before\n{expected}\n--- now\n{text}"
    );
}
