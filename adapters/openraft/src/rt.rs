//! openraft's runtime on the tester's: one clock, one scheduler and one source of chance for everything in a run. Channels
//! and locks are tokio's, which need no runtime and serve whoever waits in the order of coming.

mod time;
mod watch;

use labtest::runtime::{self, JoinError, JoinHandle, Node, Rng};
use openraft::{AsyncRuntime, OptionalSend};
use openraft_rt_tokio::{TokioMpsc, TokioMutex, TokioOneshot};
use std::future::Future;
use std::io;
use std::panic::Location;
use std::time::Duration;

/// The runtime of [`labtest::runtime`].
#[derive(Debug)]
pub(crate) struct Rt;

impl AsyncRuntime for Rt {
    type JoinError = JoinError;
    type JoinHandle<T: OptionalSend + 'static> = JoinHandle<T>;
    type Sleep = runtime::Sleep;
    type Instant = time::Instant;
    type TimeoutError = runtime::Elapsed;
    type Timeout<R, T: Future<Output = R> + OptionalSend> = runtime::Timeout<T>;
    type ThreadLocalRng = Rng;
    type Mpsc = TokioMpsc;
    type Watch = watch::Watches;
    type Oneshot = TokioOneshot;
    type Mutex<T: OptionalSend + 'static> = TokioMutex<T>;

    #[track_caller]
    fn spawn<T>(future: T) -> JoinHandle<T::Output>
    where
        T: Future + OptionalSend + 'static,
        T::Output: OptionalSend + 'static,
    {
        runtime::spawn(future)
    }

    fn sleep(duration: Duration) -> runtime::Sleep {
        runtime::sleep(duration)
    }

    fn sleep_until(deadline: time::Instant) -> runtime::Sleep {
        runtime::sleep_until(deadline.0)
    }

    fn timeout<R, F: Future<Output = R> + OptionalSend>(
        limit: Duration,
        future: F,
    ) -> runtime::Timeout<F> {
        runtime::timeout(limit, future)
    }

    fn timeout_at<R, F: Future<Output = R> + OptionalSend>(
        deadline: time::Instant,
        future: F,
    ) -> runtime::Timeout<F> {
        runtime::timeout(deadline.0.since(runtime::now()), future)
    }

    /// A panic in a task ends the whole run, so nobody sees one.
    fn is_panic(_: &JoinError) -> bool {
        false
    }

    /// A stream for each place that draws, in each life, at each moment: two servers that start together draw
    /// differently, and so does one server for two things.
    #[track_caller]
    fn thread_rng() -> Rng {
        let name = format!("openraft, line {}", Location::caller().line());
        let life = Node::current().id() << 48;
        runtime::rng(&name, life ^ runtime::now().as_nanos())
    }

    fn new(_threads: usize) -> Rt {
        Rt
    }

    /// The trait wants it for programs that start a runtime. Here the simulation polls everything, and nothing
    /// within a run may wait for a future without giving way to the others.
    fn block_on<F: Future<Output = T>, T>(&mut self, _: F) -> T {
        unreachable!("within a run nobody blocks")
    }

    /// In a run there is one thread.
    fn spawn_blocking<F, T>(f: F) -> impl Future<Output = Result<T, io::Error>> + Send
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        std::future::ready(Ok(f()))
    }
}
