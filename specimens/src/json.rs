//! The scoreboard for programs: a line for each specimen, and a last one that sums up.

use crate::score::{FEW_SEEDS, Score, Sums};
use crate::statistics::quantile;
use serde_json::{Value, json};
use specimens::{Catch, Hunted, Shrunk, View, kind_name};
use std::time::Duration;

/// One specimen.
pub(crate) fn specimen(score: &Score) -> Value {
    let seeds = |view| {
        let hunts = score.each(view, |catch| catch.seeds);
        json!({ "median": quantile(&hunts, 50), "p90": quantile(&hunts, 90) })
    };
    let hunts = |view| score.explored(view).iter().map(hunted).collect::<Vec<_>>();
    json!({
        "schema": "labtest.specimen/v1",
        "specimen": score.specimen.name,
        "statement": score.specimen.statement,
        "breaks": kind_name(score.specimen.breaks),
        "property": score.specimen.property,
        "source": score.specimen.source,
        "lines": score.specimen.lines,
        "suite": score.specimen.suite,
        "good": score.is_good(),
        "seeds": seeds(View::Inside),
        "explored": hunts(View::Inside),
        "seeds_from_outside": seeds(View::Outside),
        "explored_from_outside": hunts(View::Outside),
        "lab": score.lab.as_ref().map(hunted),
    })
}

fn hunted(hunted: &Hunted) -> Value {
    let Hunted { catch, not_counted } = hunted;
    json!({ "catch": catch.as_ref().map(self::catch), "not_counted": not_counted })
}

fn catch(catch: &Catch) -> Value {
    json!({
        "test": catch.test,
        "seed": catch.seed,
        "property": catch.property,
        "message": catch.message,
        "seeds": catch.seeds,
        "virtual_ms": milliseconds(catch.virtual_time),
        "wall_ms": milliseconds(catch.wall_time),
        "shrunk": catch.shrunk.as_ref().map(shrunk),
    })
}

fn shrunk(shrunk: &Shrunk) -> Value {
    let Shrunk { steps, steps_before, runs } = shrunk;
    json!({ "steps": steps, "steps_before": steps_before, "runs": runs })
}

/// All of them.
pub(crate) fn sums(scores: &[Score], elapsed: Duration) -> Value {
    let sums = Sums::of(scores);
    json!({
        "schema": "labtest.scoreboard/v1",
        "specimens": sums.bugs,
        "caught": sums.caught,
        "harmless": sums.harmless,
        "false_alarms": sums.false_alarms,
        "caught_by_lab_suites": sums.caught_by_lab,
        "caught_from_outside": sums.caught_outside,
        "safety_bugs": sums.safety_bugs,
        "safety_bugs_caught_from_outside": sums.safety_bugs_caught_outside,
        "bases": scores.first().map_or(0, |score| score.inside.len()),
        "seeds_median": sums.seeds_median,
        "seeds_p90": sums.seeds_p90,
        "few_seeds": FEW_SEEDS,
        "percent_within_few_seeds": sums.percent_within_few_seeds,
        "virtual_ms_median": sums.virtual_time_median.map(milliseconds),
        "wall_ms_median": sums.wall_time_median.map(milliseconds),
        "shrunk_steps_median": sums.shrunk_steps_median,
        "wall_ms": milliseconds(elapsed),
    })
}

pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
