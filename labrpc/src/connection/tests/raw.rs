//! A caller that does as it likes.

use super::super::exchange::{Caller, introduce};
use super::super::frame::{self, FrameCodec};
use super::super::handshake::{Identity, Lane};
use super::super::message::Head;
use super::Wire;
use bytes::BytesMut;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::codec::Framed;

/// Somebody who has got through the handshake, as server 2 with server 1.
pub(super) async fn introduced(wire: &Wire, address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.unwrap();
    let caller = Caller { identity: Identity::Server(2), lane: Lane::Main };
    let introduced = introduce(stream, wire, caller, 1).await.expect("it is one of them");
    Framed::<TcpStream, FrameCodec>::into_inner(introduced.framed)
}

/// The frame of a request for the method with that number.
pub(super) fn request(id: u64, method: u32, args: &impl serde::Serialize) -> BytesMut {
    let mut bytes = BytesMut::new();
    let head = crate::encode(&Head::Request { id, method }).unwrap();
    frame::put(&mut bytes, &head, &crate::encode(args).unwrap());
    bytes
}

/// Waits until the other side has closed.
pub(super) async fn closed(stream: &mut TcpStream) {
    let closed = async {
        let mut bytes = [0; 4096];
        while let Ok(1..) = stream.read(&mut bytes).await {}
    };
    runtime::timeout(Duration::from_secs(30), closed).await.expect("the other side closes");
}

/// Writes until it is told that nobody listens.
pub(super) async fn write_on(stream: &mut TcpStream, bytes: &[u8], pause: Duration) {
    let written = async {
        while stream.write_all(bytes).await.is_ok() {
            runtime::sleep(pause).await;
        }
    };
    runtime::timeout(Duration::from_secs(30), written).await.expect("the other side closes");
}
