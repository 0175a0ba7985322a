//! Channels and locks: tokio's, which need no runtime and serve whoever waits in the order of coming.

use openraft::OptionalSend;
use openraft::async_runtime::{
    Mpsc, MpscReceiver, MpscSender, MpscWeakSender, Mutex, Oneshot, OneshotSender, SendError,
    TryRecvError,
};
use tokio::sync::{MutexGuard, mpsc, oneshot};

/// Names them.
pub(crate) struct Channels;

impl Mpsc for Channels {
    type Sender<T: OptionalSend> = mpsc::Sender<T>;
    type Receiver<T: OptionalSend> = Receiver<T>;
    type WeakSender<T: OptionalSend> = mpsc::WeakSender<T>;

    fn channel<T: OptionalSend>(buffer: usize) -> (mpsc::Sender<T>, Receiver<T>) {
        let (sender, receiver) = mpsc::channel(buffer);
        (sender, Receiver(receiver))
    }
}

impl<T: OptionalSend> MpscSender<Channels, T> for mpsc::Sender<T> {
    async fn send(&self, message: T) -> Result<(), SendError<T>> {
        mpsc::Sender::send(self, message).await.map_err(|error| SendError(error.0))
    }

    fn downgrade(&self) -> mpsc::WeakSender<T> {
        mpsc::Sender::downgrade(self)
    }
}

impl<T: OptionalSend> MpscWeakSender<Channels, T> for mpsc::WeakSender<T> {
    fn upgrade(&self) -> Option<mpsc::Sender<T>> {
        mpsc::WeakSender::upgrade(self)
    }
}

/// Takes messages in the order in which they were sent.
pub(crate) struct Receiver<T>(mpsc::Receiver<T>);

impl<T: OptionalSend> MpscReceiver<T> for Receiver<T> {
    async fn recv(&mut self) -> Option<T> {
        self.0.recv().await
    }

    fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.0.try_recv().map_err(|error| match error {
            mpsc::error::TryRecvError::Empty => TryRecvError::Empty,
            mpsc::error::TryRecvError::Disconnected => TryRecvError::Disconnected,
        })
    }
}

impl Oneshot for Channels {
    type Sender<T: OptionalSend> = OneSender<T>;
    type Receiver<T: OptionalSend> = oneshot::Receiver<T>;
    type ReceiverError = oneshot::error::RecvError;

    fn channel<T: OptionalSend>() -> (OneSender<T>, oneshot::Receiver<T>) {
        let (sender, receiver) = oneshot::channel();
        (OneSender(sender), receiver)
    }
}

/// Sends one message.
pub(crate) struct OneSender<T>(oneshot::Sender<T>);

impl<T: OptionalSend> OneshotSender<T> for OneSender<T> {
    fn send(self, message: T) -> Result<(), T> {
        self.0.send(message)
    }
}

/// A lock that may be held while its holder waits.
pub(crate) struct Lock<T>(tokio::sync::Mutex<T>);

impl<T: OptionalSend + 'static> Mutex<T> for Lock<T> {
    type Guard<'a> = MutexGuard<'a, T>;

    fn new(value: T) -> Lock<T> {
        Lock(tokio::sync::Mutex::new(value))
    }

    async fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().await
    }
}
