//! One bug and `labtest live`: run after run, each with a seed of its own, until one shows the bug.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // It takes real time.

use crate::catalogue::Specimen;
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How the bugs are hunted.
#[derive(Args, Debug)]
pub(crate) struct Hunt {
    /// Names of specimens [default: all]
    pub(crate) names: Vec<String>,

    /// How long one run looks for a bug
    #[arg(long, value_name = "TIME", default_value = "60s")]
    time_limit: String,

    /// How many runs a bug is given
    #[arg(long, value_name = "N", default_value_t = 5)]
    runs: u64,

    /// How long a harmless change must run without an alarm
    #[arg(long, value_name = "TIME", default_value = "20m")]
    harmless_time_limit: String,

    /// The seed of the first run of each
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,

    /// The tester [default: it is built]
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) labtest: Option<PathBuf>,
}

/// What a hunt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A run failed.
    Found(Catch),
    /// All runs passed.
    Passed {
        /// How many.
        runs: u64,
    },
    /// No run failed, and not all could be judged.
    NotJudged {
        /// How many of them.
        runs: u64,
    },
}

/// A run that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Catch {
    /// Its seed.
    pub(crate) seed: u64,
    /// How many runs there were, itself included.
    pub(crate) runs: u64,
    /// How long all of them took.
    pub(crate) took: Duration,
    /// What broke, if its report says so.
    pub(crate) property: Option<String>,
}

/// What a run ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    Violated,
    NotJudged,
}

impl Hunt {
    /// Has the tester run the server until it finds something wrong. Everything is kept in `folder`.
    ///
    /// # Errors
    /// When the tester can't be started, or ends in a way that says nothing about the server.
    pub(crate) fn run(
        &self,
        specimen: &Specimen,
        labtest: &Path,
        server: &Path,
        folder: &Path,
    ) -> Result<Outcome> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("can't empty {folder:?}"))?;
        }
        fs::create_dir_all(folder).with_context(|| format!("can't make {folder:?}"))?;
        self.until_found(specimen, folder, |seed, time_limit| {
            let arguments = ["--time-limit", time_limit, "--seed", &seed.to_string()];
            let log = folder.join(format!("seed-{seed}.log"));
            run_once(labtest, server, &arguments, folder, &log)
        })
    }

    /// Carries out runs by seed and time limit until one fails.
    fn until_found(
        &self,
        specimen: &Specimen,
        folder: &Path,
        mut run: impl FnMut(u64, &str) -> Result<Verdict>,
    ) -> Result<Outcome> {
        let (runs, time_limit) = match specimen.is_harmless() {
            true => (1, &self.harmless_time_limit),
            false => (self.runs, &self.time_limit),
        };
        let began_at = Instant::now();
        let mut not_judged = 0;
        for number in 1..=runs {
            let seed = self.seed + number - 1;
            match run(seed, time_limit)? {
                Verdict::Violated => {
                    let property = property(&folder.join(format!("failures/live/{seed}")))?;
                    let took = began_at.elapsed();
                    return Ok(Outcome::Found(Catch { seed, runs: number, took, property }));
                }
                Verdict::NotJudged => not_judged += 1,
                Verdict::Passed => {}
            }
        }
        Ok(match not_judged {
            0 => Outcome::Passed { runs },
            runs => Outcome::NotJudged { runs },
        })
    }
}

/// Runs the tester in `folder`, and keeps what it says in `log`.
fn run_once(
    labtest: &Path,
    server: &Path,
    arguments: &[&str],
    folder: &Path,
    log: &Path,
) -> Result<Verdict> {
    let output = File::create(log).with_context(|| format!("can't write {log:?}"))?;
    let errors = output.try_clone()?;
    let ended = Command::new(labtest)
        .args(["live", "--server"])
        .arg(server)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .status()
        .with_context(|| format!("can't start {labtest:?}"))?;
    match ended.code() {
        Some(0) => Ok(Verdict::Passed),
        Some(1) => Ok(Verdict::Violated),
        Some(2) => Ok(Verdict::NotJudged),
        _ => bail!("labtest live says nothing of the server: {ended}, see {}", log.display()),
    }
}

/// The property that the report in a failure's folder names; `None` when there is no report.
fn property(failure: &Path) -> Result<Option<String>> {
    let path = failure.join("report.json");
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read(&path).with_context(|| format!("can't read {path:?}"))?;
    let report: Value = serde_json::from_slice(&text).with_context(|| format!("{path:?}"))?;
    let checks = report.get("checks").and_then(Value::as_array);
    let violated = checks.into_iter().flatten().find(|check| check["finding"] == "violated");
    let property = violated.and_then(|check| check.get("name")).and_then(Value::as_str);
    Ok(property.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::specimens;

    /// A hunt of that specimen whose runs, by seed and time limit, end with these codes.
    fn hunted(name: &str, run: impl FnMut(u64, &str) -> Result<Verdict>) -> Outcome {
        let folder = tempfile::tempdir().unwrap();
        let hunt = Hunt {
            names: Vec::new(),
            time_limit: "5m".to_owned(),
            runs: 3,
            harmless_time_limit: "20m".to_owned(),
            seed: 7,
            labtest: None,
        };
        let specimen = specimens().unwrap().into_iter().find(|it| it.name() == name).unwrap();
        hunt.until_found(&specimen, folder.path(), run).unwrap()
    }

    #[test]
    fn a_bug_is_hunted_seed_after_seed_until_a_run_fails() {
        let mut seen = Vec::new();
        let outcome = hunted("reply-before-commit", |seed, time_limit| {
            seen.push((seed, time_limit.to_owned()));
            Ok(if seed == 8 { Verdict::Violated } else { Verdict::Passed })
        });
        assert_eq!(seen, [(7, "5m".to_owned()), (8, "5m".to_owned())]);
        let Outcome::Found(Catch { seed: 8, runs: 2, property: None, .. }) = outcome else {
            panic!("{outcome:?}")
        };
    }

    #[test]
    fn what_does_not_fail_is_missed_or_could_not_be_judged() {
        let missed = hunted("reply-before-commit", |_, _| Ok(Verdict::Passed));
        assert_eq!(missed, Outcome::Passed { runs: 3 });
        let open = hunted("reply-before-commit", |seed, _| {
            Ok(if seed == 7 { Verdict::NotJudged } else { Verdict::Passed })
        });
        assert_eq!(open, Outcome::NotJudged { runs: 1 });
    }

    #[test]
    fn what_is_harmless_runs_once_and_for_longer() {
        let mut seen = Vec::new();
        let outcome = hunted("no-pipelining", |seed, time_limit| {
            seen.push((seed, time_limit.to_owned()));
            Ok(Verdict::Passed)
        });
        assert_eq!((outcome, seen), (Outcome::Passed { runs: 1 }, vec![(7, "20m".to_owned())]));
    }

    #[test]
    fn a_report_names_what_broke() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(property(folder.path()).unwrap(), None);
        let report = r#"{"checks": [{"name": "run:panic", "finding": "holds"},
            {"name": "safety:linearizable", "finding": "violated"}]}"#;
        fs::write(folder.path().join("report.json"), report).unwrap();
        assert_eq!(property(folder.path()).unwrap().as_deref(), Some("safety:linearizable"));
        fs::write(folder.path().join("report.json"), "{").unwrap();
        assert!(property(folder.path()).is_err());
    }

    /// The shell in the tester's place: it takes `live` for the name of its script.
    #[test]
    fn the_tester_is_told_what_to_run_and_says_what_came_of_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("live"), "echo \"$@\"; exit $4").unwrap();
        let (log, shell) = (folder.path().join("log"), Path::new("/bin/sh"));
        let run = |seed| run_once(shell, Path::new("kvd"), &["--seed", seed], folder.path(), &log);
        assert_eq!(run("0").unwrap(), Verdict::Passed);
        assert_eq!(run("1").unwrap(), Verdict::Violated);
        assert_eq!(run("2").unwrap(), Verdict::NotJudged);
        assert!(run("64").unwrap_err().to_string().contains("exit status: 64"));
        assert_eq!(fs::read_to_string(&log).unwrap(), "--server kvd --seed 64\n");
    }
}
