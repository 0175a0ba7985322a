//! Starting tasks on the current node.

use crate::join::JoinHandle;
use crate::node::Node;
use crate::{real, simulation};
use std::future::Future;
use std::panic::Location;
use std::task::Poll;

/// Starts a task on the current node.
///
/// The task ends with its future, with [`JoinHandle::abort`] or with its node.
///
/// A lock of std is given back before the task waits:
///
/// ```no_run
/// # let lock = std::sync::Arc::new(std::sync::Mutex::new(0));
/// runtime::spawn(async move {
///     *lock.lock().unwrap() += 1;
///     runtime::yield_now().await;
/// });
/// ```
///
/// or the compiler says "future cannot be sent between threads safely" and shows both lines:
///
/// ```compile_fail
/// # let lock = std::sync::Arc::new(std::sync::Mutex::new(0));
/// runtime::spawn(async move {
///     let held = lock.lock().unwrap();
///     runtime::yield_now().await;
///     drop(held);
/// });
/// ```
///
/// # Panics
/// Outside a simulation and a tokio runtime.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    Node::current().spawn(future)
}

/// Starts a task on the current node that nobody waits for: [`spawn`] without its handle, and
/// cheaper.
///
/// # Panics
/// Outside a simulation and a tokio runtime.
#[track_caller]
pub fn detach(future: impl Future<Output = ()> + Send + 'static) {
    let spawned_at = Location::caller();
    let mut future = Some(future);
    simulation::with(|executor| {
        if let Some(future) = future.take() {
            executor.spawn(executor.current_node(), spawned_at, Box::pin(future));
        }
    });
    if let Some(future) = future {
        spawn(future);
    }
}

/// Does what takes long on a thread of its own, so that tasks go on meanwhile. In a simulation no time
/// passes while code works, and it is done at once.
///
/// # Panics
/// Outside a simulation and a tokio runtime.
#[track_caller]
pub fn offload(work: impl FnOnce() + Send + 'static) {
    match simulation::is_simulated() {
        true => work(),
        false => real::offload(work),
    }
}

/// Lets every other ready task run first.
pub async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
// The real clock is tested, too.
#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
mod tests {
    use super::*;
    use crate::Simulation;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn in_a_simulation_long_work_is_done_at_once() {
        let run = Simulation::new(1).run(async {
            let (sender, done) = mpsc::channel();
            offload(move || sender.send(1).unwrap());
            done.try_recv()
        });
        assert_eq!(run.result.unwrap(), Ok(1));
    }

    #[test]
    fn elsewhere_tasks_go_on_meanwhile() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (task, heard) = mpsc::channel();
            let (sender, done) = tokio::sync::oneshot::channel();
            offload(move || {
                let _ = sender.send(heard.recv_timeout(Duration::from_secs(60)));
            });
            task.send("it goes on").unwrap();
            assert_eq!(done.await.unwrap(), Ok("it goes on"));
        });
    }
}
