//! The steps of forwarding, in words.

use std::fmt;

/// One step in the forwarding of a command. Its [`Display`](fmt::Display) puts it into words, without
/// the server's name in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// No leader is known.
    Waits,
    /// This server leads, and has taken the command into its log.
    Starts {
        /// Its place there.
        index: u64,
        /// The term.
        term: u64,
    },
    /// The command is sent to the leader.
    Forwards {
        /// The leader, as far as is known.
        to: usize,
    },
    /// The server that it was sent to does not lead.
    Refused {
        /// That server.
        by: usize,
        /// Who leads, as far as it knows.
        leader: Option<usize>,
    },
    /// No clear answer came.
    NoAnswer {
        /// From this server.
        from: usize,
    },
    /// The command was in a log, and another one has taken its place.
    Overwritten,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Progress::Waits => write!(f, "knows no leader, so the command waits"),
            Progress::Starts { index, term } => {
                write!(f, "leads, and takes the command as entry {index} of term {term}")
            }
            Progress::Forwards { to } => write!(f, "forwards the command to node {to}"),
            Progress::Refused { by, leader: Some(leader) } => {
                write!(f, "hears from node {by} that node {leader} leads")
            }
            Progress::Refused { by, leader: None } => {
                write!(f, "hears from node {by} that it does not lead")
            }
            Progress::NoAnswer { from } => {
                write!(f, "has no answer from node {from}: the command may be committed or not")
            }
            Progress::Overwritten => write!(f, "sees that another command took its place"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_its_words() {
        let steps = [
            Progress::Waits,
            Progress::Starts { index: 4, term: 2 },
            Progress::Forwards { to: 1 },
            Progress::Refused { by: 1, leader: Some(2) },
            Progress::Refused { by: 1, leader: None },
            Progress::NoAnswer { from: 1 },
            Progress::Overwritten,
        ];
        assert_eq!(
            steps.map(|step| step.to_string()),
            [
                "knows no leader, so the command waits",
                "leads, and takes the command as entry 4 of term 2",
                "forwards the command to node 1",
                "hears from node 1 that node 2 leads",
                "hears from node 1 that it does not lead",
                "has no answer from node 1: the command may be committed or not",
                "sees that another command took its place",
            ]
        );
    }
}
