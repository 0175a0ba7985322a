//! Whatever is done to links: what arrives is a beginning of what was sent.

use super::*;
use labrpc::{Delay, Late};
use parking_lot::Mutex;
use runtime::{JoinHandle, Node, Rng};
use std::sync::Arc;

const SEEDS: u64 = 6;
const CHANGES: usize = 40;
const STREAM_BYTES: usize = 16 << 20;

/// The tasks of one run, and what all of them send.
struct Flows {
    bytes: Vec<u8>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Flows {
    /// Sends numbered bytes and checks those that come, until the connection ends.
    fn begin(self: &Arc<Self>, stream: TcpStream, seed: u64) {
        let (mut reads, mut writes) = stream.into_split();
        let flows = Arc::clone(self);
        let mut rng = Rng::from_seed(seed);
        let sending = runtime::spawn(async move {
            let mut left = &flows.bytes[..];
            while !left.is_empty() {
                let piece = rng.range(1..=20_000).min(left.len() as u64) as usize;
                match writes.write(&left[..piece]).await {
                    Ok(written) => left = &left[written..],
                    Err(_) => return,
                }
                runtime::sleep(rng.duration(Duration::ZERO..=Duration::from_millis(4))).await;
            }
        });
        let flows = Arc::clone(self);
        let receiving = runtime::spawn(async move {
            let (mut expected, mut buffer) = (&flows.bytes[..], vec![0; 10_000]);
            while let Ok(received @ 1..) = reads.read(&mut buffer).await {
                let Some((come, left)) = expected.split_at_checked(received) else {
                    panic!("more arrives than was sent")
                };
                assert!(come == &buffer[..received], "{} bytes before the end", expected.len());
                expected = left;
            }
        });
        self.tasks.lock().extend([sending, receiving]);
    }
}

fn draw_state(rng: &mut Rng) -> LinkState {
    let closings = [None, None, None, Some(Closing::Hold), Some(Closing::Cut)];
    let delay = Delay::Exponential { mean: Duration::from_millis(rng.range(1..=10)) };
    let late = Late { per_million: 100_000, delay: Delay::uniform_ms(0, 30) };
    LinkState {
        closed: match rng.chance(50_000) {
            true => Some(Closing::Reset),
            false => *rng.pick(&closings),
        },
        delay: rng.chance(300_000).then_some(delay),
        late: rng.chance(200_000).then_some(late),
        throttle_bytes_per_s: rng.chance(200_000).then(|| rng.range(50_000..=5_000_000)),
    }
}

async fn run(seed: u64) -> [LinkStatistics; 2] {
    let mut rng = Rng::stream(seed, "random links", 0);
    let Lab { network, mut peers, .. } = Lab::new(2).await;
    let flows = Arc::new(Flows { bytes: numbered(STREAM_BYTES), tasks: Mutex::default() });
    let (listener, accepted) = (peers.remove(1), Arc::clone(&flows));
    let server = Node::new("server");
    server.spawn(async move {
        for index in 0.. {
            accepted.begin(accept(&listener).await, seed << 32 | 1 << 16 | index);
        }
    });
    for index in 0..CHANGES {
        if index % 4 == 0 {
            flows.begin(dial(network.peer_address(0, 1)).await, seed << 32 | index as u64);
        }
        let (from, to) = *rng.pick(&[(0, 1), (1, 0)]);
        network.set_link(from, to, draw_state(&mut rng));
        runtime::sleep(rng.duration(Duration::ZERO..=Duration::from_millis(50))).await;
    }
    network.set_link(1, 0, OPEN);
    network.set_link(0, 1, OPEN);
    runtime::sleep(A_WHILE).await;
    network.set_link(0, 1, RESET);
    loop {
        let Some(task) = flows.tasks.lock().pop() else { break };
        in_time(task).await.expect("what arrives was sent");
    }
    server.kill();
    let all = network.statistics();
    [(0, 1), (1, 0)].map(|(from, to)| all[&LinkName::between(from, to)].clone())
}

#[tokio::test]
async fn what_arrives_is_a_beginning_of_what_was_sent() {
    let mut links = Vec::new();
    for seed in 0..SEEDS {
        links.extend(run(seed).await);
    }
    let total = |count: fn(&LinkStatistics) -> u64| links.iter().map(count).sum::<u64>();
    assert!(total(|link| link.bytes_carried) > 1 << 20, "{links:?}");
    assert!(total(|link| link.bytes_held) > 0, "{links:?}");
    assert!(total(|link| link.bytes_delayed) > 0, "{links:?}");
    assert!(total(|link| link.bytes_swallowed) > 0, "{links:?}");
    assert!(total(|link| link.connections_reset) > 0, "{links:?}");
}
