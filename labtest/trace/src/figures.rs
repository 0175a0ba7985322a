//! What a Raft costs as one line of JSON, `labtest.figures/v1`: what `labtest measure --format json` prints, and
//! `--beside` reads.

use serde::{Deserialize, Serialize};

/// The version that is written.
pub const SCHEMA: &str = "labtest.figures/v1";

/// The figures of one Raft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FiguresRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// Whose Raft it is.
    pub implementation: String,
    /// How many servers a cluster had.
    pub servers: usize,
    /// The first seed.
    pub first_seed: u64,
    /// How many seeds there were.
    pub seeds: u64,
    /// The figures, in the order in which they are shown.
    pub figures: Vec<FigureRecord>,
}

/// One figure, over all seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureRecord {
    /// What, and in which unit.
    pub name: String,
    /// The median.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

/// Why a text has no figures.
#[derive(Debug, thiserror::Error)]
pub enum FiguresError {
    /// It is not JSON, or not of that form.
    #[error("line {}, column {}: {}", .0.line(), .0.column(), without_place(.0))]
    Json(#[from] serde_json::Error),
    /// It has another version, or is something else.
    #[error("expected \"schema\": \"{SCHEMA}\", found \"{0}\"")]
    Schema(String),
}

/// What is wrong, without the place that serde puts after it.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rfind(" at line ").map_or_else(|| text.clone(), |end| text[..end].to_owned())
}

impl FigureRecord {
    /// Of the values, one a seed; none of no values.
    pub fn of(name: &str, values: &[f64]) -> Option<FigureRecord> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Some(FigureRecord { name: name.to_owned(), median: low.midpoint(high), min, max })
    }
}

impl FiguresRecord {
    /// The line, without its end.
    ///
    /// # Errors
    /// None that figures could cause.
    pub fn line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Reads a line.
    ///
    /// # Errors
    /// What is not such a line, with the place of the mistake.
    pub fn read(text: &str) -> Result<FiguresRecord, FiguresError> {
        #[derive(Deserialize)]
        struct Named {
            schema: String,
        }
        let Named { schema } = serde_json::from_str(text)?;
        match schema.as_str() {
            SCHEMA => Ok(serde_json::from_str(text)?),
            _ => Err(FiguresError::Schema(schema)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let record = FiguresRecord {
            schema: SCHEMA.to_owned(),
            implementation: "raft".to_owned(),
            servers: 3,
            first_seed: 1,
            seeds: 4,
            figures: FigureRecord::of("ms", &[4.0, 1.0, 3.0, 2.0]).into_iter().collect(),
        };
        let line = record.line().unwrap();
        assert!(line.ends_with(r#"[{"name":"ms","median":2.5,"min":1.0,"max":4.0}]}"#), "{line}");
        assert_eq!(FiguresRecord::read(&line).unwrap(), record);
    }

    #[test]
    fn the_median_of_an_odd_number_is_the_one_in_the_middle() {
        let figure = FigureRecord::of("ms", &[9.0, 1.0, 2.0]).unwrap();
        assert_eq!((figure.median, figure.min, figure.max), (2.0, 1.0, 9.0));
        assert_eq!(FigureRecord::of("ms", &[]), None);
    }

    #[test]
    fn what_is_no_such_line_is_refused_with_its_place() {
        let refused = |text| FiguresRecord::read(text).unwrap_err().to_string();
        assert_eq!(
            refused(r#"{"schema":"labtest.run/v2"}"#),
            "expected \"schema\": \"labtest.figures/v1\", found \"labtest.run/v2\""
        );
        assert_eq!(
            refused("{\"schema\":\"labtest.figures/v1\",\n\"servers\":-1}"),
            "line 2, column 12: invalid value: integer `-1`, expected usize"
        );
        assert_eq!(refused(""), "line 1, column 0: EOF while parsing a value");
    }
}
