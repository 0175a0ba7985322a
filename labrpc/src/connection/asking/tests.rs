use super::super::client::Sending;
use super::super::exchange::Introduced;
use super::super::frame::FrameCodec;
use super::super::limits::Limits;
use super::*;
use bytes::Bytes;
use futures::SinkExt;
use std::task::Waker;
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_util::codec::Framed;

/// A caller's side, the queue of its calls and the server's side, which does as the test likes.
struct Conversation {
    asking: Asking<DuplexStream>,
    calls: Calls,
    queue: mpsc::UnboundedSender<Sending>,
    server: Framed<DuplexStream, FrameCodec>,
}

fn conversation(limits: &Limits) -> Conversation {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let [framed, server] = [ours, theirs].map(|end| Framed::new(end, FrameCodec::new(10_000)));
    let introduced = Introduced { framed, with: vec!["One".to_owned()], frame_bytes: 10_000 };
    let (queue, calls) = mpsc::unbounded_channel();
    Conversation { asking: Asking::new(introduced, limits, 1), calls, queue, server }
}

impl Conversation {
    fn call(&self, time: Duration) -> oneshot::Receiver<Answer> {
        let (caller, answered) = oneshot::channel();
        let sending = Sending::for_test("One", runtime::now() + time, caller);
        assert!(self.queue.send(sending).is_ok());
        answered
    }

    fn poll(&mut self) -> Poll<Ended> {
        self.asking.poll(&mut Context::from_waker(Waker::noop()), &mut self.calls)
    }

    async fn say(&mut self, head: &Head, body: &[u8]) {
        let message = [&crate::encode(head).unwrap()[..], body].concat();
        self.server.send(Bytes::from(message)).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_is_left_of_calls_that_a_mute_server_never_answers() {
    let limits = Limits { dead_after_ms: 60, ..Limits::default() };
    let mut it = conversation(&limits);
    let mut calls: Vec<_> = (0..100).map(|_| it.call(Duration::from_millis(50))).collect();
    let mut later = it.call(Duration::from_secs(10));
    assert!(it.poll().is_pending());
    assert_eq!(it.asking.pending.len(), 101);
    for _ in 0..10 {
        it.say(&Head::Beat, &[]).await;
        runtime::sleep(Duration::from_millis(10)).await;
        assert!(it.poll().is_pending(), "it is alive");
    }
    assert_eq!(it.asking.pending.len(), 1);
    let closed = Err(oneshot::error::TryRecvError::Closed);
    assert!(calls.iter_mut().all(|call| call.try_recv() == closed));

    // What comes after all is for nobody, and the connection goes on.
    it.say(&Head::Reply { id: 7 }, b"late").await;
    it.say(&Head::Reply { id: 100 }, b"in time").await;
    assert!(it.poll().is_pending());
    assert_eq!(later.try_recv(), Ok(Ok(b"in time".to_vec())));
    assert!(it.asking.pending.is_empty());
}

#[tokio::test]
async fn what_a_server_must_not_say_ends_the_connection() {
    for head in [Head::Request { id: 1, method: 0 }, Head::OneWay { method: 0 }] {
        let mut it = conversation(&Limits::default());
        it.say(&head, &[]).await;
        assert!(matches!(it.poll(), Poll::Ready(Ended::Nonsense(_))), "{head:?}");
    }
    let mut it = conversation(&Limits::default());
    drop(it.server);
    let polled = it.asking.poll(&mut Context::from_waker(Waker::noop()), &mut it.calls);
    assert!(matches!(polled, Poll::Ready(Ended::Closed)));
}

#[tokio::test]
async fn what_nobody_takes_off_waits_no_longer_than_its_call() {
    let mut it = conversation(&Limits { dead_after_ms: 60, ..Limits::default() });
    let args = vec![0; 9_000];
    let mut calls = Vec::new();
    for _ in 0..1000 {
        let (caller, answered) = oneshot::channel();
        let deadline = runtime::now() + Duration::from_millis(50);
        let mut sending = Sending::for_test("One", deadline, caller);
        sending.args.clone_from(&args);
        assert!(it.queue.send(sending).is_ok());
        calls.push(answered);
    }
    for _ in 0..10 {
        it.say(&Head::Beat, &[]).await;
        assert!(it.poll().is_pending());
        runtime::sleep(Duration::from_millis(10)).await;
    }
    assert!(it.asking.waiting.is_empty() && it.asking.pending.is_empty());
    assert!(it.asking.link.unwritten_bytes() < WRITE_AT_ONCE_BYTES + 10_000);
    let closed = Err(oneshot::error::TryRecvError::Closed);
    assert!(calls.iter_mut().all(|call| call.try_recv() == closed));
}
