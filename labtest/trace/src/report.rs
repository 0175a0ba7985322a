//! A failure as one JSON object, `labtest.report/v1`: `report.json` in its folder.

use crate::RunRecord;
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
    /// What running it again showed; none on the real clock.
    pub repeated: Option<RepeatedRecord>,
    /// What the cluster was built from.
    pub config: Value,
    /// What its scenario was shrunk to, if it was.
    pub shrunk: Option<ShrunkRecord>,
}

/// The run that was made once more, to be recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatedRecord {
    /// Its hash, 16 hexadecimal digits.
    pub trace_hash: String,
    /// Whether it was the same run.
    pub is_the_same: bool,
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
    use crate::run_record;

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let report = ReportRecord {
            schema: SCHEMA.to_string(),
            description: "election after network failure".to_string(),
            network: "reliable".to_string(),
            statement: None,
            run: run_record::example(),
            repeated: Some(RepeatedRecord { trace_hash: "0".repeat(16), is_the_same: true }),
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
