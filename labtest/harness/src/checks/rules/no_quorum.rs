//! What is reported committed is on a majority.
//!
//! Source: section 5.3 of the Raft paper. Judged by what is on the disks where those are known, by the
//! logs in memory otherwise. Servers of which neither is known count as if they had everything.

use crate::checks::known::holdings::Holdings;
use crate::majority::majority;
use crate::{Violation, property};

/// Server `by` reports everything up to `index` committed.
pub(crate) fn check(holdings: &Holdings, index: u64, by: usize) -> Result<(), Violation> {
    let (count, servers) = (holdings.holders(index), holdings.servers);
    if count >= majority(servers) {
        return Ok(());
    }
    let message = format!(
        "server {by} reports entry {index} committed, but only {count} of {servers} servers have it"
    );
    Err(Violation::new(property::NO_QUORUM, message).at_servers([by]).at_index(index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::known::holdings::tests::holdings;

    #[test]
    fn fires_when_a_minority_has_the_entry() {
        let all = holdings(3, &[(3, 3, 2), (2, 2, 1), (2, 2, 1)]);
        let violation = check(&all, 3, 0).unwrap_err();
        assert_eq!(violation.property, "safety:no-quorum");
        assert_eq!(
            violation.message,
            "server 0 reports entry 3 committed, but only 1 of 3 servers have it"
        );
    }

    #[test]
    fn stays_silent_when_a_majority_has_it_or_too_little_is_known() {
        let all = [(3, 4, 2), (3, 3, 2), (1, 2, 1)];
        assert_eq!(check(&holdings(3, &all), 3, 0), Ok(()));
        assert_eq!(check(&holdings(3, &all[2..]), 3, 0), Ok(()));
    }
}
