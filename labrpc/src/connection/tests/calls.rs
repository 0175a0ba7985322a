//! Calls, their replies and what stands in for one.

use super::*;
use crate::{Mistake, RpcError};
use futures::future::join_all;

#[tokio::test]
async fn calls_of_one_end_are_answered_in_any_order() {
    let wire = wire(Limits::default());
    let (_, address) = serve(&wire, SERVERS).await;
    let end = end(&wire, address);
    assert_eq!((end.server(), format!("{end:?}")), (1, "ClientEnd(-> 1)".to_owned()));
    let client = SlowClient::new(end);
    let (late, early) = (client.after(&300), client.after(&0));
    assert_eq!(early.await, Ok(0));
    assert_eq!(late.await, Ok(300));
}

#[tokio::test]
async fn many_calls_at_once_get_their_own_answers() {
    let wire = wire(Limits { requests_in_flight: 7, bytes_in_flight: 300, ..Limits::default() });
    let (server, address) = serve(&wire, SERVERS).await;
    let client = client(&wire, address);
    let calls = (0..500).map(|ms| client.after(&(ms % 3)));
    for (number, answer) in join_all(calls).await.into_iter().enumerate() {
        assert_eq!(answer, Ok(number as u64 % 3));
    }
    assert_eq!(server.begun(), 500);
}

#[tokio::test]
async fn a_server_is_found_by_its_name() {
    let wire = wire(Limits::default());
    let (_, address) = serve(&wire, SERVERS).await;
    let end = wire.connect(Identity::Server(0), 1, format!("localhost:{}", address.port()));
    assert_eq!(SlowClient::new(end).after(&1).await, Ok(1));
}

#[tokio::test]
async fn a_call_outlives_its_end() {
    let wire = wire(Limits::default());
    let (_, address) = serve(&wire, SERVERS).await;
    let call = client(&wire, address).after(&50);
    assert_eq!(call.await, Ok(50));
}

#[tokio::test]
async fn a_one_way_message_arrives_though_its_end_is_dropped() {
    let wire = wire(Limits::default());
    let (server, address) = serve(&wire, SERVERS).await;
    end(&wire, address).send(SlowClient::AFTER, crate::encode(&0_u64).unwrap());
    until("it arrives", || server.begun() == 1).await;
    end(&wire, address).send("Slow.Nothing", Vec::new());
    assert_eq!(client(&wire, address).after(&1).await, Ok(1));
}

#[tokio::test]
async fn an_unknown_method_is_a_mistake() {
    let wire = wire(Limits::default());
    let (_, address) = serve(&wire, SERVERS).await;
    let method = "Other.Nothing".to_owned();
    let mistake = Mistake::UnknownMethod { server: 1, method };
    let refused = OtherClient::new(end(&wire, address)).nothing(&()).await;
    assert_eq!(refused, Err(RpcError::Mistake(mistake)));
}

#[tokio::test]
async fn arguments_that_can_not_be_decoded_are_a_mistake() {
    let wire = wire(Limits::default());
    let (_, address) = serve(&wire, SERVERS).await;
    let end = end(&wire, address);
    let refused = end.call(SlowClient::AFTER, Vec::new()).await;
    let Err(RpcError::Mistake(Mistake::BadArguments { server: 1, method, .. })) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(method, "Slow.After");
    assert_eq!(SlowClient::new(end).after(&1).await, Ok(1), "the connection goes on");
}

#[tokio::test]
async fn what_is_too_long_is_an_error_at_the_caller() {
    let [short, long] =
        [1000, 100_000].map(|frame_bytes| wire(Limits { frame_bytes, ..Limits::default() }));
    let too_long = |bytes| Err(RpcError::TooLong { bytes, bytes_max: 1000 - 16 });
    let length = |bytes: usize| crate::encode(&vec![0_u8; bytes]).unwrap();

    // The server takes less than the caller would send, and then it is the other way around.
    for (host, guest) in [(&short, &long), (&long, &short)] {
        let (server, address) = serve(host, SERVERS).await;
        let (end, client) = (end(guest, address), client(guest, address));
        assert_eq!(client.length(&vec![0; 900]).await, Ok(900));
        assert_eq!(server.begun(), 1);
        let bytes = length(990).len();
        assert_eq!(end.call(SlowClient::LENGTH, length(990)).await, too_long(bytes));
        assert_eq!(server.begun(), 1, "it was not sent");
        assert_eq!(
            end.call(SlowClient::BYTES, crate::encode(&990_usize).unwrap()).await,
            too_long(992)
        );
        assert_eq!(server.begun(), 2, "there was a reply");
        assert_eq!(client.bytes(&900).await, Ok(vec![7; 900]), "the connection goes on");
    }
    let (_, address) = serve(&long, SERVERS).await;
    let refused = end(&short, address).call(SlowClient::LENGTH, vec![0; 2000]).await;
    assert_eq!(refused, Err(RpcError::TooLong { bytes: 2000, bytes_max: 1000 - 16 }));
}

#[tokio::test]
async fn a_server_that_goes_takes_its_calls_with_it_and_is_found_when_it_is_back() {
    let wire = wire(Limits::default());
    let (listener, address) = listen(0).await;
    let machine = Node::new("server");
    serve_at(&wire, SERVERS, listener, &machine);
    let client = client(&wire, address);
    assert_eq!(client.after(&0).await, Ok(0));

    let under_way = client.after(&1_000_000);
    machine.kill();
    assert_eq!(under_way.await, Err(RpcError::NoReply));
    assert_eq!(client.after(&0).await, Err(RpcError::NoReply), "nobody is there");

    let (listener, _) = listen(address.port()).await;
    serve_at(&wire, SERVERS, listener, &Node::current());
    until_answered(&client).await;
}

#[tokio::test]
async fn bulk_goes_over_a_connection_of_its_own() {
    let wire = wire(Limits::default());
    let (server, address) = serve(&wire, SERVERS).await;
    let (proxy, address) = proxy::Proxy::start(address).await;
    let end = end(&wire, address);
    assert_eq!(SlowClient::new(end.clone()).after(&1).await, Ok(1));
    assert_eq!(proxy.connections(), 1);
    let bulk = SlowClient::new(end.bulk());
    assert_eq!(bulk.bytes(&(1 << 20)).await, Ok(vec![7; 1 << 20]));
    assert_eq!(SlowClient::new(end.bulk().bulk()).after(&1).await, Ok(1));
    assert_eq!(proxy.connections(), 2);

    // What is stuck there does not delay the rest, and nobody takes it for the end of a server.
    proxy.swallow_connection(1);
    let stuck = bulk.after(&0);
    assert_eq!(SlowClient::new(end.clone()).after(&1).await, Ok(1));
    assert_eq!(stuck.await, Err(RpcError::NoReply));
    until_answered(&bulk).await;
    assert_eq!(*server.disconnected.lock(), []);
}
