//! Both parsers on streams cut anywhere, on bytes that nobody means, and next to another implementation.

use super::*;
use bytes::{Bytes, BytesMut};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use resp_rs::{resp2, resp3};

/// All that a parser makes of a stream that arrives in these pieces, up to an error.
fn all<'a, T>(
    mut next: impl FnMut(&mut BytesMut) -> Result<Option<T>, ProtocolError>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<T>, Option<ProtocolError>) {
    let (mut buffer, mut read) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match next(&mut buffer) {
                Ok(Some(item)) => read.push(item),
                Ok(None) => break,
                Err(error) => return (read, Some(error)),
            }
        }
    }
    (read, None)
}

fn requests<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Request>, Option<ProtocolError>) {
    let limits = Limits { inline_bytes: 40, ..Limits::default() };
    let mut parser = RequestParser::new(limits);
    all(|buffer| parser.next(buffer), pieces)
}

fn replies<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Reply>, Option<ProtocolError>) {
    let mut parser = ReplyParser::new(ReplyLimits::default());
    all(|buffer| parser.next(buffer), pieces)
}

fn cut(stream: &[u8], cuts: Vec<Index>) -> Vec<&[u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|at| at.index(stream.len() + 1)).collect();
    cuts.extend([0, stream.len()]);
    cuts.sort();
    cuts.windows(2).map(|ends| &stream[ends[0]..ends[1]]).collect()
}

fn commands() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    vec(vec(vec(any::<u8>(), 0..20), 1..6), 0..6)
}

/// What streams are made of, between blanks.
const WORDS: &str = "* $ : + - _ # , % ~ = ! > | 0 1 2 3 -1 12 99999999999999999999 a ab t f inf txt: \
    \" ' \\ \\x4 \t \0 \r \n \r\n \r\n \r\n *1\r\n *2\r\n $1\r\n $1\r\na\r\n $2\r\nab\r\n";

fn word() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<Vec<u8>> = WORDS.split(' ').map(|word| word.as_bytes().to_vec()).collect();
    prop_oneof![20 => select(words), 1 => vec(any::<u8>(), 1..4)]
}

/// Bytes most of which mean something to one parser or the other.
fn almost_resp() -> impl Strategy<Value = Vec<u8>> {
    vec(word(), 0..30).prop_map(|words| words.concat())
}

/// An array of bulk strings, or what is not quite one.
fn almost_array() -> impl Strategy<Value = Vec<u8>> {
    let count = prop_oneof![4 => 1..4_u8, 1 => Just(9)];
    let count =
        prop_oneof![4 => count.prop_map(|count| format!("*{count}\r\n")), 1 => "\\*[+01]?[1x]\r\n"];
    let value = vec(any::<u8>(), 0..4)
        .prop_map(|value| written(&Reply::bulk(value), Version::Resp2).to_vec());
    let elements = vec(prop_oneof![9 => value, 1 => word()], 1..5);
    (count, elements).prop_map(|(count, elements)| [count.into_bytes(), elements.concat()].concat())
}

fn any_reply() -> impl Strategy<Value = Reply> {
    const TEXT: &str = "[a\r\n]{0,4}|.{0,10}";
    let double = any::<f64>().prop_filter("NaN is no equal of itself", |value| !value.is_nan());
    let leaf = prop_oneof![
        TEXT.prop_map(|text| Reply::Simple(text.into())),
        TEXT.prop_map(Reply::Error),
        any::<i64>().prop_map(Reply::Integer),
        vec(any::<u8>(), 0..20).prop_map(Reply::bulk),
        Just(Reply::Null),
        Just(Reply::NullArray),
        any::<bool>().prop_map(Reply::Boolean),
        double.prop_map(Reply::Double),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![vec(inner, 0..6).prop_map(Reply::Array), vec(pair, 0..4).prop_map(Reply::Map)]
    })
}

fn written(reply: &Reply, version: Version) -> BytesMut {
    let mut bytes = BytesMut::new();
    reply.write(&mut bytes, version);
    bytes
}

/// What a reply is to those who read it in that version.
fn as_read(reply: &Reply, version: Version) -> Reply {
    let line = |text: &str| text.replace(['\r', '\n'], " ");
    let inner = |reply: &Reply| as_read(reply, version);
    let resp2 = version == Version::Resp2;
    match reply {
        Reply::Simple(text) => Reply::Simple(line(text).into()),
        Reply::Error(text) => Reply::Error(line(text)),
        Reply::NullArray if !resp2 => Reply::Null,
        Reply::Array(items) => Reply::Array(items.iter().map(inner).collect()),
        Reply::Map(pairs) if resp2 => {
            Reply::Array(pairs.iter().flat_map(|(key, value)| [inner(key), inner(value)]).collect())
        }
        Reply::Map(pairs) => {
            Reply::Map(pairs.iter().map(|(key, value)| (inner(key), inner(value))).collect())
        }
        Reply::Boolean(value) if resp2 => Reply::Integer(i64::from(*value)),
        Reply::Double(value) if resp2 => Reply::bulk(value.to_string()),
        other => other.clone(),
    }
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8(bytes.to_vec()).expect("it was written from a string")
}

fn from_resp2(frame: resp2::Frame) -> Reply {
    match frame {
        resp2::Frame::SimpleString(bytes) => Reply::Simple(text(&bytes).into()),
        resp2::Frame::Error(bytes) => Reply::Error(text(&bytes)),
        resp2::Frame::Integer(value) => Reply::Integer(value),
        resp2::Frame::BulkString(bytes) => bytes.map_or(Reply::Null, Reply::Bulk),
        resp2::Frame::Array(None) => Reply::NullArray,
        resp2::Frame::Array(Some(items)) => {
            Reply::Array(items.into_iter().map(from_resp2).collect())
        }
    }
}

fn from_resp3(frame: resp3::Frame) -> Reply {
    match frame {
        resp3::Frame::SimpleString(bytes) => Reply::Simple(text(&bytes).into()),
        resp3::Frame::Error(bytes) => Reply::Error(text(&bytes)),
        resp3::Frame::Integer(value) => Reply::Integer(value),
        resp3::Frame::BulkString(Some(bytes)) => Reply::Bulk(bytes),
        resp3::Frame::Null => Reply::Null,
        resp3::Frame::Boolean(value) => Reply::Boolean(value),
        resp3::Frame::Double(value) => Reply::Double(value),
        resp3::Frame::SpecialFloat(name) => Reply::Double(text(&name).parse().expect("a float")),
        resp3::Frame::Array(Some(items)) => {
            Reply::Array(items.into_iter().map(from_resp3).collect())
        }
        resp3::Frame::Map(pairs) => {
            let both = |(key, value)| (from_resp3(key), from_resp3(value));
            Reply::Map(pairs.into_iter().map(both).collect())
        }
        other => panic!("no reply is written as {other:?}"),
    }
}

/// An array of one or more bulk strings, none of them null.
fn arguments(frame: resp2::Frame) -> Option<Vec<Bytes>> {
    let items = frame.into_array().ok().filter(|items| !items.is_empty())?;
    items.into_iter().map(|item| item.into_bulk_string().ok()).collect()
}

proptest! {
    #[test]
    fn requests_are_the_same_wherever_their_stream_is_cut(
        commands in commands(),
        cuts in vec(any::<Index>(), 0..10),
    ) {
        let mut stream = BytesMut::new();
        commands.iter().for_each(|arguments| Request::write(arguments, &mut stream));
        for pieces in [vec![&stream[..]], stream.chunks(1).collect(), cut(&stream, cuts)] {
            let (read, error) = requests(pieces);
            prop_assert_eq!(error, None);
            prop_assert_eq!(read.iter().map(|it| it.size_bytes).sum::<usize>(), stream.len());
            let read: Vec<Vec<Bytes>> = read.into_iter().map(|it| it.arguments).collect();
            prop_assert_eq!(&read, &commands);
        }
    }

    #[test]
    fn any_bytes_come_to_the_same_wherever_they_are_cut(
        stream in almost_resp(),
        cuts in vec(any::<Index>(), 0..10),
    ) {
        let pieces = cut(&stream, cuts);
        let whole = requests([&stream[..]]);
        prop_assert_eq!(&requests(stream.chunks(1)), &whole);
        prop_assert_eq!(&requests(pieces.clone()), &whole);
        // Compared as text, in which NaN is equal to itself.
        let whole = format!("{:?}", replies([&stream[..]]));
        prop_assert_eq!(&format!("{:?}", replies(stream.chunks(1))), &whole);
        prop_assert_eq!(&format!("{:?}", replies(pieces)), &whole);
    }

    #[test]
    fn arrays_are_requests_to_us_and_to_others_alike(stream in almost_array()) {
        let theirs = resp2::parse_frame(Bytes::from(stream.clone())).ok();
        // Others take 01 for a length as well, which nobody writes.
        let theirs = theirs.filter(|(frame, _)| stream.starts_with(&resp2::frame_to_bytes(frame)));
        let theirs = theirs.and_then(|(frame, rest)| Some((arguments(frame)?, rest)));
        let mut buffer = BytesMut::from(&stream[..]);
        let ours = RequestParser::new(Limits::default()).next(&mut buffer).ok().flatten();
        prop_assert_eq!(ours.map(|request| (request.arguments, buffer.freeze())), theirs);
    }

    #[test]
    fn replies_are_read_as_they_were_written(sent in vec(any_reply(), 0..5), piece in 1_usize..50) {
        for version in [Version::Resp2, Version::Resp3] {
            let stream: Vec<u8> = sent.iter().flat_map(|reply| written(reply, version)).collect();
            let expected: Vec<Reply> = sent.iter().map(|reply| as_read(reply, version)).collect();
            prop_assert_eq!(replies(stream.chunks(piece)), (expected, None));
        }
    }

    #[test]
    fn replies_are_read_by_others_as_they_were_written(reply in any_reply()) {
        let (frame, rest) = resp2::parse_frame(written(&reply, Version::Resp2).freeze()).unwrap();
        prop_assert_eq!(from_resp2(frame), as_read(&reply, Version::Resp2));
        prop_assert!(rest.is_empty());
        let (frame, rest) = resp3::parse_frame(written(&reply, Version::Resp3).freeze()).unwrap();
        prop_assert_eq!(from_resp3(frame), as_read(&reply, Version::Resp3));
        prop_assert!(rest.is_empty());
    }
}

#[test]
fn what_is_no_number_is_read_back_as_none() {
    let stream = written(&Reply::Double(f64::NAN), Version::Resp3);
    let (read, error) = replies([&stream[..]]);
    assert!(matches!(read[..], [Reply::Double(value)] if value.is_nan()));
    assert_eq!(error, None);
}
