//! A promise to vote for a log that is less up to date.

use super::Walk;
use crate::causes::CauseKind;
use crate::causes::fact::{Fact, What, Wrong};

impl Walk<'_> {
    /// The promise at the failure, and how the two logs came to differ.
    pub(super) fn promised(&self) -> (Option<Fact>, Vec<usize>) {
        let is_it =
            |it: &Fact| self.concerns(it.server) && matches!(it.what, What::Promises { .. });
        let Some(place) = self.find(is_it).next_back() else { return (None, Vec::new()) };
        let fact = &self.facts[place];
        let What::Promises { term, candidate, own, .. } = fact.what else {
            return (None, Vec::new());
        };
        let wrong = Wrong::new(CauseKind::PROMISED_TO_OLDER_LOG, fact.words()).in_term(term);
        let what = What::Wrong(wrong.with([candidate]));
        let before = |is_it: &dyn Fn(&Fact) -> bool| self.find(is_it).rfind(|it| *it < place);
        let lives = |it: &Fact| {
            it.server == candidate && matches!(it.what, What::Crashes { .. } | What::Starts { .. })
        };
        let shown = [
            before(&lives),
            before(&|it| matches!(it.what, What::Leads { .. })),
            before(&|it| it.appends_it(own.index, Some(own.term))),
            before(&|it| it.commits_it(own.index)),
        ];
        let mut shown: Vec<usize> = shown.into_iter().flatten().collect();
        shown.sort_unstable();
        (Some(Fact { at: fact.at, server: fact.server, what }), shown)
    }
}
