//! The votes of the run: the grants that left a server, and a candidate's own with its first request.
//!
//! A vote that only was in a server's memory when it crashed has never been given.

/// Every vote of the run.
#[derive(Debug)]
pub(crate) struct Votes {
    pub(crate) servers: usize,
    /// By term, ascending.
    terms: Vec<(u64, Vec<Option<usize>>)>,
    /// A message could not be decoded, so votes may be missing here.
    pub(crate) incomplete: bool,
}

impl Votes {
    pub(crate) fn new(servers: usize) -> Votes {
        Votes { servers, terms: Vec::new(), incomplete: false }
    }

    /// A message was seen that can't be read.
    pub(crate) fn miss(&mut self) {
        self.incomplete = true;
    }

    /// Whom a server has given its vote in a term.
    pub(crate) fn given(&self, voter: usize, term: u64) -> Option<usize> {
        self.of_term(term)?[voter]
    }

    /// A vote was given. Returns the candidate who has it: the first that it was given to.
    pub(crate) fn give(&mut self, voter: usize, term: u64, candidate: usize) -> usize {
        let at = self.terms.partition_point(|(known, _)| *known < term);
        if self.terms.get(at).is_none_or(|(known, _)| *known != term) {
            self.terms.insert(at, (term, vec![None; self.servers]));
        }
        *self.terms[at].1[voter].get_or_insert(candidate)
    }

    /// How many others have voted for a candidate.
    pub(crate) fn of_others(&self, candidate: usize, term: u64) -> usize {
        let votes = self.of_term(term).unwrap_or_default().iter().enumerate();
        votes.filter(|&(voter, vote)| voter != candidate && *vote == Some(candidate)).count()
    }

    fn of_term(&self, term: u64) -> Option<&[Option<usize>]> {
        let at = self.terms.binary_search_by_key(&term, |(known, _)| *known).ok()?;
        Some(&self.terms[at].1)
    }
}
