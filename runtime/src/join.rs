//! Waiting for the result of a task.

use crate::life;
use crate::simulation::{self, TaskKey};
use parking_lot::Mutex;
use pin_project_lite::pin_project;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Why a task has no result: it was aborted, or its node was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the task was ended before it was done")]
pub struct JoinError;

/// Waits for a task. Dropping it leaves the task running.
pub struct JoinHandle<T> {
    outcome: Arc<Mutex<JoinState<T>>>,
    abort: Abort,
}

enum Abort {
    /// The task never started, because its node was dead.
    Nothing,
    Simulated(TaskKey),
    Real(tokio::task::AbortHandle),
}

enum JoinState<T> {
    Running(Option<Waker>),
    Done(Result<T, JoinError>),
    Taken,
}

impl<T> JoinHandle<T> {
    /// Ends the task at the `await` that it has reached; no effect when it is done.
    pub fn abort(&self) {
        match &self.abort {
            Abort::Nothing => {}
            Abort::Simulated(key) => {
                simulation::with(|executor| executor.abort(*key));
            }
            Abort::Real(handle) => handle.abort(),
        }
    }

    /// Whether the task is done or ended.
    pub fn is_finished(&self) -> bool {
        !matches!(*self.outcome.lock(), JoinState::Running(_))
    }

    pub(crate) fn simulated(
        node: u32,
        spawned_at: &'static Location<'static>,
        future: impl Future<Output = T> + 'static,
    ) -> JoinHandle<T>
    where
        T: 'static,
    {
        let (outcome, task) = with_outcome(future);
        let key = simulation::with(|executor| executor.spawn(node, spawned_at, Box::pin(task)));
        let abort = key.flatten().map_or(Abort::Nothing, Abort::Simulated);
        JoinHandle { outcome, abort }
    }

    pub(crate) fn real(
        future: impl Future<Output = T> + Send + 'static,
        spawn: impl FnOnce(Pin<Box<dyn Future<Output = ()> + Send>>) -> Option<tokio::task::AbortHandle>,
    ) -> JoinHandle<T>
    where
        T: Send + 'static,
    {
        let (outcome, task) = with_outcome(future);
        JoinHandle { outcome, abort: spawn(Box::pin(task)).map_or(Abort::Nothing, Abort::Real) }
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    /// On a node that was killed it is never ready with a [`JoinError`].
    ///
    /// # Panics
    /// When polled again after it was ready.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut outcome = self.outcome.lock();
        match std::mem::replace(&mut *outcome, JoinState::Taken) {
            JoinState::Running(_) => {
                *outcome = JoinState::Running(Some(context.waker().clone()));
                Poll::Pending
            }
            // A node that was killed in the middle of a poll would ask again and again.
            JoinState::Done(Err(error)) if life::is_over() => {
                *outcome = JoinState::Done(Err(error));
                Poll::Pending
            }
            JoinState::Done(result) => Poll::Ready(result),
            JoinState::Taken => panic!("a join handle was polled after it was ready"),
        }
    }
}

type Shared<T> = Arc<Mutex<JoinState<T>>>;

/// The future as a task whose result, or whose end without one, shows in the outcome.
fn with_outcome<F: Future>(future: F) -> (Shared<F::Output>, impl Future<Output = ()>) {
    let outcome = Arc::new(Mutex::new(JoinState::Running(None)));
    let completion = Completion(Arc::clone(&outcome));
    (outcome, Completing { future, completion })
}

pin_project! {
    /// A future that hands its result over. An async block would do the same, but hold the future
    /// twice.
    struct Completing<F: Future> {
        #[pin]
        future: F,
        completion: Completion<F::Output>,
    }
}

impl<F: Future> Future for Completing<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let result = std::task::ready!(this.future.poll(context));
        this.completion.finish(Ok(result));
        Poll::Ready(())
    }
}

struct Completion<T>(Shared<T>);

impl<T> Completion<T> {
    fn finish(&self, result: Result<T, JoinError>) {
        let mut outcome = self.0.lock();
        if let JoinState::Running(waker) = &mut *outcome {
            let waker = waker.take();
            *outcome = JoinState::Done(result);
            drop(outcome);
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

/// A task that is dropped before its end was aborted or lost its node.
impl<T> Drop for Completion<T> {
    fn drop(&mut self) {
        self.finish(Err(JoinError));
    }
}
