//! Faults: how long they last, whom they keep apart, and where that shows.

use labtrace::trace::{Looks, sides_in_words};

/// More sides than this make no label.
const SIDES_IN_LABEL: usize = 3;

/// A fault and how long it lasted.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// When it began.
    pub start: u64,
    /// When it ended; the end of the run if it never did.
    pub end: u64,
    /// Its name, `isolate`.
    pub what: String,
    /// How it looks.
    pub looks: Looks,
    /// The servers that it hits, in order.
    pub servers: Vec<usize>,
    /// Its begin in words.
    pub text: String,
    /// Its end in words, if it ended.
    pub end_text: Option<String>,
    /// The servers that can reach each other, if it is a fault that keeps servers apart.
    pub sides: Vec<Vec<usize>>,
}

/// A gap between neighbouring lanes that a fault shows in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The two servers can't talk with each other.
    Wall(usize),
    /// They can, but one of them can't reach all that the other can.
    Fence(usize),
}

impl Gap {
    /// The server whose lane is above the gap.
    pub fn above(self) -> usize {
        match self {
            Gap::Wall(server) | Gap::Fence(server) => server,
        }
    }
}

impl Fault {
    /// Whether two servers can talk with each other while it lasts.
    pub fn can_talk(&self, one: usize, other: usize) -> bool {
        let is_free = |server| !self.sides.iter().any(|side| side.contains(&server));
        let have_both = |side: &Vec<usize>| side.contains(&one) && side.contains(&other);
        one == other || self.sides.iter().any(have_both) || is_free(one) || is_free(other)
    }

    /// The lanes that show it: all that it hits, or of a cut those that are cut off. Where the sides
    /// have no server in common these are all but the greatest side, else all who can't reach somebody.
    pub fn lanes(&self) -> Vec<usize> {
        let mut apart: Vec<usize> = self.sides.iter().flatten().copied().collect();
        let Some(greatest) = self.sides.iter().map(Vec::len).max() else {
            return self.servers.clone();
        };
        let all = apart.len();
        apart.sort_unstable();
        apart.dedup();
        if apart.len() < all {
            let everybody = apart.clone();
            apart.retain(|server| everybody.iter().any(|other| !self.can_talk(*server, *other)));
            return apart;
        }
        // Of equal sides the last is taken for the greatest, which is never the one that is hit.
        let main = self.sides.iter().rfind(|side| side.len() == greatest);
        apart.retain(|server| main.is_some_and(|main| !main.contains(server)));
        apart
    }

    /// The gaps that it shows in, of a run with `servers` lanes, from the top.
    pub fn gaps(&self, servers: usize) -> Vec<Gap> {
        if self.sides.is_empty() {
            return Vec::new();
        }
        let reach = |server| (0..servers).map(move |other| self.can_talk(server, other));
        let gap = |above: usize| match self.can_talk(above, above + 1) {
            false => Some(Gap::Wall(above)),
            true if reach(above).ne(reach(above + 1)) => Some(Gap::Fence(above)),
            true => None,
        };
        (0..servers - 1).filter_map(gap).collect()
    }

    /// Its name in a picture, in a few words: with the sides, where the lanes do not say it all.
    pub fn label(&self) -> String {
        let groups = self.sides.iter().filter(|side| side.len() > 1).count();
        if groups < 2 || self.sides.len() > SIDES_IN_LABEL {
            return self.what.clone();
        }
        format!("{} {}", self.what, sides_in_words(&self.sides))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Gap::{Fence, Wall};

    fn cut(what: &str, sides: &[&[usize]]) -> Fault {
        Fault {
            start: 0,
            end: 1,
            what: what.to_owned(),
            looks: Looks::Cut,
            servers: vec![0, 1, 2, 3, 4],
            text: String::new(),
            end_text: None,
            sides: sides.iter().map(|side| side.to_vec()).collect(),
        }
    }

    #[test]
    fn a_whole_cut_is_on_the_lanes_that_are_cut_off_between_walls() {
        let isolate = cut("isolate", &[&[2], &[0, 1, 3, 4]]);
        assert_eq!((isolate.lanes(), isolate.gaps(5)), (vec![2], vec![Wall(1), Wall(2)]));
        assert_eq!(isolate.label(), "isolate");
        // The majority is not what is cut off, though it is what the fault hits.
        let split = cut("split", &[&[0, 1, 3], &[2, 4]]);
        let walls = vec![Wall(1), Wall(2), Wall(3)];
        assert_eq!((split.lanes(), split.gaps(5)), (vec![2, 4], walls));
        assert_eq!(split.label(), "split 0 1 3 | 2 4");
        let halves = cut("halves", &[&[0, 2], &[1, 3]]);
        assert_eq!(halves.lanes(), [0, 2]);
    }

    #[test]
    fn a_partial_cut_is_on_all_who_miss_somebody_and_has_fences() {
        let bridge = cut("bridge", &[&[0, 1, 2], &[2, 3, 4]]);
        assert_eq!((bridge.lanes(), bridge.gaps(5)), (vec![0, 1, 3, 4], vec![Fence(1), Fence(2)]));
        assert_eq!(bridge.label(), "bridge 0 1 2 | 2 3 4");
        let ring = cut("ring", &[&[0, 2], &[2, 4], &[1, 4], &[1, 3], &[0, 3]]);
        let walls = vec![Wall(0), Wall(1), Wall(2), Wall(3)];
        assert_eq!((ring.lanes(), ring.gaps(5)), (vec![0, 1, 2, 3, 4], walls));
        assert_eq!(ring.label(), "ring");
    }

    #[test]
    fn a_server_on_no_side_can_talk_with_all() {
        let split = cut("split", &[&[0], &[4]]);
        assert!(split.can_talk(0, 2) && split.can_talk(2, 4) && !split.can_talk(0, 4));
        assert_eq!(split.lanes(), [0]);
        assert_eq!(split.gaps(5), [Fence(0), Fence(3)]);
    }

    #[test]
    fn other_faults_are_on_the_lanes_they_hit() {
        let slow = Fault { looks: Looks::Slow, servers: vec![1, 3], ..cut("slow-server", &[]) };
        assert_eq!((slow.lanes(), slow.gaps(5)), (vec![1, 3], vec![]));
    }
}
