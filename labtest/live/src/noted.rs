//! What is noted of a run while it goes on, for the verdict.

use crate::judge::{End, Facts, Fault, LeaderLine, Life, PanicLine, Reach};
use crate::network::Direction;
use std::collections::BTreeMap;

/// Something that can be broken, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The link from one server to another: whether it is open.
    Link(usize, usize),
    /// How fast that link is.
    Pace(usize, usize),
    /// One of the two links between all clients and a server: whether it is open.
    Clients(usize, Direction),
    /// A server that runs: whether it stands still.
    Node(usize),
    /// A server's disk.
    Disk(usize),
}

/// How often parts were broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Broken {
    /// Links that were closed.
    pub links: usize,
    /// Links that were slow.
    pub paces: usize,
    /// Servers that were paused.
    pub nodes: usize,
    /// Disks that were slow or full, or failed to sync.
    pub disks: usize,
}

impl Broken {
    fn count(&mut self, part: Part) {
        let count = match part {
            Part::Link(..) | Part::Clients(..) => &mut self.links,
            Part::Pace(..) => &mut self.paces,
            Part::Node(_) => &mut self.nodes,
            Part::Disk(_) => &mut self.disks,
        };
        *count += 1;
    }
}

/// What was noted so far. Times are nanoseconds since the run began.
#[derive(Debug, Default)]
pub struct Noted {
    facts: Facts,
    /// The faults that have not ended, by their place.
    open: BTreeMap<Part, usize>,
    broken: Broken,
    /// What went wrong on the tester's side.
    troubles: Vec<String>,
}

impl Noted {
    /// A part is broken in this way from now on, or whole.
    pub fn part(&mut self, at_ns: u64, part: Part, broken: Option<(String, Reach)>) {
        match (broken, self.open.get(&part)) {
            (Some((what, reach)), None) => {
                self.open.insert(part, self.facts.faults.len());
                self.broken.count(part);
                self.facts.faults.push(Fault { what, begin_ns: at_ns, end_ns: None, reach });
            }
            (Some(_), Some(_)) | (None, None) => {}
            (None, Some(_)) => {
                let place = self.open.remove(&part);
                let fault = place.and_then(|place| self.facts.faults.get_mut(place));
                fault.into_iter().for_each(|fault| fault.end_ns = Some(at_ns));
            }
        }
    }

    /// The next sync of a disk is to fail.
    pub fn sync_fails(&mut self, server: usize) {
        self.broken.count(Part::Disk(server));
    }

    /// A life begins.
    pub fn started(&mut self, at_ns: u64, server: usize) {
        let life = Life { server, started_ns: at_ns, caught_up_ns: None, ended: None };
        self.facts.lives.push(life);
    }

    /// The present life of a server has ended.
    pub fn ended(&mut self, at_ns: u64, server: usize, end: End) {
        if let Some(life) = self.life(server) {
            life.ended = Some((at_ns, end));
        }
    }

    /// The server has what the others had when its present life began.
    pub fn caught_up(&mut self, at_ns: u64, server: usize) {
        if let Some(life) = self.life(server) {
            life.caught_up_ns.get_or_insert(at_ns);
        }
    }

    fn life(&mut self, server: usize) -> Option<&mut Life> {
        let lives = self.facts.lives.iter_mut().rev();
        lives.into_iter().find(|life| life.server == server).filter(|life| life.ended.is_none())
    }

    /// A log says who leads.
    pub fn leader(&mut self, at_ns: u64, server: usize, term: u64, leader: usize) {
        self.facts.leaders.push(LeaderLine { at_ns, server, term, leader });
    }

    /// A log says that something has panicked.
    pub fn panicked(&mut self, at_ns: u64, server: usize, line: &str) {
        self.facts.panics.push(PanicLine { at_ns, server, line: line.to_owned() });
    }

    /// Something went wrong on the tester's side.
    pub fn trouble(&mut self, what: String) {
        self.troubles.push(what);
    }

    /// What was noted, how often parts were broken, and what went wrong on the tester's side.
    pub fn finish(self) -> (Facts, Broken, Vec<String>) {
        (self.facts, self.broken, self.troubles)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_lasts_until_its_part_is_whole() {
        let mut noted = Noted::default();
        let cut = |what: &str| Some((what.to_owned(), Reach::Cuts(vec![(0, 1)])));
        noted.part(1, Part::Link(0, 1), None);
        noted.part(2, Part::Link(0, 1), cut("first"));
        noted.part(3, Part::Link(0, 1), cut("the same"));
        noted.part(3, Part::Link(1, 0), None);
        noted.part(4, Part::Link(0, 1), None);
        noted.part(5, Part::Link(0, 1), cut("second"));
        let (facts, broken, _) = noted.finish();
        assert_eq!(broken, Broken { links: 2, ..Broken::default() });
        let times: Vec<_> =
            facts.faults.iter().map(|it| (&*it.what, it.begin_ns, it.end_ns)).collect();
        assert_eq!(times, [("first", 2, Some(4)), ("second", 5, None)]);
    }

    #[test]
    fn a_life_ends_once_and_catches_up_in_its_own_time() {
        let mut noted = Noted::default();
        noted.caught_up(1, 0);
        noted.started(2, 0);
        noted.started(3, 1);
        noted.caught_up(4, 0);
        noted.caught_up(5, 0);
        noted.ended(6, 0, End::ByTester);
        noted.ended(7, 0, End::Exited(1));
        noted.started(8, 0);
        let (facts, ..) = noted.finish();
        let lives: Vec<_> = facts
            .lives
            .iter()
            .map(|it| (it.server, it.started_ns, it.caught_up_ns, it.ended.clone()))
            .collect();
        let first = (0, 2, Some(4), Some((6, End::ByTester)));
        assert_eq!(lives, [first, (1, 3, None, None), (0, 8, None, None)]);
    }
}
