//! The faults, and the schedule of them that a seed gives.

use super::network::Weather;
use runtime::Rng;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Some nodes can't reach the others, nor the others them.
    Partition,
    /// Some nodes can't reach the others, which reach them.
    OneWay,
    /// A process stands still for a while.
    Pause,
    /// Messages between nodes are lost.
    Loss,
    /// Messages between nodes are slow, and overtake each other.
    Delay,
    /// Messages between nodes arrive twice. Maelstrom's network does not do that.
    Duplicate,
    /// A process is killed, and started again where it was. Maelstrom does not do that.
    Kill,
}

impl Fault {
    /// All, with their names. The first five are those that nodes written for Maelstrom can be asked to bear.
    pub const ALL: [(&str, Fault); 7] = [
        ("partition", Fault::Partition),
        ("one-way", Fault::OneWay),
        ("pause", Fault::Pause),
        ("loss", Fault::Loss),
        ("delay", Fault::Delay),
        ("duplicate", Fault::Duplicate),
        ("kill", Fault::Kill),
    ];
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Fault::ALL.iter().find(|(_, fault)| fault == self);
        formatter.write_str(named.map_or("", |(name, _)| name))
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(name: &str) -> Result<Fault, String> {
        let found = Fault::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, fault)| *fault).ok_or_else(|| {
            let names: Vec<&str> = Fault::ALL.iter().map(|(name, _)| *name).collect();
            format!("expected one of {}, found `{name}`", names.join(", "))
        })
    }
}

/// What goes wrong for a while.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    /// The quiet before it.
    pub(super) after: Duration,
    pub(super) lasts: Duration,
    pub(super) action: Action,
}

/// What is done to the cluster, and undone when the step ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    /// Links from one node to another, by their numbers from 0, that carry nothing.
    Cut { links: BTreeSet<(usize, usize)>, told: String },
    /// All links are so.
    Weather { weather: Weather, told: String },
    /// These stand still.
    Pause(Vec<usize>),
    /// These are down.
    Kill(Vec<usize>),
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Cut { told, .. } | Action::Weather { told, .. } => formatter.write_str(told),
            Action::Pause(nodes) => write!(formatter, "{} paused", names(nodes)),
            Action::Kill(nodes) => write!(formatter, "{} killed", names(nodes)),
        }
    }
}

/// What a node with that number, from 0, is called.
pub(super) fn name(node: usize) -> String {
    format!("n{}", node + 1)
}

fn names(nodes: &[usize]) -> String {
    nodes.iter().map(|&node| name(node)).collect::<Vec<_>>().join(" ")
}

const QUIET: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(300)..=Duration::from_millis(1500);
const LASTS: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(500)..=Duration::from_millis(4000);

/// Faults one after another, with quiet between them, for that long.
pub(super) fn schedule(
    seed: u64,
    faults: &[Fault],
    nodes: usize,
    time_limit: Duration,
) -> Vec<Step> {
    let mut rng = Rng::stream(seed, "faults", 0);
    let (mut steps, mut length) = (Vec::new(), Duration::ZERO);
    while length < time_limit && !faults.is_empty() {
        let (after, lasts) = (rng.duration(QUIET), rng.duration(LASTS));
        length += after + lasts;
        steps.push(Step { after, lasts, action: draw(*rng.pick(faults), nodes, &mut rng) });
    }
    steps
}

fn draw(fault: Fault, nodes: usize, rng: &mut Rng) -> Action {
    let mut order: Vec<usize> = (0..nodes).collect();
    rng.shuffle(&mut order);
    let some = 1 + rng.below(nodes.max(2) as u64 / 2) as usize;
    let (chosen, others) = order.split_at(some.min(nodes));
    let (mut chosen, mut others) = (chosen.to_vec(), others.to_vec());
    chosen.sort_unstable();
    others.sort_unstable();
    match fault {
        Fault::Partition => {
            let told = format!("{} | {}", names(&chosen), names(&others));
            let links = links(&chosen, &others).chain(links(&others, &chosen)).collect();
            Action::Cut { links, told }
        }
        Fault::OneWay => {
            let (from, to) = if rng.below(2) == 0 { (chosen, others) } else { (others, chosen) };
            let told = format!("{} can't reach {}", names(&from), names(&to));
            Action::Cut { links: links(&from, &to).collect(), told }
        }
        Fault::Pause => Action::Pause(chosen),
        Fault::Kill => {
            // All at once shows what is forgotten.
            let is_all = rng.chance(250_000);
            Action::Kill(if is_all { (0..nodes).collect() } else { chosen })
        }
        Fault::Loss => {
            let percent = rng.range(5..=50);
            let lost_per_million = percent as u32 * 10_000;
            let told = format!("{percent} % of the messages lost");
            Action::Weather { weather: Weather { lost_per_million, ..Weather::default() }, told }
        }
        Fault::Duplicate => {
            let percent = rng.range(20..=100);
            let doubled_per_million = percent as u32 * 10_000;
            let told = format!("{percent} % of the messages doubled");
            Action::Weather { weather: Weather { doubled_per_million, ..Weather::default() }, told }
        }
        Fault::Delay => {
            let delay_ms = rng.range(20..=500);
            let delay_max = Duration::from_millis(delay_ms);
            let told = format!("messages take up to {delay_ms} ms");
            Action::Weather { weather: Weather { delay_max, ..Weather::default() }, told }
        }
    }
}

fn links<'a>(from: &'a [usize], to: &'a [usize]) -> impl Iterator<Item = (usize, usize)> + 'a {
    from.iter().flat_map(move |&from| to.iter().map(move |&to| (from, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_fault_is_known_by_its_name() {
        for (name, fault) in Fault::ALL {
            assert_eq!((name.parse(), fault.to_string().as_str()), (Ok(fault), name));
        }
        assert!("crash".parse::<Fault>().unwrap_err().contains("partition, one-way, pause"));
    }

    #[test]
    fn a_seed_gives_a_schedule_that_fills_the_time_and_another_seed_another() {
        let all = Fault::ALL.map(|(_, fault)| fault);
        let steps = schedule(7, &all, 5, MINUTE);
        assert_eq!(steps, schedule(7, &all, 5, MINUTE));
        assert_ne!(steps, schedule(8, &all, 5, MINUTE));
        assert!(steps.len() > 5, "{steps:?}");
        let length: Duration = steps.iter().map(|step| step.after + step.lasts).sum();
        assert!(length >= MINUTE, "{length:?}");
        assert!(schedule(7, &[], 5, MINUTE).is_empty());
    }

    #[test]
    fn partitions_cut_both_ways_and_one_way_faults_one() {
        let cut = |fault| {
            let Action::Cut { links, .. } = draw(fault, 3, &mut Rng::from_seed(3)) else {
                panic!("links are cut")
            };
            let both = links.iter().filter(|(from, to)| links.contains(&(*to, *from))).count();
            (links.len(), both)
        };
        assert_eq!(cut(Fault::Partition), (4, 4));
        assert_eq!(cut(Fault::OneWay), (2, 0));
    }

    #[test]
    fn one_node_can_be_broken_and_no_node_is_chosen_that_is_not_there() {
        for (_, fault) in Fault::ALL {
            for seed in 0..20 {
                match draw(fault, 1, &mut Rng::from_seed(seed)) {
                    Action::Pause(nodes) | Action::Kill(nodes) => assert_eq!(nodes, [0]),
                    Action::Cut { links, .. } => assert!(links.is_empty()),
                    Action::Weather { .. } => {}
                }
            }
        }
    }
}
