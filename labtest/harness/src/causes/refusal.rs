//! Votes that are refused without a reason.

/// A vote, or the promise of one, is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) term: u64,
    pub(crate) candidate: usize,
    pub(crate) pre_vote: bool,
    /// Whom the voter shows to have its vote, and in which earlier term that one got it.
    pub(crate) shows_vote: Option<(usize, Option<u64>)>,
}

impl Refusal {
    /// What is done, without the voter's name in front.
    pub(super) fn words(&self, voter: usize) -> String {
        let Refusal { term, candidate, pre_vote, shows_vote } = *self;
        let what = if pre_vote { "pre-vote" } else { "vote" };
        let shows = shows_vote.map_or_else(String::new, |(other, of)| {
            let whom = if other == voter { "itself".to_owned() } else { format!("server {other}") };
            let of = of.map_or_else(String::new, |term| format!(", given in term {term}"));
            format!("; it still shows a vote for {whom}{of}")
        });
        format!(
            "refuses server {candidate} its {what} in term {term}, in which it has voted for nobody, although the \
             candidate's log is not behind its own{shows}"
        )
    }
}
