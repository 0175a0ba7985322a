//! The table at the end of a run.

use crate::numbers::{duration, grouped, percent};
use comfy_table::{CellAlignment, Table, presets};
use harness::summary::{Spread, Summary, TestSummary, wilson_interval};
use std::fmt;
use std::time::Duration;

/// What a column shows, in the order of the columns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Test,
    Passed,
    Failed,
    Undecided,
    Total,
    FailureRate,
    Interval,
    VirtualTime,
    WallTime,
    Rpcs,
}

/// Those that are left out where there is no room for all, the first one first.
const DISPENSABLE: [Column; 6] = [
    Column::Rpcs,
    Column::WallTime,
    Column::Interval,
    Column::VirtualTime,
    Column::FailureRate,
    Column::Total,
];

/// A table, with a line below that says what it had no room for.
pub(super) struct Fitted {
    table: Table,
    left_out: Vec<Column>,
}

/// A row a test, and one for all. Times are the mean of the runs ± their standard deviation. Columns for
/// which a terminal of that width has no room are left out.
pub(super) fn table(summary: &Summary, width: Option<usize>) -> Fitted {
    let mut columns = vec![Column::Test, Column::Passed, Column::Failed];
    columns.extend((summary.total().undecided > 0).then_some(Column::Undecided));
    columns.extend([Column::Total, Column::FailureRate, Column::Interval]);
    columns.extend([Column::VirtualTime, Column::WallTime, Column::Rpcs]);
    let mut dispensable = DISPENSABLE.into_iter();
    let mut left_out = Vec::new();
    loop {
        let table = with(&columns, summary);
        if fits(&table, width) {
            return Fitted { table, left_out };
        }
        let Some(least) = dispensable.next() else { return Fitted { table, left_out } };
        columns.retain(|column| *column != least);
        left_out.push(least);
    }
}

fn with(columns: &[Column], summary: &Summary) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_FULL_CONDENSED);
    table.set_header(columns.iter().map(|column| column.name()));
    let total = summary.total();
    for test in summary.tests.iter().chain((summary.tests.len() > 1).then_some(&total)) {
        table.add_row(columns.iter().map(|column| column.of(test)));
    }
    for column in 1..columns.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// All lines of a table are of one width.
fn fits(table: &Table, width: Option<usize>) -> bool {
    let line = table.lines().next().unwrap_or_default();
    width.is_none_or(|width| console::measure_text_width(&line) <= width)
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Column::Test => "test",
            Column::Passed => "passed",
            Column::Failed => "failed",
            Column::Undecided => "undecided",
            Column::Total => "total",
            Column::FailureRate => "failure rate",
            Column::Interval => "95 % interval",
            Column::VirtualTime => "virtual time",
            Column::WallTime => "wall time",
            Column::Rpcs => "RPCs",
        }
    }

    fn of(self, test: &TestSummary) -> String {
        let runs = test.runs();
        match self {
            Column::Test => test.test.clone(),
            Column::Passed => grouped(test.passed),
            Column::Failed => grouped(test.failed),
            Column::Undecided => grouped(test.undecided),
            Column::Total => grouped(runs),
            Column::FailureRate => percent(test.failed as f64 / runs.max(1) as f64),
            Column::Interval => {
                let (low, high) = wilson_interval(test.failed, runs);
                format!("{} – {}", percent(low), percent(high))
            }
            Column::VirtualTime => time(&test.virtual_ns, 1e9),
            Column::WallTime => time(&test.wall_us, 1e6),
            Column::Rpcs => grouped(test.measures.rpcs / runs.max(1)),
        }
    }
}

impl fmt::Display for Fitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table)?;
        if self.left_out.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self.left_out.iter().map(|column| column.name()).collect();
        write!(f, "\nno room for {}", names.join(", "))
    }
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
    fn what_has_no_room_is_left_out_and_told() {
        let mut summary = Summary::default();
        summary.place_of("4C::figure8_unreliable");
        let whole = table(&summary, None).to_string();
        assert_eq!(table(&summary, Some(400)).to_string(), whole);
        let widest = |text: &str| text.lines().map(console::measure_text_width).max().unwrap();
        let mut last = widest(&whole);
        assert!(last > 100, "{whole}");
        for width in [100, 80, 60, 40] {
            let fitted = table(&summary, Some(width));
            let text = fitted.table.to_string();
            assert!(widest(&text) < last && (widest(&text) <= width || width < 50), "{text}");
            assert!(text.contains("passed") && text.contains("failed"), "{text}");
            last = widest(&text);
            assert!(fitted.to_string().contains("\nno room for RPCs"), "{fitted}");
        }
    }

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
