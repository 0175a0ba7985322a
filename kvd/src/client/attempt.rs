//! The outcome of one attempt at a command, and which commands may be resent.

use crate::commands::{Kind, find};
use crate::resp::Reply;

/// What one attempt at a command came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Attempt {
    /// It is done, and this is the answer.
    Answered(Reply),
    /// It had no effect; the server at this address may do it.
    Moved(String),
    /// It had no effect, for this reason; another server or a later moment may do.
    NotDone(String),
    /// It may have taken effect, or may yet: what went wrong.
    Unclear(String),
    /// It had no effect, and another attempt would not help: why.
    Refused(String),
}

impl Attempt {
    /// What a reply says.
    pub fn of_reply(reply: Reply) -> Attempt {
        let Reply::Error(why) = reply else { return Attempt::Answered(reply) };
        match why.split(' ').collect::<Vec<_>>()[..] {
            ["MOVED", _slot, address] => Attempt::Moved(address.to_owned()),
            ["CLUSTERDOWN" | "TRYAGAIN" | "LOADING", ..] => Attempt::NotDone(why),
            ["UNKNOWN", ..] => Attempt::Unclear(why),
            _ => Attempt::Refused(why),
        }
    }
}

/// Whether a command that was sent may be sent again when no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resending {
    /// It may, since it changes nothing that matters.
    Harmless,
    /// It may, since the store carries it out once.
    Once,
    /// It may not, since its effect could be had twice.
    Never,
}

impl Resending {
    /// Whether a command with that name may be sent again.
    pub fn of(name: &[u8]) -> Resending {
        match find(name).map(|row| &row.kind) {
            // A session that nobody uses is forgotten.
            Some(Kind::Read(_) | Kind::Local | Kind::OpenSession) => Resending::Harmless,
            Some(Kind::Once) => Resending::Once,
            Some(Kind::Write(_)) | None => Resending::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_told_apart_by_their_codes() {
        let of_error = |text: &str| Attempt::of_reply(Reply::error(text));
        assert_eq!(of_error("MOVED 7 [::1]:8001"), Attempt::Moved("[::1]:8001".to_owned()));
        for text in ["CLUSTERDOWN no leader", "TRYAGAIN busy", "LOADING"] {
            assert_eq!(of_error(text), Attempt::NotDone(text.to_owned()));
        }
        let unknown = "UNKNOWN the outcome is not known";
        assert_eq!(of_error(unknown), Attempt::Unclear(unknown.to_owned()));
        for text in ["ERR no", "NOAUTH Authentication required.", "EXPIRED", "MOVED", "", "MOVED 1"]
        {
            assert_eq!(of_error(text), Attempt::Refused(text.to_owned()));
        }
        for reply in [Reply::Null, Reply::bulk("MOVED 7 a:1"), Reply::ok()] {
            assert_eq!(Attempt::of_reply(reply.clone()), Attempt::Answered(reply));
        }
    }

    #[test]
    fn what_writes_is_sent_again_in_a_session_alone() {
        for name in ["GET", "scan", "CLUSTER", "SESSION"] {
            assert_eq!(Resending::of(name.as_bytes()), Resending::Harmless, "{name}");
        }
        assert_eq!(Resending::of(b"Once"), Resending::Once);
        for name in ["SET", "incr", "DEL", "CAS", "no-such-command", ""] {
            assert_eq!(Resending::of(name.as_bytes()), Resending::Never, "{name}");
        }
    }
}
