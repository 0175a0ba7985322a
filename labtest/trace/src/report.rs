//! A failure as one JSON object, `labtest.report/v1`: `report.json` in its folder.

use crate::{Cause, RunRecord};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version that is written and read.
pub const SCHEMA: &str = "labtest.report/v1";

/// A failure and what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// What the test is about.
    pub description: String,
    /// The network in words.
    pub network: String,
    /// The violated property as a sentence, if it is one of the tester's.
    pub statement: Option<String>,
    /// The run.
    pub run: RunRecord,
    /// What led to the failure, by time; left out where nothing is known of it. The first fact that is
    /// `wrong` is the cause.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// What running it again showed; none on the real clock.
    pub repeated: Option<RepeatedRecord>,
    /// What the cluster was built from.
    pub config: Value,
    /// What its scenario was shrunk to, if it was.
    pub shrunk: Option<ShrunkRecord>,
}

/// The run that was repeated, to be recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatedRecord {
    /// Its hash, 16 hexadecimal digits.
    pub trace_hash: String,
    /// Whether it was the same run.
    pub is_the_same: bool,
    /// Of a seed whose runs differ: how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<DifferenceRecord>,
}

/// How two recorded runs of one seed differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceRecord {
    /// The number of the first event that differs, from 1; none if no event does.
    pub event: Option<u64>,
    /// That event in the recording of the folder; none if that ends before.
    pub one: Option<SideRecord>,
    /// That event in the other recording.
    pub other: Option<SideRecord>,
    /// The same in words, a line each, and what to look for.
    pub lines: Vec<String>,
}

/// One of two events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideRecord {
    /// Nanoseconds since the start of the run.
    pub at: u64,
    /// The server that it happens at, if it is a server's.
    pub server: Option<usize>,
    /// What happens, as a sentence.
    pub text: String,
}

/// A smaller scenario that violates the same property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShrunkRecord {
    /// Its file, from the report's folder.
    pub scenario: String,
    /// How many steps it has.
    pub steps: u64,
    /// How many there were.
    pub steps_before: u64,
    /// How many runs it took to find.
    pub runs: u64,
    /// Whether nothing more can be left out.
    pub is_minimal: bool,
}

impl ReportRecord {
    /// The file's text.
    ///
    /// # Errors
    /// None that a report could cause.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, run_record};

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let report = ReportRecord {
            schema: SCHEMA.to_string(),
            description: "election after network failure".to_string(),
            network: "reliable".to_string(),
            statement: None,
            run: run_record::example(),
            causes: vec![Cause {
                when: 5,
                fact: "votes".to_string(),
                wrong: false,
                place: Place { servers: vec![1], term: Some(2), index: None },
                text: "server 1 votes".to_string(),
            }],
            repeated: Some(RepeatedRecord {
                trace_hash: "0".repeat(16),
                is_the_same: false,
                difference: Some(DifferenceRecord {
                    event: Some(3),
                    one: Some(SideRecord { at: 7, server: Some(1), text: "it ends".to_string() }),
                    other: None,
                    lines: vec!["event 3 differs".to_string()],
                }),
            }),
            config: serde_json::json!({ "servers": 3 }),
            shrunk: Some(ShrunkRecord {
                scenario: "shrunk/scenario.toml".to_string(),
                steps: 2,
                steps_before: 14,
                runs: 57,
                is_minimal: true,
            }),
        };
        let text = report.text().unwrap();
        assert_eq!(serde_json::from_str::<ReportRecord>(&text).unwrap(), report);
    }
}
