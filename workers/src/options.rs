//! The knobs of a forwarder.

/// How long a [`Forwarder`](crate::Forwarder) tries, and how.
///
/// ```
/// use workers::Options;
///
/// let once = Options { resend: false, ..Options::default() };
/// assert_eq!(once.timeout_ms, 10_000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long a command is tried for in all, in milliseconds. Default 10,000: several elections.
    pub timeout_ms: u64,
    /// How long one leader is waited for, in milliseconds. Default 1,000: a leader that can commit
    /// does so in a few round trips, and one that can't is replaced within an election timeout.
    pub attempt_timeout_ms: u64,
    /// How long to wait before looking for a leader again, in milliseconds. Default 20.
    pub retry_interval_ms: u64,
    /// Send a command again when it is not known what became of it, so that it may be committed
    /// twice. Default true.
    pub resend: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            timeout_ms: 10_000,
            attempt_timeout_ms: 1_000,
            retry_interval_ms: 20,
            resend: true,
        }
    }
}
