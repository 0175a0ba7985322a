//! Reading what a server writes.

use super::event::{Teller, What};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

/// Longer lines are told in pieces of this many bytes.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// Tells line by line what is written there, until its end.
pub async fn read(pipe: impl AsyncRead + Unpin, teller: Teller) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut pipe).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await {
            Ok(0) => return,
            Ok(_) => teller.tell(What::Line(text(&line))),
            Err(error) => {
                return teller.tell(What::Trouble(format!("what it says can't be read: {error}")));
            }
        }
    }
}

/// Without the end of the line, and with U+FFFD for what is not UTF-8.
fn text(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    String::from_utf8_lossy(line).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processes::log::Log;
    use std::sync::Arc;
    use tokio::sync::mpsc::unbounded_channel;

    fn lines(written: &[u8]) -> Vec<String> {
        let (events, mut told) = unbounded_channel();
        let log = Log::open("/dev/null".as_ref()).unwrap();
        let teller = Teller::new(0, events, Arc::new(log));
        futures::executor::block_on(read(written, teller));
        let lines = std::iter::from_fn(|| told.try_recv().ok());
        lines
            .map(|event| match event.what {
                What::Line(line) => line,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn lines_are_told_as_they_are() {
        assert_eq!(lines(b"one\r\n\n  two \nthree"), ["one", "", "  two ", "three"]);
        assert_eq!(lines(b"\xff!\n"), ["\u{fffd}!"]);
        assert_eq!(lines(b""), [""; 0]);
    }

    #[test]
    fn a_line_without_an_end_is_told_in_pieces() {
        let long = vec![b'a'; 150_000];
        let told = lines(&long);
        assert_eq!(told.iter().map(String::len).collect::<Vec<_>>(), [65_536, 65_536, 18_928]);
    }
}
