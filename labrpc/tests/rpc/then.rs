//! A callback registered with `then` gets what a waiting task would get, and when.

use crate::common::{MS, Pair, slow_link};
use labrpc::{ClientEnd, RpcError};
use parking_lot::Mutex;
use runtime::{Node, Simulation, now, sleep};
use std::sync::Arc;

/// What happens in the middle of a call.
type Meddling = fn(&Pair);
/// The result of a call, and when it was known.
type Told = Option<(Result<Vec<u8>, RpcError>, u128)>;

/// Each message is under way for 10 ms, and so is the work, so what happens to a call can be told by
/// the clock.
fn slow_pair() -> Pair {
    let pair = Pair::taking(10 * MS);
    pair.network.set_link(0, 1, slow_link(10));
    pair.network.set_link(1, 0, slow_link(10));
    pair
}

/// One call, of which `ask` says how it waits, in whose middle something happens.
fn told(at_ms: u32, meddle: Meddling, ask: fn(ClientEnd, Arc<Mutex<Told>>)) -> Told {
    let finished = Simulation::new(1).run(async move {
        let pair = slow_pair();
        let told = Arc::new(Mutex::new(None));
        let (end, tell) = (pair.end.clone(), Arc::clone(&told));
        pair.client.enter(|| ask(end, tell));
        sleep(at_ms * MS).await;
        meddle(&pair);
        sleep(1000 * MS).await;
        told.lock().take()
    });
    finished.result.unwrap()
}

fn by_task(end: ClientEnd, told: Arc<Mutex<Told>>) {
    runtime::detach(async move {
        let reply = end.call("Echo.Echo", b"x".to_vec()).await;
        *told.lock() = Some((reply, now().as_nanos() as u128 / 1_000_000));
    });
}

fn by_callback(end: ClientEnd, told: Arc<Mutex<Told>>) {
    end.call("Echo.Echo", b"x".to_vec()).then(move |reply| {
        assert_eq!(Node::current().name(), "client");
        *told.lock() = Some((reply, now().as_nanos() as u128 / 1_000_000));
    });
}

#[test]
fn it_is_called_with_what_a_waiting_task_gets_and_when() {
    let cut = |pair: &Pair| pair.network.set_enabled(0, 1, false);
    let cut_back = |pair: &Pair| pair.network.set_enabled(1, 0, false);
    let replace = |pair: &Pair| pair.network.delete_server(1);
    let kill = |pair: &Pair| pair.node.kill();
    let pause = |pair: &Pair| pair.client.pause();
    let kill_client = |pair: &Pair| pair.client.kill();
    let lose = Some((Err(RpcError::NoReply), 5));
    // The request is under way until 10 ms, the server works until 20, the reply comes at 30.
    let cases: [(u32, Meddling, Told); 11] = [
        (5, |_| (), Some((Ok(b"x".to_vec()), 30))),
        (5, cut, lose.clone()),
        (5, cut_back, lose.clone()),
        (5, replace, lose),
        (15, cut, Some((Ok(b"x".to_vec()), 30))),
        (15, cut_back, Some((Err(RpcError::NoReply), 15))),
        (15, kill, Some((Err(RpcError::NoReply), 15))),
        (25, cut_back, Some((Err(RpcError::NoReply), 25))),
        (25, replace, Some((Err(RpcError::NoReply), 25))),
        (25, pause, None),
        (25, kill_client, None),
    ];
    for (number, (at_ms, meddle, expected)) in cases.into_iter().enumerate() {
        assert_eq!(told(at_ms, meddle, by_task), expected, "by task, case {number}");
        assert_eq!(told(at_ms, meddle, by_callback), expected, "by callback, case {number}");
    }
}

#[test]
fn it_is_never_called_for_a_life_that_is_over() {
    let finished = Simulation::new(1).run(async {
        let pair = slow_pair();
        pair.network.delete_server(0);
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = Arc::clone(&told);
        pair.end.call("Echo.Echo", Vec::new()).then(move |reply| tell.lock().push(reply));
        sleep(1000 * MS).await;
        assert_eq!(*told.lock(), []);
    });
    finished.result.unwrap();
}

#[test]
fn it_is_called_on_the_real_clock() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
    let told = runtime.block_on(async {
        let pair = slow_pair();
        let told = Arc::new(Mutex::new(None));
        let (end, tell) = (pair.end.clone(), Arc::clone(&told));
        pair.client.enter(|| {
            end.call("Echo.Echo", b"x".to_vec()).then(move |reply| *tell.lock() = Some(reply));
        });
        while told.lock().is_none() {
            sleep(MS).await;
        }
        pair.network.close();
        told.lock().take()
    });
    assert_eq!(told, Some(Ok(b"x".to_vec())));
}
