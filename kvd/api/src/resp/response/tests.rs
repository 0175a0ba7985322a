//! What is a reply, and what is none.

use super::*;

fn read(limits: ReplyLimits, stream: &str) -> Result<Option<Reply>, String> {
    let mut buffer = BytesMut::from(stream);
    let reply = ReplyParser::new(limits).next(&mut buffer).map_err(|error| error.to_string())?;
    assert!(reply.is_none() || buffer.is_empty(), "{stream}: {buffer:?} is left");
    Ok(reply)
}

#[test]
fn each_kind_is_read() {
    let array = Reply::Array(vec![Reply::Integer(1), Reply::Array(vec![]), Reply::ok()]);
    let map = Reply::Map(vec![(Reply::bulk("a"), Reply::Map(vec![])), (Reply::Null, Reply::ok())]);
    let rows = [
        ("+OK\r\n", Reply::ok()),
        ("+\r\n", Reply::Simple("".into())),
        ("-ERR no\r\n", Reply::error("ERR no")),
        ("!6\r\nERR no\r\n", Reply::error("ERR no")),
        (":-12\r\n", Reply::Integer(-12)),
        ("$3\r\na\r\n\r\n", Reply::bulk("a\r\n")),
        ("=5\r\ntxt:a\r\n", Reply::bulk("a")),
        ("$-1\r\n", Reply::Null),
        ("_\r\n", Reply::Null),
        ("*-1\r\n", Reply::NullArray),
        ("#t\r\n", Reply::Boolean(true)),
        ("#f\r\n", Reply::Boolean(false)),
        (",1.5\r\n", Reply::Double(1.5)),
        (",-inf\r\n", Reply::Double(f64::NEG_INFINITY)),
        (",1e3\r\n", Reply::Double(1000.0)),
        ("*0\r\n", Reply::Array(vec![])),
        ("*3\r\n:1\r\n*0\r\n+OK\r\n", array.clone()),
        ("~3\r\n:1\r\n~0\r\n+OK\r\n", array),
        ("%2\r\n$1\r\na\r\n%0\r\n_\r\n+OK\r\n", map),
    ];
    for (stream, reply) in rows {
        assert_eq!(read(ReplyLimits::default(), stream), Ok(Some(reply)));
        for cut in 0..stream.len() {
            assert_eq!(
                read(ReplyLimits::default(), &stream[..cut]),
                Ok(None),
                "{stream} cut at {cut}"
            );
        }
    }
}

#[test]
fn what_is_no_reply_is_an_error_that_says_why() {
    let rows = [
        ("PING\r\n", r"expected a reply, got 'PING\r\n'"),
        ("+OK\n", r"expected a line of a reply and CRLF, got '+OK\n'"),
        ("\n", r"expected a line of a reply and CRLF, got '\n'"),
        (":1x\r\n", r"expected an integer, got ':1x\r\n'"),
        (",1x\r\n", r"expected a double, got ',1x\r\n'"),
        ("#x\r\n", r"expected a reply, got '#x\r\n'"),
        ("_x\r\n", r"expected a reply, got '_x\r\n'"),
        ("$?\r\n", r"expected a length, got '$?\r\n'"),
        ("*-2\r\n", r"expected a length, got '*-2\r\n'"),
        ("%-1\r\n", r"expected a length, got '%-1\r\n'"),
        ("$1\r\nab\r\n", r"expected CRLF after a value of length 1, got 'b\r'"),
        ("=1\r\na\r\n", "expected a format of 3 letters and ':', got 'a'"),
        (">1\r\n", r"expected a reply, got '>1\r\n'"),
    ];
    for (stream, why) in rows {
        let error = format!("Protocol error: {why}");
        assert_eq!(read(ReplyLimits::default(), stream), Err(error));
    }
}

#[test]
fn limits_allow_what_they_say_and_no_more() {
    let limits = ReplyLimits { elements: 4, depth: 2, value_bytes: 10, reply_bytes: 30 };
    let rows = [
        ("*5\r\n", "5 elements, 4 is the most"),
        ("*2\r\n*3\r\n", "5 elements, 4 is the most"),
        ("%9223372036854775807\r\n", "18446744073709551614 elements, 4 is the most"),
        ("*1\r\n*1\r\n*1\r\n", "3 arrays in one another, 2 is the most"),
        ("$11\r\n", "value of 11 bytes, 10 bytes is the most"),
        ("*2\r\n$10\r\n0123456789\r\n$10\r\n", "reply of 38 bytes, 30 bytes is the most"),
    ];
    for (stream, sentence) in rows {
        assert_eq!(read(limits.clone(), stream), Err(sentence.to_owned()));
    }
    let fits = ["*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", "*1\r\n*1\r\n:1\r\n", "$10\r\n0123456789\r\n"];
    for stream in fits {
        assert!(matches!(read(limits.clone(), stream), Ok(Some(_))), "{stream}");
    }
    let long = "+".repeat(LINE_BYTES_MAX + 1);
    let sentence = "line of 65 KB, 64 KB is the most";
    assert_eq!(read(ReplyLimits::default(), &long), Err(sentence.to_owned()));
}

#[test]
fn limits_are_those_of_each_reply_and_not_of_the_connection() {
    let limits = ReplyLimits { elements: 2, reply_bytes: 12, ..ReplyLimits::default() };
    let (mut parser, mut buffer) = (ReplyParser::new(limits), BytesMut::new());
    for _ in 0..10 {
        buffer.extend_from_slice(b"*2\r\n:1\r\n:2\r\n");
        let numbers = Reply::Array(vec![Reply::Integer(1), Reply::Integer(2)]);
        assert_eq!(parser.next(&mut buffer), Ok(Some(numbers)));
    }
}

#[test]
fn arrays_in_one_another_do_not_overflow_the_stack() {
    let error = read(ReplyLimits::default(), &"*1\r\n".repeat(100_000)).unwrap_err();
    assert_eq!(error, "33 arrays in one another, 32 is the most");
}

#[test]
fn what_is_only_announced_takes_no_memory() {
    let mut parser = ReplyParser::new(ReplyLimits::default());
    let mut buffer = BytesMut::from("*4000000\r\n$60000000\r\nabc");
    assert_eq!(parser.next(&mut buffer), Ok(None));
    assert!(buffer.capacity() < 100);
    assert!(parser.open[0].elements.capacity() < 100);
}

#[test]
fn after_an_error_nothing_is_read() {
    let (mut parser, mut buffer) =
        (ReplyParser::new(ReplyLimits::default()), BytesMut::from("x\r\n"));
    let error = parser.next(&mut buffer).unwrap_err();
    buffer.extend_from_slice(b"+OK\r\n");
    assert_eq!(parser.next(&mut buffer), Err(error));
}

#[test]
fn no_byte_is_searched_twice_however_slowly_they_come() {
    let mut stream = BytesMut::new();
    let numbers = Reply::Array((0..20_000).map(Reply::Integer).collect());
    numbers.write(&mut stream, crate::resp::Version::Resp2);
    let (mut parser, mut buffer) = (ReplyParser::new(ReplyLimits::default()), BytesMut::new());
    let mut last = None;
    for byte in &stream {
        buffer.extend_from_slice(&[*byte]);
        last = parser.next(&mut buffer).unwrap();
    }
    assert_eq!(last, Some(numbers));
    assert_eq!(parser.lines.searched_bytes_total, stream.len());
}
