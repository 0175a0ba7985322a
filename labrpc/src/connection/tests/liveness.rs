//! What is dead is found, and what is slow is waited for.

use super::proxy::Proxy;
use super::*;
use crate::RpcError;

fn quick() -> Wire {
    wire(Limits { dead_after_ms: 120, ..Limits::default() })
}

#[tokio::test]
async fn a_link_works_again_when_a_partition_has_healed() {
    let wire = quick();
    let (_, address) = serve(&wire, SERVERS).await;
    let (proxy, address) = Proxy::start(address).await;
    let client = client(&wire, address);
    assert_eq!(client.after(&1).await, Ok(1));
    proxy.swallow();
    // First on the connection that is dead, and then on one that never comes to be.
    for _ in 0..3 {
        assert_eq!(client.after(&1).await, Err(RpcError::NoReply));
    }
    proxy.heal();
    until_answered(&client).await;
}

#[tokio::test]
async fn a_handler_that_takes_long_ends_no_connection() {
    let wire = quick();
    let (server, address) = serve(&wire, SERVERS).await;
    let (proxy, address) = Proxy::start(address).await;
    assert_eq!(client(&wire, address).after(&1000).await, Ok(1000));
    assert_eq!((server.begun(), proxy.connections()), (1, 1));
}

#[tokio::test]
async fn a_connection_that_is_not_used_is_kept() {
    let wire = quick();
    let (server, address) = serve(&wire, SERVERS).await;
    let (proxy, address) = Proxy::start(address).await;
    let client = client(&wire, address);
    assert_eq!(client.after(&1).await, Ok(1));
    runtime::sleep(Duration::from_millis(600)).await;
    assert_eq!(client.after(&1).await, Ok(1));
    assert_eq!(proxy.connections(), 1);
    assert_eq!(*server.disconnected.lock(), []);
}

#[tokio::test]
async fn a_server_is_told_who_has_left_it() {
    let wire = quick();
    let (server, address) = serve(&wire, SERVERS).await;
    let told = |count: usize| {
        let server = Arc::clone(&server);
        async move { until("it is told", || server.disconnected.lock().len() == count).await }
    };

    // One that ends.
    let machine = Node::new("server 2");
    let leaves = machine.enter(|| client(&wire, address));
    assert_eq!(leaves.after(&1).await, Ok(1));
    machine.kill();
    told(1).await;

    // One that is cut off.
    let (proxy, through_proxy) = Proxy::start(address).await;
    let end = wire.connect(Identity::Server(0), 1, through_proxy);
    assert_eq!(SlowClient::new(end.clone()).after(&1).await, Ok(1));
    proxy.swallow();
    told(2).await;
    assert_eq!(*server.disconnected.lock(), [2, 0]);
}

#[tokio::test]
async fn who_has_come_back_has_not_left() {
    let wire = wire(Limits { dead_after_ms: 600, ..Limits::default() });
    let (server, address) = serve(&wire, SERVERS).await;
    let old = raw::introduced(&wire, address).await;
    let new = client(&wire, address);
    assert_eq!(new.after(&1).await, Ok(1));
    drop(old);
    assert_eq!(new.after(&50).await, Ok(50));
    assert_eq!(*server.disconnected.lock(), []);
    drop(new);
    until("it has left", || *server.disconnected.lock() == [2]).await;
}

#[tokio::test]
async fn clients_come_and_go() {
    let wire = wire(Limits::default());
    let (server, address) = serve(&wire, Callers::Clients).await;
    let machine = Node::new("client");
    let end = machine.enter(|| wire.connect(Identity::Client, 1, address));
    assert_eq!(SlowClient::new(end).after(&1).await, Ok(1));
    machine.kill();
    let end = wire.connect(Identity::Client, 1, address);
    assert_eq!(SlowClient::new(end).after(&50).await, Ok(50));
    assert_eq!(*server.disconnected.lock(), []);
}
