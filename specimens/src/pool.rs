//! All hunts for all specimens, side by side.

use crate::score::Score;
use crossbeam_channel::unbounded;
use labtest::{LabTest, RunOptions};
use specimens::{Breaks, Hunt, Hunted, Specimen, View, hunt};
use std::thread;

/// What is run for each specimen.
pub(crate) struct Plan {
    pub(crate) explore: Vec<LabTest>,
    pub(crate) lab: Vec<LabTest>,
    pub(crate) seeds: u64,
    pub(crate) bases: u64,
    /// Whether everything is hunted from outside only, too.
    pub(crate) outside: bool,
    pub(crate) harmless_seeds: u64,
    pub(crate) lab_seeds: u64,
    /// With how many runs the first catch with a look inside is shrunk, at most.
    pub(crate) shrink_runs: u64,
    pub(crate) jobs: usize,
}

/// Base seeds lie so far apart that no two hunts share a seed.
const BETWEEN_BASES: u64 = 1_000_000;

/// One hunt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Explore(View, u64),
    Lab,
}

/// The one whose catch is shrunk.
const FIRST_WAY: Way = Way::Explore(View::Inside, 0);

/// A specimen and one of the plan's ways, by number.
#[derive(Clone, Copy, Debug)]
struct Job {
    specimen: usize,
    way: usize,
}

impl Plan {
    fn ways(&self) -> Vec<Way> {
        let views = [Some(View::Inside), self.outside.then_some(View::Outside)];
        let mut ways = Vec::new();
        for view in views.into_iter().flatten() {
            ways.extend((0..self.bases).map(|base| Way::Explore(view, base)));
        }
        ways.extend((self.lab_seeds > 0).then_some(Way::Lab));
        ways
    }

    /// How many hunts there are for each specimen.
    pub(crate) fn hunts(&self) -> usize {
        self.ways().len()
    }

    fn run(&self, specimen: &Specimen, way: Way) -> Hunted {
        let (tests, base_seed, seeds, view) = match way {
            Way::Explore(view, base) => {
                let seeds =
                    if specimen.breaks.is_harmless() { self.harmless_seeds } else { self.seeds };
                (self.explore.clone(), 1 + base * BETWEEN_BASES, seeds, view)
            }
            Way::Lab if specimen.breaks == Breaks::LabIndices => return Hunted::default(),
            Way::Lab => (self.lab.clone(), 1, self.lab_seeds, View::Inside),
        };
        let outside_only = view == View::Outside;
        let options = RunOptions { outside_only, ..RunOptions::default() };
        let shrink_runs = if way == FIRST_WAY { self.shrink_runs } else { 0 };
        hunt(specimen, &Hunt { tests, base_seed, seeds, view, options, shrink_runs })
    }
}

/// Sees how the work gets on.
pub(crate) trait Progress {
    /// One hunt is over.
    fn hunted(&mut self);

    /// All hunts of a specimen are over. Called in the order of the specimens.
    ///
    /// # Errors
    /// When it can't be shown; the work ends there.
    fn scored(&mut self, score: &Score) -> anyhow::Result<()>;
}

/// Hunts all specimens.
pub(crate) fn score_all(
    specimens: &[Specimen],
    plan: &Plan,
    progress: &mut dyn Progress,
) -> anyhow::Result<Vec<Score>> {
    let (give, jobs) = unbounded();
    let ways = plan.ways();
    for specimen in 0..specimens.len() {
        for way in 0..ways.len() {
            give.send(Job { specimen, way })?;
        }
    }
    drop(give);
    let mut hunted: Vec<Vec<Option<Hunted>>> = vec![vec![None; ways.len()]; specimens.len()];
    let mut scores = Vec::with_capacity(specimens.len());
    thread::scope(|scope| {
        let (report, results) = unbounded();
        for _ in 0..plan.jobs {
            let (ways, jobs, report) = (&ways, jobs.clone(), report.clone());
            thread::Builder::new().spawn_scoped(scope, move || {
                for job in jobs {
                    let hunted = plan.run(&specimens[job.specimen], ways[job.way]);
                    if report.send((job, hunted)).is_err() {
                        return;
                    }
                }
            })?;
        }
        // A thread at work ends after its hunt when this returns early.
        drop((report, jobs));
        for (job, outcome) in results {
            hunted[job.specimen][job.way] = Some(outcome);
            progress.hunted();
            // In the order of the specimens, whichever is ready first.
            while let Some(specimen) = specimens.get(scores.len()) {
                let Some(score) = score(specimen, &ways, &hunted[scores.len()]) else { break };
                progress.scored(&score)?;
                scores.push(score);
            }
        }
        anyhow::Ok(())
    })?;
    Ok(scores)
}

/// The specimen's score, if its hunts are over.
fn score(specimen: &Specimen, ways: &[Way], hunted: &[Option<Hunted>]) -> Option<Score> {
    let (mut inside, mut outside, mut lab) = (Vec::new(), Vec::new(), None);
    for (way, hunted) in ways.iter().zip(hunted) {
        let hunted = hunted.clone()?;
        match way {
            Way::Explore(View::Inside, _) => inside.push(hunted),
            Way::Explore(View::Outside, _) => outside.push(hunted),
            Way::Lab => lab = Some(hunted),
        }
    }
    Some(Score { specimen: *specimen, inside, outside, lab })
}
