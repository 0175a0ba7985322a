//! What a connection may cost, and how long it may take.

use std::time::Duration;

/// What strangers, callers and servers may cost at most. Each side has limits of its own; the default of
/// each is in parentheses.
///
/// A server's connections cost no more memory than `connections` times what one may cost: its
/// `bytes_in_flight`, one frame more, and the replies of those requests that are being handled when the
/// limit is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many callers a listener has at once; the next one is refused (1,024).
    pub connections: usize,
    /// How many unauthenticated connections a listener has; the next one replaces the one that has waited
    /// longest (64).
    pub handshakes: usize,
    /// How long they may take to say it (1 s).
    pub handshake_ms: u64,
    /// How many requests of a connection are handled, or have a reply that is not written yet, when no
    /// more are read (1,024).
    pub requests_in_flight: usize,
    /// How many bytes those requests and replies have when no more are read (16 MiB).
    pub bytes_in_flight: usize,
    /// How long a request, a reply or a one-way message may be, sent or received. What is longer is an
    /// error at the caller, [`TooLong`](crate::RpcError::TooLong); the lower of both sides' limits counts
    /// (64 MiB).
    pub frame_bytes: usize,
    /// A connection ends when no whole message has come for that long, signs of life included, when the
    /// other side has not read anything for that long, though there is something to read, and when all
    /// that may be in flight is for that long. So much time a message has to arrive. It is never less than
    /// `dead_after_ms` (60 s).
    pub idle_ms: u64,
    /// A connection ends when not a byte has come for that long. Both sides send signs of life at a sixth
    /// of it, which wait for no handler that waits. To connect, handshake included, may take no longer either, and
    /// the pause between two attempts is at most a quarter of it (600 ms).
    pub dead_after_ms: u64,
    /// After that long a call has no reply, and no more than a sixth of `dead_after_ms` later (10 s).
    pub call_timeout_ms: u64,
    /// How many bytes of an end's calls wait to be sent; what does not fit is an error at the caller,
    /// [`Full`](crate::RpcError::Full). A single one always fits (64 MiB).
    pub queued_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            handshakes: 64,
            handshake_ms: 1000,
            requests_in_flight: 1024,
            bytes_in_flight: 16 << 20,
            frame_bytes: 64 << 20,
            idle_ms: 60_000,
            dead_after_ms: 600,
            call_timeout_ms: 10_000,
            queued_bytes: 64 << 20,
        }
    }
}

/// Limits lower than this, and higher than what a length of four bytes can say, are taken for these.
pub(super) const FRAME_BYTES_MIN: usize = 64;
const FRAME_BYTES_MAX: usize = u32::MAX as usize >> 1;

impl Limits {
    pub(super) fn frame_bytes(&self) -> usize {
        self.frame_bytes.clamp(FRAME_BYTES_MIN, FRAME_BYTES_MAX)
    }

    pub(super) fn handshake(&self) -> Duration {
        Duration::from_millis(self.handshake_ms)
    }

    pub(super) fn idle(&self) -> Duration {
        Duration::from_millis(self.idle_ms)
    }

    pub(super) fn dead_after(&self) -> Duration {
        Duration::from_millis(self.dead_after_ms)
    }

    pub(super) fn call_timeout(&self) -> Duration {
        Duration::from_millis(self.call_timeout_ms)
    }
}
