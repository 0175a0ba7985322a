//! The way of a server to its peers.
//!
//! Servers of etcd must agree on every peer's URL, for what they call each other and the cluster is made of
//! those. But here each has its own way to each peer. So the URLs have names that nobody resolves, and each
//! server has a forwarder as its HTTP proxy (`http_proxy`), which knows where the names lead for this server.
//! A connection has one request: the peer is asked to close it after its answer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// The port in URLs of peers; nobody listens there.
const PORT: u16 = 2380;
/// The longest head of a request.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// The URL of a server, as all its peers know it.
pub(super) fn url(server: usize) -> String {
    format!("http://{}:{PORT}", host(server))
}

fn host(server: usize) -> String {
    format!("server{server}.live")
}

/// Accepts connections from one server to its peers, which have these addresses, as long as tokio runs; returns
/// its address.
///
/// # Errors
/// When there is no port left.
pub(super) fn start(peers: Vec<SocketAddr>) -> io::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = TcpListener::from_std(listener)?;
    let peers = Arc::new(peers);
    runtime::detach(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let peers = Arc::clone(&peers);
            // A connection that can't be made or breaks is closed, so the server notices.
            runtime::detach(async move { drop(forward(stream, &peers).await) });
        }
    });
    Ok(address)
}

async fn forward(mut from: TcpStream, peers: &[SocketAddr]) -> io::Result<()> {
    from.set_nodelay(true)?;
    let mut head = Vec::with_capacity(1024);
    let line_end = loop {
        if from.read_buf(&mut head).await? == 0 || head.len() > HEAD_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if let Some(end) = head.windows(2).position(|two| two == b"\r\n") {
            break end;
        }
    };
    let peer = String::from_utf8_lossy(&head[..line_end]);
    let peer = peers.get(server_of(&peer).ok_or(io::ErrorKind::InvalidData)?);
    let mut to = TcpStream::connect(peer.ok_or(io::ErrorKind::NotFound)?).await?;
    to.set_nodelay(true)?;
    to.write_all(&head[..line_end]).await?;
    to.write_all(b"\r\nConnection: close").await?;
    to.write_all(&head[line_end..]).await?;
    copy_bidirectional(&mut from, &mut to).await?;
    Ok(())
}

/// Which server a request to a proxy is for, by its first line.
fn server_of(line: &str) -> Option<usize> {
    let url = line.split(' ').nth(1)?;
    let authority = url.strip_prefix("http://")?.split('/').next()?;
    let host = authority.strip_suffix(&format!(":{PORT}"))?;
    host.strip_prefix("server")?.strip_suffix(".live")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_its_server() {
        let line = format!("GET {}/raft/stream/message/1 HTTP/1.1", url(2));
        assert_eq!(server_of(&line), Some(2));
        for wrong in
            ["", "GET", "GET / HTTP/1.1", "GET http://server2.live/ HTTP/1.1", "GET http://x:2380/"]
        {
            assert_eq!(server_of(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_request_gets_to_its_peer_and_the_answer_back() {
        let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let forwarder = start(vec![nobody, peer.local_addr().unwrap()]).unwrap();
        let mut server = TcpStream::connect(forwarder).await.unwrap();
        let request = format!("GET {}/version HTTP/1.1\r\nHost: x\r\n\r\n", url(1));
        server.write_all(request.as_bytes()).await.unwrap();
        let (mut asked, _) = peer.accept().await.unwrap();
        let mut got = vec![0; request.len() + "Connection: close\r\n".len()];
        asked.read_exact(&mut got).await.unwrap();
        let got = String::from_utf8(got).unwrap();
        assert!(
            got.ends_with("/version HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n"),
            "{got}"
        );
        asked.write_all(b"answer").await.unwrap();
        drop(asked);
        let mut answer = String::new();
        server.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "answer");
    }

    #[tokio::test]
    async fn a_request_for_nobody_is_closed() {
        let forwarder = start(Vec::new()).unwrap();
        let mut server = TcpStream::connect(forwarder).await.unwrap();
        let request = format!("GET {}/version HTTP/1.1\r\n\r\n", url(0));
        server.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // Closed or reset, but nothing is said.
        let _ = server.read_to_end(&mut answer).await;
        assert!(answer.is_empty());
    }
}
