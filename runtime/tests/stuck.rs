//! Code that goes round and gets nowhere is ended, or seen by another thread.
#![allow(clippy::disallowed_methods)] // It takes another thread to see a poll that does not return.

use runtime::{Node, Pulse, Simulation, SimulationError, sleep, yield_now};
use std::sync::Arc;
use std::time::Duration;

/// Runs code that goes round and gets nowhere, and says how it was ended.
fn stuck(main: impl Future<Output = ()> + Send + 'static) -> (&'static str, String) {
    let error = Simulation::new(1)
        .run(async {
            let node = Node::new("server 1");
            let main = node.spawn(main);
            sleep(Duration::from_millis(1)).await;
            main.await.unwrap();
        })
        .result
        .unwrap_err();
    match error {
        SimulationError::Stuck { what, task: Some(task), .. } => (what, task.node),
        other => panic!("{other}"),
    }
}

#[test]
fn a_poll_that_calls_the_runtime_without_end_is_ended() {
    let asks_for_the_time = stuck(async {
        loop {
            runtime::now();
        }
    });
    let spawns = stuck(async {
        loop {
            runtime::detach(async {});
        }
    });
    for (what, node) in [asks_for_the_time, spawns] {
        assert!(what.starts_with("a million calls of the runtime in one poll"), "{what}");
        assert_eq!(node, "server 1");
    }
}

#[test]
fn polls_without_end_at_one_instant_are_ended_and_name_the_task() {
    let yields = stuck(async {
        loop {
            yield_now().await;
        }
    });
    let sleeps = stuck(async {
        loop {
            sleep(Duration::ZERO).await;
            yield_now().await;
        }
    });
    for (what, node) in [yields, sleeps] {
        assert!(what.starts_with("a million steps at one instant"), "{what}");
        assert_eq!(node, "server 1");
    }
}

#[test]
fn much_work_at_one_instant_is_not_stuck() {
    let finished = Simulation::new(1).run(async {
        for _ in 0..1000 {
            for _ in 0..2000 {
                runtime::now();
                yield_now().await;
            }
            sleep(Duration::from_nanos(1)).await;
        }
    });
    assert!(finished.result.is_ok());
}

#[test]
fn another_thread_sees_whose_poll_does_not_return() {
    let pulse = Arc::new(Pulse::default());
    let (gate, opened) = std::sync::mpsc::channel::<()>();
    let seen = Arc::clone(&pulse);
    let run = std::thread::spawn(move || {
        let node_and_wait = async move {
            let node = Node::new("server 2");
            let blocked = node.spawn(async move {
                let _ = opened.recv();
            });
            blocked.await.unwrap();
        };
        Simulation::new(1).pulse(&seen).run(node_and_wait).result.is_ok()
    });
    // The pulse stands still while the poll goes on.
    let at = loop {
        std::thread::yield_now();
        if let Some(at) = pulse.at().filter(|at| at.node == "server 2") {
            break at;
        }
    };
    assert!(at.spawned_at.starts_with("runtime/tests/stuck.rs:"), "{at}");
    let beats = pulse.beats();
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(pulse.beats(), beats);
    gate.send(()).unwrap();
    assert!(run.join().unwrap());
    assert!(pulse.beats() > beats);
}

/// Sends a few thousand messages through tokio's channel, many more than the budget of one of its tasks.
async fn exchange() -> u64 {
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<u64>(4);
    runtime::spawn(async move {
        for number in 0..5000 {
            if sender.send(number).await.is_err() {
                return;
            }
            runtime::trace(&[number]);
        }
    });
    let mut sum = 0;
    while let Some(number) = receiver.recv().await {
        sum += number;
    }
    sum
}

#[test]
fn inside_a_task_of_tokio_a_run_is_what_it_is_outside() {
    let outside = Simulation::new(7).run(exchange());
    let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let inside = tokio.block_on(async {
        tokio::task::yield_now().await;
        Simulation::new(7).run(exchange())
    });
    assert_eq!(outside.result, inside.result);
    assert_eq!(outside.report, inside.report);
}

#[test]
fn tokios_clock_inside_a_simulation_is_told_what_to_use() {
    let finished = Simulation::new(1).run(async {
        tokio::time::sleep(Duration::from_millis(1)).await;
    });
    let Err(SimulationError::Panic { message, .. }) = finished.result else { panic!("no panic") };
    assert!(
        message.contains("use sleep, timeout, spawn and now of the crate `runtime`"),
        "{message}"
    );
}
