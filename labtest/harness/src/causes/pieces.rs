//! Which snapshots a server was sent, piece by piece.

use crate::api::vocabulary::Position;
use labtrace::seconds;

/// More are not told.
const TOLD_MAX: usize = 3;

/// What has reached a server since it was handed a snapshot last.
#[derive(Debug, Default)]
pub(super) struct Pieces(Vec<Sending>);

/// Requests in a row that carry the same snapshot of the same leader.
#[derive(Debug)]
struct Sending {
    leader: usize,
    last: Position,
    first_at: u64,
    requests: u64,
}

impl Pieces {
    pub(super) fn add(&mut self, at: u64, leader: usize, last: Position) {
        match self.0.last_mut() {
            Some(sending) if (sending.leader, sending.last) == (leader, last) => {
                sending.requests += 1;
            }
            _ => self.0.push(Sending { leader, last, first_at: at, requests: 1 }),
        }
    }

    /// `; it was sent server 2's snapshot up to 6 in 2 requests from 2.529 s on`, and so on.
    pub(super) fn words(&self) -> String {
        let first = self.0.len().saturating_sub(TOLD_MAX);
        let told: Vec<String> = self.0[first..].iter().map(Sending::words).collect();
        match told.is_empty() {
            true => String::new(),
            false => format!("; it was sent {}", told.join(", then ")),
        }
    }
}

impl Sending {
    fn words(&self) -> String {
        let Sending { leader, last, first_at, requests } = self;
        let what = format!("server {leader}'s snapshot up to {}", last.index);
        let first_at = seconds(*first_at);
        match requests {
            1 => format!("{what} in one request at {first_at}"),
            requests => format!("{what} in {requests} requests from {first_at} on"),
        }
    }
}
