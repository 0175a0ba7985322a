//! The figures of a load, for people and for programs.

use crate::figures::{Figures, Times};
use crate::load::{Load, Order};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The name and version of the report as JSON.
const SCHEMA: &str = "kvd.bench/v1";

/// The figures of a load. As JSON it is one object; within a version fields may be added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `kvd.bench/v1`.
    pub schema: String,
    /// Whom the load was for.
    pub target: String,
    /// What was asked.
    pub load: Load,
    /// How long it took, in milliseconds, without the warm-up.
    pub elapsed_ms: u64,
    /// The writes that were answered, if there were any.
    pub writes: Option<Answered>,
    /// The reads that were answered, if there were any.
    pub reads: Option<Answered>,
    /// How many of the reads found nothing.
    pub missing: u64,
    /// How many operations were not answered, or refused, by the kind of error.
    pub errors: BTreeMap<String, u64>,
    /// At a rate: how many operations were due and never sent.
    pub unsent: u64,
    /// At a rate: how late operations were sent that no earlier one kept waiting, in microseconds.
    pub late_us: Option<Percentiles>,
}

/// Operations of one kind that were answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// How many.
    pub count: u64,
    /// How many in a second.
    pub per_second: f64,
    /// How long they took, in microseconds.
    pub latency_us: Percentiles,
}

/// Percentiles of times, each in the unit of the field that they are in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// The mean.
    pub mean: f64,
    /// The median.
    pub p50: u64,
    /// 90 of 100 were no longer.
    pub p90: u64,
    /// 99 of 100 were no longer.
    pub p99: u64,
    /// 999 of 1000 were no longer.
    pub p999: u64,
    /// The longest.
    pub max: u64,
}

impl Percentiles {
    /// Of those times, in microseconds; none if there are none.
    fn of(times: &Times) -> Option<Percentiles> {
        (times.count() > 0).then(|| Percentiles {
            mean: times.mean_us(),
            p50: times.quantile_us(0.5),
            p90: times.quantile_us(0.9),
            p99: times.quantile_us(0.99),
            p999: times.quantile_us(0.999),
            max: times.max_us(),
        })
    }
}

impl Report {
    /// The result of that load for that target.
    pub fn new(target: impl Into<String>, load: &Load, figures: &Figures) -> Report {
        let seconds = figures.elapsed.as_secs_f64();
        let answered = |times: &Times| {
            let latency_us = Percentiles::of(times)?;
            let per_second = if seconds > 0.0 { times.count() as f64 / seconds } else { 0.0 };
            Some(Answered { count: times.count(), per_second, latency_us })
        };
        Report {
            schema: SCHEMA.to_owned(),
            target: target.into(),
            load: load.clone(),
            elapsed_ms: figures.elapsed.as_millis() as u64,
            writes: answered(&figures.writes),
            reads: answered(&figures.reads),
            missing: figures.missing,
            errors: figures.errors.clone(),
            unsent: figures.unsent,
            late_us: Percentiles::of(&figures.late),
        }
    }

    /// How many operations were answered.
    pub fn answered(&self) -> u64 {
        [&self.writes, &self.reads].into_iter().flatten().map(|it| it.count).sum()
    }

    /// How many were not, or refused.
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// As one object of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("its keys are text") + "\n"
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.target, Told(&self.load))?;
        let [count, rate, p50] = ["operations", "a second", "p50 ms"];
        writeln!(
            f,
            "\n{:<8}{count:>12}{rate:>12}{p50:>10}{:>10}{:>10}{:>10}{:>10}",
            "", "p90", "p99", "p99.9", "max"
        )?;
        for (name, side) in [("writes", &self.writes), ("reads", &self.reads)] {
            let Some(Answered { count, per_second, latency_us: it }) = side else { continue };
            write!(f, "{name:<8}{count:>12}{per_second:>12.0}")?;
            for us in [it.p50, it.p90, it.p99, it.p999, it.max] {
                write!(f, "{:>10.2}", milliseconds(us))?;
            }
            writeln!(f)?;
        }
        writeln!(f, "\nin {:.1} s", self.elapsed_ms as f64 / 1000.0)?;
        self.write_what_was_wrong(f)
    }
}

impl Report {
    fn write_what_was_wrong(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.missing > 0 {
            writeln!(f, "{} reads found nothing; --fill writes all keys first", self.missing)?;
        }
        for (kind, count) in &self.errors {
            writeln!(f, "{count} operations failed: {kind}")?;
        }
        if self.unsent > 0 {
            writeln!(
                f,
                "{} operations were due and never sent: servers are slower than the rate, and the times too good",
                self.unsent
            )?;
        }
        if let Some(late) = &self.late_us {
            let [p99, max] = [late.p99, late.max].map(milliseconds);
            writeln!(f, "sent late by this program itself: p99 {p99:.2} ms, at most {max:.2} ms")?;
        }
        Ok(())
    }
}

fn milliseconds(us: u64) -> f64 {
    us as f64 / 1000.0
}

/// A load in words.
struct Told<'a>(&'a Load);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Load { clients, pipeline, value_bytes, keys, .. } = self.0;
        let s = if *clients == 1 { "" } else { "s" };
        write!(f, "{clients} client{s}, ")?;
        match self.0.rate {
            Some(rate) => write!(f, "{rate} operations a second")?,
            None => write!(f, "closed loop")?,
        }
        let order = if self.0.order == Order::InTurn { " in turn" } else { "" };
        write!(f, ", pipeline {pipeline}, values of {value_bytes} bytes, {keys} keys{order}")?;
        write!(f, ", {:.0} % reads, seed {}", self.0.read_share * 100.0, self.0.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Kind;
    use std::time::Duration;

    fn figures() -> Figures {
        let mut figures = Figures { elapsed: Duration::from_secs(2), ..Figures::default() };
        (1..=100).for_each(|ms| figures.answered(Kind::Write, Duration::from_millis(ms)));
        (0..3).for_each(|_| figures.failed("CLUSTERDOWN"));
        figures
    }

    #[test]
    fn it_says_how_fast_and_what_went_wrong() {
        let report = Report::new("somebody", &Load::default(), &figures());
        assert_eq!((report.answered(), report.failed()), (100, 3));
        let text = report.to_string();
        assert!(text.starts_with("somebody: 16 clients, closed loop, pipeline 1, "), "{text}");
        assert!(text.contains("writes           100          50     50.0"), "{text}");
        assert!(text.contains("3 operations failed: CLUSTERDOWN"), "{text}");
        assert!(!text.contains("reads ") && !text.contains("never sent"), "{text}");
    }

    #[test]
    fn what_a_rate_was_too_much_for_is_said() {
        let mut figures = Figures { unsent: 5, missing: 2, ..figures() };
        figures.late.record(Duration::from_millis(3));
        figures.answered(Kind::Read, Duration::from_millis(1));
        let load = Load { rate: Some(1000), clients: 1, ..Load::default() };
        let text = Report::new("somebody", &load, &figures).to_string();
        assert!(text.contains("1 client, 1000 operations a second, "), "{text}");
        assert!(text.contains("2 reads found nothing"), "{text}");
        assert!(text.contains("5 operations were due and never sent"), "{text}");
        assert!(text.contains("sent late by this program itself: p99 3.0"), "{text}");
    }

    #[test]
    fn as_json_it_names_its_version_and_can_be_read() {
        let report = Report::new("somebody", &Load::default(), &figures());
        let text = report.to_json();
        assert!(text.contains(r#""schema": "kvd.bench/v1""#), "{text}");
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
}
