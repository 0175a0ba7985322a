//! What a network may need.

use super::*;

const WAITING_BYTES_MAX: u64 = 4 << 20;

#[tokio::test]
async fn a_held_link_takes_four_mebibytes_and_then_makes_the_sender_wait() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    lab.network.set_link(0, 1, HOLD);
    let bytes = numbered(32 << 20);
    let all = bytes.clone();
    let sending = runtime::spawn(async move {
        send(&mut near, &all).await;
        near
    });
    lab.until(0, 1, |link| link.bytes_held == WAITING_BYTES_MAX).await;
    is_silent(&mut far).await;
    assert_eq!(lab.statistics(0, 1).bytes_held, WAITING_BYTES_MAX);
    assert!(!sending.is_finished(), "the sender has to wait");

    lab.network.set_link(0, 1, OPEN);
    receives(&mut far, &bytes).await;
    let mut near = in_time(sending).await.unwrap();
    carries(&mut near, &mut far, b"after").await;
}

#[tokio::test]
async fn a_receiver_that_does_not_read_makes_the_sender_wait() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    let bytes = numbered(64 << 20);
    let all = bytes.clone();
    let sending = runtime::spawn(async move { send(&mut near, &all).await });
    let carried = || lab.statistics(0, 1).bytes_carried;
    in_time(async {
        let mut before = None;
        while before != Some(carried()) {
            before = Some(carried());
            runtime::sleep(Duration::from_millis(300)).await;
        }
    })
    .await;
    assert!(!sending.is_finished(), "the sender has to wait");
    receives(&mut far, &bytes).await;
}

#[tokio::test]
async fn a_thousand_connections_obey_one_word() {
    const CONNECTIONS: usize = 1000;
    let lab = Lab::new(1).await;
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(lab.connect_client(0).await);
    }
    lab.network.set_client_link(0, Direction::ToServer, HOLD);
    for (client, _) in &mut connections {
        send(client, b"held").await;
    }
    let link = LinkName::of_clients(0, Direction::ToServer);
    let statistics = || lab.network.statistics()[&link].clone();
    in_time(async {
        while statistics().bytes_held < 4 * CONNECTIONS as u64 {
            runtime::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!(statistics().bytes_carried, 0);
    lab.network.set_client_link(0, Direction::ToServer, OPEN);
    for (client, server) in &mut connections {
        receives(server, b"held").await;
        carries(server, client, b"answered").await;
    }
    lab.network.set_client_link(0, Direction::ToServer, RESET);
    for (client, server) in &mut connections {
        is_reset(client).await;
        is_reset(server).await;
    }
    assert_eq!(statistics().connections_reset, CONNECTIONS as u64);
}
