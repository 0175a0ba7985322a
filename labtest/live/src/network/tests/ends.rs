//! How connections end.

use super::*;

#[tokio::test]
async fn an_end_of_one_direction_is_passed_on_and_the_other_goes_on() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    send(&mut near, b"all there is").await;
    near.shutdown().await.unwrap();
    receives(&mut far, b"all there is").await;
    is_closed(&mut far).await;
    carries(&mut far, &mut near, b"an answer").await;
    drop(far);
    is_closed(&mut near).await;
}

#[tokio::test]
async fn a_reset_by_one_side_is_passed_on_behind_its_bytes() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    lab.network.set_link(1, 0, HOLD);
    carries(&mut near, &mut far, b"question").await;
    send(&mut far, b"answer").await;
    lab.until(1, 0, |link| link.bytes_held == 6).await;
    far.set_zero_linger().unwrap();
    drop(far);
    is_silent(&mut near).await;
    lab.network.set_link(1, 0, OPEN);
    receives(&mut near, b"answer").await;
    is_reset(&mut near).await;
    assert_eq!(lab.statistics(1, 0).connections_reset, 0, "it was not the link that did it");
}

#[tokio::test]
async fn a_sender_whose_receiver_has_gone_is_told() {
    let lab = Lab::new(2).await;
    let (mut near, far) = lab.connect(0, 1).await;
    drop(far);
    is_closed(&mut near).await;
    let told = in_time(async {
        loop {
            if let Err(error) = near.write_all(&[0; 1000]).await {
                return error.kind();
            }
            runtime::sleep(Duration::from_millis(5)).await;
        }
    });
    let told = told.await;
    assert!(matches!(told, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{told}");
}

#[tokio::test]
async fn an_end_is_lost_in_a_cut() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    carries(&mut near, &mut far, b"before").await;
    lab.network.set_link(0, 1, CUT);
    near.shutdown().await.unwrap();
    is_silent(&mut far).await;
    carries(&mut far, &mut near, b"still there").await;
    lab.network.set_link(0, 1, OPEN);
    is_reset(&mut far).await;
}

#[tokio::test]
async fn a_dead_sender_in_a_cut_is_not_known_to_be_dead() {
    let lab = Lab::new(2).await;
    let (near, mut far) = lab.connect(0, 1).await;
    lab.network.set_link(0, 1, CUT);
    near.set_zero_linger().unwrap();
    drop(near);
    is_silent(&mut far).await;
    send(&mut far, b"to nobody").await;
    is_silent(&mut far).await;
    lab.network.set_link(0, 1, OPEN);
    is_reset(&mut far).await;
}

#[tokio::test]
async fn a_server_that_is_down_resets_who_dials_it() {
    let mut lab = Lab::new(2).await;
    lab.peers.clear();
    is_reset(&mut lab.dial(0, 1).await).await;
    assert_eq!(lab.statistics(0, 1).servers_not_reached, 1);
}

#[tokio::test]
async fn that_a_server_is_down_is_not_known_behind_a_cut() {
    let mut lab = Lab::new(2).await;
    lab.peers.clear();
    lab.network.set_link(1, 0, CUT);
    let mut near = lab.dial(0, 1).await;
    is_silent(&mut near).await;
    lab.network.set_link(1, 0, OPEN);
    is_reset(&mut near).await;
}

#[tokio::test]
async fn a_server_counts_as_down_before_its_address_is_known() {
    let network = Network::new(1, 1).unwrap();
    let address = network.client_address(0);
    is_reset(&mut dial(address).await).await;
    let (peers, clients) = (listener().await, listener().await);
    network.set_server(0, peers.local_addr().unwrap(), clients.local_addr().unwrap());
    let (mut near, mut far) = (dial(address).await, accept(&clients).await);
    carries(&mut near, &mut far, b"now").await;
}

/// Whether both ends of a connection have ended, and nobody listens any more.
async fn all_has_ended(address: SocketAddr, near: &mut TcpStream, far: &mut TcpStream) {
    for end in [near, far] {
        assert!(matches!(in_time(end.read(&mut [0])).await, Ok(0) | Err(_)));
    }
    in_time(async {
        while TcpStream::connect(address).await.is_ok() {
            runtime::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_shutdown_ends_everything_what_is_held_too() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    lab.network.set_link(0, 1, HOLD);
    send(&mut near, b"held").await;
    lab.until(0, 1, |link| link.bytes_held == 4).await;
    lab.network.shutdown();
    all_has_ended(lab.network.peer_address(0, 1), &mut near, &mut far).await;
    lab.until(0, 1, |link| link.bytes_undelivered == 4).await;
}

#[tokio::test]
async fn dropping_it_ends_everything() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    let address = lab.network.peer_address(0, 1);
    drop(lab.network);
    all_has_ended(address, &mut near, &mut far).await;
}
