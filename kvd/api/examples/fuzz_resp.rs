//! Bytes that nobody means, as they may come over a connection of the Redis protocol: no panic, the same
//! outcome wherever they are cut, and no more memory than what has come needs.
//!
//! ```text
//! fuzz_resp [INPUTS [SEED]]
//! ```
//!
//! Inputs are good streams of requests and replies that are cut, spliced and overwritten; both parsers read
//! each of them. What they accept is written, read and written again, and has to be the same. An input
//! that fails is left in the file `fuzz-failure` in the present folder. Exits with 1 then, and with 64
//! where it is used otherwise.

use bytes::BytesMut;
use kvd_api::resp::{
    Limits, ProtocolError, Reply, ReplyLimits, ReplyParser, Request, RequestParser, Version,
};
use runtime::Rng;
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::process::ExitCode;

/// More than everything here needs.
const MEMORY_KB_MAX: u64 = 64 * 1024;

/// What a parser made of a stream: what it read, and the error that ended it.
type Heard<T> = (Vec<T>, Option<ProtocolError>);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| {
        arguments.get(at).map_or(Some(default), |text| text.replace('_', "").parse().ok())
    };
    let (Some(inputs), Some(seed), true) =
        (number(0, 1_000_000), number(1, 1), arguments.len() < 3)
    else {
        eprintln!("usage: fuzz_resp [INPUTS [SEED]]");
        return ExitCode::from(64);
    };
    let originals = originals();
    let mut rng = Rng::stream(seed, "resp", 0);
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    for input in 0..inputs {
        let mut bytes = rng.pick(&originals).clone();
        if !rng.chance(10_000) {
            let donor: &Vec<u8> = rng.pick(&originals);
            mutate(&mut bytes, donor, &mut rng);
        }
        let piece = rng.range(1..=bytes.len().max(1) as u64) as usize;
        let heard = catch_unwind(|| [judge_requests(&bytes, piece), judge_replies(&bytes, piece)]);
        let Ok(heard) = heard else {
            std::fs::write("fuzz-failure", &bytes).expect("the folder can be written to");
            eprintln!("input {input} of seed {seed} failed: it is in fuzz-failure");
            return ExitCode::from(1);
        };
        heard.into_iter().for_each(|outcome| *outcomes.entry(outcome).or_default() += 1);
    }
    println!("{inputs} inputs: {outcomes:?}");
    match memory_kb() {
        Some(memory_kb) if memory_kb > MEMORY_KB_MAX => {
            eprintln!("{memory_kb} kB of memory were used, {MEMORY_KB_MAX} are enough");
            ExitCode::from(1)
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Streams as they should be.
fn originals() -> Vec<Vec<u8>> {
    let mut requests = BytesMut::new();
    Request::write(&["SET", "key", "a value\r\nof two lines"], &mut requests);
    Request::write(&["MGET", "", "2", "3", "4", "5", "6", "7", "8", "9", "10"], &mut requests);
    requests
        .extend_from_slice(b"*0\r\n\r\nPING\r\nset 'a \\' b' \"\\x41\\n\\\\\"\r\n*-1\r\nGET key\n");
    let inner = vec![Reply::Null, Reply::NullArray, Reply::Boolean(true), Reply::Double(-1.5e-7)];
    let pairs = vec![(Reply::bulk("proto"), Reply::Integer(3)), (Reply::ok(), Reply::Array(inner))];
    let replies =
        [Reply::error("ERR no"), Reply::Array(vec![Reply::Map(pairs)]), Reply::bulk(vec![9; 200])];
    let mut all = vec![requests.to_vec()];
    for version in [Version::Resp2, Version::Resp3] {
        let mut stream = BytesMut::new();
        replies.iter().for_each(|reply| reply.write(&mut stream, version));
        all.push(stream.to_vec());
    }
    all.push(b"~2\r\n=5\r\ntxt:a\r\n!6\r\nERR no\r\n,inf\r\n,nan\r\n%1\r\n*0\r\n%0\r\n".to_vec());
    all.push(b"*1\r\n".repeat(40));
    all
}

fn judge_requests(bytes: &[u8], piece: usize) -> String {
    let hear = |bytes: &[u8], piece| {
        let mut parser = RequestParser::new(Limits::default());
        hear(bytes, piece, |buffer| parser.next(buffer))
    };
    let whole = hear(bytes, bytes.len());
    assert_eq!(hear(bytes, piece), whole, "in pieces of {piece} bytes");
    let mut written = BytesMut::new();
    whole.0.iter().for_each(|request| Request::write(&request.arguments, &mut written));
    let (again, error) = hear(&written, piece);
    assert_eq!(error, None);
    assert!(again.iter().map(|it| &it.arguments).eq(whole.0.iter().map(|it| &it.arguments)));
    outcome("requests", &whole)
}

fn judge_replies(bytes: &[u8], piece: usize) -> String {
    let hear = |bytes: &[u8], piece| {
        let mut parser = ReplyParser::new(ReplyLimits::default());
        hear(bytes, piece, |buffer| parser.next(buffer))
    };
    let write = |replies: &[Reply]| {
        let mut written = BytesMut::new();
        replies.iter().for_each(|reply| reply.write(&mut written, Version::Resp3));
        written
    };
    let whole = hear(bytes, bytes.len());
    let pieces = hear(bytes, piece);
    // Compared as they are written: a double that is not a number is no equal of itself.
    let written = write(&whole.0);
    assert_eq!(
        (write(&pieces.0), pieces.1),
        (written.clone(), whole.1.clone()),
        "in pieces of {piece}"
    );
    let (again, error) = hear(&written, piece);
    assert_eq!((write(&again), error), (written, None));
    outcome("replies", &whole)
}

fn hear<T>(
    bytes: &[u8],
    piece: usize,
    mut next: impl FnMut(&mut BytesMut) -> Result<Option<T>, ProtocolError>,
) -> Heard<T> {
    let (mut buffer, mut heard) = (BytesMut::new(), Vec::new());
    for piece in bytes.chunks(piece.max(1)) {
        buffer.extend_from_slice(piece);
        loop {
            match next(&mut buffer) {
                Ok(Some(item)) => heard.push(item),
                Ok(None) => break,
                Err(error) => return (heard, Some(error)),
            }
        }
    }
    (heard, None)
}

fn outcome<T>(what: &str, (heard, error): &Heard<T>) -> String {
    let some = if heard.is_empty() { "no" } else { "some" };
    let end = match error {
        None => "no error",
        Some(ProtocolError::Malformed(_)) => "malformed",
        Some(ProtocolError::TooLarge { .. }) => "too large",
        Some(ProtocolError::TooMany { .. }) => "too many",
    };
    format!("{some} {what}, {end}")
}

fn mutate(bytes: &mut Vec<u8>, donor: &[u8], rng: &mut Rng) {
    for _ in 0..rng.range(1..=4) {
        let at = rng.below(bytes.len() as u64 + 1) as usize;
        let end = (at + rng.below(32) as usize).min(bytes.len());
        match rng.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => bytes[at..end].iter_mut().for_each(|byte| *byte = rng.next_u64() as u8),
            3 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            4 => {
                let from = rng.below(donor.len() as u64) as usize;
                let until = (from + rng.below(200) as usize).min(donor.len());
                bytes.splice(at..end, donor[from..until].iter().copied());
            }
            5 => replace_number(bytes, at, rng),
            6 => {
                let word =
                    *rng.pick(&["\r\n", "\n", "*3\r\n", "%2\r\n", "$1\r\n", "$-1\r\n", "\"", "'"]);
                bytes.splice(at..at, word.bytes());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << rng.below(8);
                }
            }
        }
    }
}

/// Writes another number over the first one after a position.
fn replace_number(bytes: &mut Vec<u8>, from: usize, rng: &mut Rng) {
    let Some(begin) = bytes[from..].iter().position(u8::is_ascii_digit).map(|at| from + at) else {
        return;
    };
    let digits = bytes[begin..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let around =
        [0, 10, 1 << 16, 1 << 20, 1 << 22, 64 << 20, 256 << 20, i64::MAX as u64, u64::MAX - 9];
    let number = rng.pick(&around) + rng.below(9);
    let sign = if rng.chance(200_000) { "-" } else { "" };
    bytes.splice(begin..begin + digits, format!("{sign}{number}").into_bytes());
}

/// The most memory that this process has had.
fn memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
