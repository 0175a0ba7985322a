//! What closes a link, on connections that are there and on new ones.

use super::*;

#[tokio::test]
async fn an_open_link_carries_bytes_both_ways_and_counts_them() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    let long = numbered(1 << 20);
    let (sent, received) = (send(&mut near, &long), receives(&mut far, &long));
    futures::join!(sent, received);
    carries(&mut far, &mut near, b"and back").await;
    lab.until(0, 1, |link| link.bytes_carried == 1 << 20).await;
    lab.until(1, 0, |link| link.bytes_carried == 8).await;
    let link = lab.statistics(1, 0);
    assert_eq!((link.connections, link.bytes_swallowed, link.connections_reset), (1, 0, 0));
}

#[tokio::test]
async fn a_cut_swallows_one_way_and_resets_at_its_end_what_lost_something() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    carries(&mut near, &mut far, b"before").await;
    lab.network.set_link(0, 1, CUT);
    send(&mut near, b"lost").await;
    lab.until(0, 1, |link| link.bytes_swallowed == 4).await;
    carries(&mut far, &mut near, b"the other way").await;
    is_silent(&mut far).await;
    is_silent(&mut near).await;

    lab.network.set_link(0, 1, OPEN);
    is_reset(&mut far).await;
    is_reset(&mut near).await;
    assert_eq!(lab.statistics(0, 1).connections_reset, 1);
    assert_eq!(lab.statistics(1, 0).connections_reset, 0);
}

#[tokio::test]
async fn what_loses_nothing_in_a_cut_goes_on() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    lab.network.set_link(0, 1, CUT);
    is_silent(&mut far).await;
    lab.network.set_link(0, 1, OPEN);
    carries(&mut near, &mut far, b"after").await;
    assert_eq!(lab.statistics(0, 1).connections_reset, 0);
}

#[tokio::test]
async fn what_is_held_after_a_cut_that_lost_something_is_still_reset_at_the_end() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    lab.network.set_link(0, 1, CUT);
    send(&mut near, b"lost").await;
    lab.until(0, 1, |link| link.bytes_swallowed == 4).await;
    lab.network.set_link(0, 1, HOLD);
    send(&mut near, b"lost, too").await;
    lab.until(0, 1, |link| link.bytes_swallowed == 13).await;
    is_silent(&mut far).await;
    lab.network.set_link(0, 1, OPEN);
    is_reset(&mut far).await;
    is_reset(&mut near).await;
}

#[tokio::test]
async fn a_new_connection_in_a_cut_meets_silence_and_then_a_reset_if_it_spoke() {
    let lab = Lab::new(2).await;
    lab.network.set_link(0, 1, CUT);
    let (mut speaks, mut waits) = (lab.dial(0, 1).await, lab.dial(0, 1).await);
    send(&mut speaks, b"lost").await;
    lab.until(0, 1, |link| link.bytes_swallowed == 4).await;
    is_silent(&mut speaks).await;
    is_not_dialed(&lab.peers[1]).await;

    lab.network.set_link(0, 1, OPEN);
    is_reset(&mut speaks).await;
    let mut far = accept(&lab.peers[1]).await;
    carries(&mut waits, &mut far, b"not lost").await;
}

#[tokio::test]
async fn held_bytes_arrive_at_the_end() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    lab.network.set_link(0, 1, HOLD);
    let bytes = numbered(100_000);
    send(&mut near, &bytes).await;
    lab.until(0, 1, |link| link.bytes_held == 100_000).await;
    carries(&mut far, &mut near, b"the other way").await;
    is_silent(&mut far).await;

    lab.network.set_link(0, 1, OPEN);
    receives(&mut far, &bytes).await;
    carries(&mut near, &mut far, b"after").await;
    let link = lab.statistics(0, 1);
    assert!(link.held_ms_max >= 100 && link.transit_ms_max >= 100, "{link:?}");
    assert_eq!(lab.statistics(1, 0).bytes_held, 0);
}

#[tokio::test]
async fn a_new_connection_of_a_held_link_is_made_at_the_end_and_misses_nothing() {
    let lab = Lab::new(2).await;
    lab.network.set_link(0, 1, HOLD);
    let mut near = lab.dial(0, 1).await;
    send(&mut near, b"held").await;
    near.shutdown().await.unwrap();
    is_not_dialed(&lab.peers[1]).await;
    lab.network.set_link(0, 1, OPEN);
    let mut far = accept(&lab.peers[1]).await;
    receives(&mut far, b"held").await;
    is_closed(&mut far).await;
    carries(&mut far, &mut near, b"answer").await;
}

#[tokio::test]
async fn a_reset_acts_on_every_connection_that_uses_the_link_and_on_no_other() {
    let lab = Lab::new(3).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    let (mut other_near, mut other_far) = lab.connect(1, 0).await;
    let (mut third_near, mut third_far) = lab.connect(0, 2).await;
    lab.network.set_link(0, 1, RESET);
    for end in [&mut near, &mut far, &mut other_near, &mut other_far] {
        is_reset(end).await;
    }
    is_reset(&mut lab.dial(0, 1).await).await;
    is_reset(&mut lab.dial(1, 0).await).await;
    is_not_dialed(&lab.peers[1]).await;
    carries(&mut third_near, &mut third_far, b"untouched").await;
    let link = lab.statistics(0, 1);
    assert_eq!((link.connections_reset, link.connections_refused), (2, 2));

    lab.network.set_link(0, 1, OPEN);
    let (mut near, mut far) = lab.connect(0, 1).await;
    carries(&mut near, &mut far, b"after").await;
}

#[tokio::test]
async fn a_reset_that_is_over_at_once_has_reset_what_was_there() {
    let lab = Lab::new(2).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    carries(&mut near, &mut far, b"before").await;
    lab.network.set_link(0, 1, RESET);
    lab.network.set_link(0, 1, OPEN);
    is_reset(&mut near).await;
    is_reset(&mut far).await;
}

#[tokio::test]
async fn a_reset_acts_on_connections_that_are_not_made_yet() {
    let lab = Lab::new(2).await;
    lab.network.set_link(0, 1, HOLD);
    let mut near = lab.dial(0, 1).await;
    lab.until(0, 1, |link| link.connections == 1).await;
    lab.network.set_link(0, 1, RESET);
    is_reset(&mut near).await;
}

#[tokio::test]
async fn clients_have_links_of_their_own() {
    let lab = Lab::new(2).await;
    let (mut client, mut server) = lab.connect_client(1).await;
    let (mut near, mut far) = lab.connect(0, 1).await;
    for (from, to) in [(0, 1), (1, 0)] {
        lab.network.set_link(from, to, CUT);
    }
    carries(&mut client, &mut server, b"servers are apart, and clients not").await;
    for (from, to) in [(0, 1), (1, 0)] {
        lab.network.set_link(from, to, OPEN);
    }

    lab.network.set_client_link(1, Direction::FromServer, HOLD);
    carries(&mut client, &mut server, b"asked").await;
    send(&mut server, b"answered").await;
    is_silent(&mut client).await;
    carries(&mut near, &mut far, b"clients are apart, and servers not").await;
    carries(&mut far, &mut near, b"both ways").await;
    lab.network.set_client_link(1, Direction::FromServer, OPEN);
    receives(&mut client, b"answered").await;

    lab.network.set_client_link(1, Direction::ToServer, CUT);
    send(&mut client, b"lost").await;
    is_silent(&mut server).await;
    carries(&mut server, &mut client, b"unasked").await;
    lab.network.set_client_link(1, Direction::ToServer, OPEN);
    is_reset(&mut client).await;
}
