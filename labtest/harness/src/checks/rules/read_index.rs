//! A read at a read index sees all that anybody could have seen before the read began.
//!
//! What a server has applied is committed, and a client may know of it. So the index that a leader gives for a
//! read that begins after that has to reach it, however the leader makes sure that it leads: by asking a
//! majority, or by a lease. It may reach further. A server that gives no index breaks nothing.
//!
//! Source: section 6.4 of Ongaro's dissertation; stale reads of leaders that were deposed without knowing it, in
//! etcd, Consul and others.

use crate::{Violation, property};

/// `server` gave `index` for a read; when the read began, a server had applied everything up to `applied`.
pub(crate) fn check(server: usize, index: u64, applied: u64) -> Result<(), Violation> {
    if index >= applied {
        return Ok(());
    }
    let message = format!(
        "server {server} gave index {index} for a read, but {applied} was applied before the read began"
    );
    Err(Violation::new(property::READ_INDEX, message).at_servers([server]).at_index(applied))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_when_a_read_does_not_reach_what_was_applied() {
        let violation = check(1, 4, 5).unwrap_err();
        assert_eq!(violation.property, "safety:read-index");
        let sentence = "server 1 gave index 4 for a read, but 5 was applied before the read began";
        assert_eq!(violation.message, sentence);
    }

    #[test]
    fn stays_silent_when_it_reaches_that_or_further() {
        assert_eq!(check(1, 5, 5), Ok(()));
        assert_eq!(check(1, 9, 5), Ok(()));
        assert_eq!(check(1, 0, 0), Ok(()));
    }
}
