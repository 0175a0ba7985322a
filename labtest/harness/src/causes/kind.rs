//! Which acts a chain of causes can begin with: one table.
//!
//! A kind is a general truth about Raft: an act that it forbids, or of liveness and cost what kept
//! servers from getting on. Sections are those of the extended Raft paper. The table of `docs/properties.md`
//! is made from this one: `UPDATE=1 cargo test -p harness kind`.

/// An act that should not have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CauseKind {
    /// Its name, `vote-twice`.
    pub name: &'static str,
    /// What was done, in a plain sentence.
    pub statement: &'static str,
}

macro_rules! kinds {
    ($($constant:ident = $name:literal => $statement:literal;)+) => {
        impl CauseKind {
            $(#[doc = $statement] pub const $constant: CauseKind =
                CauseKind { name: $name, statement: $statement };)+

            /// Every kind.
            pub const ALL: &[CauseKind] = &[$(CauseKind::$constant),+];
        }
    };
}

kinds! {
    VOTE_TWICE = "vote-twice" => "a server gave the vote of one term to two candidates (5.2)";
    VOTE_FOR_OLDER_LOG = "vote-for-older-log" =>
        "a server voted for a candidate whose log was behind its own (5.4.1)";
    LED_WITHOUT_VOTES = "led-without-votes" =>
        "a server led a term without the votes of a majority (5.2)";
    STALE_REQUEST_ACCEPTED = "stale-request-accepted" =>
        "a server accepted a request of a term that was over (5.1)";
    SPOKE_IN_OTHER_TERM = "spoke-in-other-term" =>
        "a server sent requests as the leader of a term that it was not in, and had never led (figure 2)";
    TERM_WENT_BACK = "term-went-back" => "a server's term went back within its life (figure 2)";
    TOLD_BEFORE_STORED = "told-before-stored" =>
        "a server told others of a vote, or of entries, before its disk held them (figure 2)";
    DISK_FORGOT = "disk-forgot" =>
        "a disk held less than its server had told others, or something else: a term, a vote, entries \
         (figure 2)";
    APPENDED_WITHOUT_MATCH = "appended-without-match" =>
        "a follower took entries behind one that it did not have (5.3)";
    KEPT_CONFLICT = "kept-conflict" =>
        "a follower kept an entry that contradicts what it took from its leader (5.3, 7)";
    DROPPED_WITHOUT_CONFLICT = "dropped-without-conflict" =>
        "a server dropped entries that nothing contradicted (5.3)";
    OVERWROTE_OWN_LOG = "overwrote-own-log" => "a leader changed or removed entries of its log (5.3)";
    ENTRY_CHANGED = "entry-changed" => "an index and a term came to name two entries (5.3)";
    COMMITTED_WITHOUT_MAJORITY = "committed-without-majority" =>
        "an entry was committed that less than a majority had stored (5.3)";
    COUNTED_UNCONFIRMED = "counted-unconfirmed" =>
        "a leader counted more of a follower's log than that had confirmed in its term (figure 2)";
    COMMITTED_EARLIER_TERM = "committed-earlier-term" =>
        "a leader committed an entry of an earlier term by counting its replicas (5.4.2)";
    COMMITTED_UNMATCHED = "committed-unmatched" =>
        "a follower committed further than a leader had shown their logs to be the same (figure 2)";
    COMMIT_WENT_BACK = "commit-went-back" => "a commit index went back within a life (figure 2)";
    APPLIED_OUT_OF_ORDER = "applied-out-of-order" =>
        "a server applied an index twice, or left one out (figure 2)";
    APPLIED_UNCOMMITTED = "applied-uncommitted" =>
        "a server applied what it did not know to be committed (figure 2)";
    APPLIED_OTHER = "applied-other" =>
        "a server applied another command than its log has there (figure 3)";
    SNAPSHOT_WRONG_STATE = "snapshot-wrong-state" =>
        "a server was handed, or found, a snapshot that is not the state at its index (7)";
    SNAPSHOT_WRONG_TERM = "snapshot-wrong-term" =>
        "a snapshot was remembered with another term than its last entry has (7)";
    SNAPSHOT_WENT_BACK = "snapshot-went-back" =>
        "a server went back to a snapshot behind what it had (7)";
    LOG_CUT_WITHOUT_SNAPSHOT = "log-cut-without-snapshot" =>
        "a log was cut on disk before the snapshot that stands for it was there (7)";
    READ_BEFORE_OWN_COMMIT = "read-before-own-commit" =>
        "a leader answered a read before it had committed an entry of its term (6.4 of the dissertation)";
    READ_UNCONFIRMED = "read-unconfirmed" =>
        "a leader answered a read that no majority had confirmed since it began (6.4 of the dissertation)";
    READ_ON_LOST_LEASE = "read-on-lost-lease" =>
        "a leader answered a read without asking anybody when another could be elected (6.4.1 of the \
         dissertation)";
    READ_TOO_LOW = "read-too-low" =>
        "a server gave a read an index that lacks what had been applied before (6.4 of the dissertation)";
    STARTED_WITH_OTHER = "started-with-other" =>
        "a server started with another term, vote, log or snapshot than its disk held (figure 2)";
    STOOD_WITHOUT_NEED = "stood-without-need" =>
        "a server stood for election just after its leader had reached it (5.2)";
    PROMISED_TO_OLDER_LOG = "promised-to-older-log" =>
        "a server promised its vote to a candidate whose log was behind its own (9.6 of the dissertation)";

    LED_WITHOUT_QUORUM = "led-without-quorum" =>
        "a leader that was to check its quorum went on without the answers of a majority (6.2 of the \
         dissertation)";
    NO_CANDIDATE = "no-candidate" => "no server that could be elected stood for election (5.2)";
    VOTES_SPLIT = "votes-split" => "candidates stood at the same time, term after term (5.2)";
    VOTES_REFUSED = "votes-refused" =>
        "candidates were refused votes by servers that had given none (5.2)";
    TERM_IGNORED = "term-ignored" => "a server went on in its term after it had heard of a later one (5.1)";
    NEVER_CATCHES_UP = "never-catches-up" =>
        "a follower was sent the same again and again and got no further (5.3, 7)";
    REFUSED_STEP_BY_STEP = "refused-step-by-step" =>
        "a leader went back through a follower's log entry by entry (end of 5.3)";
    SENT_AGAIN = "sent-again" => "a leader sent the same entries, or nothing, again and again (5.3)";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The lines around the table in `docs/properties.md`.
    const BEGIN: &str = "<!-- The table of labtest/harness/src/causes/kind.rs. -->\n";
    const END: &str = "<!-- End of the table of causes. -->\n";

    #[test]
    fn the_page_about_properties_has_a_row_for_each() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/properties.md");
        let page = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = page.split_once(BEGIN).unwrap();
        let (found, after) = rest.split_once(END).unwrap();
        let rows = CauseKind::ALL
            .iter()
            .map(|CauseKind { name, statement }| format!("| `{name}` | {statement} |\n"));
        let expected =
            format!("\n| cause | what was done |\n| --- | --- |\n{}\n", rows.collect::<String>());
        if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
            std::fs::write(&path, format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
            return;
        }
        assert_eq!(found, expected, "UPDATE=1 cargo test -p harness kind writes the page anew");
    }

    #[test]
    fn names_are_of_one_kind_each() {
        let names: BTreeSet<&str> = CauseKind::ALL.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), CauseKind::ALL.len());
        for CauseKind { name, statement } in CauseKind::ALL {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
            assert!(statement.ends_with(')'), "{statement}: where is that from?");
        }
    }
}
