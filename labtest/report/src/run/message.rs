//! Messages and what became of them.

/// One message, or one copy of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// When it was sent.
    pub sent: u64,
    /// When it arrived or was lost; the end of the run if neither happened.
    pub ended: u64,
    /// The server that sent it.
    pub from: usize,
    /// The server it is for.
    pub to: usize,
    /// What kind of call it belongs to.
    pub kind: MessageKind,
    /// The name of the method, without that of its service.
    pub method: String,
    /// Whether it is the answer to the call.
    pub reply: bool,
    /// What became of it.
    pub fate: Fate,
    /// The number of the call; its answer has the same.
    pub call: u64,
    /// The message in words, `asks server 1 for its vote in term 3`.
    pub text: String,
    /// Its size on the wire, in bytes.
    pub bytes: u64,
    /// The call this one is a copy of, if the network made it.
    pub copy_of: Option<u64>,
}

/// The kinds of messages that a picture distinguishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageKind {
    /// `RequestVote`, with or without raising the term before.
    Vote,
    /// `AppendEntries` with entries.
    Append,
    /// `AppendEntries` without entries.
    Heartbeat,
    /// `InstallSnapshot`.
    Snapshot,
    /// Anything else.
    Other,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrived.
    Delivered,
    /// It was lost: `chance`, `cut`, `dead` or `withheld`.
    Lost(String),
    /// The run ended before.
    UnderWay,
}

impl MessageKind {
    /// All of them, in the order in which a legend names them.
    pub const ALL: [Self; 5] =
        [Self::Vote, Self::Append, Self::Heartbeat, Self::Snapshot, Self::Other];

    /// The kind of a request, from its method and its words.
    ///
    /// The method decides, except for a heartbeat, which is the same method as any append; the words decide
    /// that, where the Raft under test gives any.
    pub(crate) fn of(method: &str, text: &str) -> Self {
        let method = method.rsplit('.').next().unwrap_or(method).to_lowercase();
        if method.contains("vote") {
            Self::Vote
        } else if method.contains("snapshot") {
            Self::Snapshot
        } else if method.contains("heartbeat") {
            Self::Heartbeat
        } else if method.contains("append") {
            if says_no_entries(text) { Self::Heartbeat } else { Self::Append }
        } else {
            Self::Other
        }
    }
}

fn says_no_entries(text: &str) -> bool {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.iter().any(|word| word == "heartbeat")
        || words.windows(2).any(|pair| {
            matches!(pair[0].as_str(), "0" | "no")
                && matches!(pair[1].as_str(), "entries" | "entry")
        })
}
