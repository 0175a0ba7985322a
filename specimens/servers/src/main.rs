//! Server programs with one known bug each, for testing servers from outside.
//!
//! `bugs/` has one small diff per bug onto the sources of a crate that `kvd` is made of, `harmless/` diffs
//! that change how it works and break nothing. This builds `kvd` with any of them, and has
//! `labtest live` hunt the bugs.

mod building;
mod catalogue;
mod hunt;
mod report;
mod workspace;

use anyhow::{Context, Result};
use building::Builder;
use catalogue::{Specimen, chosen, specimens};
use clap::{Parser, Subcommand};
use hunt::{Hunt, Outcome};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Builds copies of kvd with one known bug each, and hunts the bugs with `labtest live`
#[derive(Debug, Parser)]
#[command(name = "specimen-servers", version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists the specimens, with what is wrong with each
    List,
    /// Builds programs, and prints their paths
    Build {
        /// Names of specimens [default: all]
        names: Vec<String>,
    },
    /// Has `labtest live` look for each bug, and shows what it found as a table in Markdown
    Hunt(Hunt),
}

const FOUND_ALL: u8 = 0;
const MISSED_OR_FALSE_ALARM: u8 = 1;
const NOT_JUDGED: u8 = 2;
const USAGE: u8 = 64;
const FAULT: u8 = 70;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let wrong = error.use_stderr();
            // If it can't be printed, there is no way to say so.
            let _ = error.print();
            return ExitCode::from(if wrong { USAGE } else { FOUND_ALL });
        }
    };
    match run(&args.command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(FAULT)
        }
    }
}

fn run(command: &Command) -> Result<u8> {
    let all = specimens()?;
    match command {
        Command::List => {
            for specimen in &all {
                writeln!(io::stdout(), "{:28} {}", specimen.name(), specimen.statement)?;
            }
            Ok(FOUND_ALL)
        }
        Command::Build { names } => {
            let builder = Builder::new()?;
            for specimen in chosen(all, names)? {
                writeln!(io::stdout(), "{}", builder.build(&specimen)?.display())?;
            }
            Ok(FOUND_ALL)
        }
        Command::Hunt(hunt) => hunt_all(hunt, &chosen(all, &hunt.names)?),
    }
}

fn hunt_all(hunt: &Hunt, specimens: &[Specimen]) -> Result<u8> {
    let builder = Builder::new()?;
    let labtest: PathBuf = match &hunt.labtest {
        Some(program) => {
            program.canonicalize().with_context(|| format!("can't find {program:?}"))?
        }
        None => builder.build_labtest()?,
    };
    writeln!(io::stdout(), "{}", report::HEADER)?;
    let mut outcomes = Vec::new();
    for specimen in specimens {
        let server = builder.build(specimen)?;
        let outcome = hunt.run(specimen, &labtest, &server, &builder.runs(specimen))?;
        writeln!(io::stdout(), "{}", report::row(specimen, &outcome))?;
        outcomes.push((specimen.is_harmless(), outcome));
    }
    writeln!(io::stdout(), "\n{}", report::sum(&outcomes))?;
    Ok(code(&outcomes))
}

/// The results of hunts; the flag marks those of harmless changes.
fn code(outcomes: &[(bool, Outcome)]) -> u8 {
    let is_wrong = |(is_harmless, outcome): &(bool, Outcome)| match outcome {
        Outcome::Found(_) => *is_harmless,
        Outcome::Passed { .. } => !*is_harmless,
        Outcome::NotJudged { .. } => false,
    };
    let is_open = |(_, outcome): &(bool, Outcome)| matches!(outcome, Outcome::NotJudged { .. });
    match outcomes {
        outcomes if outcomes.iter().any(is_wrong) => MISSED_OR_FALSE_ALARM,
        outcomes if outcomes.iter().any(is_open) => NOT_JUDGED,
        _ => FOUND_ALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hunt::Catch;
    use std::time::Duration;

    #[test]
    fn a_bug_has_to_be_found_and_what_is_harmless_to_pass() {
        let found =
            || Outcome::Found(Catch { seed: 1, runs: 1, took: Duration::ZERO, property: None });
        let passed = || Outcome::Passed { runs: 1 };
        let open = || Outcome::NotJudged { runs: 1 };
        assert_eq!(code(&[(false, found()), (true, passed())]), FOUND_ALL);
        assert_eq!(code(&[(false, found()), (false, passed())]), MISSED_OR_FALSE_ALARM);
        assert_eq!(code(&[(true, found())]), MISSED_OR_FALSE_ALARM);
        assert_eq!(code(&[(false, open()), (true, passed())]), NOT_JUDGED);
        assert_eq!(code(&[(true, open()), (false, found())]), NOT_JUDGED);
        assert_eq!(code(&[(true, open()), (false, passed())]), MISSED_OR_FALSE_ALARM);
    }
}
