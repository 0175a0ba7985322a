//! What has changed inside a server, in words.

use crate::{Inspection, Naming, Position, RoleName};

/// One thing that changed inside a server between two looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has been started, for the first time or again, with what its disk held.
    Starts {
        /// The term it begins in.
        term: u64,
        /// Its vote in that term.
        voted_for: Option<usize>,
        /// Where its log ends; zeros for an empty log.
        last: Position,
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
        /// The end before.
        before: Position,
        /// The end now.
        after: Position,
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

/// What has changed inside server `me` since it was last looked at, in the order in which a server
/// does it. `before` is `None` for a server that has just been started.
///
/// What was applied is left out: it is an event by itself. So is the vote of a candidate for
/// itself. Two looks show where a log ends and not what is in it: a log that was cut and has grown
/// again since is a [`Change::LogEnds`], and so is one that grew by entries of a later term.
pub fn changes(me: usize, before: Option<&Inspection>, after: &Inspection) -> Vec<Change> {
    let mut changes = Vec::new();
    let Some(before) = before else {
        changes.push(Change::Starts {
            term: after.term,
            voted_for: after.voted_for,
            last: log_end(after),
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
    let (was, is) = (log_end(before), log_end(after));
    if was == is {
        return None;
    }
    // What a leader adds to its own log never replaces anything. In a follower's, the entries of a
    // term all come from one leader, so an end in the same term comes after the old one.
    let own = before.role == RoleName::Leader && before.term == after.term;
    let grows = is.index > was.index && (own || was.term == is.term || was.index == 0);
    Some(match grows {
        true => Change::Appends { first: was.index + 1, last: is.index, term: is.term },
        false => Change::LogEnds { before: was, after: is },
    })
}

fn log_end(inside: &Inspection) -> Position {
    Position { index: inside.last_index, term: inside.last_term }
}

impl Change {
    /// The words for it, without the server's name in front.
    pub fn words(&self, naming: Naming) -> String {
        match *self {
            Change::Starts { term, voted_for, last } => starts(naming, term, voted_for, last),
            Change::StepsDown { from, term, new_term } => steps_down(from, term, new_term),
            Change::Term { from, to } if to > from => format!("moves to term {to}"),
            Change::Term { from, to } => format!("goes back from term {from} to term {to}"),
            Change::AsksAhead { term } => format!("asks whether it could win term {term}"),
            Change::Stands { term } => format!("becomes candidate for term {term}"),
            Change::Leads { term } => format!("is leader for term {term}"),
            Change::Vote { term, before, after } => vote(naming, term, before, after),
            Change::Appends { first, last, term } => {
                format!("appends {} of term {term}", entries(first, last))
            }
            Change::LogEnds { before, after } => log_ends(before, after),
            Change::Compacts { index } => {
                format!("keeps a snapshot in place of its log up to {index}")
            }
            Change::Commits { from, to, leads } => commits(from, to, leads),
        }
    }
}

fn starts(naming: Naming, term: u64, voted_for: Option<usize>, last: Position) -> String {
    let vote = match voted_for {
        Some(candidate) => format!(", in which it has voted for {}", naming.of(candidate)),
        None => String::new(),
    };
    match last.index {
        0 => format!("starts in term {term}{vote}, with an empty log"),
        _ => format!("starts in term {term}{vote}, with a log that ends at {last}"),
    }
}

fn steps_down(from: RoleName, term: u64, new_term: u64) -> String {
    let what = match from {
        RoleName::Leader => format!("steps down as leader of term {term}"),
        RoleName::PreCandidate => format!("asks no more whether it could win term {}", term + 1),
        RoleName::Candidate | RoleName::Follower => format!("stands no more for term {term}"),
    };
    match from {
        _ if new_term > term => format!("{what}: term {new_term} has begun"),
        RoleName::Candidate => format!("{what}: the term has a leader"),
        _ => what,
    }
}

fn vote(naming: Naming, term: u64, before: Option<usize>, after: Option<usize>) -> String {
    match (before, after) {
        (None, Some(candidate)) => format!("votes for {} in term {term}", naming.of(candidate)),
        (Some(old), Some(new)) => {
            let (old, new) = (naming.of(old), naming.of(new));
            format!("changes its vote in term {term} from {old} to {new}")
        }
        _ => format!("forgets its vote in term {term}"),
    }
}

fn log_ends(before: Position, after: Position) -> String {
    if after.index >= before.index {
        return format!("has a log that ends at {after} now");
    }
    let dropped = entries(after.index + 1, before.index);
    match after.index {
        0 => format!("drops {dropped} of its log, which is empty now"),
        _ => format!("drops {dropped} of its log, which ends at {after} now"),
    }
}

fn commits(from: u64, to: u64, leads: bool) -> String {
    if to < from {
        return format!("goes back from commit index {from} to {to}");
    }
    let entries = entries(from + 1, to);
    match (leads, to - from) {
        (true, _) => format!("commits {entries}"),
        (false, 1) => format!("learns that {entries} is committed"),
        (false, _) => format!("learns that {entries} are committed"),
    }
}

/// `entry 5`, `entries 5 to 7`.
fn entries(first: u64, last: u64) -> String {
    if first == last { format!("entry {first}") } else { format!("entries {first} to {last}") }
}

#[cfg(test)]
mod tests;
