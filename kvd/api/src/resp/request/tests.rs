//! What is a request, what is none, and what reading it costs.

use super::*;

fn parser() -> RequestParser {
    RequestParser::new(Limits::default())
}

/// The requests of a stream, up to its end or its first error.
fn read(limits: Limits, stream: &[u8]) -> (Vec<Vec<Bytes>>, Option<String>) {
    let (mut parser, mut buffer) = (RequestParser::new(limits), BytesMut::from(stream));
    let mut requests = Vec::new();
    loop {
        match parser.next(&mut buffer) {
            Ok(Some(request)) => requests.push(request.arguments),
            Ok(None) => return (requests, None),
            Err(error) => return (requests, Some(error.to_string())),
        }
    }
}

fn error_of(limits: Limits, stream: &str) -> String {
    read(limits, stream.as_bytes()).1.expect("an error")
}

#[test]
fn arrays_and_lines_follow_one_another() {
    let stream =
        b"*2\r\n$3\r\nGET\r\n$4\r\n\0\r\n\xff\r\nPING\r\nset \"a b\" 1\n*1\r\n$0\r\n\r\n*1\r\n$4";
    let (requests, error) = read(Limits::default(), stream);
    let expected: [&[&[u8]]; 4] =
        [&[b"GET", b"\0\r\n\xff"], &[b"PING"], &[b"set", b"a b", b"1"], &[b""]];
    assert_eq!(requests, expected);
    assert_eq!(error, None);
}

#[test]
fn a_request_knows_its_size() {
    let mut buffer = BytesMut::from("*0\r\n*1\r\n$4\r\nPING\r\n\r\nPING x\r\n");
    let mut parser = parser();
    let mut sizes = Vec::new();
    while let Some(request) = parser.next(&mut buffer).unwrap() {
        sizes.push(request.size_bytes);
    }
    assert_eq!(sizes, [14, 8]);
    assert!(buffer.is_empty());
}

#[test]
fn what_is_empty_is_passed_over() {
    let (requests, error) =
        read(Limits::default(), b"\r\n\n  \r\n*0\r\n*-1\r\n*-7\r\nPING\r\n*0\r\n");
    assert_eq!((requests, error), (vec![vec![Bytes::from("PING")]], None));
}

#[test]
fn what_is_no_request_is_an_error_that_says_why() {
    let rows = [
        ("*x\r\n", r"invalid multibulk length: expected an integer and CRLF, got 'x\r\n'"),
        ("*\r\n", r"invalid multibulk length: expected an integer and CRLF, got '\r\n'"),
        ("*1\n", r"invalid multibulk length: expected an integer and CRLF, got '1\n'"),
        ("*1\r\n$+1\r\n", r"invalid bulk length: expected an integer and CRLF, got '+1\r\n'"),
        ("*1\r\n$-1\r\n", "invalid bulk length: expected 0 or more, got '-1'"),
        ("*1\r\n:1\r\n", "expected '$', got ':'"),
        ("*1\r\n*1\r\n", "expected '$', got '*'"),
        ("*1\r\n$1\r\nab\r\n", r"expected CRLF after a value of length 1, got 'b\r'"),
        ("get \"a\r\n", "unbalanced quotes in request: expected a closed quote, got '\\\"a\\r'"),
    ];
    for (stream, why) in rows {
        assert_eq!(error_of(Limits::default(), stream), format!("Protocol error: {why}"));
    }
}

#[test]
fn limits_allow_what_they_say_and_no_more() {
    let limits = Limits { arguments: 2, argument_bytes: 10, command_bytes: 40, inline_bytes: 12 };
    let rows = [
        ("*3\r\n", "3 arguments, 2 is the most"),
        ("*9223372036854775807\r\n", "9223372036854775807 arguments, 2 is the most"),
        ("*1\r\n$11\r\n", "value of 11 bytes, 10 bytes is the most"),
        ("get 123456789", "inline command of 13 bytes, 12 bytes is the most"),
        ("*000000000000000000000000000000000", "length line of 33 bytes, 32 bytes is the most"),
    ];
    for (stream, sentence) in rows {
        assert_eq!(error_of(limits.clone(), stream), sentence);
    }
    let whole = "*2\r\n$10\r\n0123456789\r\n$9\r\n012345678\r\n";
    let fits = [
        "*1\r\n$10\r\n0123456789\r\n",
        "get 1234567\r\n",
        "get 12345678\n",
        "a b c d e\r\n",
        whole,
    ];
    for stream in fits {
        assert_eq!(read(limits.clone(), stream.as_bytes()).1, None, "{stream}");
    }
    let exact = Limits { command_bytes: whole.len(), ..limits.clone() };
    assert_eq!(read(exact, whole.as_bytes()).0.len(), 1);
    let less = Limits { command_bytes: whole.len() - 1, ..limits };
    assert_eq!(error_of(less, &whole[..25]), "command of 36 bytes, 35 bytes is the most");
}

#[test]
fn sizes_are_said_in_units_that_people_read() {
    let limits = Limits::default();
    let too_long = format!("*1\r\n${}\r\n", 700 << 20);
    assert_eq!(error_of(limits.clone(), &too_long), "value of 700 MB, 64 MB is the most");
    let sentence = "inline command of 65 KB, 64 KB is the most";
    assert_eq!(error_of(limits, &"a".repeat(70_000)), sentence);
}

#[test]
fn after_an_error_nothing_is_read() {
    let (mut parser, mut buffer) = (parser(), BytesMut::from("*1\r\n:1\r\nPING\r\n"));
    let error = parser.next(&mut buffer).unwrap_err();
    buffer.clear();
    buffer.extend_from_slice(b"PING\r\n");
    assert_eq!(parser.next(&mut buffer), Err(error));
    assert_eq!(&buffer[..], b"PING\r\n");
}

#[test]
fn what_is_only_announced_takes_no_memory() {
    let limits =
        Limits { argument_bytes: usize::MAX, command_bytes: usize::MAX, ..Limits::default() };
    let (mut parser, mut buffer) = (RequestParser::new(limits), BytesMut::new());
    for piece in ["*1048576\r\n", "$4\r\nMSET\r\n", "$4000000000000\r\n", "abc"] {
        buffer.extend_from_slice(piece.as_bytes());
        assert_eq!(parser.next(&mut buffer), Ok(None));
    }
    assert!(buffer.capacity() < 100);
    assert!(parser.arguments.capacity() < 100);
}

#[test]
fn arguments_are_not_copied() {
    let value = vec![7; 1 << 20];
    let mut buffer = BytesMut::new();
    Request::write(&[b"SET", b"key", &value[..]], &mut buffer);
    let memory = buffer.as_ptr_range();
    let request = parser().next(&mut buffer).unwrap().unwrap();
    assert_eq!(request.arguments[2], value);
    assert!(request.arguments.iter().all(|argument| memory.contains(&argument.as_ptr())));
}

/// The parser looks for ends of lines, and jumps over values.
#[test]
fn no_byte_is_searched_twice_however_slowly_they_come() {
    let mut stream = BytesMut::new();
    Request::write(&vec!["argument"; 100_000], &mut stream);
    stream.extend_from_slice("word ".repeat(10_000).as_bytes());
    stream.extend_from_slice(b"\r\n");
    let values_bytes = 100_000 * ("argument".len() + 2);
    for piece_bytes in [1, 7, 1024, usize::MAX] {
        let (mut parser, mut buffer) = (parser(), BytesMut::new());
        let mut counts = Vec::new();
        for piece in stream.chunks(piece_bytes) {
            buffer.extend_from_slice(piece);
            while let Some(request) = parser.next(&mut buffer).unwrap() {
                counts.push(request.arguments.len());
            }
        }
        assert_eq!(counts, [100_000, 10_000]);
        assert_eq!(parser.lines.searched_bytes_total, stream.len() - values_bytes);
    }
}
