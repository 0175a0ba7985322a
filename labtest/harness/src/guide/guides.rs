//! The guides of all tests of a plan, and what they have learned so far.

use super::{Attempt, Guide, Way, told, try_out};
use crate::{Implementation, LabTest, RunOptions, RunOutcome, Scenario};
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The guides of all tests of a plan, for threads that run them.
pub struct Guides {
    guides: Vec<Mutex<Guide>>,
    tests: Vec<LabTest>,
    /// What is being run that no seed draws, by place and seed.
    under_way: Mutex<BTreeMap<(usize, u64), Arc<Scenario>>>,
    recent: Mutex<Recent>,
}

/// What the last runs brought.
#[derive(Default)]
struct Recent {
    new: VecDeque<u64>,
    sum: u64,
}

/// Over how many runs it is told how much was new.
const RECENT: usize = 1000;

/// What was learned so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// How many features were seen, of all tests.
    pub features: u64,
    /// How many of them in the last [`runs`](Learned::runs) for the first time.
    pub new: u64,
    /// How many runs those are: 1,000, or all where there were fewer.
    pub runs: u64,
    /// How many scenarios the corpora have.
    pub scenarios: u64,
}

impl Guides {
    /// The guides of these tests, in their order.
    pub fn new(guides: Vec<(LabTest, Guide)>) -> Guides {
        let (tests, guides) = guides.into_iter().map(|(test, it)| (test, Mutex::new(it))).unzip();
        Guides { guides, tests, under_way: Mutex::default(), recent: Mutex::default() }
    }

    /// Runs what the guide of a test suggests under that seed, and has it learn from that.
    pub(crate) fn run(
        &self,
        place: usize,
        seed: u64,
        implementation: &Arc<dyn Implementation>,
        options: &RunOptions,
    ) -> RunOutcome {
        let attempt = self.guides[place].lock().suggest(seed);
        let Attempt { scenario, way, .. } = &attempt;
        if *way != Way::Fresh {
            self.under_way.lock().insert((place, seed), Arc::clone(scenario));
        }
        let tried = try_out(&attempt, &self.tests[place], implementation, options);
        let new = self.guides[place].lock().learn(&attempt, &tried);
        self.recent.lock().add(new);
        self.under_way.lock().remove(&(place, seed));
        tried.outcome
    }

    /// What is being run under that seed, if that does not draw it.
    pub(crate) fn under_way(&self, place: usize, seed: u64) -> Option<Arc<str>> {
        self.under_way.lock().get(&(place, seed)).map(|scenario| told(scenario))
    }

    /// What was learned so far.
    pub fn learned(&self) -> Learned {
        let Recent { new, sum } = &*self.recent.lock();
        let mut learned = Learned { new: *sum, runs: new.len() as u64, ..Learned::default() };
        for guide in &self.guides {
            let guide = guide.lock();
            learned.features += guide.features();
            learned.scenarios += guide.corpus.len() as u64;
        }
        learned
    }

    /// Asks the guide of each test.
    pub fn each<T>(&self, ask: impl Fn(&LabTest, &Guide) -> T) -> Vec<T> {
        self.tests.iter().zip(&self.guides).map(|(test, guide)| ask(test, &guide.lock())).collect()
    }
}

impl Recent {
    fn add(&mut self, new: u64) {
        self.new.push_back(new);
        self.sum += new;
        if self.new.len() > RECENT {
            self.sum -= self.new.pop_front().unwrap_or_default();
        }
    }
}
