//! `kvd check`.

use crate::exit::{Code, Failure};
use crate::inspect::{KvMachine, Verdict, check};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Compare the directories of a cluster's servers: equal logs, equal stores.
///
/// Exits with 1 if they differ, or if it can't be known yet whether they do.
#[derive(Args)]
pub struct Check {
    /// The directories of servers that are not running.
    #[arg(required = true, num_args = 2..)]
    directories: Vec<PathBuf>,
    /// Print a JSON object, for programs: `{"verdict":"equal","last_index":7}`, or `unsettled` or `different`
    /// with a `reason`.
    #[arg(long)]
    json: bool,
}

impl Check {
    pub fn run(self) -> Result<ExitCode, Failure> {
        let directories: Vec<&Path> = self.directories.iter().map(PathBuf::as_path).collect();
        let verdict = check(&directories, &KvMachine)
            .map_err(|error| Failure::new(Code::Software, error.to_string()))?;
        println!("{}", if self.json { as_json(&verdict) } else { as_sentence(&verdict) });
        Ok(match verdict {
            Verdict::Equal { .. } => Code::Done.into(),
            Verdict::Unsettled(_) | Verdict::Different(_) => Code::No.into(),
        })
    }
}

fn as_sentence(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Equal { last_index } => format!("equal: logs and stores up to entry {last_index}"),
        Verdict::Unsettled(sentence) => format!("not settled: {sentence}"),
        Verdict::Different(sentence) => format!("DIFFERENT: {sentence}"),
    }
}

fn as_json(verdict: &Verdict) -> String {
    let object = match verdict {
        Verdict::Equal { last_index } => json!({ "verdict": "equal", "last_index": last_index }),
        Verdict::Unsettled(reason) => json!({ "verdict": "unsettled", "reason": reason }),
        Verdict::Different(reason) => json!({ "verdict": "different", "reason": reason }),
    };
    object.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_told_to_people_and_to_programs() {
        let why = || "one ends earlier".to_owned();
        for (verdict, sentence, json) in [
            (
                Verdict::Equal { last_index: 7 },
                "equal: logs and stores up to entry 7",
                r#"{"last_index":7,"verdict":"equal"}"#,
            ),
            (
                Verdict::Unsettled(why()),
                "not settled: one ends earlier",
                r#"{"reason":"one ends earlier","verdict":"unsettled"}"#,
            ),
            (
                Verdict::Different(why()),
                "DIFFERENT: one ends earlier",
                r#"{"reason":"one ends earlier","verdict":"different"}"#,
            ),
        ] {
            assert_eq!((as_sentence(&verdict), as_json(&verdict)), (sentence.into(), json.into()));
        }
    }
}
