//! The same calls outside a simulation, on tokio.

use runtime::{EventSink, Events, Node, now, sleep, spawn, timeout};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

/// Counts its ticks until its node dies.
fn ticking(node: &Node) -> Arc<AtomicU32> {
    let ticks = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&ticks);
    node.spawn(async move {
        loop {
            sleep(MS).await;
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    ticks
}

/// Waits until the ticks have moved on; a clock that stands still fails by the test's own limit.
async fn moves_on(ticks: &AtomicU32) {
    let before = ticks.load(Ordering::Relaxed);
    let moved = async {
        while ticks.load(Ordering::Relaxed) == before {
            sleep(MS).await;
        }
    };
    timeout(Duration::from_secs(30), moved).await.expect("the node runs");
}

#[tokio::test]
async fn tasks_run_and_time_passes() {
    assert!(!runtime::is_simulated());
    let start = now();
    assert_eq!(spawn(async { 7 }).await, Ok(7));
    sleep(5 * MS).await;
    assert!(now().since(start) >= 5 * MS);
    assert!(timeout(MS, std::future::pending::<()>()).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_is_paused_resumed_and_killed() {
    let node = Node::new("server");
    let ticks = ticking(&node);
    moves_on(&ticks).await;
    node.pause();
    sleep(20 * MS).await;
    let paused_at = ticks.load(Ordering::Relaxed);
    sleep(20 * MS).await;
    assert_eq!(ticks.load(Ordering::Relaxed), paused_at);
    node.resume();
    moves_on(&ticks).await;
    node.kill();
    sleep(20 * MS).await;
    let killed_at = ticks.load(Ordering::Relaxed);
    sleep(20 * MS).await;
    assert_eq!(ticks.load(Ordering::Relaxed), killed_at);
    assert!(node.spawn(async {}).await.is_err());
}

#[tokio::test]
async fn a_task_knows_its_node_and_its_clock() {
    let node = Node::new("fast");
    node.set_clock_rate(1_000_000_000);
    let passed = node.spawn(async {
        let start = now();
        let name = spawn(async { Node::current().name() }).await.unwrap();
        sleep(Duration::from_secs(5)).await;
        (name, now().since(start))
    });
    let (name, passed) = timeout(Duration::from_secs(4), passed).await.unwrap().unwrap();
    assert_eq!(name, "fast");
    assert!(passed >= Duration::from_secs(5));
}

struct Count(AtomicU32);

impl EventSink for Count {
    fn fire(self: Arc<Self>, token: u64) {
        assert_eq!(Node::current().name(), "target");
        self.0.fetch_add(token as u32, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn events_fire_on_their_node() {
    let sink = Arc::new(Count(AtomicU32::new(0)));
    let events = Events::new(&sink);
    events.schedule(&Node::new("target"), MS, 5);
    let fired = async {
        while sink.0.load(Ordering::Relaxed) == 0 {
            sleep(MS).await;
        }
    };
    timeout(Duration::from_secs(30), fired).await.expect("the event fires");
    assert_eq!(sink.0.load(Ordering::Relaxed), 5);
}
