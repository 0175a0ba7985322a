//! What the hunts of the yardstick took: by pair, and of all.
//!
//! Means are geometric, so that a pair that takes a thousand seeds counts no more than one that takes a hundred.
//! A hunt that caught nothing counts with all its seeds.

use super::{Hunts, Pair, Yardstick};
use crate::Format;
use crate::live::Live;
use crate::pool::Progress;
use crate::report::markdown_table;
use crate::statistics::geometric_mean;
use anyhow::{Error, Result};
use comfy_table::Table;
use labtest::pool::Foreman;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Duration;

/// What the hunts of a pair from one base took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) afresh: Took,
    /// The same from what runs came to, if that was asked for.
    pub(super) guided: Option<Took>,
}

/// What one hunt took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Took {
    /// How many seeds it was until the catch; `None` when there was none.
    pub(super) seeds: Option<u64>,
    pub(super) cpu_time: Duration,
}

pub(super) struct Results {
    yardstick: Yardstick,
    /// By pair and base.
    measured: Vec<Vec<Option<Measured>>>,
    live: Live,
    error: Option<Error>,
}

impl Foreman<Hunts> for Results {
    fn done(&mut self, &(pair, base): &(usize, u64), measured: Measured) -> ControlFlow<()> {
        self.live.hunted();
        self.measured[pair][base as usize] = Some(measured);
        if self.measured[pair].iter().any(Option::is_none) {
            return ControlFlow::Continue(());
        }
        let shown = self.live.show(|| self.json_of(pair).to_string(), || self.row(pair).join("  "));
        self.error = shown.err();
        if self.error.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

const HEADER: [&str; 5] = ["specimen", "view", "caught", "seeds", "processor time"];
const HEADER_GUIDED: [&str; 4] = ["guided: caught", "runs", "processor time", "times less"];

impl Results {
    pub(super) fn new(yardstick: Yardstick, live: Live) -> Results {
        let measured = vec![vec![None; yardstick.bases as usize]; yardstick.pairs.len()];
        Results { yardstick, measured, live, error: None }
    }

    /// Prints what all of it adds up to.
    ///
    /// # Errors
    /// What kept something from being printed.
    pub(super) fn print(self, format: Format) -> Result<()> {
        let rows = || (0..self.measured.len()).map(|pair| self.row(pair));
        let text = match format {
            Format::Json => self.json_of_all().to_string(),
            Format::Markdown => {
                format!("{}\n\n{}", markdown_table(&self.header(), rows()), self.sentence())
            }
            Format::Table => {
                let mut table = Table::new();
                table.set_header(self.header()).add_rows(rows());
                format!("{table}\n{}", self.sentence())
            }
        };
        self.live.finish();
        self.error.map_or(Ok(()), Err)?;
        Ok(writeln!(io::stdout(), "{text}")?)
    }

    fn header(&self) -> Vec<&'static str> {
        let is_guided = self.guided(self.all()).is_some();
        let more = if is_guided { &HEADER_GUIDED[..] } else { &[] };
        [&HEADER, more].concat()
    }

    fn row(&self, pair: usize) -> Vec<String> {
        let cells = |Sum { hunts, caught, seeds, cpu_ms }: Sum| {
            [format!("{caught} of {hunts}"), format!("{seeds:.0}"), format!("{cpu_ms:.0} ms")]
        };
        let Pair { specimen, view } = &self.yardstick.pairs[pair];
        let mut row = vec![specimen.clone(), view.to_string()];
        row.extend(cells(self.afresh(self.of(pair))));
        if let Some((sum, times)) = self.guided(self.of(pair)) {
            row.extend(cells(sum));
            row.push(format!("{times:.2}"));
        }
        row
    }

    fn sentence(&self) -> String {
        let Sum { hunts, caught, seeds, cpu_ms } = self.afresh(self.all());
        let Yardstick { bases, seeds: seeds_max, pairs } = &self.yardstick;
        let afresh = format!(
            "{} pairs from {bases} base seeds each: {seeds:.1} seeds and {cpu_ms:.1} ms of processor time to \
             the catch (geometric means); {} of {hunts} hunts caught nothing and count with all {seeds_max} seeds",
            pairs.len(),
            hunts - caught,
        );
        let Some((guided, times)) = self.guided(self.all()) else { return afresh };
        let Sum { hunts, caught, seeds, cpu_ms } = guided;
        format!(
            "{afresh}\nguided: {seeds:.1} runs and {cpu_ms:.1} ms, {times:.2} times less; {} of {hunts} hunts \
             caught nothing",
            hunts - caught,
        )
    }

    fn json_of(&self, pair: usize) -> Value {
        let Sum { hunts, caught, seeds, cpu_ms } = self.afresh(self.of(pair));
        let each: Vec<_> = self.of(pair).map(|it| it.afresh.seeds).collect();
        let Pair { specimen, view } = &self.yardstick.pairs[pair];
        let mut json = json!({
            "schema": "labtest.yardstick_pair/v1",
            "specimen": specimen,
            "view": view.to_string(),
            "hunts": hunts,
            "caught": caught,
            "seeds": seeds,
            "cpu_ms": cpu_ms,
            "seeds_of_each": each,
        });
        if let Some((sum, times)) = self.guided(self.of(pair)) {
            let each: Vec<_> = self.of(pair).filter_map(|it| Some(it.guided?.seeds)).collect();
            json["guided"] = guided_json(&sum, times);
            json["guided"]["runs_of_each"] = json!(each);
        }
        json
    }

    fn json_of_all(&self) -> Value {
        let Sum { hunts, caught, seeds, cpu_ms } = self.afresh(self.all());
        let mut json = json!({
            "schema": "labtest.yardstick/v1",
            "pairs": self.yardstick.pairs.len(),
            "bases": self.yardstick.bases,
            "seeds_max": self.yardstick.seeds,
            "hunts": hunts,
            "caught": caught,
            "seeds": seeds,
            "cpu_ms": cpu_ms,
        });
        if let Some((sum, times)) = self.guided(self.all()) {
            json["guided"] = guided_json(&sum, times);
        }
        json
    }

    fn of(&self, pair: usize) -> impl Iterator<Item = &Measured> + Clone {
        self.measured[pair].iter().flatten()
    }

    fn all(&self) -> impl Iterator<Item = &Measured> + Clone {
        self.measured.iter().flatten().flatten()
    }

    fn afresh<'a>(&self, hunts: impl Iterator<Item = &'a Measured>) -> Sum {
        self.sum(hunts.map(|measured| measured.afresh))
    }

    /// What the guided hunts add up to, and how many times less processor time they took; `None` where there
    /// are none.
    fn guided<'a>(&self, hunts: impl Iterator<Item = &'a Measured> + Clone) -> Option<(Sum, f64)> {
        let guided = self.sum(hunts.clone().filter_map(|measured| measured.guided));
        let times = self.afresh(hunts).cpu_ms / guided.cpu_ms;
        (guided.hunts > 0).then_some((guided, times))
    }

    fn sum(&self, hunts: impl Iterator<Item = Took>) -> Sum {
        let hunts: Vec<Took> = hunts.collect();
        let seeds = hunts.iter().map(|hunt| hunt.seeds.unwrap_or(self.yardstick.seeds) as f64);
        // Nothing takes no time, whatever a coarse clock says.
        let cpu_ms = hunts.iter().map(|hunt| (hunt.cpu_time.as_secs_f64() * 1e3).max(1e-3));
        Sum {
            hunts: hunts.len(),
            caught: hunts.iter().filter(|hunt| hunt.seeds.is_some()).count(),
            seeds: geometric_mean(seeds).unwrap_or(f64::NAN),
            cpu_ms: geometric_mean(cpu_ms).unwrap_or(f64::NAN),
        }
    }
}

fn guided_json(sum: &Sum, times: f64) -> Value {
    let Sum { caught, seeds, cpu_ms, .. } = sum;
    json!({ "caught": caught, "runs": seeds, "cpu_ms": cpu_ms, "times_less": times })
}

/// What some hunts add up to. The means of no hunts are not numbers.
struct Sum {
    hunts: usize,
    caught: usize,
    seeds: f64,
    cpu_ms: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(is_guided: bool) -> Results {
        let pair = "[[pair]]\nspecimen = \"no-sync\"\nview = ";
        let text = format!("bases = 2\nseeds = 400\n{pair}\"inside\"\n{pair}\"outside\"\n");
        let yardstick = Yardstick::read(&text).unwrap();
        let live = Live::new(4, Format::Table);
        let mut results = Results::new(yardstick, live);
        let took = |seeds, ms| Took { seeds, cpu_time: Duration::from_millis(ms) };
        let half = |took: Took| Took { cpu_time: took.cpu_time / 2, ..took };
        let jobs = [
            ((0, 1), took(Some(100), 20)),
            ((1, 0), took(None, 800)),
            ((0, 0), took(Some(25), 5)),
            ((1, 1), took(Some(100), 200)),
        ];
        for (job, afresh) in jobs {
            let measured = Measured { afresh, guided: is_guided.then(|| half(afresh)) };
            assert_eq!(results.done(&job, measured), ControlFlow::Continue(()));
        }
        results
    }

    #[test]
    fn a_hunt_that_caught_nothing_counts_with_all_its_seeds() {
        let results = results(false);
        assert_eq!(results.row(0), ["no-sync", "inside", "2 of 2", "50", "10 ms"]);
        assert_eq!(results.row(1), ["no-sync", "outside", "1 of 2", "200", "400 ms"]);
        assert_eq!(
            results.sentence(),
            "2 pairs from 2 base seeds each: 100.0 seeds and 63.2 ms of processor time to the catch (geometric \
             means); 1 of 4 hunts caught nothing and count with all 400 seeds"
        );
    }

    #[test]
    fn guided_hunts_stand_beside_the_others() {
        let results = results(true);
        let row = ["no-sync", "inside", "2 of 2", "50", "10 ms", "2 of 2", "50", "5 ms", "2.00"];
        assert_eq!(results.row(0), row);
        assert_eq!(results.header().len(), row.len());
        let sentence = results.sentence();
        let last = "guided: 100.0 runs and 31.6 ms, 2.00 times less; 1 of 4 hunts caught nothing";
        assert_eq!(sentence.lines().last(), Some(last));
        assert_eq!(results.json_of(1)["guided"]["runs_of_each"], json!([null, 100]));
    }

    #[test]
    fn programs_are_told_the_seeds_of_each_base() {
        let results = results(false);
        assert_eq!(results.json_of(0)["seeds_of_each"], json!([25, 100]));
        assert_eq!(results.json_of(1)["seeds_of_each"], json!([null, 100]));
        assert_eq!(results.json_of_all()["caught"], json!(3));
    }
}
