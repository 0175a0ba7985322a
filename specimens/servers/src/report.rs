//! What the hunts came to, as a table in Markdown.

use crate::catalogue::Specimen;
use crate::hunt::{Catch, Outcome};

/// The first two lines of the table.
pub(crate) const HEADER: &str = "\
| specimen | lines | found by | after | runs |
| --- | --- | --- | --- | --- |";

const NOTHING: &str = "–";

/// A line for one specimen.
pub(crate) fn row(specimen: &Specimen, outcome: &Outcome) -> String {
    let (found_by, after, runs) = match outcome {
        Outcome::Found(Catch { runs, took, property, .. }) => {
            let property = property.clone().unwrap_or_else(|| "no property named".to_owned());
            (property, format!("{} s", took.as_secs()), *runs)
        }
        Outcome::Passed { runs } if specimen.is_harmless() => {
            (NOTHING.to_owned(), NOTHING.to_owned(), *runs)
        }
        Outcome::Passed { runs } => ("missed".to_owned(), NOTHING.to_owned(), *runs),
        Outcome::NotJudged { runs } => ("not judged".to_owned(), NOTHING.to_owned(), *runs),
    };
    let (name, lines) = (specimen.name(), specimen.diff.changed_lines());
    format!("| {name} | {lines} | {found_by} | {after} | {runs} |")
}

/// A sentence for all; the flag says which outcomes are of harmless changes.
pub(crate) fn sum(outcomes: &[(bool, Outcome)]) -> String {
    let count = |is_harmless: bool, found_only: bool| {
        let counts = |(harmless, outcome): &&(bool, Outcome)| {
            *harmless == is_harmless && (!found_only || matches!(outcome, Outcome::Found(_)))
        };
        outcomes.iter().filter(counts).count()
    };
    format!(
        "{} of {} bugs found; {} false alarms for {} harmless changes",
        count(false, true),
        count(false, false),
        count(true, true),
        count(true, false)
    )
}
