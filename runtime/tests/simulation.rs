//! What the simulation promises, seen from outside.

use parking_lot::Mutex;
use runtime::{
    EventSink, Events, Node, Simulation, SimulationError, now, sleep, spawn, timeout, trace,
    yield_now,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

fn run<F>(seed: u64, main: F) -> F::Output
where
    F: Future + 'static,
    F::Output: 'static,
{
    Simulation::new(seed).run(main).result.expect("the run ends")
}

/// Counts how often it was dropped.
struct Dropped(Arc<AtomicU32>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_killed_nodes_futures_are_dropped_at_once() {
    let dropped = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&dropped);
    run(1, async move {
        let node = Node::new("victim");
        for _ in 0..3 {
            let guard = Dropped(Arc::clone(&count));
            node.spawn(async move {
                sleep(1000 * MS).await;
                drop(guard);
            });
        }
        sleep(MS).await;
        assert_eq!(count.load(Ordering::Relaxed), 0);
        node.kill();
        assert_eq!(count.load(Ordering::Relaxed), 3);
        assert!(!node.is_alive());
        // On a dead node nothing starts any more.
        assert!(node.spawn(async {}).await.is_err());
    });
    assert_eq!(dropped.load(Ordering::Relaxed), 3);
}

#[test]
fn a_task_that_kills_its_own_node_ends_at_its_next_await() {
    let reached = run(1, async {
        let reached = Arc::new(Mutex::new(Vec::new()));
        let (seen, node) = (Arc::clone(&reached), Node::new("suicide"));
        let own = node.clone();
        let task = node.spawn(async move {
            own.kill();
            seen.lock().push("after the kill");
            yield_now().await;
            seen.lock().push("after the await");
        });
        assert!(task.await.is_err());
        reached.lock().clone()
    });
    assert_eq!(reached, ["after the kill"]);
}

#[test]
fn a_paused_nodes_timers_do_not_fire_and_fire_when_it_wakes() {
    run(1, async {
        let node = Node::new("paused");
        let ticks = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&ticks);
        node.spawn(async move {
            loop {
                sleep(10 * MS).await;
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        sleep(35 * MS).await;
        assert_eq!(ticks.load(Ordering::Relaxed), 3);
        node.pause();
        sleep(1000 * MS).await;
        assert_eq!(ticks.load(Ordering::Relaxed), 3);
        node.resume();
        yield_now().await;
        yield_now().await;
        assert_eq!(ticks.load(Ordering::Relaxed), 4);
        sleep(25 * MS).await;
        assert_eq!(ticks.load(Ordering::Relaxed), 6);
    });
}

#[test]
fn a_clocks_rate_stretches_timers_that_already_run() {
    let (fast, slow) = run(1, async {
        let (fast, slow) = (Node::new("fast"), Node::new("slow"));
        let a = fast.spawn(async { sleep(100 * MS).await });
        let b = slow.spawn(async { sleep(100 * MS).await });
        sleep(50 * MS).await;
        fast.set_clock_rate(2_000_000);
        slow.set_clock_rate(500_000);
        let start = now();
        a.await.unwrap();
        let fast_took = now().since(start);
        b.await.unwrap();
        (fast_took, now().since(start))
    });
    assert_eq!(fast, 25 * MS);
    assert_eq!(slow, 100 * MS);
}

#[test]
fn a_clock_jump_makes_the_timers_within_it_due() {
    run(1, async {
        let node = Node::new("jumper");
        let near = node.spawn(async { sleep(100 * MS).await });
        let far = node.spawn(async { sleep(1000 * MS).await });
        yield_now().await;
        yield_now().await;
        node.jump_clock(500 * MS);
        let start = now();
        near.await.unwrap();
        assert_eq!(now().since(start), Duration::ZERO);
        far.await.unwrap();
        assert_eq!(now().since(start), 500 * MS);
    });
}

/// The order in which twenty tasks, ready at the same moment, run.
fn order(seed: u64) -> Vec<u32> {
    run(seed, async {
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..20)
            .map(|task| {
                let order = Arc::clone(&order);
                spawn(async move { order.lock().push(task) })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        order.lock().clone()
    })
}

#[test]
fn two_seeds_give_different_task_orders_and_one_seed_always_the_same() {
    assert_eq!(order(1), order(1));
    assert_ne!(order(1), order(2));
    let elsewhere = std::thread::scope(|scope| scope.spawn(|| order(1)).join().unwrap());
    assert_eq!(order(1), elsewhere);
}

#[test]
fn a_deadlock_is_reported_with_the_waiting_tasks_and_where_they_were_spawned() {
    let finished = Simulation::new(1).run(async {
        let never = Arc::new(tokio::sync::Notify::new());
        let node = Node::new("stuck");
        let wait = Arc::clone(&never);
        node.spawn(async move { wait.notified().await });
        never.notified().await;
    });
    let Err(SimulationError::Deadlock { blocked }) = finished.result else {
        panic!("no deadlock: {:?}", finished.result);
    };
    let names: Vec<_> = blocked.iter().map(|task| task.node.as_str()).collect();
    assert_eq!(names, ["main", "stuck"]);
    assert!(blocked.iter().all(|task| task.spawned_at.contains("tests/simulation.rs")));
}

#[test]
fn an_endless_loop_runs_into_the_step_limit() {
    let finished = Simulation::new(1).step_limit(1000).run(async {
        loop {
            yield_now().await;
        }
    });
    assert_eq!(finished.result, Err::<(), _>(SimulationError::StepLimit { steps: 1000 }));
}

#[test]
fn an_endless_wait_runs_into_the_time_limit() {
    let finished = Simulation::new(1).time_limit(10 * MS).run(async {
        loop {
            sleep(MS).await;
        }
    });
    assert_eq!(finished.result, Err::<(), _>(SimulationError::TimeLimit { limit: 10 * MS }));
}

#[test]
fn a_panic_is_an_error_with_message_node_and_spawn_site() {
    let finished = Simulation::new(1).run(async {
        let node = Node::new("server 2");
        node.spawn(async { panic!("index out of nothing") }).await
    });
    let Err(SimulationError::Panic { message, task, .. }) = finished.result else {
        panic!("no panic: {:?}", finished.result);
    };
    assert!(message.contains("index out of nothing") && message.contains("simulation.rs"));
    assert_eq!(task.unwrap().node, "server 2");
    // The thread is as good as before.
    assert_eq!(order(1), order(1));
}

#[test]
fn a_panic_keeps_its_backtrace_if_that_is_wanted() {
    let panics = || async { assert_eq!(1, 2) };
    assert!(Simulation::new(1).run(panics()).backtrace.is_none());
    let finished = Simulation::new(1).keep_backtrace().run(panics());
    let backtrace = finished.backtrace.expect("a backtrace").to_string();
    assert!(backtrace.contains("tests/simulation.rs:"), "{backtrace}");
    // One that is caught ends nothing.
    let caught = || async { std::panic::catch_unwind(|| panic!("caught")).is_err() };
    let finished = Simulation::new(1).keep_backtrace().run(caught());
    assert!(finished.result.unwrap() && finished.backtrace.is_none());
}

#[test]
fn a_panic_while_the_rest_is_dropped_is_an_error_too() {
    struct PanicsWhenDropped;
    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }
    let finished = Simulation::new(1).run(async {
        let bomb = PanicsWhenDropped;
        spawn(async move {
            std::future::pending::<()>().await;
            drop(bomb);
        });
        yield_now().await;
    });
    assert!(matches!(finished.result, Err(SimulationError::Panic { .. })));
}

#[test]
fn time_passes_to_the_nanosecond_and_only_when_nothing_is_ready() {
    run(1, async {
        let start = now();
        sleep(Duration::from_nanos(1)).await;
        assert_eq!(now().since(start), Duration::from_nanos(1));
        for _ in 0..100 {
            yield_now().await;
        }
        assert_eq!(now().since(start), Duration::from_nanos(1));
    });
}

#[test]
fn a_timeout_drops_what_is_late_and_passes_what_is_in_time() {
    run(1, async {
        assert_eq!(timeout(5 * MS, async { 7 }).await, Ok(7));
        let dropped = Arc::new(AtomicU32::new(0));
        let guard = Dropped(Arc::clone(&dropped));
        let late = timeout(5 * MS, async move {
            sleep(6 * MS).await;
            drop(guard);
        });
        assert!(late.await.is_err());
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
        assert_eq!(now().as_nanos(), 5_000_000);
    });
}

#[test]
fn an_aborted_task_has_no_result_and_a_dropped_handle_leaves_it_running() {
    run(1, async {
        let task = spawn(sleep(MS));
        task.abort();
        assert!(task.is_finished());
        assert!(task.await.is_err());
        let done = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&done);
        drop(spawn(async move {
            count.fetch_add(1, Ordering::Relaxed);
        }));
        sleep(MS).await;
        assert_eq!(done.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_task_belongs_to_the_node_that_spawned_it() {
    run(1, async {
        let node = Node::new("parent");
        let name = node.spawn(async { spawn(async { Node::current().name() }).await.unwrap() });
        assert_eq!(name.await.unwrap(), "parent");
        assert_eq!(node.enter(|| Node::current().name()), "parent");
        assert_eq!(Node::current().name(), "main");
    });
}

struct Log(Mutex<Vec<(u64, u64, String)>>);

impl EventSink for Log {
    fn fire(self: Arc<Self>, token: u64) {
        self.0.lock().push((now().as_nanos(), token, Node::current().name()));
    }
}

#[test]
fn events_come_in_order_of_time_then_of_scheduling_and_wait_for_a_paused_node() {
    let log = Arc::new(Log(Mutex::default()));
    let sink = Arc::clone(&log);
    run(1, async move {
        let events = Events::new(&sink);
        let (here, there) = (Node::current(), Node::new("there"));
        events.schedule(&here, 2 * MS, 1);
        events.schedule(&there, MS, 2);
        events.schedule(&here, 2 * MS, 3);
        events.schedule(&there, 4 * MS, 4);
        sleep(3 * MS).await;
        there.pause();
        sleep(3 * MS).await;
        there.resume();
        sleep(MS).await;
    });
    let expected = [(1, 2, "there"), (2, 1, "main"), (2, 3, "main"), (6, 4, "there")];
    let expected = expected.map(|(ms, token, node)| (ms * 1_000_000, token, node.to_owned()));
    assert_eq!(*log.0.lock(), expected);
}

#[test]
fn an_observer_of_steps_is_told_who_acted_and_changes_nothing() {
    let report = |observed: bool| {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let seen_by = Arc::clone(&seen);
        let finished = Simulation::new(1).run(async move {
            let node = Node::new("server");
            if observed {
                let server = node.id();
                runtime::observe_steps(move |node| {
                    assert_eq!(Node::current().name(), "main");
                    seen_by.lock().push(node == server);
                });
            }
            node.spawn(async { sleep(MS).await }).await.unwrap();
            trace(&[1]);
        });
        finished.result.unwrap();
        let seen = seen.lock().clone();
        (finished.report, seen)
    };
    let (plain, nothing) = report(false);
    let (observed, seen) = report(true);
    assert_eq!(plain, observed);
    assert_eq!(nothing, []);
    // The server before and after its sleep; what main does is nobody's step.
    assert_eq!(seen, [true, true]);
}

#[test]
fn the_report_is_the_same_for_the_same_seed_and_differs_with_the_events() {
    let report = |seed, extra: bool| {
        let main = async move {
            sleep(MS).await;
            trace(&[1, 2, 3]);
            if extra {
                trace(&[4]);
            }
        };
        Simulation::new(seed).run(main).report
    };
    assert_eq!(report(1, false), report(1, false));
    assert_ne!(report(1, false).trace_hash, report(2, false).trace_hash);
    assert_ne!(report(1, false).trace_hash, report(1, true).trace_hash);
}

#[test]
fn handles_that_outlive_their_run_do_nothing_in_the_next() {
    let (node, sleeping) = run(1, async {
        let node = Node::new("old");
        let mut sleeping = Box::pin(sleep(MS));
        let _ = futures::poll!(sleeping.as_mut());
        (node, sleeping)
    });
    run(2, async move {
        let fresh = Node::new("new");
        node.kill();
        assert!(fresh.is_alive());
        let mut own = Box::pin(sleep(MS));
        assert!(futures::poll!(own.as_mut()).is_pending());
        drop(sleeping);
        own.await;
        assert_eq!(now().as_nanos(), 1_000_000);
    });
}
