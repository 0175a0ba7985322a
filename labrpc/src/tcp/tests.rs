use super::*;
use crate::{Mistake, RpcError, Service};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

crate::service! {
    /// Waits and answers.
    trait Slow, client SlowClient {
        /// Answers with the number, after that many milliseconds.
        fn after("Slow.After", u64) -> u64;
    }
}

crate::service! {
    /// Has a method that `Slow` does not have.
    trait Other, client OtherClient {
        /// Nobody answers.
        fn nothing("Other.Nothing", ()) -> ();
    }
}

struct Server;

impl Slow for Server {
    async fn after(self: Arc<Self>, ms: u64) -> u64 {
        runtime::sleep(Duration::from_millis(ms)).await;
        ms
    }
}

fn slow() -> Arc<dyn Service> {
    SlowClient::serve(Arc::new(Server))
}

async fn listen(port: u16) -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[tokio::test]
async fn calls_of_one_end_are_answered_in_any_order() {
    let (listener, address) = listen(0).await;
    runtime::detach(serve(listener, slow()));
    let end = connect(3, address);
    assert_eq!((end.server(), format!("{end:?}")), (3, "ClientEnd(-> 3)".to_owned()));
    let client = SlowClient::new(end);
    let (late, early) = (client.after(&300), client.after(&0));
    assert_eq!(early.await, Ok(0));
    assert_eq!(late.await, Ok(300));
}

#[tokio::test]
async fn a_call_outlives_its_end() {
    let (listener, address) = listen(0).await;
    runtime::detach(serve(listener, slow()));
    let call = SlowClient::new(connect(0, address)).after(&50);
    assert_eq!(call.await, Ok(50));
}

#[tokio::test]
async fn an_unknown_method_is_a_mistake() {
    let (listener, address) = listen(0).await;
    runtime::detach(serve(listener, slow()));
    let method = "Other.Nothing".to_owned();
    let mistake = Mistake::UnknownMethod { server: 1, method };
    let refused = OtherClient::new(connect(1, address)).nothing(&()).await;
    assert_eq!(refused, Err(RpcError::Mistake(mistake)));
}

#[tokio::test]
async fn a_server_that_goes_takes_its_calls_with_it_and_is_found_when_it_is_back() {
    let (listener, address) = listen(0).await;
    let machine = runtime::Node::new("server");
    machine.spawn(serve(listener, slow()));
    let client = SlowClient::new(connect(0, address));
    assert_eq!(client.after(&0).await, Ok(0));

    let under_way = client.after(&1_000_000);
    machine.kill();
    assert_eq!(under_way.await, Err(RpcError::NoReply));
    assert_eq!(client.after(&0).await, Err(RpcError::NoReply), "nobody is there");

    let (listener, _) = listen(address.port()).await;
    runtime::detach(serve(listener, slow()));
    let answered = async {
        while client.after(&7).await != Ok(7) {
            runtime::sleep(Duration::from_millis(1)).await;
        }
    };
    runtime::timeout(Duration::from_secs(30), answered).await.expect("it is found again");
}

#[tokio::test]
async fn what_is_no_request_ends_its_connection_and_no_other() {
    let (listener, address) = listen(0).await;
    runtime::detach(serve(listener, slow()));
    for nonsense in [&b"\xff\xff\xff\xff"[..], b"\x02\0\0\0\xff\xff"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(nonsense).await.unwrap();
        let mut left = Vec::new();
        // The other side may close with or without having read everything.
        let _ = stream.read_to_end(&mut left).await;
        assert!(left.is_empty());
    }
    assert_eq!(SlowClient::new(connect(0, address)).after(&1).await, Ok(1));
}
