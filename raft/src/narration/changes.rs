//! What has changed inside of a server, in words.

use super::{entries, place};
use crate::{Inspection, RoleName};
use std::fmt;

/// One thing that changed inside of a server between two looks.
///
/// Its [`Display`](fmt::Display) are the words for it, without the server's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has been started, for the first time or again, with what its disk held.
    Starts {
        /// The term it begins in.
        term: u64,
        /// Its vote in that term.
        voted_for: Option<usize>,
        /// Where its log ends: index and term, zeros for an empty log.
        last: (u64, u64),
    },
    /// It no longer leads or stands for election.
    StepsDown {
        /// What it was.
        from: RoleName,
        /// In this term.
        term: u64,
        /// The term it is in now.
        new_term: u64,
    },
    /// Its term has changed, and its role has not.
    Term {
        /// The term before.
        from: u64,
        /// The term now; the lower one only where a rule is broken.
        to: u64,
    },
    /// It asks whether it could win the next term.
    AsksAhead {
        /// The term it would stand in.
        term: u64,
    },
    /// It stands for election, and has voted for itself.
    Stands {
        /// In this term.
        term: u64,
    },
    /// It has won.
    Leads {
        /// This term.
        term: u64,
    },
    /// It has voted for another server, or its vote in a term has changed, which breaks a rule.
    Vote {
        /// In this term.
        term: u64,
        /// The vote it had given in that term before.
        before: Option<usize>,
        /// The vote now.
        after: Option<usize>,
    },
    /// Entries were added to its log, and what was there stayed.
    Appends {
        /// The first new entry.
        first: u64,
        /// The last one.
        last: u64,
        /// The last one's term.
        term: u64,
    },
    /// Its log ends elsewhere, and perhaps some of what was there is gone.
    LogEnds {
        /// The end before: index and term.
        before: (u64, u64),
        /// The end now.
        after: (u64, u64),
    },
    /// Its snapshot reaches further.
    Compacts {
        /// The last entry that the snapshot stands for.
        index: u64,
    },
    /// It knows more to be committed.
    Commits {
        /// The highest committed entry before.
        from: u64,
        /// The highest now; the lower one only where a rule is broken.
        to: u64,
        /// Whether it decided so itself, as its term's leader.
        leads: bool,
    },
}

impl Change {
    /// A word to sort and filter by: `start`, `role`, `term`, `vote`, `log`, `snapshot` or `commit`.
    pub fn kind(&self) -> &'static str {
        match self {
            Change::Starts { .. } => "start",
            Change::StepsDown { .. }
            | Change::AsksAhead { .. }
            | Change::Stands { .. }
            | Change::Leads { .. } => "role",
            Change::Term { .. } => "term",
            Change::Vote { .. } => "vote",
            Change::Appends { .. } | Change::LogEnds { .. } => "log",
            Change::Compacts { .. } => "snapshot",
            Change::Commits { .. } => "commit",
        }
    }
}

/// What has changed inside of server `me` since it was looked at before, in the order in which a
/// server does it. `before` is nothing for a server that has just been started.
///
/// What was applied is left out: it is an event of its own. So is the vote of a candidate for
/// itself. Two looks show where a log ends and not what is in it: a log that was cut and has grown
/// again since is a [`Change::LogEnds`], and so is one that grew by entries of a later term.
pub fn changes(me: usize, before: Option<&Inspection>, after: &Inspection) -> Vec<Change> {
    let mut changes = Vec::new();
    let Some(before) = before else {
        changes.push(Change::Starts {
            term: after.term,
            voted_for: after.voted_for,
            last: (after.last_index, after.last_term),
        });
        return changes;
    };
    role_changes(before, after, &mut changes);
    changes.extend(vote_change(me, before, after));
    changes.extend(log_change(before, after));
    if after.snapshot_index != before.snapshot_index {
        changes.push(Change::Compacts { index: after.snapshot_index });
    }
    if after.commit_index != before.commit_index {
        let leads = after.role == RoleName::Leader;
        changes.push(Change::Commits { from: before.commit_index, to: after.commit_index, leads });
    }
    changes
}

fn role_changes(before: &Inspection, after: &Inspection, changes: &mut Vec<Change>) {
    let stays = (before.role, before.term) == (after.role, after.term);
    if stays {
        return;
    }
    let was_more = before.role != RoleName::Follower;
    let is_another_leader = before.role == RoleName::Leader;
    if was_more && (after.role == RoleName::Follower || is_another_leader) {
        let Inspection { role: from, term, .. } = *before;
        changes.push(Change::StepsDown { from, term, new_term: after.term });
    }
    match after.role {
        RoleName::Follower if !was_more => {
            changes.push(Change::Term { from: before.term, to: after.term });
        }
        RoleName::Follower => {}
        RoleName::PreCandidate => changes.push(Change::AsksAhead { term: after.term + 1 }),
        RoleName::Candidate => changes.push(Change::Stands { term: after.term }),
        RoleName::Leader => changes.push(Change::Leads { term: after.term }),
    }
}

fn vote_change(me: usize, before: &Inspection, after: &Inspection) -> Option<Change> {
    let in_this_term = before.voted_for.filter(|_| before.term == after.term);
    let own = in_this_term.is_none() && after.voted_for == Some(me);
    (in_this_term != after.voted_for && !own).then_some(Change::Vote {
        term: after.term,
        before: in_this_term,
        after: after.voted_for,
    })
}

fn log_change(before: &Inspection, after: &Inspection) -> Option<Change> {
    let (was, is) = ((before.last_index, before.last_term), (after.last_index, after.last_term));
    if was == is {
        return None;
    }
    // What a leader adds to its own log never replaces anything. In a follower's, the entries of a
    // term all come from one leader, so an end in the same term lies behind the old one.
    let own = before.role == RoleName::Leader && before.term == after.term;
    let grows = is.0 > was.0 && (own || was.1 == is.1 || was.0 == 0);
    Some(match grows {
        true => Change::Appends { first: was.0 + 1, last: is.0, term: is.1 },
        false => Change::LogEnds { before: was, after: is },
    })
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Change::Starts { term, voted_for, last } => starts(f, term, voted_for, last),
            Change::StepsDown { from, term, new_term } => steps_down(f, from, term, new_term),
            Change::Term { from, to } if to > from => write!(f, "moves to term {to}"),
            Change::Term { from, to } => write!(f, "goes back from term {from} to term {to}"),
            Change::AsksAhead { term } => write!(f, "asks whether it could win term {term}"),
            Change::Stands { term } => write!(f, "becomes candidate for term {term}"),
            Change::Leads { term } => write!(f, "is leader for term {term}"),
            Change::Vote { term, before, after } => match (before, after) {
                (None, Some(candidate)) => write!(f, "votes for node {candidate} in term {term}"),
                (Some(old), Some(new)) => {
                    write!(f, "changes its vote in term {term} from node {old} to node {new}")
                }
                _ => write!(f, "forgets its vote in term {term}"),
            },
            Change::Appends { first, last, term } => {
                write!(f, "appends {} of term {term}", entries(first, last))
            }
            Change::LogEnds { before, after } => log_ends(f, before, after),
            Change::Compacts { index } => {
                write!(f, "keeps a snapshot in place of its log up to {index}")
            }
            Change::Commits { from, to, leads } => commits(f, from, to, leads),
        }
    }
}

fn starts(
    f: &mut fmt::Formatter<'_>,
    term: u64,
    voted_for: Option<usize>,
    (index, last_term): (u64, u64),
) -> fmt::Result {
    write!(f, "starts in term {term}")?;
    if let Some(candidate) = voted_for {
        write!(f, ", in which it has voted for node {candidate}")?;
    }
    match index {
        0 => write!(f, ", with an empty log"),
        _ => write!(f, ", with a log that ends at {}", place(index, last_term)),
    }
}

fn steps_down(f: &mut fmt::Formatter<'_>, from: RoleName, term: u64, new_term: u64) -> fmt::Result {
    match from {
        RoleName::Leader => write!(f, "steps down as leader of term {term}")?,
        RoleName::PreCandidate => write!(f, "asks no more whether it could win term {}", term + 1)?,
        RoleName::Candidate | RoleName::Follower => write!(f, "stands no more for term {term}")?,
    }
    match from {
        _ if new_term > term => write!(f, ": term {new_term} has begun"),
        RoleName::Candidate => write!(f, ": the term has a leader"),
        _ => Ok(()),
    }
}

fn log_ends(f: &mut fmt::Formatter<'_>, before: (u64, u64), after: (u64, u64)) -> fmt::Result {
    if after.0 < before.0 {
        write!(f, "drops {} of its log", entries(after.0 + 1, before.0))?;
        return match after.0 {
            0 => write!(f, ", which is empty now"),
            _ => write!(f, ", which ends at {} now", place(after.0, after.1)),
        };
    }
    write!(f, "has a log that ends at {} now", place(after.0, after.1))
}

fn commits(f: &mut fmt::Formatter<'_>, from: u64, to: u64, leads: bool) -> fmt::Result {
    if to < from {
        return write!(f, "goes back from commit index {from} to {to}");
    }
    let entries = entries(from + 1, to);
    match (leads, to - from) {
        (true, _) => write!(f, "commits {entries}"),
        (false, 1) => write!(f, "learns that {entries} is committed"),
        (false, _) => write!(f, "learns that {entries} are committed"),
    }
}

#[cfg(test)]
mod tests;
