//! What is to be run: tests × seeds, all of them or a shard.

use crate::{LabTest, RunOptions};
use std::fmt;
use std::str::FromStr;

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which tests.
    pub tests: Vec<LabTest>,
    /// Under which seeds each.
    pub seeds: Seeds,
    /// Which part of these runs.
    pub shard: Shard,
    /// On how many threads.
    pub jobs: usize,
    /// Whether a test is given up of which every run fails alike.
    pub fail_fast: bool,
    /// How.
    pub options: RunOptions,
}

/// One run of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// The test's place in the plan.
    pub place: usize,
    /// The seed.
    pub seed: u64,
}

impl Plan {
    /// How many runs that makes, or `None` if it has no end but that of the numbers.
    pub fn runs(&self) -> Option<u64> {
        let runs_of = |place| self.runs_of(place);
        (0..self.tests.len()).map(runs_of).try_fold(0_u64, |sum, runs| sum.checked_add(runs?))
    }

    /// How many of them are of the test at that place.
    pub fn runs_of(&self, place: usize) -> Option<u64> {
        let first = self.first_round(place);
        self.seeds.count().map(|count| count.saturating_sub(first).div_ceil(self.shard.of))
    }

    /// The first seed of the test at that place that is the shard's, counted from 0; then every `of`-th is.
    /// Tests take turns too, so that a shard has them all and as many seeds of each.
    fn first_round(&self, place: usize) -> u64 {
        let Shard { number, of } = self.shard;
        let (number, place) = (number - 1, place as u64 % of);
        if number >= place { number - place } else { of - (place - number) }
    }

    /// The job with that number, over all shards: a block of seeds of one test, the same seeds of the next, and
    /// so on. Nothing at the end of the plan; `Some(None)` when it belongs to another shard.
    pub fn job(&self, number: u64) -> Option<Option<Job>> {
        let tests = self.tests.len() as u64;
        let block = number.checked_div(tests * BLOCK)?;
        let first = block * BLOCK;
        let seeds =
            self.seeds.count().map_or(BLOCK, |count| count.saturating_sub(first).min(BLOCK));
        let number = number - first * tests;
        let (place, round) = (number.checked_div(seeds)?, first + number.checked_rem(seeds)?);
        if place >= tests {
            return None;
        }
        // Seeds that have no end end at the largest number.
        let seed = self.seeds.first.checked_add(round)?;
        let place = place as usize;
        let is_ours = round % self.shard.of == self.first_round(place);
        Some(is_ours.then_some(Job { place, seed }))
    }
}

/// How many seeds of a test follow each other: few, so that all tests get on together, and enough for
/// all cores to run the test that needs most memory at the same time from the start. A long run then
/// needs no more of it than a short one.
const BLOCK: u64 = 16;

/// Consecutive seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// The first one.
    pub first: u64,
    count: Option<u64>,
}

impl Seeds {
    /// `count` seeds from `first` on, or as many of them as there are numbers.
    pub fn new(first: u64, count: u64) -> Seeds {
        let all = (u64::MAX - first).saturating_add(1);
        Seeds { first, count: Some(count.min(all)) }
    }

    /// `count` seeds from `first` on, or `None` if the numbers end before that.
    ///
    /// ```
    /// # use harness as labtest;
    /// use labtest::Seeds;
    ///
    /// assert_eq!(Seeds::exactly(5, 3).map(|seeds| seeds.to_string()), Some("3 seeds (5 to 7)".into()));
    /// assert_eq!(Seeds::exactly(u64::MAX, 2), None);
    /// ```
    pub fn exactly(first: u64, count: u64) -> Option<Seeds> {
        let last = first.checked_add(count.saturating_sub(1));
        last.map(|_| Seeds { first, count: Some(count) })
    }

    /// One after another until something else ends it.
    pub fn endless(first: u64) -> Seeds {
        Seeds { first, count: None }
    }

    /// How many; `None` when they have no end.
    pub fn count(self) -> Option<u64> {
        self.count
    }

    /// The seeds one by one, at the most up to the largest number.
    pub fn iter(self) -> impl Iterator<Item = u64> {
        let count = self.count.unwrap_or(u64::MAX);
        (0..count).map_while(move |number| self.first.checked_add(number))
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            None => write!(f, "seeds from {} on", self.first),
            Some(1) => write!(f, "seed {}", self.first),
            Some(count) => {
                let last = self.first.saturating_add(count.saturating_sub(1));
                write!(f, "{count} seeds ({} to {last})", self.first)
            }
        }
    }
}

/// A part of a plan's runs, for one of several machines. All shards together are the whole plan, and
/// no run is in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `of`.
    number: u64,
    /// How many there are.
    of: u64,
}

impl Shard {
    /// The only one of one: everything.
    pub const WHOLE: Shard = Shard { number: 1, of: 1 };

    /// Shard `number`, from 1, of `of`; `None` when there is no such shard.
    pub fn new(number: u64, of: u64) -> Option<Shard> {
        (1..=of).contains(&number).then_some(Shard { number, of })
    }

    /// Its number, from 1.
    pub fn number(self) -> u64 {
        self.number
    }

    /// How many shards there are.
    pub fn of(self) -> u64 {
        self.of
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let expected = || format!("expected I/N with I from 1 to N, such as 2/4, found `{text}`");
        let (number, of) = text.split_once('/').ok_or_else(expected)?;
        let parse = |part: &str| part.parse().map_err(|_| expected());
        Shard::new(parse(number)?, parse(of)?).ok_or_else(expected)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab_tests;

    fn plan(tests: usize, count: u64, shard: Shard) -> Plan {
        Plan {
            tests: lab_tests()[..tests].to_vec(),
            seeds: Seeds::new(5, count),
            shard,
            jobs: 1,
            fail_fast: true,
            options: RunOptions::default(),
        }
    }

    fn jobs(plan: &Plan) -> Vec<Job> {
        (0..).map_while(|number| plan.job(number)).flatten().collect()
    }

    #[test]
    fn seeds_are_consecutive_and_named() {
        let seeds = Seeds::new(5, 3);
        assert!(seeds.iter().eq([5, 6, 7]));
        assert_eq!(seeds.to_string(), "3 seeds (5 to 7)");
        assert_eq!(Seeds::new(17, 1).to_string(), "seed 17");
        assert_eq!(Seeds::endless(17).to_string(), "seeds from 17 on");
        assert!(Seeds::endless(u64::MAX).iter().eq([u64::MAX]));
        assert!(Seeds::exactly(u64::MAX, 1).unwrap().iter().eq([u64::MAX]));
    }

    #[test]
    fn a_plan_goes_in_blocks_of_seeds() {
        let jobs = jobs(&plan(2, BLOCK + 2, Shard::WHOLE));
        let block = |place, seeds: std::ops::Range<u64>| seeds.map(move |seed| Job { place, seed });
        let (first, last) = (5..5 + BLOCK, 5 + BLOCK..5 + BLOCK + 2);
        let expected = block(0, first.clone()).chain(block(1, first));
        let expected = expected.chain(block(0, last.clone())).chain(block(1, last));
        assert!(jobs.into_iter().eq(expected));
        assert!(plan(0, 2, Shard::WHOLE).job(0).is_none());
    }

    #[test]
    fn shards_are_the_plan_in_equal_parts() {
        for (tests, count, of) in [(28, 7, 4), (3, 10, 3), (5, 2, 7), (1, 1, 2)] {
            let mut all = Vec::new();
            for number in 1..=of {
                let part = plan(tests, count, Shard::new(number, of).unwrap());
                let jobs = jobs(&part);
                assert_eq!(part.runs(), Some(jobs.len() as u64), "{tests} {count} {number}/{of}");
                for place in 0..tests {
                    let ours = jobs.iter().filter(|job| job.place == place).count() as u64;
                    assert_eq!(part.runs_of(place), Some(ours));
                    assert!(ours == count / of || ours == count / of + 1);
                }
                all.extend(jobs);
            }
            all.sort_by_key(|job| (job.seed, job.place));
            let mut whole = jobs(&plan(tests, count, Shard::WHOLE));
            whole.sort_by_key(|job| (job.seed, job.place));
            assert_eq!(all, whole);
        }
    }

    #[test]
    fn there_may_be_as_many_shards_as_there_are_numbers() {
        let runs_of = |number| {
            let part = plan(3, 3, Shard::new(number, u64::MAX).unwrap());
            assert_eq!(part.runs(), Some(jobs(&part).len() as u64), "{number}");
            part.runs().unwrap()
        };
        assert_eq!([1, 2, 3, 4, 5, 6, u64::MAX].map(runs_of), [1, 2, 3, 2, 1, 0, 0]);
    }

    #[test]
    fn endless_seeds_make_an_endless_plan() {
        let plan = Plan { seeds: Seeds::endless(1), ..plan(2, 1, Shard::WHOLE) };
        assert_eq!(plan.runs(), None);
        assert_eq!(plan.job(20_001), Some(Some(Job { place: 0, seed: 10_002 })));
    }

    #[test]
    fn endless_seeds_end_with_the_numbers() {
        let plan = Plan { seeds: Seeds::endless(u64::MAX - 1), ..plan(1, 1, Shard::WHOLE) };
        let seeds: Vec<u64> = jobs(&plan).iter().map(|job| job.seed).collect();
        assert_eq!(seeds, [u64::MAX - 1, u64::MAX]);
    }

    #[test]
    fn a_shard_is_written_as_a_fraction() {
        assert_eq!("2/4".parse(), Ok(Shard { number: 2, of: 4 }));
        assert_eq!("2/4".parse::<Shard>().unwrap().to_string(), "2/4");
        for wrong in ["0/4", "5/4", "2", "2/", "/4", "a/b", "-1/4", "1/0", "1/4/2"] {
            let error = wrong.parse::<Shard>().unwrap_err();
            let expected = "expected I/N with I from 1 to N, such as 2/4, found `";
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
