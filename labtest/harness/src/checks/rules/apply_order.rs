//! A life applies index after index: no gap, nothing twice.
//!
//! Source: `lastApplied` in figure 2 of the Raft paper. The lab accepts a second apply of an index
//! outside its snapshot suite; here it is an error everywhere, since a service would execute the
//! command twice. A new life begins after the snapshot that its disk held.

use crate::{Violation, property};

/// `server` has applied everything up to `applied` and now applies `index`.
pub(crate) fn check(server: usize, applied: u64, index: u64) -> Result<(), Violation> {
    if applied.checked_add(1) == Some(index) {
        return Ok(());
    }
    let message = format!(
        "server {server} apply out of order, expected index {}, got {index}",
        u128::from(applied) + 1
    );
    Err(Violation::new(property::APPLY_ORDER, message).at_servers([server]).at_index(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_on_a_gap_and_on_a_second_apply() {
        for (applied, index) in [(3, 5), (3, 3), (3, 1), (0, 0), (0, 2), (u64::MAX, 0)] {
            let violation = check(1, applied, index).unwrap_err();
            assert_eq!(violation.property, "safety:apply-order");
        }
        assert_eq!(
            check(1, 3, 5).unwrap_err().message,
            "server 1 apply out of order, expected index 4, got 5"
        );
    }

    #[test]
    fn stays_silent_for_the_next_index() {
        assert_eq!(check(1, 0, 1), Ok(()));
        assert_eq!(check(1, 3, 4), Ok(()));
    }
}
