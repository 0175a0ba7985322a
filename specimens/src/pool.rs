//! All hunts for all specimens, side by side.

use crate::score::Score;
use labtest::pool::{Foreman, Stuck, Work, work_off};
use labtest::runtime::Pulse;
use labtest::{LabTest, POLL_LIMIT, Patience, property};
use specimens::{Hunt, Hunted, Specimen, View, hunt, tests_of};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What is run for each specimen.
#[derive(Clone)]
pub(crate) struct Plan {
    /// The tests that explore; without any, those in which the specimen can be seen.
    pub(crate) explore: Option<Vec<LabTest>>,
    pub(crate) lab: Vec<LabTest>,
    pub(crate) seeds: u64,
    pub(crate) bases: u64,
    /// Whether everything is hunted from outside only, too.
    pub(crate) outside: bool,
    pub(crate) harmless_seeds: u64,
    pub(crate) lab_seeds: u64,
    /// With how many runs the first catch with a look inside is shrunk, at most.
    pub(crate) shrink_runs: u64,
    /// Explorations learn from what their runs come to.
    pub(crate) guided: bool,
    pub(crate) jobs: usize,
}

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

    fn run(&self, prey: &Prey, way: Way, pulse: &Arc<Pulse>) -> Hunted {
        let is_harmless = prey.specimen.breaks.is_harmless();
        let (tests, view, base, seeds) = match way {
            Way::Explore(view, base) => {
                let seeds = if is_harmless { self.harmless_seeds } else { self.seeds };
                (prey.explore.clone(), view, base, seeds)
            }
            Way::Lab => (self.lab.clone(), View::Inside, 0, self.lab_seeds),
        };
        let shrink_runs = if way == FIRST_WAY { self.shrink_runs } else { 0 };
        let guided = self.guided && way != Way::Lab;
        let by = Hunt { shrink_runs, guided, ..Hunt::from_base(tests, view, base, seeds, pulse) };
        hunt(&prey.specimen, &by)
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

/// A specimen, and the tests that look for it.
struct Prey {
    specimen: Specimen,
    explore: Vec<LabTest>,
}

impl Prey {
    fn new(specimen: &Specimen, plan: &Plan) -> anyhow::Result<Prey> {
        let explore = plan.explore.clone().map_or_else(|| tests_of(specimen), Ok)?;
        Ok(Prey { specimen: *specimen, explore })
    }
}

/// Hunts all specimens.
pub(crate) fn score_all(
    specimens: &[Specimen],
    plan: &Plan,
    progress: &mut dyn Progress,
) -> anyhow::Result<Vec<Score>> {
    let ways = plan.ways();
    let hunts = Arc::new(Hunts {
        prey: specimens.iter().map(|it| Prey::new(it, plan)).collect::<anyhow::Result<_>>()?,
        plan: plan.clone(),
        ways: ways.clone(),
        next: AtomicUsize::new(0),
    });
    let mut scoring = Scoring {
        specimens,
        hunted: vec![vec![None; ways.len()]; specimens.len()],
        ways: &ways,
        scores: Vec::with_capacity(specimens.len()),
        progress,
        error: None,
    };
    work_off(&hunts, plan.jobs, Patience::Poll(POLL_LIMIT), &mut scoring)?;
    match scoring.error {
        Some(error) => Err(error),
        None => Ok(scoring.scores),
    }
}

/// All hunts, as work for a crew.
struct Hunts {
    prey: Vec<Prey>,
    plan: Plan,
    ways: Vec<Way>,
    /// The number of the next one.
    next: AtomicUsize,
}

impl Work for Hunts {
    type Job = Job;
    type Done = Hunted;

    fn next(&self) -> Option<Job> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let job = Job { specimen: number / self.ways.len(), way: number % self.ways.len() };
        (job.specimen < self.prey.len()).then_some(job)
    }

    fn run(&self, _worker: usize, job: &Job, pulse: &Arc<Pulse>) -> Hunted {
        self.plan.run(&self.prey[job.specimen], self.ways[job.way], pulse)
    }

    fn stuck(&self, _worker: usize, _job: &Job, _stuck: &Stuck, _took: Duration) -> Hunted {
        let not_counted = [(property::STUCK, 1)].into();
        Hunted { catch: None, not_counted }
    }
}

/// Puts the hunts of each specimen together, and reports them in the order of the specimens.
struct Scoring<'a> {
    specimens: &'a [Specimen],
    ways: &'a [Way],
    hunted: Vec<Vec<Option<Hunted>>>,
    scores: Vec<Score>,
    progress: &'a mut dyn Progress,
    error: Option<anyhow::Error>,
}

impl Foreman<Hunts> for Scoring<'_> {
    fn done(&mut self, job: &Job, hunted: Hunted) -> ControlFlow<()> {
        self.hunted[job.specimen][job.way] = Some(hunted);
        self.progress.hunted();
        while let Some(specimen) = self.specimens.get(self.scores.len()) {
            let hunted = &self.hunted[self.scores.len()];
            let Some(score) = score(specimen, self.ways, hunted) else { break };
            if let Err(error) = self.progress.scored(&score) {
                self.error = Some(error);
                return ControlFlow::Break(());
            }
            self.scores.push(score);
        }
        ControlFlow::Continue(())
    }
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
