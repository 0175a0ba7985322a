//! A call of gRPC: one message there, one back, and a status.

use bytes::{BufMut, Bytes, BytesMut};
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use prost::Message;
use std::fmt;

/// Before each message: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;

/// Why a call came to nothing.
#[derive(Debug)]
pub enum Failed {
    /// The member says no, or not now.
    Refused(String),
    /// The connection did not hold, or what came was not an answer.
    Broken(String),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Failed::Refused(why) | Failed::Broken(why)) = self;
        f.write_str(why)
    }
}

impl From<h2::Error> for Failed {
    fn from(error: h2::Error) -> Failed {
        Failed::Broken(error.to_string())
    }
}

/// Calls a method of a member.
///
/// # Errors
/// When it refuses or does not answer.
pub async fn call<M: Message + Default>(
    requests: SendRequest<Bytes>,
    address: &str,
    path: &str,
    message: &impl Message,
) -> Result<M, Failed> {
    let request = Request::post(format!("http://{address}{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .map_err(|error| Failed::Broken(error.to_string()))?;
    let (response, mut body) = requests.ready().await?.send_request(request, false)?;
    body.send_data(framed(message), true)?;
    let response = response.await?;
    // A call that fails at once has its status in front.
    if response.headers().contains_key("grpc-status") {
        check(response.headers())?;
    }
    let mut body = response.into_body();
    let mut told = BytesMut::new();
    while let Some(piece) = body.data().await {
        let piece = piece?;
        body.flow_control().release_capacity(piece.len())?;
        told.extend_from_slice(&piece);
    }
    check(&body.trailers().await?.unwrap_or_default())?;
    let message = told.get(PREFIX_BYTES..).unwrap_or_default();
    M::decode(message).map_err(|error| Failed::Broken(error.to_string()))
}

fn framed(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut frame = BytesMut::with_capacity(PREFIX_BYTES + length);
    frame.put_u8(0);
    frame.put_u32(length as u32);
    message.encode(&mut frame).expect("a buffer grows");
    frame.freeze()
}

/// # Errors
/// With the words of a status that is not 0.
fn check(headers: &HeaderMap) -> Result<(), Failed> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match text("grpc-status") {
        "0" => Ok(()),
        code => Err(Failed::Refused(format!("gRPC status {code}: {}", text("grpc-message")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::etcd::messages::PutRequest;

    #[test]
    fn a_message_stands_behind_its_length() {
        let put = PutRequest { key: b"k".to_vec(), value: "vw".into() };
        assert_eq!(&framed(&put)[..], b"\0\0\0\0\x07\x0a\x01k\x12\x02vw");
    }

    #[test]
    fn only_a_status_of_zero_is_good() {
        let mut headers = HeaderMap::new();
        assert!(check(&headers).is_err());
        headers.insert("grpc-status", "0".parse().unwrap());
        assert!(check(&headers).is_ok());
        headers.insert("grpc-status", "14".parse().unwrap());
        headers.insert("grpc-message", "etcdserver: no leader".parse().unwrap());
        let told = check(&headers).unwrap_err().to_string();
        assert_eq!(told, "gRPC status 14: etcdserver: no leader");
    }
}
