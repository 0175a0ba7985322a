//! Word left for a reply is followed as a waiting task would.

use labrpc::{BoxFuture, ClientEnd, Delay, HandleError, LinkConfig, Network, RpcError, Service};
use parking_lot::Mutex;
use runtime::{Node, Simulation, now, sleep};
use std::sync::Arc;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

/// Echoes, after a while.
struct Echo;

impl Service for Echo {
    fn handle(
        self: Arc<Self>,
        _method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        Box::pin(async move {
            sleep(10 * MS).await;
            Ok(args)
        })
    }
}

/// What happens in the middle of a call.
type Meddling = fn(&Pair);
/// What came of a call, and when.
type Told = Option<(Result<Vec<u8>, RpcError>, u128)>;

struct Pair {
    network: Network,
    client: Node,
    server: Node,
    end: ClientEnd,
}

impl Pair {
    /// Each message is under way for 10 ms, so what happens to a call can be told by the clock.
    fn new() -> Pair {
        let (network, client, server) = (Network::new(2), Node::new("client"), Node::new("server"));
        let end = network.add_server(0, &client).swap_remove(1);
        network.add_server(1, &server);
        network.set_service(1, Arc::new(Echo));
        let mut slow = LinkConfig::reliable();
        slow.request.delay = Delay::uniform_ms(10, 10);
        slow.reply.delay = Delay::uniform_ms(10, 10);
        network.set_link(0, 1, slow.clone());
        network.set_link(1, 0, slow);
        Pair { network, client, server, end }
    }
}

/// One call, of which `ask` says how it waits, in whose middle something happens.
fn told(at_ms: u32, meddle: Meddling, ask: fn(ClientEnd, Arc<Mutex<Told>>)) -> Told {
    let finished = Simulation::new(1).run(async move {
        let pair = Pair::new();
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
        let reply = end.call("Echo", b"x".to_vec()).await;
        *told.lock() = Some((reply, now().as_nanos() as u128 / 1_000_000));
    });
}

fn by_word(end: ClientEnd, told: Arc<Mutex<Told>>) {
    end.call("Echo", b"x".to_vec()).then(move |reply| {
        assert_eq!(Node::current().name(), "client");
        *told.lock() = Some((reply, now().as_nanos() as u128 / 1_000_000));
    });
}

#[test]
fn it_is_told_what_and_when_a_task_is() {
    let cut = |pair: &Pair| pair.network.set_enabled(0, 1, false);
    let cut_back = |pair: &Pair| pair.network.set_enabled(1, 0, false);
    let replace = |pair: &Pair| pair.network.delete_server(1);
    let kill = |pair: &Pair| pair.server.kill();
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
        assert_eq!(told(at_ms, meddle, by_word), expected, "by word, case {number}");
    }
}

#[test]
fn it_is_never_followed_before_the_call_has_returned() {
    let finished = Simulation::new(1).run(async {
        let pair = Pair::new();
        pair.network.delete_server(0);
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = Arc::clone(&told);
        pair.end.call("Echo", Vec::new()).then(move |reply| tell.lock().push(reply));
        assert_eq!(*told.lock(), []);
        sleep(MS).await;
        assert_eq!(*told.lock(), [Err(RpcError::NoReply)], "its end is dead");
    });
    finished.result.unwrap();
}

#[test]
fn it_is_followed_on_the_real_clock() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
    let told = runtime.block_on(async {
        let pair = Pair::new();
        let told = Arc::new(Mutex::new(None));
        let (end, tell) = (pair.end.clone(), Arc::clone(&told));
        pair.client.enter(|| {
            end.call("Echo", b"x".to_vec()).then(move |reply| *tell.lock() = Some(reply));
        });
        while told.lock().is_none() {
            sleep(MS).await;
        }
        pair.network.close();
        told.lock().take()
    });
    assert_eq!(told, Some(Ok(b"x".to_vec())));
}
