//! The handshake as it goes over a connection.

use super::frame::FrameCodec;
use super::handshake::{
    Callers, Challenge, Guest, HELLO_BYTES_MAX, Hello, Host, Identity, Lane, Nonce, Refusal,
    WELCOME_BYTES_MAX, seal,
};
use super::limits::FRAME_BYTES_MIN;
use super::wire::Wire;
use crate::ServerId;
use bytes::{Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::codec::Framed;

/// Most frames of most connections are shorter.
const BUFFER_BYTES: usize = 4096;

/// A connection whose other side is known.
pub(super) struct Introduced<S, With> {
    pub(super) framed: Framed<S, FrameCodec>,
    pub(super) with: With,
    /// The longest message that both sides take.
    pub(super) frame_bytes: usize,
}

/// Who has called.
pub(super) struct Caller {
    pub(super) identity: Identity,
    pub(super) lane: Lane,
}

/// The names of a server's methods, in order.
pub(super) type Methods = Vec<String>;

/// The server's side of a handshake. A caller that has proven itself is let in if there is a free place.
pub(super) async fn accept<S: AsyncRead + AsyncWrite + Unpin, P>(
    stream: S,
    wire: &Wire,
    me: ServerId,
    callers: Callers,
    methods: &[&str],
    place: impl FnOnce() -> Result<P, Refusal>,
) -> Result<Introduced<S, (Caller, P)>, Refusal> {
    let host = Host { cluster: &wire.cluster, secret: wire.secret.as_ref(), me, callers };
    let mut framed = Framed::with_capacity(stream, FrameCodec::new(HELLO_BYTES_MAX), BUFFER_BYTES);
    let said = next(&mut framed).await?;
    let hello = host.hear(&said)?;
    let challenge = Challenge { frame_bytes: wire.limits.frame_bytes() as u64, nonce: nonce() };
    let challenge = Bytes::from(seal(&challenge));
    framed.send(challenge.clone()).await?;
    let proof = next(&mut framed).await?;
    let welcome = host.welcome([&said, &challenge], &proof, methods)?;
    let place = place()?;
    framed.send(welcome.into()).await?;
    let with = (Caller { identity: hello.caller, lane: hello.lane }, place);
    Ok(introduced(framed, with, wire, hello.frame_bytes))
}

/// The caller's side of a handshake.
pub(super) async fn introduce<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    wire: &Wire,
    caller: Caller,
    server: ServerId,
) -> Result<Introduced<S, Methods>, Refusal> {
    let guest = Guest { secret: wire.secret.as_ref() };
    let mut framed =
        Framed::with_capacity(stream, FrameCodec::new(WELCOME_BYTES_MAX), BUFFER_BYTES);
    let hello = Hello {
        cluster: wire.cluster.clone(),
        caller: caller.identity,
        lane: caller.lane,
        server,
        frame_bytes: wire.limits.frame_bytes() as u64,
        nonce: nonce(),
    };
    let hello = Bytes::from(seal(&hello));
    framed.send(hello.clone()).await?;
    let said = next(&mut framed).await?;
    let challenge = guest.hear(&said)?;
    framed.send(Bytes::copy_from_slice(&guest.prove([&hello, &said]))).await?;
    let methods = guest.enter([&hello, &said], &next(&mut framed).await?)?;
    Ok(introduced(framed, methods, wire, challenge.frame_bytes))
}

fn introduced<S, With>(
    mut framed: Framed<S, FrameCodec>,
    with: With,
    wire: &Wire,
    theirs: u64,
) -> Introduced<S, With> {
    let theirs = usize::try_from(theirs).unwrap_or(usize::MAX).max(FRAME_BYTES_MIN);
    let frame_bytes = wire.limits.frame_bytes().min(theirs);
    framed.codec_mut().set_frame_bytes_max(frame_bytes);
    Introduced { framed, with, frame_bytes }
}

async fn next<S: AsyncRead + Unpin>(
    framed: &mut Framed<S, FrameCodec>,
) -> Result<BytesMut, Refusal> {
    Ok(framed.next().await.ok_or(Refusal::Closed)??)
}

fn nonce() -> Nonce {
    let mut nonce = Nonce::default();
    getrandom::fill(&mut nonce).expect("the system has random numbers");
    nonce
}
