//! What became of the specimens, and what that adds up to.

use crate::statistics::{percentage, quantile};
use specimens::{Breaks, Catch, Hunted, Shrunk, Specimen, View, is_known_miss};
use std::time::Duration;

/// What became of one specimen.
#[derive(Clone)]
pub(crate) struct Score {
    pub(crate) specimen: Specimen,
    /// By exploration with a look inside, one for each base seed.
    pub(crate) inside: Vec<Hunted>,
    /// By exploration from outside only; empty when that was not asked for.
    pub(crate) outside: Vec<Hunted>,
    /// By the lab's suites, if they were asked.
    pub(crate) lab: Option<Hunted>,
}

impl Score {
    pub(crate) fn is_harmless(&self) -> bool {
        self.specimen.breaks.is_harmless()
    }

    pub(crate) fn explored(&self, view: View) -> &[Hunted] {
        match view {
            View::Inside => &self.inside,
            View::Outside => &self.outside,
        }
    }

    /// Whether the hunts of that view have all caught it.
    pub(crate) fn is_caught(&self, view: View) -> bool {
        self.explored(view).iter().all(|hunted| hunted.catch.is_some())
    }

    /// Whether nobody has raised an alarm.
    pub(crate) fn is_clean(&self) -> bool {
        self.all().all(|hunted| hunted.catch.is_none())
    }

    /// Whether it is as it should be, or as bad as is known.
    pub(crate) fn is_good(&self) -> bool {
        match self.is_harmless() {
            true => self.is_clean(),
            false => self.is_caught(View::Inside) != is_known_miss(&self.specimen),
        }
    }

    /// All hunts, those of the lab's suites last.
    fn all(&self) -> impl Iterator<Item = &Hunted> {
        self.inside.iter().chain(&self.outside).chain(&self.lab)
    }

    /// What the hunts of a view say, of those that caught it.
    pub(crate) fn each<T>(&self, view: View, of: impl Fn(&Catch) -> T) -> Vec<Option<T>> {
        self.explored(view).iter().map(|hunted| hunted.catch.as_ref().map(&of)).collect()
    }

    /// The shrunk schedule, if a catch was shrunk.
    pub(crate) fn shrunk(&self) -> Option<Shrunk> {
        self.inside.iter().find_map(|hunted| hunted.catch.as_ref()?.shrunk)
    }

    /// The properties that broke, each once.
    pub(crate) fn properties(&self, view: View) -> Vec<&'static str> {
        let caught = self.explored(view).iter().filter_map(|hunted| hunted.catch.as_ref());
        let mut properties: Vec<_> = caught.map(|catch| catch.property).collect();
        properties.sort_unstable();
        properties.dedup();
        properties
    }
}

/// Up to how many seeds count as few.
pub(crate) const FEW_SEEDS: u64 = 100;

/// What all scores add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) bugs: usize,
    /// Caught from every base seed, with a look inside.
    pub(crate) caught: usize,
    /// The same, but from outside only: of all bugs, and of those that break safety.
    pub(crate) caught_outside: usize,
    pub(crate) safety_bugs: usize,
    pub(crate) safety_bugs_caught_outside: usize,
    pub(crate) caught_by_lab: usize,
    pub(crate) harmless: usize,
    pub(crate) false_alarms: usize,
    /// How many of a hundred hunts with a look inside took at most [`FEW_SEEDS`].
    pub(crate) percent_within_few_seeds: usize,
    /// Over all hunts with a look inside.
    pub(crate) seeds_median: Option<u64>,
    pub(crate) seeds_p90: Option<u64>,
    pub(crate) virtual_time_median: Option<Duration>,
    pub(crate) wall_time_median: Option<Duration>,
    /// Over all bugs whose catch was shrunk: steps that are left, and those that there were.
    pub(crate) shrunk_steps_median: Option<u64>,
    pub(crate) steps_before_median: Option<u64>,
}

impl Sums {
    pub(crate) fn of(scores: &[Score]) -> Sums {
        let (harmless, bugs): (Vec<&Score>, Vec<&Score>) =
            scores.iter().partition(|score| score.is_harmless());
        let safety: Vec<_> =
            bugs.iter().filter(|score| score.specimen.breaks == Breaks::Safety).collect();
        let outside = |score: &Score| !score.outside.is_empty() && score.is_caught(View::Outside);
        let all = |score: &&Score| score.each(View::Inside, |catch| catch.seeds);
        let seeds: Vec<Option<u64>> = bugs.iter().flat_map(all).collect();
        let few = seeds.iter().flatten().filter(|seeds| **seeds <= FEW_SEEDS).count();
        let times = |of: fn(&Catch) -> Duration| {
            let times: Vec<_> =
                bugs.iter().flat_map(|score| score.each(View::Inside, of)).collect();
            quantile(&times, 50)
        };
        let steps = |of: fn(Shrunk) -> u64| {
            let shrunk = bugs.iter().filter_map(|score| score.shrunk());
            quantile(&shrunk.map(|shrunk| Some(of(shrunk))).collect::<Vec<_>>(), 50)
        };
        let by_lab = |score: &&&Score| score.lab.as_ref().is_some_and(|lab| lab.catch.is_some());
        Sums {
            bugs: bugs.len(),
            caught: bugs.iter().filter(|score| score.is_caught(View::Inside)).count(),
            caught_outside: bugs.iter().filter(|score| outside(score)).count(),
            safety_bugs: safety.len(),
            safety_bugs_caught_outside: safety.iter().filter(|score| outside(score)).count(),
            caught_by_lab: bugs.iter().filter(by_lab).count(),
            harmless: harmless.len(),
            false_alarms: harmless.iter().filter(|score| !score.is_clean()).count(),
            percent_within_few_seeds: percentage(few, seeds.len()),
            seeds_median: quantile(&seeds, 50),
            seeds_p90: quantile(&seeds, 90),
            virtual_time_median: times(|catch| catch.virtual_time),
            wall_time_median: times(|catch| catch.wall_time),
            shrunk_steps_median: steps(|shrunk| shrunk.steps),
            steps_before_median: steps(|shrunk| shrunk.steps_before),
        }
    }
}
