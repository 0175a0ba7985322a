//! The yardstick for changes in what explorations draw: pairs of a bug and a view that take many seeds,
//! each hunted from many base seeds.
//!
//! The pairs stand in `yardstick.toml`, and stay there when a change shortens their hunts. What the change is
//! worth is the ratio of what this printed before and what it prints after.

mod results;

use crate::live::Live;
use crate::{Format, jobs};
use anyhow::{Context, Result, ensure};
use cpu_time::ThreadTime;
use labtest::pool::{Stuck, Work, work_off};
use labtest::runtime::Pulse;
use labtest::{LabTest, POLL_LIMIT, Patience};
use results::{Measured, Results, Took};
use serde::Deserialize;
use specimens::{Hunt, Specimen, View, hunt, specimens, tests_of};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(crate) struct YardstickArgs {
    /// A file with the pairs, the number of base seeds, and the number of seeds of a hunt [default:
    /// specimens/yardstick.toml]
    #[arg(long, value_name = "FILE.toml")]
    file: Option<PathBuf>,

    /// Hunts each a second time, with runs that are made from what those before them came to, and compares
    #[arg(long)]
    guided: bool,

    /// How many hunts go on at once [default: one per core]
    #[arg(long, short, value_name = "J")]
    jobs: Option<usize>,

    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

const BUILT_IN: &str = include_str!("../yardstick.toml");

/// What the file says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Yardstick {
    /// From how many base seeds each pair is hunted: the scoreboard's, and as many more.
    bases: u64,
    /// How many seeds a hunt gets.
    seeds: u64,
    #[serde(rename = "pair")]
    pairs: Vec<Pair>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    specimen: String,
    view: View,
}

impl Yardstick {
    fn read(text: &str) -> Result<Yardstick> {
        let yardstick: Yardstick = toml::from_str(text)?;
        ensure!(yardstick.bases > 0, "bases is 0, but must be at least 1");
        ensure!(yardstick.seeds > 0, "seeds is 0, but must be at least 1");
        ensure!(!yardstick.pairs.is_empty(), "there is no [[pair]]");
        Ok(yardstick)
    }
}

/// Hunts all pairs, and prints what that took.
///
/// # Errors
/// When the file can't be read or names something unknown, or when nothing can be printed.
pub(crate) fn run(args: &YardstickArgs) -> Result<()> {
    let (name, text) = match &args.file {
        None => ("specimens/yardstick.toml".to_owned(), BUILT_IN.to_owned()),
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path);
            (name.clone(), text.with_context(|| format!("can't read {name}"))?)
        }
    };
    let hunts = Yardstick::read(&text).and_then(Hunts::of).context(name)?;
    let hunts = Hunts { guided: args.guided, ..hunts };
    let live = Live::new(hunts.prey.len() * hunts.yardstick.bases as usize, args.format);
    let mut results = Results::new(hunts.yardstick.clone(), live);
    work_off(&Arc::new(hunts), jobs(args.jobs), Patience::Poll(POLL_LIMIT), &mut results)?;
    results.print(args.format)
}

/// All hunts, as work for a crew.
struct Hunts {
    yardstick: Yardstick,
    /// Of each pair.
    prey: Vec<Prey>,
    /// Each is hunted in both ways.
    guided: bool,
    /// The number of the next one.
    next: AtomicUsize,
}

/// A bug, and how it is looked for.
struct Prey {
    specimen: Specimen,
    tests: Vec<LabTest>,
    view: View,
}

impl Hunts {
    fn of(yardstick: Yardstick) -> Result<Hunts> {
        let prey = yardstick.pairs.iter().map(Prey::of).collect::<Result<_>>()?;
        Ok(Hunts { yardstick, prey, guided: false, next: AtomicUsize::new(0) })
    }
}

impl Prey {
    fn of(pair: &Pair) -> Result<Prey> {
        let Pair { specimen: name, view } = pair;
        let specimen = specimens().into_iter().find(|specimen| specimen.name == name);
        let specimen = specimen.with_context(|| format!("there is no specimen {name}"))?;
        ensure!(!specimen.breaks.is_harmless(), "{name} is harmless");
        Ok(Prey { specimen, tests: tests_of(&specimen)?, view: *view })
    }
}

impl Work for Hunts {
    /// A pair and a base, by number.
    type Job = (usize, u64);
    type Done = Measured;

    fn next(&self) -> Option<(usize, u64)> {
        let bases = self.yardstick.bases;
        let number = self.next.fetch_add(1, Ordering::Relaxed) as u64;
        let (pair, base) = ((number / bases) as usize, number % bases);
        (pair < self.prey.len()).then_some((pair, base))
    }

    fn run(&self, _worker: usize, &(pair, base): &(usize, u64), pulse: &Arc<Pulse>) -> Measured {
        let Prey { specimen, tests, view } = &self.prey[pair];
        let seeds_max = self.yardstick.seeds;
        let take = |guided| {
            let by = Hunt::from_base(tests.clone(), *view, base, seeds_max, pulse);
            let began = ThreadTime::now();
            let seeds = hunt(specimen, &Hunt { guided, ..by }).catch.map(|catch| catch.seeds);
            Took { seeds, cpu_time: began.elapsed() }
        };
        // Neither is always the first.
        let before = (self.guided && base % 2 == 1).then(|| take(true));
        let afresh = take(false);
        Measured { afresh, guided: before.or_else(|| self.guided.then(|| take(true))) }
    }

    fn stuck(&self, _: usize, _: &(usize, u64), _: &Stuck, took: Duration) -> Measured {
        let took = Took { seeds: None, cpu_time: took };
        Measured { afresh: took, guided: self.guided.then_some(took) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_pairs_or_more_are_hunted_from_twenty_base_seeds() {
        let yardstick = Yardstick::read(BUILT_IN).unwrap();
        assert_eq!(yardstick.bases, 20);
        assert!(yardstick.pairs.len() >= 12, "{} pairs", yardstick.pairs.len());
        // Without the feature `all` not every specimen is compiled.
        if cfg!(feature = "all") {
            assert_eq!(Hunts::of(yardstick.clone()).unwrap().prey.len(), yardstick.pairs.len());
        }
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let error = Yardstick::read(text).and_then(Hunts::of).err().expect("it is refused");
        assert!(format!("{error:#}").contains(expected), "{error:#}");
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        let pair = "[[pair]]\nspecimen = \"double-vote\"\nview = \"inside\"\n";
        let counts = "bases = 2\nseeds = 9\n";
        assert!(Yardstick::read(&format!("{counts}{pair}")).and_then(Hunts::of).is_ok());
        refused(&format!("bases = 0\nseeds = 9\n{pair}"), "bases is 0");
        refused(&format!("bases = 2\nseeds = 0\n{pair}"), "seeds is 0");
        refused(counts, "pair");
        refused(&format!("{counts}{}", pair.replace("inside", "askance")), "askance");
        refused(&format!("{counts}{}", pair.replace("double-vote", "nobody")), "specimen nobody");
        let harmless = pair.replace("double-vote", "redundant-writes");
        refused(&format!("{counts}{harmless}"), "redundant-writes is harmless");
    }

    #[test]
    fn every_pair_is_hunted_from_every_base() {
        let pair = "[[pair]]\nspecimen = \"no-sync\"\nview = \"inside\"\n";
        let text = format!("bases = 2\nseeds = 5\n{pair}{}", pair.replace("inside", "outside"));
        let hunts = Hunts::of(Yardstick::read(&text).unwrap()).unwrap();
        let jobs: Vec<_> = std::iter::from_fn(|| hunts.next()).collect();
        assert_eq!(jobs, [(0, 0), (0, 1), (1, 0), (1, 1)]);
        let measured = hunts.run(0, &jobs[3], &Arc::default());
        assert_eq!((measured.afresh.seeds, measured.guided), (Some(1), None));
        assert!(!measured.afresh.cpu_time.is_zero());
        let both = Hunts { guided: true, ..hunts }.run(0, &jobs[3], &Arc::default());
        assert!(both.guided.is_some_and(|guided| guided.seeds.is_some()), "{both:?}");
    }
}
