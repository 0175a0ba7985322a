//! When a cluster had to work: a majority of its servers was up, and every link between them whole.

use super::facts::{Facts, Reach};
use std::collections::BTreeSet;

/// A stretch of the run, in nanoseconds since it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub from_ns: u64,
    pub until_ns: u64,
}

/// What is broken at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Broken {
    down: BTreeSet<usize>,
    cut: BTreeSet<(usize, usize)>,
    is_impaired: bool,
}

/// The stretches in which the cluster had to work, after the calibration. A new one begins whenever something
/// more breaks, for what is broken again takes time to be noticed.
pub(super) fn stretches(facts: &Facts) -> Vec<Stretch> {
    let mut changes = changes(facts);
    changes.retain(|at| (facts.calibrated_at_ns..facts.stopped_at_ns).contains(at));
    changes.insert(facts.calibrated_at_ns);
    let ends = changes.iter().skip(1).copied().chain([facts.stopped_at_ns]);
    let mut found: Vec<Stretch> = Vec::new();
    let mut before: Option<Broken> = None;
    for (&from_ns, until_ns) in changes.iter().zip(ends) {
        let broken = Broken::at(facts, from_ns);
        if !broken.leaves_majority(facts.servers) {
            before = None;
            continue;
        }
        match (found.last_mut(), &before) {
            (Some(last), Some(before)) if broken.is_within(before) => last.until_ns = until_ns,
            _ => found.push(Stretch { from_ns, until_ns }),
        }
        before = Some(broken);
    }
    found
}

/// When something broke or was mended.
fn changes(facts: &Facts) -> BTreeSet<u64> {
    let faults = facts.faults.iter().flat_map(|it| [Some(it.begin_ns), it.end_ns]);
    let lives = facts.lives.iter();
    let lives = lives.flat_map(|it| [it.caught_up_ns, it.ended.as_ref().map(|(at_ns, _)| *at_ns)]);
    faults.chain(lives).flatten().collect()
}

impl Broken {
    fn at(facts: &Facts, at_ns: u64) -> Broken {
        let is_up = |server: usize| {
            facts.lives.iter().any(|life| {
                let has_ended = life.ended.as_ref().is_some_and(|(ended_ns, _)| *ended_ns <= at_ns);
                let has_caught_up = life.caught_up_ns.is_some_and(|caught_up| caught_up <= at_ns);
                life.server == server && has_caught_up && !has_ended
            })
        };
        let down = (0..facts.servers).filter(|server| !is_up(*server)).collect();
        let mut broken = Broken { down, cut: BTreeSet::new(), is_impaired: false };
        for fault in &facts.faults {
            if fault.begin_ns > at_ns || fault.end_ns.is_some_and(|end_ns| end_ns <= at_ns) {
                continue;
            }
            match &fault.reach {
                Reach::Stops(servers) => broken.down.extend(servers),
                Reach::Cuts(links) => broken.cut.extend(links),
                Reach::Impairs => broken.is_impaired = true,
            }
        }
        broken
    }

    /// Whether there is a majority of servers that are up, with whole links between all of them. Where links are
    /// cut in a muddle one may be overlooked, and then nothing is asked of the cluster.
    fn leaves_majority(&self, servers: usize) -> bool {
        let mut members: BTreeSet<usize> =
            (0..servers).filter(|it| !self.down.contains(it)).collect();
        loop {
            let cut_off = |server: usize| {
                let among = self.cut.iter().filter(|(from, to)| {
                    (*from == server || *to == server)
                        && members.contains(from)
                        && members.contains(to)
                });
                among.count()
            };
            let worst = members.iter().copied().max_by_key(|server| cut_off(*server));
            match worst {
                Some(server) if cut_off(server) > 0 => members.remove(&server),
                _ => break,
            };
        }
        !self.is_impaired && members.len() > servers / 2
    }

    /// Whether nothing is broken that was not before.
    fn is_within(&self, before: &Broken) -> bool {
        self.down.is_subset(&before.down) && self.cut.is_subset(&before.cut)
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{End, Fault, Life};
    use super::*;

    fn life(server: usize, caught_up_ns: u64, ended_ns: Option<u64>) -> Life {
        let ended = ended_ns.map(|at_ns| (at_ns, End::ByTester));
        Life { server, started_ns: 0, caught_up_ns: Some(caught_up_ns), ended }
    }

    fn facts(lives: Vec<Life>, faults: Vec<Fault>) -> Facts {
        let servers = 3;
        Facts {
            servers,
            calibrated_at_ns: 10,
            stopped_at_ns: 100,
            lives,
            faults,
            ..Facts::default()
        }
    }

    fn up() -> Vec<Life> {
        (0..3).map(|server| life(server, 0, None)).collect()
    }

    fn fault(begin_ns: u64, end_ns: Option<u64>, reach: Reach) -> Fault {
        Fault { what: "a fault".into(), begin_ns, end_ns, reach }
    }

    fn found(facts: &Facts) -> Vec<(u64, u64)> {
        stretches(facts).iter().map(|it| (it.from_ns, it.until_ns)).collect()
    }

    #[test]
    fn a_cluster_has_to_work_while_nothing_or_a_minority_is_broken() {
        assert_eq!(found(&facts(up(), vec![])), [(10, 100)]);
        let mut lives = up();
        lives[0] = life(0, 0, Some(40));
        lives.push(life(0, 60, None));
        // The clock begins again when a server is lost, and not when it is back.
        assert_eq!(found(&facts(lives.clone(), vec![])), [(10, 40), (40, 100)]);
        let pause = fault(50, Some(55), Reach::Stops(vec![1]));
        assert_eq!(found(&facts(lives, vec![pause])), [(10, 40), (40, 50), (55, 100)]);
    }

    #[test]
    fn a_partition_asks_for_a_majority_on_one_side() {
        let cuts = |pairs: &[(usize, usize)]| {
            let both = pairs.iter().flat_map(|&(one, other)| [(one, other), (other, one)]);
            Reach::Cuts(both.collect())
        };
        let isolated = fault(20, Some(30), cuts(&[(0, 1), (0, 2)]));
        assert_eq!(found(&facts(up(), vec![isolated])), [(10, 20), (20, 100)]);
        let all = fault(20, Some(30), cuts(&[(0, 1), (0, 2), (1, 2)]));
        assert_eq!(found(&facts(up(), vec![all])), [(10, 20), (30, 100)]);
        let one_way = fault(20, Some(30), Reach::Cuts(vec![(0, 1)]));
        assert_eq!(found(&facts(up(), vec![one_way])), [(10, 20), (20, 100)]);
    }

    #[test]
    fn nothing_is_asked_of_what_is_impaired_or_never_caught_up() {
        let slow = fault(20, None, Reach::Impairs);
        assert_eq!(found(&facts(up(), vec![slow])), [(10, 20)]);
        let mut lives = up();
        lives.iter_mut().take(2).for_each(|life| life.caught_up_ns = None);
        assert_eq!(found(&facts(lives, vec![])), []);
    }
}
