//! Waiting: on the virtual clock in a simulation, on tokio's elsewhere.

use crate::clock::Instant;
use crate::real;
use crate::simulation::{self, TimerKey, is_simulated};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// What the current node's clock shows.
#[inline]
pub fn now() -> Instant {
    simulation::with(|executor| {
        executor.note_call();
        Instant::from_nanos(executor.local_now())
    })
    .unwrap_or_else(real::now)
}

/// True time, which no node's clock distorts: for observers and reports.
#[inline]
pub fn true_now() -> Instant {
    let simulated = simulation::with(|executor| executor.true_now());
    Instant::from_nanos(simulated.unwrap_or_else(real::true_now))
}

/// When the next thing of the simulation is due, in true time, if nothing new comes before it and no task is ready:
/// until then nothing happens. None outside a simulation, and where nothing waits.
pub fn next_due() -> Option<Instant> {
    simulation::with(|executor| executor.next_due()).flatten().map(Instant::from_nanos)
}

/// Waits that long on the current node's clock.
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(now() + duration)
}

/// Waits until the current node's clock shows `deadline`; ready at once when that has passed.
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    let timer = match is_simulated() {
        true => Timer::Simulated(None),
        false => Timer::Real(Box::pin(real::sleep_until(deadline))),
    };
    Sleep { deadline, timer }
}

/// The future of [`sleep`] and [`sleep_until`].
#[must_use = "it waits only when awaited"]
pub struct Sleep {
    deadline: Instant,
    timer: Timer,
}

enum Timer {
    /// `None` before the first poll.
    Simulated(Option<TimerKey>),
    Real(Pin<Box<tokio::time::Sleep>>),
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        match &mut self.timer {
            Timer::Real(sleep) => sleep.as_mut().poll(context),
            Timer::Simulated(timer) => {
                let polled = simulation::with(|executor| {
                    executor.note_call();
                    if executor.local_now() >= deadline.as_nanos() {
                        if let Some(key) = timer.take() {
                            executor.cancel_timer(key);
                        }
                        return Poll::Ready(());
                    }
                    match *timer {
                        Some(key) if executor.rewake_timer(key, context.waker()) => {}
                        _ => {
                            let key = executor.add_timer(deadline.as_nanos(), context.waker());
                            *timer = Some(key);
                        }
                    }
                    Poll::Pending
                });
                polled.expect("a sleep of a simulation is polled inside it")
            }
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Timer::Simulated(Some(key)) = self.timer {
            simulation::with(|executor| executor.cancel_timer(key));
        }
    }
}

/// The time of a [`timeout`] ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not ready after {0:?}")]
pub struct Elapsed(pub Duration);

/// Waits for the future, but no longer than `limit` on the current node's clock.
///
/// # Errors
/// [`Elapsed`] when the future was not ready by then; it is dropped.
#[track_caller]
pub fn timeout<F: Future>(limit: Duration, future: F) -> Timeout<F> {
    Timeout { future, sleep: sleep(limit), limit }
}

pin_project! {
    /// The future of [`timeout`].
    #[must_use = "it waits only when awaited"]
    pub struct Timeout<F> {
        #[pin]
        future: F,
        sleep: Sleep,
        limit: Duration,
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.future.poll(context) {
            return Poll::Ready(Ok(output));
        }
        Pin::new(this.sleep).poll(context).map(|()| Err(Elapsed(*this.limit)))
    }
}
