//! All figures of all rounds: medians and ratios, for people and for programs.

use crate::measures::Figure;
use crate::system::System;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The name and version of the table as JSON.
const SCHEMA: &str = "kvd.beside-etcd/v1";

/// All figures of all rounds.
#[derive(Debug, Serialize)]
pub struct Table {
    /// `kvd.beside-etcd/v1`.
    schema: &'static str,
    /// In the order in which they came.
    rows: Vec<Row>,
}

/// One figure, of both systems.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    /// What was measured in each round.
    rounds: BTreeMap<System, Vec<f64>>,
    medians: BTreeMap<System, f64>,
    /// The median of kvd divided by that of etcd.
    ratio: Option<f64>,
}

impl Table {
    /// Without figures yet.
    pub fn new() -> Table {
        Table { schema: SCHEMA, rows: Vec::new() }
    }

    /// Adds a figure of a round.
    pub fn add(&mut self, system: System, Figure { name, value }: Figure) {
        let place = self.rows.iter().position(|row| row.name == name).unwrap_or_else(|| {
            let (rounds, medians) = (BTreeMap::new(), BTreeMap::new());
            self.rows.push(Row { name, rounds, medians, ratio: None });
            self.rows.len() - 1
        });
        let row = &mut self.rows[place];
        let rounds = row.rounds.entry(system).or_default();
        rounds.push(value);
        row.medians.insert(system, median(rounds));
        let of = |system| row.medians.get(&system).copied();
        let etcd = of(System::Etcd).filter(|etcd| *etcd > 0.0);
        row.ratio = of(System::Kvd).zip(etcd).map(|(kvd, etcd)| kvd / etcd);
    }

    /// As one object of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("its keys are text") + "\n"
    }
}

/// The middle one, or the mean of the two in the middle.
///
/// # Panics
/// When there is none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.len() / 2;
    let lower = (sorted.len() - 1) / 2;
    (sorted[lower] + sorted[upper]) / 2.0
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or_default();
        writeln!(f, "{:<width$}  {:>12}{:>12}{:>12}", "median", "kvd", "etcd", "kvd / etcd")?;
        for Row { name, medians, ratio, .. } in &self.rows {
            write!(f, "{name:<width$}  ")?;
            let cells = System::ALL.map(|system| medians.get(&system).copied());
            cells.iter().chain([ratio]).try_for_each(|cell| write!(f, "{:>12}", Cell(*cell)))?;
            writeln!(f)?;
        }
        Ok(())
    }
}

/// A number with three digits or more.
struct Cell(Option<f64>);

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            None => "-".to_owned(),
            Some(value) if value.abs() >= 100.0 => format!("{value:.0}"),
            Some(value) if value.abs() >= 10.0 => format!("{value:.1}"),
            Some(value) => format!("{value:.2}"),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_medians_and_their_ratio() {
        let mut table = Table::new();
        for (system, values) in
            [(System::Etcd, [10.0, 40.0, 20.0]), (System::Kvd, [90.0, 60.0, 5.0])]
        {
            for value in values {
                table.add(system, Figure { name: "writes".to_owned(), value });
            }
        }
        table.add(System::Kvd, Figure { name: "alone".to_owned(), value: 1234.5 });
        let text = table.to_string();
        let rows: Vec<Vec<&str>> =
            text.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows, [["writes", "60.0", "20.0", "3.00"], ["alone", "1234", "-", "-"]]);
        let json = table.to_json();
        assert!(
            json.contains(r#""schema": "kvd.beside-etcd/v1""#) && json.contains(r#""etcd": 20.0"#)
        );
    }

    #[test]
    fn of_an_even_number_the_median_is_between_two() {
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&[1.0]), 1.0);
    }
}
