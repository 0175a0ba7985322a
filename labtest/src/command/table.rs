//! The table at the end of a run.

use crate::numbers::{duration, grouped, percent};
use comfy_table::{CellAlignment, Table, presets};
use harness::summary::{Spread, Summary, TestSummary, wilson_interval};
use std::time::Duration;

/// A row a test, and one for all. Times are the mean of the runs ± their standard deviation.
pub(super) fn table(summary: &Summary) -> Table {
    let has_undecided = summary.total().undecided > 0;
    let mut table = Table::new();
    table.load_style(presets::ASCII_FULL_CONDENSED);
    let mut header = vec!["test", "passed", "failed"];
    header.extend(has_undecided.then_some("undecided"));
    header.extend(["total", "failure rate", "95 % interval", "virtual time", "wall time", "RPCs"]);
    let columns = header.len();
    table.set_header(header);
    for test in &summary.tests {
        table.add_row(row(test, has_undecided));
    }
    if summary.tests.len() > 1 {
        table.add_row(row(&summary.total(), has_undecided));
    }
    for column in 1..columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn row(test: &TestSummary, has_undecided: bool) -> Vec<String> {
    let runs = test.runs();
    let (low, high) = wilson_interval(test.failed, runs);
    let mut row = vec![test.test.clone(), grouped(test.passed), grouped(test.failed)];
    row.extend(has_undecided.then(|| grouped(test.undecided)));
    row.extend([
        grouped(runs),
        percent(test.failed as f64 / runs.max(1) as f64),
        format!("{} – {}", percent(low), percent(high)),
        time(&test.virtual_ns, 1e9),
        time(&test.wall_us, 1e6),
        grouped(test.measures.rpcs / runs.max(1)),
    ]);
    row
}

/// `5.25 s ± 120 ms`; `per_second` is how many of what was added up make a second.
fn time(spread: &Spread, per_second: f64) -> String {
    let of = |number: f64| duration(Duration::from_secs_f64(number / per_second));
    format!("{} ± {}", of(spread.mean()), of(spread.deviation()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_deviation() {
        let mut spread = Spread::default();
        for number in [5_000_000, 5_000_000, 5_300_000] {
            spread.add(number);
        }
        assert_eq!(time(&spread, 1e6), "5.10 s ± 173 ms");
        assert_eq!(time(&Spread::default(), 1e6), "0 µs ± 0 µs");
    }
}
