//! A line of what `labtest run --format json` printed.

use crate::exit_code;
use labtrace::summary::{PartRecord, SCHEMA, SCHEMA_V1};
use labtrace::{RUN_SCHEMA, RUN_SCHEMA_BEFORE, RunRecord};
use serde::Deserialize;
use serde_json::Value;

/// What a line says.
#[derive(Debug)]
pub(super) enum ShardLine {
    /// A run.
    Run(Box<RunRecord>),
    /// The summary, which is the end of a shard.
    End(End),
}

/// What a summary says of the shard that it ends.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct End {
    #[serde(default)]
    pub(super) implementation: String,
    /// Everything was run that was planned.
    #[serde(default)]
    pub(super) complete: bool,
    exit_code: Option<u8>,
    total: Option<Total>,
    /// None where it is not known; version 1 never has it.
    pub(super) part: Option<PartRecord>,
    /// Of a merge: why it is not the whole.
    #[serde(default)]
    pub(super) problems: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
struct Total {
    runs: u64,
}

impl End {
    /// A run of it has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.exit_code == Some(exit_code::FAILED)
    }

    /// It could not judge its part. A shard that has no part could not either, and lacks nothing.
    pub(super) fn is_undecided(&self) -> bool {
        let is_empty = self.total.as_ref().is_some_and(|total| total.runs == 0);
        self.exit_code == Some(exit_code::UNDECIDED) && !(is_empty && self.complete)
    }
}

/// What every line begins with.
#[derive(Deserialize)]
struct Versioned {
    schema: String,
}

impl ShardLine {
    /// Reads a line, or says what is wrong with it.
    pub(super) fn read(line: &str) -> Result<ShardLine, String> {
        let expected = || {
            let found: String = line.chars().take(FOUND_CHARS_MAX).collect();
            format!("expected a line of `labtest run --format json`, found {found}")
        };
        let value: Value = serde_json::from_str(line).map_err(|_| expected())?;
        let versioned = Versioned::deserialize(&value).map_err(|_| expected())?;
        match versioned.schema.as_str() {
            SCHEMA | SCHEMA_V1 => {
                let end = End::deserialize(&value)
                    .map_err(|error| format!("this is not a complete {SCHEMA:?}: {error}"))?;
                Ok(ShardLine::End(end))
            }
            RUN_SCHEMA | RUN_SCHEMA_BEFORE => {
                let run = RunRecord::deserialize(&value)
                    .map_err(|error| format!("this is not a complete {RUN_SCHEMA:?}: {error}"))?;
                Ok(ShardLine::Run(Box::new(run)))
            }
            other => {
                let expected = format!("expected {RUN_SCHEMA:?} or {SCHEMA:?}");
                Err(format!("the schema is {other:?}, {expected}"))
            }
        }
    }
}

/// How much of a line is shown, enough to recognize it by.
const FOUND_CHARS_MAX: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use harness::summary::Summary;
    use proptest::prelude::*;

    const RUN: &str = r#"{"schema":"labtest.run/v1","test":"4A::initial_election","seed":17,"implementation":"raft","verdict":"failed","failure":{"property":"liveness:leader","message":"none","at_ns":5,"place":{},"details":[]},"trace_hash":"0000000000000abc","virtual_ms":5250.000001,"wall_us":123,"rpcs":57,"bytes":1000,"commits":3,"terms":1,"replay":"again"}"#;

    /// Whatever a line says, it is told or can be added up and shown.
    fn survives(line: &str) {
        let Ok(ShardLine::Run(run)) = ShardLine::read(line) else { return };
        let mut summary = Summary::default();
        for _ in 0..3 {
            let place = summary.place_of(&run.test);
            summary.add(place, &run);
        }
        let mut output = Vec::new();
        let table = super::super::table::table(&summary, None).to_string();
        crate::verdict::write(&summary, exit_code::of(&summary), None, &mut output).unwrap();
        super::super::junit::write(&summary, "raft", &[], &mut output).unwrap();
        super::super::report::failures(&summary, |_, _| None, &mut output).unwrap();
        assert!(!table.is_empty());
    }

    #[test]
    fn a_shard_without_a_part_lacks_nothing() {
        let end = |text: &str| match ShardLine::read(text) {
            Ok(ShardLine::End(end)) => end,
            other => panic!("{other:?}"),
        };
        let line =
            r#"{"schema":"labtest.summary/v1","exit_code":2,"complete":true,"total":{"runs":0}}"#;
        assert!(end(line).complete && !end(line).is_undecided());
        let cut = line.replace("true", "false");
        assert!(!end(&cut).complete && end(&cut).is_undecided());
    }

    /// A run with something else in the place of one of its values.
    fn changed() -> impl Strategy<Value = String> {
        let places: Vec<usize> = RUN.match_indices(':').map(|(place, _)| place + 1).collect();
        let values = [
            "0",
            "-1",
            "18446744073709551615",
            "1e308",
            "-1e308",
            "null",
            "\"\"",
            "{}",
            "[]",
            "\"\u{0}\u{1b}[2J\"",
            "true",
        ];
        (proptest::sample::select(places), proptest::sample::select(values.to_vec())).prop_map(
            |(place, value)| {
                let rest = &RUN[place..];
                let end = rest.find([',', '}']).unwrap_or(rest.len());
                format!("{}{value}{}", &RUN[..place], &rest[end..])
            },
        )
    }

    proptest! {
        #[test]
        fn no_line_brings_the_reader_down(text in any::<String>(), line in changed()) {
            survives(&text);
            survives(&line);
        }

        #[test]
        fn a_line_that_is_cut_off_is_told(end in 0..RUN.len()) {
            prop_assert!(ShardLine::read(&RUN[..end]).is_err());
        }
    }
}
