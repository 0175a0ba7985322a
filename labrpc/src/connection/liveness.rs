//! Whether the other side of a connection is alive, counted in ticks.
//!
//! A tick is a sixth of the time after which a silent connection is dead. At each one a side that has
//! sent nothing since the last one sends a sign of life, so something comes every two ticks; five without
//! anything are the end, and they are over before the sixth. Ticks are counted and clocks are not read, so
//! that a process which stood still does not take that for the others' silence.

use super::limits::Limits;
use super::link::Ended;
use runtime::Sleep;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

const TICKS: u32 = 6;

pub(super) struct Liveness {
    tick: Duration,
    timer: Sleep,
    /// How many ticks a connection that does not move on is kept.
    idle_ticks: u32,
    /// What has happened since the last tick.
    since: Happened,
    /// For how many ticks what should happen has not.
    silent: u32,
    incomplete: u32,
    stalled: u32,
}

#[derive(Default)]
pub(super) struct Happened {
    /// Something has come, if only a byte.
    pub(super) heard: bool,
    /// A whole frame has come.
    pub(super) completed: bool,
    /// Nothing could come, for nothing was read.
    pub(super) deaf: bool,
    /// Something was given to the system to be sent.
    pub(super) wrote: bool,
}

impl Liveness {
    pub(super) fn new(limits: &Limits) -> Liveness {
        let tick = limits.dead_after().max(Duration::from_millis(1)) / TICKS;
        let idle_ticks = limits.idle().as_nanos().div_ceil(tick.as_nanos());
        Liveness {
            tick,
            timer: runtime::sleep(tick),
            idle_ticks: u32::try_from(idle_ticks).unwrap_or(u32::MAX).max(TICKS),
            since: Happened::default(),
            silent: 0,
            incomplete: 0,
            stalled: 0,
        }
    }

    pub(super) fn note(&mut self) -> &mut Happened {
        &mut self.since
    }

    /// Ready at each tick, with whether a sign of life is due. `to_write` says that something waits to be
    /// written.
    pub(super) fn poll_tick(
        &mut self,
        context: &mut Context<'_>,
        to_write: bool,
    ) -> Poll<Result<bool, Ended>> {
        ready!(Pin::new(&mut self.timer).poll(context));
        self.timer = runtime::sleep(self.tick);
        Poll::Ready(self.tick(to_write))
    }

    fn tick(&mut self, to_write: bool) -> Result<bool, Ended> {
        let Happened { heard, completed, deaf, wrote } = std::mem::take(&mut self.since);
        count(&mut self.silent, !heard && !deaf);
        count(&mut self.incomplete, !completed);
        count(&mut self.stalled, to_write && !wrote);
        if self.silent >= TICKS - 1 {
            return Err(Ended::Dead);
        }
        if self.incomplete.max(self.stalled) >= self.idle_ticks {
            return Err(Ended::Idle);
        }
        Ok(!to_write && !wrote)
    }
}

fn count(ticks: &mut u32, another: bool) {
    *ticks = if another { *ticks + 1 } else { 0 };
}

#[cfg(test)]
mod tests;
