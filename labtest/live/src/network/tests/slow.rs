//! Links that are slow.

use super::*;
use labrpc::{Delay, Late};

fn delayed(delay: Delay) -> LinkState {
    LinkState { delay: Some(delay), ..OPEN }
}

fn fixed(ms: u64) -> LinkState {
    delayed(Delay::uniform_ms(ms, ms))
}

#[tokio::test]
async fn a_delayed_byte_takes_at_least_its_time_one_way() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    lab.network.set_link(0, 1, fixed(300));
    let begun = runtime::now();
    carries(&mut near, &mut far, b"slow").await;
    assert!(runtime::now().since(begun) >= Duration::from_millis(300));
    carries(&mut far, &mut near, b"fast").await;
    let (slow, fast) = (lab.statistics(0, 1), lab.statistics(1, 0));
    assert_eq!((slow.bytes_delayed, fast.bytes_delayed), (4, 0));
    assert!(slow.transit_ms_max >= 300, "{slow:?}");
}

#[tokio::test]
async fn delays_overlap_and_keep_the_order() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    let (min, max) = (Duration::from_millis(1), Duration::from_millis(200));
    lab.network.set_link(0, 1, delayed(Delay::HeavyTail { min, max }));
    let bytes = numbered(200 * 1000);
    let sending = async {
        for piece in bytes.chunks(1000) {
            send(&mut near, piece).await;
            runtime::sleep(Duration::from_millis(1)).await;
        }
    };
    futures::join!(sending, receives(&mut far, &bytes));
    assert_eq!(lab.statistics(0, 1).bytes_delayed, bytes.len() as u64);
}

#[tokio::test]
async fn what_is_delayed_arrives_when_the_delay_is_taken_back() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    lab.network.set_link(0, 1, fixed(3_600_000));
    send(&mut near, b"in an hour").await;
    near.shutdown().await.unwrap();
    lab.until(0, 1, |link| link.bytes_delayed == 10).await;
    is_silent(&mut far).await;
    lab.network.set_link(0, 1, OPEN);
    receives(&mut far, b"in an hour").await;
    is_closed(&mut far).await;
}

#[tokio::test]
async fn what_is_delayed_is_lost_in_a_cut() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    lab.network.set_link(0, 1, fixed(3_600_000));
    send(&mut near, b"in an hour").await;
    lab.until(0, 1, |link| link.bytes_delayed == 10).await;
    lab.network.set_link(0, 1, CUT);
    lab.until(0, 1, |link| link.bytes_swallowed == 10).await;
    lab.network.set_link(0, 1, OPEN);
    is_reset(&mut far).await;
}

#[tokio::test]
async fn an_end_is_delayed_as_bytes_are() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    lab.network.set_link(0, 1, fixed(300));
    let begun = runtime::now();
    near.shutdown().await.unwrap();
    is_closed(&mut far).await;
    assert!(runtime::now().since(begun) >= Duration::from_millis(300));
}

#[tokio::test]
async fn some_pieces_are_late() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    let late = |per_million| Late { per_million, delay: Delay::uniform_ms(100, 100) };
    lab.network.set_link(0, 1, LinkState { late: Some(late(0)), ..OPEN });
    carries(&mut near, &mut far, b"in time").await;
    assert_eq!(lab.statistics(0, 1).bytes_delayed, 0);
    lab.network.set_link(0, 1, LinkState { late: Some(late(1_000_000)), ..OPEN });
    carries(&mut near, &mut far, b"late").await;
    assert_eq!(lab.statistics(0, 1).bytes_delayed, 4);
}

#[tokio::test]
async fn a_throttled_link_keeps_its_rate_whatever_its_connections() {
    let lab = Lab::new(2).await;
    let (mut one, mut one_far) = lab.connect(0, 1).await;
    let (mut two, mut two_far) = lab.connect(0, 1).await;
    lab.network.set_link(0, 1, LinkState { throttle_bytes_per_s: Some(100_000), ..OPEN });
    let bytes = numbered(100_000);
    let begun = runtime::now();
    futures::join!(
        send(&mut one, &bytes),
        send(&mut two, &bytes),
        receives(&mut one_far, &bytes),
        receives(&mut two_far, &bytes)
    );
    // 200,000 bytes take 2 s, but for what it may send before and catch up.
    let took = runtime::now().since(begun);
    assert!(took >= Duration::from_millis(1500), "{took:?}");
    assert!(took <= Duration::from_secs(20), "{took:?}");
    carries(&mut one_far, &mut one, &bytes).await;
}

#[tokio::test]
async fn a_throttle_that_is_taken_back_holds_nothing_up() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    lab.network.set_link(0, 1, LinkState { throttle_bytes_per_s: Some(0), ..OPEN });
    let bytes = numbered(10_000);
    send(&mut near, &bytes).await;
    lab.until(0, 1, |link| link.bytes_carried > 0).await;
    lab.network.set_link(0, 1, OPEN);
    receives(&mut far, &bytes).await;
}
