//! Who leads, by what all servers say.

use super::log_line::LeaderReport;
use std::collections::BTreeMap;
use std::fmt;

/// What each server last said of the leader.
#[derive(Default)]
pub struct LeaderWatch {
    views: BTreeMap<u64, Option<u64>>,
    /// The highest term in which a server said that it leads.
    term: u64,
    /// Whether the last that was announced is a leader.
    led: bool,
}

/// Something to tell about the cluster as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// That server was elected.
    Leader(u64),
    /// None of the servers that are alive sees a leader.
    NoLeader,
}

impl LeaderWatch {
    /// A server has said whom it sees as leader. Only its own word makes a server the leader, and only in a
    /// higher term than all before, since a deposed one may not know it yet.
    pub fn reported(&mut self, server: u64, report: LeaderReport) -> Option<Announcement> {
        self.views.insert(server, report.leader);
        if report.leader == Some(server) && report.term > self.term {
            (self.term, self.led) = (report.term, true);
            return Some(Announcement::Leader(server));
        }
        self.no_leader()
    }

    /// A server has ended: it sees nobody any more.
    pub fn ended(&mut self, server: u64) -> Option<Announcement> {
        self.views.remove(&server);
        self.no_leader()
    }

    fn no_leader(&mut self) -> Option<Announcement> {
        let nobody = self.led && self.views.values().all(Option::is_none);
        self.led &= !nobody;
        nobody.then_some(Announcement::NoLeader)
    }
}

impl fmt::Display for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Announcement::Leader(id) => write!(f, "LEADER IS NOW NODE {id}"),
            Announcement::NoLeader => f.write_str("LEADER => None"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is announced as servers speak: (server, its leader, term), or (server) when it ends.
    fn announced(said: &[(u64, Option<u64>, u64)]) -> Vec<Option<Announcement>> {
        let mut watch = LeaderWatch::default();
        said.iter()
            .map(|&(id, leader, term)| watch.reported(id, LeaderReport { leader, term }))
            .collect()
    }

    #[test]
    fn a_leader_is_announced_once_for_a_term_and_by_itself() {
        let said =
            [(1, Some(2), 3), (2, Some(2), 3), (0, Some(2), 3), (2, Some(2), 3), (2, Some(2), 5)];
        let leader = Some(Announcement::Leader(2));
        assert_eq!(announced(&said), [None, leader, None, None, leader]);
    }

    #[test]
    fn who_was_deposed_is_not_announced() {
        let said = [(2, Some(2), 3), (1, Some(1), 4), (2, Some(2), 3)];
        let leader = |id| Some(Announcement::Leader(id));
        assert_eq!(announced(&said), [leader(2), leader(1), None]);
    }

    #[test]
    fn no_leader_is_announced_once_when_the_last_has_lost_it() {
        let said = [(2, Some(2), 3), (1, Some(2), 3), (2, None, 4), (1, None, 4), (1, None, 5)];
        let [leader, none] = [Announcement::Leader(2), Announcement::NoLeader].map(Some);
        assert_eq!(announced(&said), [leader, None, None, none, None]);
    }

    #[test]
    fn nothing_is_announced_before_the_first_leader() {
        assert_eq!(announced(&[(1, None, 0), (2, None, 1)]), [None, None]);
    }

    #[test]
    fn who_has_ended_sees_no_leader() {
        let mut watch = LeaderWatch::default();
        let report = |leader| LeaderReport { leader, term: 1 };
        watch.reported(0, report(Some(0)));
        watch.reported(1, report(Some(0)));
        assert_eq!(watch.ended(0), None);
        assert_eq!(watch.ended(1), Some(Announcement::NoLeader));
        assert_eq!(watch.ended(2), None);
    }

    #[test]
    fn announcements_are_in_the_words_of_old() {
        assert_eq!(Announcement::Leader(2).to_string(), "LEADER IS NOW NODE 2");
        assert_eq!(Announcement::NoLeader.to_string(), "LEADER => None");
    }
}
