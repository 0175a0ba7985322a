//! The lab's network, behaviour by behaviour.

use crate::common::{Echo, MS, Pair, slow_link};
use labrpc::{
    Delay, EventKind, Hooks, LinkConfig, LossReason, Mistake, Network, NetworkEvent, Observer,
    RpcError, ServerId, Service, Throttle,
};
use parking_lot::Mutex;
use runtime::{Node, Report, Simulation, now, sleep, spawn, timeout};
use std::sync::Arc;
use std::time::Duration;

fn run<F>(seed: u64, main: F) -> F::Output
where
    F: Future + 'static,
    F::Output: 'static,
{
    Simulation::new(seed).run(main).result.expect("the run ends")
}

#[test]
fn a_reliable_call_is_answered_within_the_delay_of_two_messages() {
    run(1, async {
        let pair = Pair::new();
        for _ in 0..200 {
            let start = now();
            assert_eq!(pair.echo("hello").await, Ok(b"hello".to_vec()));
            assert!(now().since(start) <= 4 * MS);
        }
        assert_eq!(pair.network.server_calls(1), 200);
        assert_eq!(pair.network.total_calls(), 200);
        assert_eq!(pair.network.total_bytes(), 200 * 10);
    });
}

#[test]
fn messages_of_a_reliable_network_overtake_each_other() {
    run(1, async {
        let pair = Pair::new();
        let calls: Vec<_> =
            (0..20).map(|number| pair.end.call("Echo.Echo", vec![number])).collect();
        for call in calls {
            call.await.unwrap();
        }
        let order = pair.server.handled.lock().concat();
        assert!(!order.is_sorted(), "{order:?}");
    });
}

#[test]
fn an_unreliable_network_loses_a_tenth_each_way_and_delays_requests() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_reliable(false);
        let (mut answered, mut slowest) = (0, Duration::ZERO);
        for _ in 0..5000 {
            let start = now();
            answered += u32::from(pair.echo("x").await.is_ok());
            slowest = slowest.max(now().since(start));
        }
        // 0.9 x 0.9 of the calls succeed, 0.9 of the requests arrive.
        assert!((3950..4150).contains(&answered), "{answered}");
        assert!((4420..4580).contains(&pair.handled()), "{}", pair.handled());
        assert!(slowest > 26 * MS && slowest <= 30 * MS, "{slowest:?}");
        pair.network.set_reliable(true);
        assert!(pair.echo("x").await.is_ok());
    });
}

#[test]
fn long_reordering_holds_back_replies_and_never_requests() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_long_reordering(true);
        let mut late = 0;
        for _ in 0..600 {
            let (before, start) = (pair.handled(), now());
            let call = pair.echo("x");
            let arrived = async {
                sleep(3 * MS).await;
                pair.handled()
            };
            let (answer, handled) = futures::join!(call, arrived);
            assert!(answer.is_ok());
            assert_eq!(handled, before + 1);
            let took = now().since(start);
            assert!(took <= 2204 * MS);
            late += u32::from(took >= 200 * MS);
        }
        assert!((360..440).contains(&late), "{late}");
    });
}

#[test]
fn a_server_that_cannot_be_reached_is_noticed_after_a_while() {
    run(1, async {
        let pair = Pair::new();
        let slowest = async |calls: u32| {
            let mut slowest = Duration::ZERO;
            for _ in 0..calls {
                let start = now();
                assert_eq!(pair.echo("x").await, Err(RpcError::NoReply));
                slowest = slowest.max(now().since(start));
            }
            slowest
        };
        pair.network.set_enabled(0, 1, false);
        let short = slowest(100).await;
        assert!(short > 80 * MS && short <= 99 * MS, "{short:?}");
        pair.network.set_long_delays(true);
        let long = slowest(100).await;
        assert!(long > 6000 * MS && long <= 6999 * MS, "{long:?}");
        pair.network.set_enabled(0, 1, true);
        pair.network.delete_server(1);
        assert_eq!(pair.echo("x").await, Err(RpcError::NoReply));
        assert_eq!(pair.handled(), 0);
        // Calls count also when they reach nobody.
        assert_eq!(pair.network.total_calls(), 201);
        assert_eq!(pair.network.total_bytes(), 201);
    });
}

/// What a call gives, and when, if `meddle` happens 5 ms after it was sent.
async fn interrupted(pair: &Pair, meddle: impl Fn(&Network)) -> (Result<Vec<u8>, RpcError>, u128) {
    let start = now();
    let meddling = async {
        sleep(5 * MS).await;
        meddle(&pair.network);
    };
    let (answer, ()) = futures::join!(
        async {
            let answer = pair.echo("x").await;
            (answer, now().since(start).as_millis())
        },
        meddling
    );
    answer
}

#[test]
fn a_cut_link_fails_the_request_on_it_at_once() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_link(0, 1, slow_link(100));
        let cut = interrupted(&pair, |network| network.set_enabled(0, 1, false)).await;
        assert_eq!(cut, (Err(RpcError::NoReply), 5));
        sleep(1000 * MS).await;
        assert_eq!(pair.handled(), 0);
    });
}

#[test]
fn a_cut_way_back_fails_the_call_at_once_but_the_request_arrives() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_link(0, 1, slow_link(100));
        let cut = interrupted(&pair, |network| network.set_enabled(1, 0, false)).await;
        assert_eq!(cut, (Err(RpcError::NoReply), 5));
        pair.network.set_enabled(1, 0, true);
        sleep(1000 * MS).await;
        assert_eq!(pair.handled(), 1);
        // The reply was lost although the link was whole again.
        assert_eq!(pair.network.total_bytes(), 1);
    });
}

#[test]
fn a_request_under_way_arrives_over_a_cut_link_when_the_network_is_told_so() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_arriving_requests(true);
        pair.network.set_link(0, 1, slow_link(100));
        let cut = interrupted(&pair, |network| {
            network.set_enabled(0, 1, false);
            network.set_enabled(1, 0, false);
            // Its reply is dropped even if the link is whole again by then.
            network.set_enabled(1, 0, true);
        });
        assert_eq!(cut.await, (Err(RpcError::NoReply), 5));
        // What is sent over a link that was cut before does not arrive.
        assert_eq!(pair.echo("y").await, Err(RpcError::NoReply));
        sleep(1000 * MS).await;
        assert_eq!(*pair.server.handled.lock(), [b"x"]);
        assert_eq!(pair.network.total_bytes(), 2, "two requests and no reply");
    });
}

#[test]
fn a_request_under_way_outlives_its_sender_and_not_its_receiver() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_arriving_requests(true);
        pair.network.set_link(0, 1, slow_link(100));
        let call = pair.end.call("Echo.Echo", b"x".to_vec());
        sleep(10 * MS).await;
        let end = pair.network.add_server(0, &Node::new("client, restarted")).swap_remove(1);
        assert_eq!(call.await, Err(RpcError::NoReply));
        assert_eq!((pair.handled(), pair.network.total_bytes()), (1, 1));
        // A request to a server that is gone is lost, and so is the reply of one.
        let call = end.call("Echo.Echo", b"y".to_vec());
        sleep(10 * MS).await;
        pair.network.delete_server(1);
        assert_eq!(call.await, Err(RpcError::NoReply));
        let (_node, server) = Pair::start(&pair.network, 100 * MS);
        let call = end.call("Echo.Echo", b"z".to_vec());
        sleep(150 * MS).await;
        pair.network.delete_server(1);
        assert_eq!(call.await, Err(RpcError::NoReply));
        assert_eq!(*server.handled.lock(), [b"z"]);
    });
}

#[test]
fn a_reply_never_crosses_a_link_that_was_cut_while_it_was_under_way() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_link(1, 0, slow_link(100));
        let cut = interrupted(&pair, |network| {
            network.set_enabled(1, 0, false);
            network.set_enabled(1, 0, true);
        });
        assert_eq!(cut.await, (Err(RpcError::NoReply), 5));
        assert_eq!(pair.handled(), 1);
    });
}

#[test]
fn a_reply_never_crosses_a_link_that_was_cut_while_the_server_worked() {
    run(1, async {
        let pair = Pair::taking(100 * MS);
        let cut = interrupted(&pair, |network| {
            network.set_enabled(1, 0, false);
            network.set_enabled(1, 0, true);
        });
        assert_eq!(cut.await, (Err(RpcError::NoReply), 5));
        sleep(1000 * MS).await;
        assert_eq!(pair.network.total_bytes(), 1);
    });
}

#[test]
fn one_way_links_carry_requests_without_replies() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_enabled(1, 0, false);
        assert!(!pair.network.is_enabled(1, 0) && pair.network.is_enabled(0, 1));
        assert_eq!(pair.echo("x").await, Err(RpcError::NoReply));
        assert_eq!(pair.handled(), 1);
    });
}

#[test]
fn a_deleted_server_fails_its_calls_at_once_in_every_stage() {
    run(1, async {
        for (takes, request_is_slow) in [(0, true), (100, false), (0, false)] {
            let pair = Pair::taking(takes * MS);
            let slow = if request_is_slow { (0, 1) } else { (1, 0) };
            pair.network.set_link(slow.0, slow.1, slow_link(100));
            let deleted = interrupted(&pair, |network| network.delete_server(1)).await;
            assert_eq!(deleted, (Err(RpcError::NoReply), 5));
        }
    });
}

#[test]
fn a_killed_node_fails_the_calls_it_handles_and_those_it_gets() {
    run(1, async {
        let pair = Pair::taking(100 * MS);
        let node = pair.node.clone();
        let killed = interrupted(&pair, |_| node.kill()).await;
        assert_eq!(killed, (Err(RpcError::NoReply), 5));
        assert_eq!(pair.echo("x").await, Err(RpcError::NoReply));
        assert_eq!(pair.network.server_calls(1), 1);
    });
}

#[test]
fn messages_of_an_earlier_incarnation_are_neither_delivered_nor_counted() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_link(0, 1, slow_link(100));
        pair.network.set_link(1, 0, slow_link(100));
        // To the server that is replaced while the request is under way.
        let call = pair.end.call("Echo.Echo", b"old".to_vec());
        let (_, fresh) = Pair::start(&pair.network, Duration::ZERO);
        assert_eq!(call.await, Err(RpcError::NoReply));
        sleep(1000 * MS).await;
        assert_eq!(pair.network.server_calls(1), 0);
        // From the client that is replaced while its request is under way.
        let call = pair.end.call("Echo.Echo", b"old".to_vec());
        let ends = pair.network.add_server(0, &Node::new("client, restarted"));
        assert_eq!(call.await, Err(RpcError::NoReply));
        sleep(1000 * MS).await;
        assert!(fresh.handled.lock().is_empty());
        // Its old end is dead, its new one is not.
        assert!(timeout(1000 * MS, pair.echo("zombie")).await.is_err());
        assert!(ends[1].call("Echo.Echo", b"new".to_vec()).await.is_ok());
        assert_eq!(*fresh.handled.lock(), [b"new".to_vec()]);
    });
}

#[test]
fn a_reply_to_an_earlier_incarnation_is_lost() {
    run(1, async {
        let pair = Pair::taking(50 * MS);
        let call = pair.end.call("Echo.Echo", b"x".to_vec());
        sleep(10 * MS).await;
        pair.network.add_server(0, &Node::new("client, restarted"));
        assert_eq!(call.await, Err(RpcError::NoReply));
        assert_eq!(pair.handled(), 1);
        assert_eq!(pair.network.total_bytes(), 1);
    });
}

#[test]
fn what_a_held_link_gets_arrives_when_it_is_released() {
    run(1, async {
        let pair = Pair::new();
        pair.network.hold(0, 1);
        let calls: Vec<_> = (0..3).map(|n| pair.end.call("Echo.Echo", vec![n])).collect();
        sleep(500 * MS).await;
        assert_eq!(pair.handled(), 0);
        pair.network.release(0, 1);
        for call in calls {
            assert!(call.await.is_ok());
        }
        assert!(now().as_nanos() <= 503_000_000);
        assert_eq!(pair.handled(), 3);
    });
}

#[test]
fn what_a_held_link_gets_is_lost_when_it_is_cut() {
    run(1, async {
        let pair = Pair::new();
        pair.network.hold(0, 1);
        let call = pair.end.call("Echo.Echo", b"x".to_vec());
        sleep(10 * MS).await;
        pair.network.set_enabled(0, 1, false);
        assert_eq!(call.await, Err(RpcError::NoReply));
        pair.network.set_enabled(0, 1, true);
        pair.network.release(0, 1);
        sleep(10 * MS).await;
        assert_eq!(pair.handled(), 0);
    });
}

#[test]
fn a_paused_servers_requests_wait_until_it_wakes() {
    run(1, async {
        let pair = Pair::new();
        pair.node.pause();
        let call = pair.end.call("Echo.Echo", b"x".to_vec());
        sleep(300 * MS).await;
        assert_eq!(pair.handled(), 0);
        pair.node.resume();
        assert!(call.await.is_ok());
        assert!(now().as_nanos() >= 300_000_000);
    });
}

#[test]
fn duplicates_are_handled_and_answered_once() {
    run(1, async {
        let pair = Pair::new();
        let mut config = LinkConfig::reliable();
        config.request.duplicate_per_million = 1_000_000;
        pair.network.set_link(0, 1, config);
        assert!(pair.echo("x").await.is_ok());
        sleep(10 * MS).await;
        assert_eq!(pair.handled(), 2);
        assert_eq!(pair.network.total_calls(), 1);
    });
}

#[test]
fn loss_has_a_direction() {
    run(1, async {
        let pair = Pair::new();
        let mut config = LinkConfig::reliable();
        config.reply.loss_per_million = 1_000_000;
        pair.network.set_link(1, 0, config.clone());
        assert_eq!(pair.echo("x").await, Err(RpcError::NoReply));
        assert_eq!(pair.handled(), 1);
        config.request.loss_per_million = 1_000_000;
        pair.network.set_link(0, 1, config);
        assert_eq!(pair.echo("x").await, Err(RpcError::NoReply));
        assert_eq!(pair.handled(), 1);
    });
}

#[test]
fn a_throttled_link_sends_one_message_after_another() {
    run(1, async {
        let pair = Pair::new();
        let throttle = Throttle { bytes_per_s: 1_000, wait_max: Duration::from_secs(9) };
        let config = LinkConfig { throttle: Some(throttle), ..LinkConfig::reliable() };
        pair.network.set_link(0, 1, config);
        let start = now();
        let calls: Vec<_> = (0..3).map(|_| pair.end.call("Echo.Echo", vec![0; 100])).collect();
        for (number, call) in (1u32..).zip(calls) {
            assert!(call.await.is_ok());
            let took = now().since(start);
            // Replies are on the other link, and as fast as ever.
            assert!((100 * MS * number..=100 * MS * number + 4 * MS).contains(&took), "{took:?}");
        }
        // What was sent before is over.
        sleep(100 * MS).await;
        let start = now();
        assert!(pair.end.call("Echo.Echo", vec![0; 10]).await.is_ok());
        assert!((10 * MS..=14 * MS).contains(&now().since(start)));
    });
}

#[test]
fn a_throttled_link_loses_what_would_wait_too_long_and_is_free_when_it_is_no_more() {
    run(1, async {
        let pair = Pair::new();
        let throttle = Throttle { bytes_per_s: 1_000, wait_max: Duration::from_millis(150) };
        let config = LinkConfig { throttle: Some(throttle), ..LinkConfig::reliable() };
        pair.network.set_link(0, 1, config);
        let calls: Vec<_> = (0..4).map(|_| pair.end.call("Echo.Echo", vec![0; 100])).collect();
        let mut answered = Vec::new();
        for call in calls {
            answered.push(call.await.is_ok());
        }
        assert_eq!(answered, [true, true, false, false]);
        let slow = pair.end.call("Echo.Echo", vec![0; 140]);
        pair.network.set_link(0, 1, LinkConfig::reliable());
        let start = now();
        assert!(pair.echo("x").await.is_ok());
        assert!(now().since(start) <= 4 * MS);
        // It was sent when the link was slow.
        assert!(slow.await.is_ok() && now().since(start) >= 140 * MS);
    });
}

#[test]
fn a_loss_is_noticed_when_the_network_is_told_to() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_loss_notice(Delay::uniform_ms(500, 500));
        let mut config = LinkConfig::reliable();
        config.request.loss_per_million = 1_000_000;
        pair.network.set_link(0, 1, config);
        let start = now();
        assert_eq!(pair.echo("x").await, Err(RpcError::NoReply));
        let took = now().since(start);
        assert!((500 * MS..=502 * MS).contains(&took), "{took:?}");
        assert_eq!(pair.handled(), 0);
    });
}

#[test]
fn messages_outlive_their_sender_when_the_network_is_told_so() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_outliving_messages(true);
        pair.network.set_link(0, 1, slow_link(100));
        // The request of a client that is gone.
        let call = pair.end.call("Echo.Echo", b"x".to_vec());
        sleep(10 * MS).await;
        let end = pair.network.add_server(0, &Node::new("client, restarted")).swap_remove(1);
        sleep(100 * MS).await;
        assert_eq!(pair.handled(), 1);
        // Its reply is for nobody: the new client is another one.
        assert_eq!(call.await, Err(RpcError::NoReply));
        assert_eq!(pair.network.total_bytes(), 1);
        // The reply of a server that is gone.
        pair.network.set_link(1, 0, slow_link(100));
        let call = end.call("Echo.Echo", b"y".to_vec());
        sleep(150 * MS).await;
        pair.network.delete_server(1);
        assert_eq!(call.await, Ok(b"y".to_vec()));
    });
}

#[test]
fn an_unknown_method_is_a_mistake_that_names_it() {
    run(1, async {
        let pair = Pair::new();
        let network = pair.network.clone();
        let waiting = spawn(async move { network.wait_for_mistake().await });
        assert_eq!(pair.network.mistake(), None);
        let error = pair.end.call("Echo.Shout", Vec::new()).await.unwrap_err();
        let mistake = Mistake::UnknownMethod { server: 1, method: "Echo.Shout".to_owned() };
        assert_eq!(error, RpcError::Mistake(mistake.clone()));
        assert_eq!(error.to_string(), "server 1 was called with the unknown method Echo.Shout");
        assert_eq!(waiting.await.unwrap(), mistake);
        assert_eq!(pair.network.mistake(), Some(mistake));
    });
}

labrpc::service! {
    /// Adds.
    trait Adder, client AdderClient {
        /// The sum.
        fn add("Adder.Add", (u64, u64)) -> u64;
    }
}

struct Sum;

impl Adder for Sum {
    async fn add(self: Arc<Self>, (a, b): (u64, u64)) -> u64 {
        a + b
    }
}

#[test]
fn arguments_and_replies_that_cannot_be_decoded_are_mistakes() {
    run(1, async {
        let network = Network::new(2);
        let end = network.add_server(0, &Node::new("client")).swap_remove(1);
        network.add_server(1, &Node::new("server"));
        network.set_service(1, AdderClient::serve(Arc::new(Sum)));
        assert_eq!(AdderClient::new(end.clone()).add(&(2, 3)).await, Ok(5));
        let bad_arguments = end.call("Adder.Add", vec![200]).await;
        assert!(
            matches!(&bad_arguments, Err(RpcError::Mistake(Mistake::BadArguments { method, .. }))
                if method == "Adder.Add"),
            "{bad_arguments:?}"
        );
        let bad_reply = end.typed_call::<_, String>("Adder.Add", &(100_u64, 100_u64)).await;
        assert!(
            matches!(&bad_reply, Err(RpcError::Mistake(Mistake::BadReply { server: 1, .. }))),
            "{bad_reply:?}"
        );
    });
}

#[derive(Default)]
struct Notes(Mutex<Vec<(u64, EventKind)>>);

impl Observer for Notes {
    fn observe(&self, event: &NetworkEvent<'_>) {
        assert_eq!((event.caller, event.callee, event.method), (0, 1, "Echo.Echo"));
        assert_eq!(event.bytes, b"x");
        self.0.lock().push((event.call, event.kind));
    }
}

#[test]
fn an_observer_sees_every_stage_of_a_call() {
    run(1, async {
        let pair = Pair::new();
        let notes = Arc::new(Notes::default());
        pair.network.set_observer(Some(Arc::clone(&notes) as Arc<dyn Observer>));
        let seen = || std::mem::take(&mut *notes.0.lock());
        pair.echo("x").await.unwrap();
        let whole = [
            (0, EventKind::RequestSent),
            (0, EventKind::RequestDelivered),
            (0, EventKind::ReplySent),
            (0, EventKind::ReplyDelivered),
        ];
        assert_eq!(seen(), whole);
        let mut config = LinkConfig::reliable();
        config.request.duplicate_per_million = 1_000_000;
        config.request.loss_per_million = 1_000_000;
        pair.network.set_link(0, 1, config);
        pair.echo("x").await.unwrap_err();
        sleep(10 * MS).await;
        let kinds = seen();
        assert!(kinds.contains(&(1, EventKind::RequestDuplicated { copy: 2 })), "{kinds:?}");
        assert!(kinds.contains(&(1, EventKind::RequestLost(LossReason::Chance))), "{kinds:?}");
        assert!(kinds.contains(&(2, EventKind::RequestDelivered)), "{kinds:?}");
        pair.network.set_enabled(0, 1, false);
        pair.echo("x").await.unwrap_err();
        let cut = [(3, EventKind::RequestSent), (3, EventKind::RequestLost(LossReason::Cut))];
        assert_eq!(seen(), cut);
        pair.network.set_observer(None);
        pair.echo("x").await.unwrap_err();
        assert_eq!(seen(), []);
    });
}

struct Withhold {
    requests: bool,
}

impl Hooks for Withhold {
    fn before_dispatch(&self, server: ServerId, _method: &'static str, args: &[u8]) -> bool {
        assert_eq!((server, args), (1, b"x".as_slice()));
        !self.requests
    }

    fn after_dispatch(&self, _server: ServerId, _method: &'static str, reply: &[u8]) -> bool {
        assert_eq!(reply, b"x");
        false
    }
}

#[test]
fn hooks_withhold_requests_and_replies() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_hooks(1, Some(Arc::new(Withhold { requests: true })));
        assert_eq!(pair.echo("x").await, Err(RpcError::NoReply));
        assert_eq!(pair.handled(), 0);
        pair.network.set_hooks(1, Some(Arc::new(Withhold { requests: false })));
        assert_eq!(pair.echo("x").await, Err(RpcError::NoReply));
        assert_eq!(pair.handled(), 1);
        pair.network.set_hooks(1, None);
        assert!(pair.echo("x").await.is_ok());
    });
}

/// Takes its server off the network after a number of messages.
struct CrashAfter {
    network: Network,
    sent: Mutex<u32>,
    replied: Mutex<u32>,
}

impl Hooks for CrashAfter {
    fn after_send(&self, server: usize, callee: usize, method: &'static str) {
        assert_eq!((server, method), (0, "Echo.Echo"));
        *self.sent.lock() += 1;
        if *self.sent.lock() == 2 {
            assert_eq!(callee, 2);
            self.network.delete_server(server);
        }
    }

    fn after_reply(&self, server: usize, _method: &'static str) {
        *self.replied.lock() += 1;
        self.network.delete_server(server);
    }
}

#[test]
fn a_hook_can_end_a_server_between_two_messages_of_a_broadcast() {
    run(1, async {
        let network = Network::new(4);
        network.set_outliving_messages(true);
        let ends = network.add_server(0, &Node::new("caller"));
        let servers: Vec<_> = (1..4)
            .map(|server| {
                let echo = Arc::new(Echo { handled: Mutex::default(), takes: Duration::ZERO });
                network.add_server(server, &Node::new("server"));
                network.set_service(server, Arc::clone(&echo) as Arc<dyn Service>);
                echo
            })
            .collect();
        let hooks = CrashAfter {
            network: network.clone(),
            sent: Mutex::default(),
            replied: Mutex::default(),
        };
        network.set_hooks(0, Some(Arc::new(hooks)));
        let calls: Vec<_> = ends[1..].iter().map(|end| end.call("Echo.Echo", vec![1])).collect();
        let [first, second, third] = <[_; 3]>::try_from(calls).ok().expect("three calls");
        assert_eq!(first.await, Err(RpcError::NoReply));
        assert_eq!(second.await, Err(RpcError::NoReply));
        // It came after the server's end, and nobody is there to hear of it.
        assert!(timeout(10 * MS, third).await.is_err());
        let handled: Vec<usize> =
            servers.iter().map(|server| server.handled.lock().len()).collect();
        assert_eq!(handled, [1, 1, 0]);
    });
}

#[test]
fn a_hook_can_end_a_server_that_has_just_answered() {
    run(1, async {
        let pair = Pair::new();
        pair.network.set_outliving_messages(true);
        let hooks = Arc::new(CrashAfter {
            network: pair.network.clone(),
            sent: Mutex::default(),
            replied: Mutex::default(),
        });
        pair.network.set_hooks(1, Some(Arc::clone(&hooks) as Arc<dyn Hooks>));
        assert!(pair.echo("x").await.is_ok());
        assert_eq!(pair.echo("y").await, Err(RpcError::NoReply));
        assert_eq!((pair.handled(), *hooks.replied.lock()), (1, 1));
    });
}

#[test]
fn one_links_traffic_does_not_shift_anothers_fate() {
    let fates = |noise: u32| {
        run(7, async move {
            let network = Network::new(3);
            network.set_reliable(false);
            let ends = network.add_server(0, &Node::new("client"));
            for server in 1..3 {
                let echo = Echo { handled: Mutex::default(), takes: Duration::ZERO };
                network.add_server(server, &Node::new("server"));
                network.set_service(server, Arc::new(echo));
            }
            for _ in 0..noise {
                let _ = ends[2].call("Echo.Echo", Vec::new()).await;
            }
            let mut fates = Vec::new();
            for _ in 0..50 {
                fates.push(ends[1].call("Echo.Echo", Vec::new()).await.is_ok());
            }
            fates
        })
    };
    assert_eq!(fates(0), fates(20));
}

#[test]
fn a_run_repeats_bit_for_bit_and_leaves_nothing_behind() {
    let observed = |seed| -> (Report, std::sync::Weak<Echo>) {
        let finished = Simulation::new(seed).run(async {
            let pair = Pair::taking(MS);
            pair.network.set_reliable(false);
            let calls: Vec<_> =
                (0..100).map(|number| spawn(pair.end.call("Echo.Echo", vec![number]))).collect();
            for call in calls.into_iter().take(90) {
                let _ = call.await;
            }
            Arc::downgrade(&pair.server)
        });
        (finished.report, finished.result.unwrap())
    };
    let (report, echo) = observed(1);
    assert_eq!(report, observed(1).0);
    assert_ne!(report.trace_hash, observed(2).0.trace_hash);
    assert_eq!(echo.strong_count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_network_works_on_the_real_clock() {
    let pair = Pair::taking(MS);
    assert_eq!(pair.echo("hello").await, Ok(b"hello".to_vec()));
    pair.network.set_enabled(0, 1, false);
    assert_eq!(pair.echo("hello").await, Err(RpcError::NoReply));
    pair.network.set_enabled(0, 1, true);
    pair.network.delete_server(1);
    assert_eq!(pair.echo("hello").await, Err(RpcError::NoReply));
    let echo = Arc::downgrade(&pair.server);
    pair.network.close();
    drop(pair);
    assert_eq!(echo.strong_count(), 0);
}

/// Code that asks until it is answered, in the poll in which its server is killed.
#[test]
fn a_killed_server_that_asks_until_it_is_answered_does_not_hold_up_the_run() {
    run(1, async {
        let network = Network::new(2);
        let client = Node::new("client");
        let end = network.add_server(0, &client)[1].clone();
        network.add_server(1, &Node::new("server"));
        let (killed, deleted) = (client.clone(), network.clone());
        client.spawn(async move {
            let asked = end.call("Echo.Echo", vec![1]);
            killed.kill();
            deleted.delete_server(0);
            let mut calls = vec![asked];
            while let Some(call) = calls.pop() {
                if call.await.is_err() {
                    calls.push(end.call("Echo.Echo", vec![2]));
                }
            }
        });
        sleep(1000 * MS).await;
    });
}
