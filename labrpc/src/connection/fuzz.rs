//! What any bytes come to, on either side of a connection: for `examples/fuzz_wire.rs`.

use super::frame::{self, FrameCodec};
use super::handshake::{
    Callers, Challenge, Guest, HELLO_BYTES_MAX, Hello, Host, Identity, Lane, WELCOME_BYTES_MAX,
    seal,
};
use super::message::{self, Head};
use super::secret::Secret;
use crate::HandleError;
use bytes::BytesMut;
use tokio_util::codec::Decoder;

const FRAME_BYTES_MAX: usize = 4096;
const METHODS: [&str; 2] = ["Fuzz.One", "Fuzz.Two"];

/// Streams as they should be.
pub struct Originals {
    /// After the handshake.
    pub messages: Vec<Vec<u8>>,
    /// What callers say in it.
    pub guests: Vec<Vec<u8>>,
    /// What servers say in it.
    pub hosts: Vec<Vec<u8>>,
}

/// What a reader makes of a stream, in a word.
pub type Outcome = &'static str;

fn secret() -> Secret {
    Secret::new("a secret that everybody knows").expect("it is long enough")
}

fn hello(caller: Identity) -> Hello {
    let (cluster, lane) = ("fuzz".to_owned(), Lane::Main);
    Hello { cluster, caller, lane, server: 1, frame_bytes: FRAME_BYTES_MAX as u64, nonce: [7; 32] }
}

fn host(secret: &Secret) -> Host<'_> {
    let callers = Callers::Servers { count: 3 };
    Host { cluster: "fuzz", secret: Some(secret), me: 1, callers }
}

fn challenge() -> Vec<u8> {
    seal(&Challenge { frame_bytes: FRAME_BYTES_MAX as u64, nonce: [9; 32] })
}

/// Streams of all kinds, most of them good.
pub fn originals() -> Originals {
    let secret = secret();
    let stream = |frames: &[&[u8]]| {
        let mut bytes = BytesMut::new();
        frames.iter().for_each(|content| frame::put(&mut bytes, content, &[]));
        bytes.to_vec()
    };
    let (guest, challenge) = (Guest { secret: Some(&secret) }, challenge());
    let callers = [Identity::Server(0), Identity::Server(2), Identity::Server(3), Identity::Client];
    let guests = callers.map(|caller| {
        let hello = seal(&hello(caller));
        stream(&[&hello, &guest.prove([&hello, &challenge])])
    });
    let hello = seal(&hello(Identity::Server(2)));
    let said = [&hello[..], &challenge];
    let welcome = host(&secret).welcome(said, &guest.prove(said), &METHODS);
    let heads = [
        Head::Beat,
        Head::Request { id: 3, method: 1 },
        Head::Request { id: u64::MAX, method: u32::MAX },
        Head::OneWay { method: 0 },
        Head::Reply { id: 300 },
        Head::Failure { id: 1, error: HandleError::Silent },
        Head::Failure { id: 2, error: HandleError::BadArguments("nonsense".to_owned()) },
        Head::TooLong { id: 4, bytes: 1 << 40, bytes_max: 1 << 20 },
    ];
    let messages = (0..40).map(|number: usize| {
        let mut bytes = BytesMut::new();
        for at in number..number + number % 5 + 1 {
            let body = vec![at as u8; if at % 7 == 0 { 2000 } else { at }];
            let head = &heads[at % heads.len()];
            let head_bytes = crate::encode(head).expect("a head can be encoded");
            let has_body =
                matches!(head, Head::Request { .. } | Head::OneWay { .. } | Head::Reply { .. });
            frame::put(&mut bytes, &head_bytes, if has_body { &body } else { &[] });
        }
        bytes.to_vec()
    });
    Originals {
        messages: messages.collect(),
        guests: guests.into(),
        hosts: vec![stream(&[&challenge, &welcome.expect("a friend is welcome")])],
    }
}

/// Reads what comes in pieces. What is read and written again is the same.
///
/// # Panics
/// When not, or when more memory is taken than frames may have.
pub fn messages<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut codec = FrameCodec::new(FRAME_BYTES_MAX);
    let mut arrived = BytesMut::new();
    let mut read = 0;
    for piece in pieces {
        arrived.extend_from_slice(piece);
        loop {
            match next(&mut codec, &mut arrived) {
                Ok(Some(frame)) => match message::read(&frame) {
                    Ok((head, body)) => check_message(&head, body),
                    Err(_) => return "a frame without a message",
                },
                Ok(None) => break,
                Err(()) => return "no frame",
            }
            read += 1;
        }
    }
    match (read, arrived.is_empty()) {
        (_, false) => "more is needed",
        (0, true) => "nothing",
        (_, true) => "messages",
    }
}

fn check_message(head: &Head, body: &[u8]) {
    let head_bytes = crate::encode(head).expect("what was read can be written");
    let written = [&head_bytes[..], body].concat();
    assert_eq!(message::read(&written).as_ref(), Ok(&(clone(head), body)));
}

fn clone(head: &Head) -> Head {
    crate::decode(&crate::encode(head).expect("it can be encoded")).expect("it can be decoded")
}

/// The server's side of a handshake hears that.
///
/// # Panics
/// When it takes more memory than a handshake may.
pub fn host_hears(bytes: &[u8]) -> Outcome {
    let (secret, challenge) = (secret(), challenge());
    let (host, mut arrived) = (host(&secret), BytesMut::from(bytes));
    let mut codec = FrameCodec::new(HELLO_BYTES_MAX);
    let mut next = || next(&mut codec, &mut arrived);
    let hello = match next() {
        Ok(Some(hello)) => hello,
        Ok(None) => return "more is needed",
        Err(()) => return "no frame",
    };
    if host.hear(&hello).is_err() {
        return "refused at once";
    }
    match next() {
        Ok(Some(proof)) => match host.welcome([&hello, &challenge], &proof, &METHODS) {
            Ok(_) => "welcome",
            Err(_) => "refused for its proof",
        },
        Ok(None) => "a proof is needed",
        Err(()) => "no proof",
    }
}

/// The caller's side of a handshake hears that.
///
/// # Panics
/// When it takes more memory than a handshake may.
pub fn guest_hears(bytes: &[u8]) -> Outcome {
    let secret = secret();
    let (guest, mut arrived) = (Guest { secret: Some(&secret) }, BytesMut::from(bytes));
    let mut codec = FrameCodec::new(WELCOME_BYTES_MAX);
    let mut next = || next(&mut codec, &mut arrived);
    let challenge = match next() {
        Ok(Some(challenge)) => challenge,
        Ok(None) => return "more is needed",
        Err(()) => return "no frame",
    };
    if guest.hear(&challenge).is_err() {
        return "refused at once";
    }
    let hello = seal(&hello(Identity::Server(2)));
    match next() {
        Ok(Some(welcome)) => match guest.enter([&hello, &challenge], &welcome) {
            Ok(_) => "welcome",
            Err(_) => "refused for its proof",
        },
        Ok(None) => "a proof is needed",
        Err(()) => "no proof",
    }
}

fn next(codec: &mut FrameCodec, arrived: &mut BytesMut) -> Result<Option<BytesMut>, ()> {
    let there = arrived.len();
    let frame = codec.decode(arrived).map_err(|_| ());
    assert!(arrived.capacity() <= 4 * there.max(WELCOME_BYTES_MAX), "more memory than a frame has");
    frame
}
