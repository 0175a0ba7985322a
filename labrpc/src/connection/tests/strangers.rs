//! Those who are not let in.

use super::*;
use crate::RpcError;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

#[tokio::test]
async fn what_is_no_handshake_ends_its_connection_and_no_other() {
    let wire = wire(Limits::default());
    let (server, address) = serve(&wire, SERVERS).await;
    let long = [&[0, 5, 0, 0][..], &[0; 0x500]].concat();
    for nonsense in
        [&b"\xff\xff\xff\xff"[..], b"GET / HTTP/1.1\r\n\r\n", b"\x02\0\0\0\xff\xff", &long]
    {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(nonsense).await.unwrap();
        raw::closed(&mut stream).await;
    }
    assert_eq!(client(&wire, address).after(&1).await, Ok(1));
    assert_eq!(server.begun(), 1);
}

#[tokio::test]
async fn strangers_are_served_nothing() {
    let secret = |words: &str| Some(Secret::new(words).unwrap());
    let wire = Wire { secret: secret("the secret of these tests"), ..wire(Limits::default()) };
    let (server, address) = serve(&wire, SERVERS).await;
    let (clients_server, clients_address) = serve(&wire, Callers::Clients).await;
    let other_secret = Wire { secret: secret("the secret of others"), ..wire.clone() };
    let no_secret = Wire { secret: None, ..wire.clone() };
    let other_cluster = Wire { cluster: "others".to_owned(), ..wire.clone() };
    let me = Identity::Server(2);
    for stranger in [
        other_secret.connect(me, 1, address),
        no_secret.connect(me, 1, address),
        other_cluster.connect(me, 1, address),
        wire.connect(Identity::Server(3), 1, address),
        wire.connect(Identity::Client, 1, address),
        wire.connect(me, 0, address),
        wire.connect(me, 1, clients_address),
        no_secret.connect(Identity::Client, 1, clients_address),
    ] {
        assert_eq!(SlowClient::new(stranger).after(&0).await, Err(RpcError::NoReply));
    }
    assert_eq!((server.begun(), clients_server.begun()), (0, 0));
    assert_eq!(*server.disconnected.lock(), [], "no stranger was one of the servers");
    assert_eq!(client(&wire, address).after(&1).await, Ok(1));
    let end = wire.connect(Identity::Client, 1, clients_address);
    assert_eq!(SlowClient::new(end).after(&1).await, Ok(1));
}

#[tokio::test]
async fn a_server_without_the_secret_is_told_nothing() {
    let wire = wire(Limits::default());
    let (server, address) = serve(&wire, SERVERS).await;
    let secret = Some(Secret::new("the secret of these tests").unwrap());
    let deceived = client(&Wire { secret, ..wire }, address);
    assert_eq!(deceived.after(&0).await, Err(RpcError::NoReply));
    assert_eq!(server.begun(), 0);
}

#[tokio::test]
async fn who_does_not_say_in_time_who_it_is_has_to_go() {
    let wire = wire(Limits { handshake_ms: 30, ..Limits::default() });
    let (_, address) = serve(&wire, SERVERS).await;
    let mut mute = TcpStream::connect(address).await.unwrap();
    raw::closed(&mut mute).await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    raw::write_on(&mut slow, &[1], Duration::from_millis(5)).await;
}

#[tokio::test]
async fn a_crowd_of_strangers_keeps_nobody_out() {
    let wire = wire(Limits { handshakes: 4, handshake_ms: 60_000, ..Limits::default() });
    let (_, address) = serve(&wire, SERVERS).await;
    let mut crowd = Vec::new();
    for _ in 0..100 {
        crowd.push(TcpStream::connect(address).await.unwrap());
    }
    assert_eq!(client(&wire, address).after(&1).await, Ok(1));
    for stranger in &mut crowd[..97] {
        raw::closed(stranger).await;
    }
}

#[tokio::test]
async fn there_are_no_more_connections_than_there_may_be() {
    let wire = wire(Limits { connections: 2, ..Limits::default() });
    let (_, address) = serve(&wire, SERVERS).await;
    let [one, two, three] = [(); 3].map(|()| client(&wire, address));
    assert_eq!(one.after(&1).await, Ok(1));
    assert_eq!(two.after(&1).await, Ok(1));
    assert_eq!(three.after(&1).await, Err(RpcError::NoReply));
    assert_eq!(one.after(&1).await, Ok(1));
    // It comes back by itself.
    drop(two);
    until_answered(&three).await;
}
