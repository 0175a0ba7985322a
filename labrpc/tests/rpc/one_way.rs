//! Messages that nobody answers, and services that do not answer.

use crate::common::{MS, Pair};
use labrpc::{
    BoxFuture, EventKind, HandleError, LossReason, NetworkEvent, Observer, RpcError, Service,
};
use parking_lot::Mutex;
use runtime::{Simulation, sleep};
use std::sync::Arc;

fn run<F>(main: F) -> F::Output
where
    F: Future + 'static,
    F::Output: 'static,
{
    Simulation::new(1).run(main).result.expect("the run ends")
}

#[derive(Default)]
struct Seen(Mutex<Vec<(EventKind, bool)>>);

impl Observer for Seen {
    fn observe(&self, event: &NetworkEvent<'_>) {
        self.0.lock().push((event.kind, event.one_way));
    }
}

struct Silent;

impl Service for Silent {
    fn handle(
        self: Arc<Self>,
        _method: &'static str,
        _args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        Box::pin(std::future::ready(Err(HandleError::Silent)))
    }
}

#[test]
fn a_one_way_message_arrives_and_is_counted_apart_from_calls() {
    run(async {
        let pair = Pair::new();
        let seen = Arc::new(Seen::default());
        pair.network.set_observer(Some(Arc::clone(&seen) as _));
        pair.end.send("Echo.Echo", b"hello".to_vec());
        sleep(10 * MS).await;
        assert_eq!(*pair.server.handled.lock(), [b"hello".to_vec()]);
        assert_eq!((pair.network.total_calls(), pair.network.total_sends()), (0, 1));
        assert_eq!((pair.network.server_calls(1), pair.network.server_sends(1)), (0, 1));
        assert_eq!(pair.network.total_bytes(), 5);
        let events = [(EventKind::RequestSent, true), (EventKind::RequestDelivered, true)];
        assert_eq!(*seen.0.lock(), events);
    });
}

#[test]
fn what_cant_arrive_is_lost_and_nothing_else_is() {
    run(async {
        let pair = Pair::new();
        let seen = Arc::new(Seen::default());
        pair.network.set_observer(Some(Arc::clone(&seen) as _));
        pair.network.set_enabled(0, 1, false);
        pair.end.send("Echo.Echo", b"lost".to_vec());
        sleep(1000 * MS).await;
        let lost = (EventKind::RequestLost(LossReason::Cut), true);
        assert_eq!(*seen.0.lock(), [(EventKind::RequestSent, true), lost]);
        assert!(pair.server.handled.lock().is_empty());
        // Its place is free for the next, and a cut after it changes nothing.
        pair.network.set_enabled(0, 1, true);
        pair.end.send("Echo.Echo", b"there".to_vec());
        sleep(10 * MS).await;
        pair.network.set_enabled(1, 0, false);
        assert_eq!(*pair.server.handled.lock(), [b"there".to_vec()]);
    });
}

#[test]
fn a_service_may_be_silent_and_its_caller_hears_what_it_would_of_a_lost_reply() {
    run(async {
        let pair = Pair::new();
        let seen = Arc::new(Seen::default());
        pair.network.set_service(1, Arc::new(Silent));
        pair.network.set_observer(Some(Arc::clone(&seen) as _));
        assert_eq!(pair.echo("hello").await, Err(RpcError::NoReply));
        pair.end.send("Echo.Echo", b"hello".to_vec());
        sleep(10 * MS).await;
        assert_eq!(pair.network.mistake(), None);
        let silent = (EventKind::ReplyLost(LossReason::Silent), false);
        assert_eq!(seen.0.lock().iter().filter(|event| **event == silent).count(), 1);
        assert_eq!(seen.0.lock().len(), 5);
    });
}
