//! What one side can make the other spend: little, and it ends alone.

use super::super::frame;
use super::super::message::Head;
use super::*;
use crate::RpcError;
use bytes::BytesMut;
use futures::future::join_all;
use tokio::io::AsyncWriteExt;

fn impatient() -> Limits {
    Limits { dead_after_ms: 60, idle_ms: 100, ..Limits::default() }
}

#[tokio::test]
async fn who_never_reads_gets_no_more_than_fits_and_has_to_go() {
    let limits = Limits { bytes_in_flight: 100_000, idle_ms: 500, ..impatient() };
    let wire = wire(limits);
    let (server, address) = serve(&wire, SERVERS).await;
    let mut stream = raw::introduced(&wire, address).await;
    let requests = raw::request(1, 1, &50_000_usize).repeat(1000);
    raw::write_on(&mut stream, &requests, Duration::ZERO).await;
    // Two replies, and what the system takes off the server's hands.
    let replied = server.begun() * 50_000;
    assert!(replied < 64 << 20, "{replied} bytes for somebody who reads none");
    assert_eq!(client(&wire, address).after(&1).await, Ok(1));
}

#[tokio::test]
async fn no_more_requests_are_handled_at_once_than_may_be() {
    let no_time_limit = Limits { call_timeout_ms: 1 << 40, ..impatient() };
    let wire = wire(Limits { requests_in_flight: 3, ..no_time_limit });
    let (server, address) = serve(&wire, SERVERS).await;
    let client_of_all = client(&wire, address);
    let calls = (0..10).map(|_| client_of_all.after(&1_000_000));
    let ended = runtime::timeout(Duration::from_secs(30), join_all(calls)).await;
    let ended = ended.expect("they take up all there is for too long");
    assert_eq!(ended, [const { Err(RpcError::NoReply) }; 10]);
    assert_eq!(server.begun(), 3);
    assert_eq!(client(&wire, address).after(&1).await, Ok(1));
}

#[tokio::test]
async fn who_sends_a_byte_at_a_time_has_to_go() {
    let wire = wire(impatient());
    let (server, address) = serve(&wire, SERVERS).await;
    let mut stream = raw::introduced(&wire, address).await;
    stream.write_all(&1_000_000_u32.to_le_bytes()).await.unwrap();
    raw::write_on(&mut stream, &[0], Duration::from_millis(5)).await;
    assert_eq!(client(&wire, address).after(&1).await, Ok(1));
    assert_eq!(server.begun(), 1);
}

#[tokio::test]
async fn who_announces_gigabytes_has_to_go() {
    let wire = wire(Limits { dead_after_ms: 60_000, ..Limits::default() });
    let (_, address) = serve(&wire, SERVERS).await;
    let mut stream = raw::introduced(&wire, address).await;
    stream.write_all(&(3_u32 << 30).to_le_bytes()).await.unwrap();
    raw::closed(&mut stream).await;
    assert_eq!(client(&wire, address).after(&1).await, Ok(1));
}

#[tokio::test]
async fn who_talks_nonsense_has_to_go() {
    let wire = wire(Limits { dead_after_ms: 60_000, ..Limits::default() });
    let (server, address) = serve(&wire, SERVERS).await;
    let message = |head: &Head| {
        let mut bytes = BytesMut::new();
        frame::put(&mut bytes, &crate::encode(head).unwrap(), &[]);
        bytes
    };
    for nonsense in [
        raw::request(1, 99, &0_u64),
        message(&Head::Reply { id: 1 }),
        message(&Head::TooLong { id: 1, bytes: 1, bytes_max: 1 }),
        BytesMut::from(&b"\x08\0\0\0abcdefgh"[..]),
    ] {
        let mut stream = raw::introduced(&wire, address).await;
        stream.write_all(&nonsense).await.unwrap();
        raw::closed(&mut stream).await;
    }
    assert_eq!(server.begun(), 0);
}

#[tokio::test]
async fn a_byte_changed_on_the_way_reaches_no_handler() {
    let wire = wire(Limits { dead_after_ms: 60_000, ..Limits::default() });
    let (server, address) = serve(&wire, SERVERS).await;
    let request = raw::request(1, 2, &vec![7_u8; 20]);
    for at in 0..request.len() {
        let mut stream = raw::introduced(&wire, address).await;
        let mut changed = request.clone();
        changed[at] ^= 0x10;
        // A length that grew is known for what it is when the rest has come.
        changed.extend_from_slice(&[0; 4096]);
        stream.write_all(&changed).await.unwrap();
        if at == 2 || at == 3 {
            // More than will ever come.
            continue;
        }
        raw::closed(&mut stream).await;
    }
    assert_eq!(server.begun(), 0);
    assert_eq!(client(&wire, address).after(&1).await, Ok(1));
}

#[tokio::test]
async fn what_waits_to_be_sent_has_a_limit_and_one_call_always_fits() {
    let wire = wire(Limits { queued_bytes: 10_000, ..Limits::default() });
    let (_, address) = serve(&wire, SERVERS).await;
    let client = client(&wire, address);
    // Nothing is sent before this task waits.
    let calls: Vec<_> = (0..5).map(|_| client.length(&vec![0; 20_000])).collect();
    let answers = join_all(calls).await;
    assert_eq!(answers[0], Ok(20_000));
    assert_eq!(answers[1..], [const { Err(RpcError::Full) }; 4]);
    assert_eq!(client.length(&vec![0; 20_000]).await, Ok(20_000), "there is room again");
}

#[tokio::test]
async fn a_call_has_a_time_limit_and_the_connection_goes_on() {
    let wire = wire(Limits { call_timeout_ms: 50, dead_after_ms: 120, ..Limits::default() });
    let (server, address) = serve(&wire, SERVERS).await;
    let (proxy, address) = proxy::Proxy::start(address).await;
    let client = client(&wire, address);
    let calls = (0..100).map(|_| client.after(&1_000_000));
    assert!(join_all(calls).await.iter().all(|answer| *answer == Err(RpcError::NoReply)));
    until_answered(&client).await;
    assert_eq!(proxy.connections(), 1);
    assert!(server.begun() > 100);
}

#[tokio::test]
async fn what_was_begun_is_brought_to_its_end() {
    let wire = wire(Limits::default());
    let (server, address) = serve(&wire, SERVERS).await;
    let mut stream = raw::introduced(&wire, address).await;
    stream.write_all(&raw::request(1, 0, &100_u64)).await.unwrap();
    until("it is handled", || server.begun() == 1).await;
    drop(stream);
    until("nobody waits for it, and yet", || server.finished.load(Ordering::Relaxed) == 1).await;
}
