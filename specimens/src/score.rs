//! All hunts for all specimens, side by side.

use crossbeam_channel::unbounded;
use labtest::{LabTest, RunOptions};
use specimens::{Breaks, Catch, Hunt, Specimen, hunt};
use std::thread;

/// What is run for each specimen.
pub(crate) struct Plan {
    pub(crate) explore: Vec<LabTest>,
    pub(crate) lab: Vec<LabTest>,
    pub(crate) seeds: u64,
    pub(crate) bases: u64,
    pub(crate) harmless_seeds: u64,
    pub(crate) lab_seeds: u64,
    pub(crate) jobs: usize,
}

/// Base seeds lie so far apart that no two hunts share a seed.
const BETWEEN_BASES: u64 = 1_000_000;

/// What became of one specimen.
#[derive(Clone)]
pub(crate) struct Score {
    pub(crate) specimen: Specimen,
    /// By exploration, one for each base seed.
    pub(crate) explored: Vec<Option<Catch>>,
    /// By the lab's suites, if they were asked.
    pub(crate) lab: Option<Option<Catch>>,
}

impl Score {
    pub(crate) fn is_caught_from_everywhere(&self) -> bool {
        self.explored.iter().all(Option::is_some)
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.explored.iter().all(Option::is_none) && !matches!(self.lab, Some(Some(_)))
    }

    /// The catches, fewest seeds first.
    pub(crate) fn catches(&self) -> Vec<&Catch> {
        let mut catches: Vec<&Catch> = self.explored.iter().flatten().collect();
        catches.sort_by_key(|catch| catch.seeds);
        catches
    }
}

struct Job {
    specimen: usize,
    /// Nothing for the lab's suites.
    base: Option<u64>,
}

/// Hunts all specimens; `done` sees each as soon as its last hunt is over.
pub(crate) fn score_all(
    specimens: &[Specimen],
    plan: &Plan,
    mut done: impl FnMut(&Score),
) -> anyhow::Result<Vec<Score>> {
    let (give, jobs) = unbounded();
    for specimen in 0..specimens.len() {
        for base in 0..plan.bases {
            give.send(Job { specimen, base: Some(base) })?;
        }
        if plan.lab_seeds > 0 {
            give.send(Job { specimen, base: None })?;
        }
    }
    drop(give);
    let mut slots: Vec<Slot> = specimens.iter().map(|_| Slot::new(plan)).collect();
    thread::scope(|scope| {
        let (report, results) = unbounded();
        for _ in 0..plan.jobs {
            let (jobs, report) = (jobs.clone(), report.clone());
            thread::Builder::new().spawn_scoped(scope, move || {
                for job in jobs {
                    let caught = run(&specimens[job.specimen], plan, job.base);
                    if report.send((job, caught)).is_err() {
                        return;
                    }
                }
            })?;
        }
        drop(report);
        for (job, caught) in results {
            let slot = &mut slots[job.specimen];
            match job.base {
                Some(base) => slot.explored[base as usize] = Some(caught),
                None => slot.lab = Some(caught),
            }
            slot.missing -= 1;
            if slot.missing == 0 {
                done(&slot.score(&specimens[job.specimen]));
            }
        }
        anyhow::Ok(())
    })?;
    Ok(slots.iter().zip(specimens).map(|(slot, specimen)| slot.score(specimen)).collect())
}

fn run(specimen: &Specimen, plan: &Plan, base: Option<u64>) -> Option<Catch> {
    let (tests, base_seed, seeds) = match base {
        Some(base) => {
            let harmless = specimen.breaks == Breaks::Nothing;
            let seeds = if harmless { plan.harmless_seeds } else { plan.seeds };
            (plan.explore.clone(), 1 + base * BETWEEN_BASES, seeds)
        }
        None => (plan.lab.clone(), 1, plan.lab_seeds),
    };
    hunt(specimen, &Hunt { tests, base_seed, seeds, options: RunOptions::default() })
}

struct Slot {
    missing: u64,
    explored: Vec<Option<Option<Catch>>>,
    lab: Option<Option<Catch>>,
}

impl Slot {
    fn new(plan: &Plan) -> Slot {
        Slot {
            missing: plan.bases + u64::from(plan.lab_seeds > 0),
            explored: vec![None; plan.bases as usize],
            lab: None,
        }
    }

    fn score(&self, specimen: &Specimen) -> Score {
        Score {
            specimen: specimen.clone(),
            explored: self.explored.iter().cloned().map(Option::flatten).collect(),
            lab: self.lab.clone(),
        }
    }
}
