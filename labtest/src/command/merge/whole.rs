//! Whether parts are complete: every shard of one plan once, with all of its runs.

use super::super::shard_line::End;
use super::part::Part;
use crate::numbers::{grouped, plural};
use harness::all_tests;
use labtrace::summary::PartRecord;
use labtrace::{RunRecord, VerdictName};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// How many missing shards are named.
const MISSING_NAMED: usize = 10;

/// Parts put together.
#[derive(Default)]
pub(super) struct Whole {
    pub(super) implementation: String,
    /// Each once, in the order in which one machine makes them.
    pub(super) runs: Vec<RunRecord>,
    /// The part of the plan that is here; `None` if a part does not name its plan.
    pub(super) part: Option<PartRecord>,
    /// Whether everything that was planned was run.
    pub(super) complete: bool,
    /// Why this is not complete.
    pub(super) problems: Vec<String>,
    /// A run has failed, perhaps one that is not among `runs`.
    pub(super) has_failed: bool,
}

impl Whole {
    pub(super) fn of(parts: Vec<Part>) -> Whole {
        let mut joining = Joining::default();
        joining.whole.complete = true;
        for part in parts {
            joining.add(part);
        }
        joining.finish()
    }
}

/// Parts that are being put together.
#[derive(Default)]
struct Joining {
    whole: Whole,
    /// By test and seed, with the name of the part.
    runs: BTreeMap<(String, u64), (RunRecord, String)>,
    /// The plan of the first part that has one.
    plan: Option<PartRecord>,
    /// Which part has which shard.
    shards: BTreeMap<u64, String>,
    /// How many runs the shards have together.
    planned: Option<u64>,
    /// A part does not name its plan.
    is_vague: bool,
}

impl Joining {
    fn problem(&mut self, name: &str, what: &str) {
        self.whole.problems.push(format!("{name}: {what}"));
    }

    fn add(&mut self, part: Part) {
        let has_failed = part.runs.iter().any(|run| run.verdict == VerdictName::Failed);
        let said = part.end.as_ref().is_some_and(End::has_failed);
        self.whole.has_failed |= has_failed || said;
        if let Some(stranger) = self.stranger(&part) {
            let known = &self.whole.implementation;
            let what =
                format!("its Raft is {stranger}, that of the others {known}; it is left out");
            return self.problem(&part.name, &what);
        }
        let Part { name, runs, end } = part;
        let doubled_before = match &end {
            None => {
                let many = plural(runs.len() as u64, "run");
                self.problem(&name, &format!("cut off after {many}, its summary is missing"));
                self.is_vague = true;
                false
            }
            Some(end) => self.add_end(&name, end, &runs),
        };
        self.add_runs(&name, runs, doubled_before);
    }

    /// A name that differs from the others', if there is one.
    fn stranger(&mut self, part: &Part) -> Option<String> {
        for name in part.implementations() {
            if self.whole.implementation.is_empty() {
                self.whole.implementation = name.to_owned();
            }
            if self.whole.implementation != name {
                return Some(name.to_owned());
            }
        }
        None
    }

    /// Returns whether a duplicate was reported.
    fn add_end(&mut self, name: &str, end: &End, made: &[RunRecord]) -> bool {
        self.whole.complete &= end.complete;
        for problem in &end.problems {
            self.problem(name, problem);
        }
        let is_open = end.is_undecided() && end.problems.is_empty();
        if is_open && made.iter().all(|run| run.verdict == VerdictName::Passed) {
            self.problem(name, "not decided: it was stopped before its end");
        }
        let Some(part) = &end.part else {
            self.is_vague = true;
            if end.problems.is_empty() {
                self.problem(name, "this shard does not record its number");
            }
            return false;
        };
        self.add_part(name, part, made.len() as u64)
    }

    fn add_part(&mut self, name: &str, part: &PartRecord, here: u64) -> bool {
        if here != part.made {
            let (here, made) = (grouped(here), plural(part.made, "run"));
            self.problem(name, &format!("cut: {here} of its {made} are there"));
        }
        if let Some(planned) = part.planned.filter(|planned| *planned > part.made) {
            let (made, planned) = (grouped(part.made), plural(planned, "run"));
            self.problem(name, &format!("{made} of {planned} were made"));
        }
        let plan = self.plan.get_or_insert_with(|| {
            self.planned = Some(0);
            part.clone()
        });
        if let Some(difference) = other_plan(plan, part) {
            self.problem(name, &format!("of another plan: {difference}"));
            return false;
        }
        self.planned = self.planned.zip(part.planned).map(|(sum, more)| sum.saturating_add(more));
        let mut is_doubled = false;
        for shard in &part.shards {
            if let Some(first) = self.shards.get(shard).cloned() {
                let of = part.of;
                self.problem(name, &format!("shard {shard} of {of} is already there, in {first}"));
                is_doubled = true;
            } else {
                self.shards.insert(*shard, name.to_owned());
            }
        }
        is_doubled
    }

    /// Each run is added once. Of two with the same test and seed, one that has failed is kept.
    fn add_runs(&mut self, name: &str, runs: Vec<RunRecord>, is_told: bool) {
        let mut first_doubled = None;
        for run in runs {
            match self.runs.entry((run.test.clone(), run.seed)) {
                Entry::Vacant(place) => {
                    place.insert((run, name.to_owned()));
                }
                Entry::Occupied(mut known) => {
                    let (known_run, place) = known.get_mut();
                    first_doubled.get_or_insert_with(|| {
                        format!("{} seed {} is already there, in {place}", run.test, run.seed)
                    });
                    if run.verdict == VerdictName::Failed {
                        *known_run = run;
                    }
                }
            }
        }
        if let Some(what) = first_doubled.filter(|_| !is_told) {
            self.problem(name, &what);
        }
    }

    fn finish(mut self) -> Whole {
        if let Some(of) = self.plan.as_ref().map(|plan| plan.of)
            && let Some(what) = self.missing(of)
        {
            self.whole.problems.push(what);
        }
        self.whole.part = self.part();
        self.whole.runs = in_order(self.runs.into_values().map(|(run, _)| run).collect());
        self.whole.complete &= self.whole.problems.is_empty();
        self.whole
    }

    fn missing(&self, of: u64) -> Option<String> {
        let missing = (1..=of).filter(|shard| !self.shards.contains_key(shard));
        let named: Vec<String> = missing.take(MISSING_NAMED).map(|it| it.to_string()).collect();
        let count = of.saturating_sub(self.shards.len() as u64);
        match named.split_last()? {
            (only, []) => Some(format!("shard {only} of {of} is missing")),
            _ if count > named.len() as u64 => {
                let (count, named) = (grouped(count), named.join(", "));
                Some(format!("{count} of {of} shards are missing: {named}, …"))
            }
            (last, others) => {
                Some(format!("shards {} and {last} of {of} are missing", others.join(", ")))
            }
        }
    }

    /// What of the plan is here, for a summary of it. All shards of a plan are one shard of one.
    fn part(&self) -> Option<PartRecord> {
        let plan = self.plan.as_ref().filter(|_| !self.is_vague)?;
        let is_all = self.shards.len() as u64 == plan.of;
        let (shards, of) = match is_all {
            true => (vec![1], 1),
            false => (self.shards.keys().copied().collect(), plan.of),
        };
        let (planned, made) = (self.planned, self.runs.len() as u64);
        let not_made = planned.map(|planned| planned.saturating_sub(made));
        Some(PartRecord { shards, of, planned, made, not_made, ..plan.clone() })
    }
}

/// How a part's plan differs from that of the others.
fn other_plan(plan: &PartRecord, part: &PartRecord) -> Option<String> {
    let seeds = |part: &PartRecord| match part.seeds {
        Some(seeds) => format!("{} from {}", plural(seeds, "seed"), part.first_seed),
        None => format!("seeds from {} on", part.first_seed),
    };
    if (plan.first_seed, plan.seeds) != (part.first_seed, part.seeds) {
        return Some(format!("it has {}, the others {}", seeds(part), seeds(plan)));
    }
    if plan.of != part.of {
        return Some(format!("it is one of {} shards, the others of {}", part.of, plan.of));
    }
    (plan.tests != part.tests).then(|| "it has other tests than the others".to_owned())
}

/// In the order in which one machine makes them: test by test as in the table of tests, those it does
/// not know after them, and seed by seed.
fn in_order(mut runs: Vec<RunRecord>) -> Vec<RunRecord> {
    let place = |name: &str| {
        let known = all_tests().iter().position(|test| test.name == name);
        known.unwrap_or(all_tests().len())
    };
    // Stable, so that unknown ones stay in the order of their names.
    runs.sort_by_key(|run| place(&run.test));
    runs
}
