//! What led to a read of too little.

use super::Walk;
use super::chosen::{Chosen, Weight};
use crate::causes::CauseKind;
use crate::causes::fact::{Fact, What, Wrong};

/// What a server may do wrong when it gives an index for a read.
const KINDS: [CauseKind; 4] = [
    CauseKind::READ_BEFORE_OWN_COMMIT,
    CauseKind::READ_UNCONFIRMED,
    CauseKind::READ_ON_LOST_LEASE,
    CauseKind::READ_TOO_LOW,
];

/// A read changes nothing: it is the cause of what clients see, and of no log.
pub(super) fn is_read(wrong: &Wrong) -> bool {
    KINDS.contains(&wrong.kind)
}

impl Walk<'_> {
    /// Who led when the read at `cause` was answered, if it is one, who was elected since, and who committed and
    /// applied what the read lacks.
    pub(super) fn read(&self, cause: usize, chosen: &mut Chosen) {
        let fact = &self.facts[cause];
        let Some(wrong) = fact.wrong().filter(|wrong| is_read(wrong)) else { return };
        let (Some(term), Some(lacking)) = (wrong.term, &wrong.indices) else { return };
        let before = |place: &usize| *place < cause;
        let led = |it: &Fact| {
            it.server == fact.server
                && matches!(it.what, What::Leads { term: of, .. } if of == term)
        };
        chosen.add_all(self.find(led).rfind(before), Weight::Link);
        let deposed = self.find(|it| it.leads_after(term).is_some()).find(before);
        chosen.add_all(deposed, Weight::Link);
        if let Some(leader) = deposed {
            let elected = self.facts[leader].leads_after(term);
            let votes = |it: &Fact| match it.what {
                What::Stands { term, .. } => {
                    it.server == self.facts[leader].server && Some(term) == elected
                }
                What::Votes { term, candidate } => {
                    candidate == self.facts[leader].server && Some(term) == elected
                }
                _ => false,
            };
            chosen.add_all(self.find(votes).filter(before), Weight::Result);
        }
        let last = *lacking.end();
        chosen.add_all(self.find(|it| it.commits_it(last)).find(before), Weight::Link);
        chosen.add_all(self.find(|it| it.applies_it(last)).find(before), Weight::Result);
    }
}
