//! A server, for those who give it orders.

use super::memory;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// What a server's task is to do.
#[derive(Debug)]
pub enum Order {
    Start,
    Kill,
    Terminate,
    Pause,
    Resume,
    Write(String),
    ExpectEnd,
    /// As far as it takes to have no process, and then to say so.
    End(oneshot::Sender<()>),
    /// Say that this order has come.
    Answer(oneshot::Sender<()>),
}

/// What is known of a server at this moment.
#[derive(Clone, Debug, Default)]
pub struct Status {
    pub life: u64,
    pub pid: Option<u32>,
    pub paused: bool,
    pub memory_bytes_max: u64,
}

/// A server. Clones of this are the same one.
///
/// Orders return at once, and are carried out one after another; their result is an [`super::Event`].
#[derive(Clone, Debug)]
pub struct Server {
    number: usize,
    orders: UnboundedSender<Order>,
    pub(super) status: Arc<Mutex<Status>>,
}

impl Server {
    pub(super) fn new(number: usize) -> (Server, UnboundedReceiver<Order>) {
        let (orders, received) = unbounded_channel();
        (Server { number, orders, status: Arc::default() }, received)
    }

    /// Its number, from 0.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Starts it. One that was asked to end is waited for first, and killed after five seconds; one that runs
    /// is left alone.
    pub fn start(&self) {
        self.order(Order::Start);
    }

    /// Kills it with SIGKILL, also while it is paused. What is ordered next is done when it has ended.
    pub fn kill(&self) {
        self.order(Order::Kill);
    }

    /// Asks it to end, with SIGTERM. A paused one gets the signal when it is resumed.
    pub fn terminate(&self) {
        self.order(Order::Terminate);
    }

    /// Stops it with SIGSTOP. What is ordered next is done when it stands still.
    pub fn pause(&self) {
        self.order(Order::Pause);
    }

    /// Lets it go on after [`Server::pause`].
    pub fn resume(&self) {
        self.order(Order::Resume);
    }

    /// Writes a line to its standard input, if it runs.
    pub fn write_line(&self, text: impl Into<String>) {
        self.order(Order::Write(text.into()));
    }

    /// From now on the process that runs may end by itself.
    pub fn expect_end(&self) {
        self.order(Order::ExpectEnd);
    }

    /// Waits until all that was ordered before is done.
    pub async fn settled(&self) {
        self.answered(Order::Answer).await;
    }

    /// Waits until it has ended: it is resumed, asked to end, and killed after five seconds.
    pub async fn end(&self) {
        self.answered(Order::End).await;
    }

    /// Whether it has a process that has not ended, paused or not.
    pub fn is_running(&self) -> bool {
        self.pid().is_some()
    }

    /// Whether it stands still.
    pub fn is_paused(&self) -> bool {
        self.status.lock().paused
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.status.lock().pid
    }

    /// How many times it was started.
    pub fn life(&self) -> u64 {
        self.status.lock().life
    }

    /// The memory of its process, in bytes; `None` if that is unknown.
    pub fn memory_bytes(&self) -> Option<u64> {
        memory::resident_bytes(self.pid()?)
    }

    /// The most memory that any of its processes was seen to have, in bytes; 0 if that is unknown. It is
    /// checked every half second, and before a process is killed.
    pub fn memory_bytes_max(&self) -> u64 {
        self.status.lock().memory_bytes_max
    }

    fn order(&self, order: Order) {
        // Its task is gone only with the runtime, and then so is its process.
        let _ = self.orders.send(order);
    }

    async fn answered(&self, order: impl FnOnce(oneshot::Sender<()>) -> Order) {
        let (sender, answer) = oneshot::channel();
        self.order(order(sender));
        // No answer comes when its task is gone: see above.
        let _ = answer.await;
    }
}
