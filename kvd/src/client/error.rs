//! Why a command has no answer.

use crate::exit::{Code, Failure};

/// Why a command has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// No server took the command in time: it had no effect, and never will. The last reason for it.
    #[error("no server answered in time; the last that was heard: {0}")]
    NoAnswer(String),
    /// The command was sent, and may have taken effect or may yet, once. What went wrong.
    #[error("the outcome is not known: {0}")]
    Unknown(String),
    /// A server refused the command, which had no effect: its words.
    #[error("{0}")]
    Refused(String),
}

impl ClientError {
    /// Whether the session can no longer be used.
    pub(super) fn is_of_expired_session(&self) -> bool {
        match self {
            ClientError::Unknown(why) | ClientError::Refused(why) => why.starts_with("EXPIRED"),
            ClientError::NoAnswer(_) => false,
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Failure {
        let code = match &error {
            ClientError::NoAnswer(_) => Code::NoAnswer,
            ClientError::Unknown(_) => Code::Unknown,
            ClientError::Refused(why) if why.contains("NOAUTH") => {
                let sentence = format!("{why} Expected --password-file FILE, or KVD_PASSWORD");
                return Failure::new(Code::Refused, sentence);
            }
            ClientError::Refused(_) => Code::Refused,
        };
        Failure::new(code, error.to_string())
    }
}
