//! When a client's operations are due.

use crate::load::Load;
use runtime::Instant;
use std::cell::Cell;
use std::time::Duration;

/// When what is due, for all clients.
#[derive(Debug)]
pub struct Schedule {
    rate: Option<u64>,
    clients: u64,
    operations: u64,
    began_at: Instant,
    /// When nothing is sent any more.
    pub end: Option<Instant>,
    /// What is due before then is not counted.
    pub counts_from: Instant,
    /// How many operations were taken in a closed loop.
    taken: Cell<u64>,
}

/// What comes next for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The operation with that number is due since then.
    Due { number: u64, since: Instant },
    /// Nothing before then.
    Wait(Instant),
    /// Nothing any more.
    End,
}

impl Schedule {
    /// Under that load, which begins now.
    pub fn new(load: &Load, now: Instant) -> Schedule {
        let counts_from = now + Duration::from_millis(load.warm_up_ms);
        Schedule {
            rate: load.rate,
            clients: load.clients as u64,
            operations: load.operations.unwrap_or(u64::MAX),
            began_at: now,
            end: load.time_limit_ms.map(|limit_ms| counts_from + Duration::from_millis(limit_ms)),
            counts_from,
            taken: Cell::new(0),
        }
    }

    /// What comes next for a client that has taken `taken` operations. In a closed loop operations are due
    /// when they are taken; at a rate, clients take turns.
    pub fn next(&self, client: usize, taken: u64, now: Instant) -> Next {
        if self.end.is_some_and(|end| now >= end) {
            return Next::End;
        }
        let Some(rate) = self.rate else {
            let number = self.taken.get();
            if number >= self.operations {
                return Next::End;
            }
            self.taken.set(number + 1);
            return Next::Due { number, since: now };
        };
        let number = client as u64 + taken * self.clients;
        let due = self.due(number, rate);
        match due {
            _ if number >= self.operations => Next::End,
            due if due <= now => Next::Due { number, since: due },
            due if self.end.is_some_and(|end| due >= end) => Next::End,
            due => Next::Wait(due),
        }
    }

    /// How many operations were due before the end that a client, having taken `taken`, will never send.
    pub fn unsent(&self, client: usize, taken: u64, now: Instant) -> u64 {
        let Some(rate) = self.rate else { return 0 };
        let until = self.end.map_or(now, |end| end.min(now));
        let numbers = (taken..).map(|taken| client as u64 + taken * self.clients);
        let is_due = |number: &u64| *number < self.operations && self.due(*number, rate) < until;
        numbers.take_while(is_due).count() as u64
    }

    fn due(&self, number: u64, rate: u64) -> Instant {
        let nanos = u128::from(number) * 1_000_000_000 / u128::from(rate);
        self.began_at + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_nanos(ms * 1_000_000)
    }

    fn open() -> Schedule {
        let load = Load {
            clients: 2,
            rate: Some(100),
            warm_up_ms: 100,
            time_limit_ms: Some(900),
            ..Load::default()
        };
        Schedule::new(&load, at(5000))
    }

    #[test]
    fn at_a_rate_clients_take_turns_however_late_they_are() {
        let schedule = open();
        let due = |number, ms| Next::Due { number, since: at(ms) };
        assert_eq!(schedule.next(0, 0, at(5000)), due(0, 5000));
        assert_eq!(schedule.next(1, 0, at(5009)), Next::Wait(at(5010)));
        assert_eq!(schedule.next(1, 0, at(5010)), due(1, 5010));
        // A client that was kept waiting gets the time at which it should have asked.
        assert_eq!(schedule.next(0, 1, at(5500)), due(2, 5020));
        assert_eq!(schedule.next(1, 1, at(5500)), due(3, 5030));
        assert_eq!(schedule.counts_from, at(5100));
    }

    #[test]
    fn nothing_is_due_after_the_end_and_what_was_not_sent_is_counted() {
        let schedule = open();
        assert_eq!(schedule.next(0, 0, at(6000)), Next::End);
        assert_eq!(schedule.next(0, 50, at(5990)), Next::End);
        assert_eq!(schedule.unsent(0, 0, at(7000)), 50);
        assert_eq!(schedule.unsent(1, 48, at(7000)), 2);
        assert_eq!(schedule.unsent(1, 50, at(7000)), 0);
        // Ended before its time.
        assert_eq!(schedule.unsent(0, 0, at(5100)), 5);
    }

    #[test]
    fn in_a_closed_loop_an_operation_is_due_when_a_client_is_free() {
        let load = Load { operations: Some(2), time_limit_ms: Some(50), ..Load::default() };
        let schedule = Schedule::new(&load, at(0));
        assert_eq!(schedule.next(7, 0, at(30)), Next::Due { number: 0, since: at(30) });
        assert_eq!(schedule.next(3, 0, at(31)), Next::Due { number: 1, since: at(31) });
        assert_eq!(schedule.next(7, 1, at(32)), Next::End);
        assert_eq!(schedule.unsent(7, 1, at(32)), 0);
        assert_eq!(Schedule::new(&load, at(0)).next(0, 0, at(50)), Next::End);
    }
}
