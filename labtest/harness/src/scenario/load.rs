//! What the clients of a scenario do.

use crate::nemesis::when::is_zero;
use serde::{Deserialize, Serialize};

/// What clients do: each submits a burst of commands, pauses, and so on, and learns what became of
/// them by what the servers apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Load {
    /// How many clients there are.
    pub clients: usize,
    /// How many commands they submit together at most, those that nobody took not counted.
    pub commands: u64,
    /// How many commands a client submits at a time, at most.
    pub burst_max: u64,
    /// The shortest pause of a client, in milliseconds.
    pub pause_min_ms: u64,
    /// The longest, in milliseconds.
    pub pause_max_ms: u64,
    /// How many bytes a command has, at least what it takes to tell them apart.
    pub bytes: usize,
    /// Commands have from none of these bytes up to all of them, each its own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mixed_sizes: bool,
    /// How often servers that believe they lead are asked for a read index, about, in milliseconds; 0: never.
    #[serde(skip_serializing_if = "is_zero")]
    pub read_pause_ms: u64,
    /// Whom they ask.
    pub choice: Choice,
    /// How many of the clients are eager: after each pause they wait for an election, and submit to the new leader
    /// at once, as services do that begin each leadership with a command.
    #[serde(skip_serializing_if = "is_zero")]
    pub eager: usize,
}

/// Whom clients ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Any server that believes to lead; of several, the one of the highest term.
    Leader,
    /// The server that took the last command; if that refuses, any other.
    Sticky,
    /// Anybody.
    Random,
    /// Everybody: each that believes to lead takes the command, deposed leaders among them.
    Everyone,
}

impl Default for Load {
    fn default() -> Load {
        Load {
            clients: 3,
            commands: 500,
            burst_max: 8,
            pause_min_ms: 10,
            pause_max_ms: 300,
            bytes: 0,
            mixed_sizes: false,
            read_pause_ms: 0,
            choice: Choice::Sticky,
            eager: 0,
        }
    }
}
