//! The server's side of connections.

use super::frame::{self, Reply, Request};
use crate::{HandleError, Service};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

/// How many requests of one connection are handled at once; the next ones wait in the socket.
const REQUESTS_MAX: usize = 1024;

/// When a connection can't be taken, mostly for want of file descriptors, others may end by then.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Gives the service to all who connect, for as long as it is polled. Connections are tasks of the
/// current node and outlive this future; they end with their callers or with the node.
///
/// What is no request ends its connection and no other.
pub async fn serve(listener: TcpListener, service: Arc<dyn Service>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => runtime::detach(answer_all(stream, Arc::clone(&service))),
            Err(_) => runtime::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn answer_all(stream: TcpStream, service: Arc<dyn Service>) {
    // Without it small replies wait for each other; some systems do not have it.
    let _ = stream.set_nodelay(true);
    let (mut reader, writer) = stream.into_split();
    let (replies, queue) = mpsc::unbounded_channel();
    runtime::detach(write_all(writer, queue));
    let room = Arc::new(Semaphore::new(REQUESTS_MAX));
    while let Ok(request) = frame::read::<Request>(&mut reader).await {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let (service, replies) = (Arc::clone(&service), replies.clone());
        runtime::detach(async move {
            let reply = answer(service, request).await;
            drop(place);
            if reply.id == frame::ONE_WAY {
                return;
            }
            // The caller may be gone. A reply that is too long for a frame is not sent.
            frame::encode(&reply).map(|frame| replies.send(frame));
        });
    }
}

async fn answer(service: Arc<dyn Service>, request: Request) -> Reply {
    let Request { id, method, args } = request;
    let result = match service.method(&method) {
        Some(method) => service.handle(method, args).await,
        None => Err(HandleError::UnknownMethod),
    };
    Reply { id, result }
}

async fn write_all(mut writer: OwnedWriteHalf, mut queue: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(frame) = queue.recv().await {
        if writer.write_all(&frame).await.is_err() {
            return;
        }
    }
}
