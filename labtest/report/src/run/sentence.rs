//! A failure as a sentence, where the check's own words are those of the labs' testers, which name no term:
//! `commit index=21 server=2 102 != server=0 101`.

use super::{Failure, Run};
use std::fmt::Write;

/// What the check of applied values says, in parts.
struct Applied<'a> {
    index: u64,
    /// Server and command: the one that applied now, and the one that had applied before.
    now: (usize, &'a str),
    before: (usize, &'a str),
}

impl Run {
    /// The failure as a sentence with servers and terms. None where the check has written one itself.
    pub fn sentence(&self, failure: &Failure) -> Option<String> {
        let Applied { index, now, before } = Applied::read(&failure.text)?;
        let mut text = format!("server {} applies {} at index {index}", now.0, now.1);
        if let Some(term) = self.term_of(index, now.1) {
            let _ = write!(text, ", an entry of term {term}");
        }
        let _ = match now.0 == before.0 {
            true => write!(text, "; before, it has applied {} there", before.1),
            false => write!(text, "; server {} has applied {} there", before.0, before.1),
        };
        if let Some(term) = self.term_of(index, before.1) {
            let _ = write!(text, ", of term {term}");
        }
        Some(text)
    }

    /// The term in which a leader took in that command at that index, if only one did.
    fn term_of(&self, index: u64, command: &str) -> Option<u64> {
        let those = self.submits.iter().filter(|it| it.index == index && it.command == command);
        let mut terms = those.map(|it| it.term);
        let first = terms.next()?;
        terms.all(|term| term == first).then_some(first)
    }
}

impl<'a> Applied<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (index, rest) = text.strip_prefix("commit index=")?.split_once(" server=")?;
        let (now, before) = rest.split_once(" != server=")?;
        Some(Self { index: index.parse().ok()?, now: side(now)?, before: side(before)? })
    }
}

fn side(text: &str) -> Option<(usize, &str)> {
    let (server, command) = text.split_once(' ')?;
    Some((server.parse().ok()?, command))
}
