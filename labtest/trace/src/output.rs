//! Where lines go: to a file in large pieces, or into memory.

use crate::line::Line;
use std::io::{self, Write};

/// Bytes buffered before a write.
const PIECE_BYTES: usize = 64 * 1024;

/// Takes lines. The first error is kept and reported at the end; what comes after it is dropped, so that a full
/// disk ends a recording and not the run.
pub struct Output {
    buffer: String,
    file: Option<Box<dyn Write + Send>>,
    error: Option<io::Error>,
}

impl Output {
    /// Everything is kept; `finish` returns it.
    pub fn memory() -> Output {
        Output { buffer: String::new(), file: None, error: None }
    }

    /// Lines go to a file, in large pieces.
    pub fn file(file: impl Write + Send + 'static) -> Output {
        let buffer = String::with_capacity(PIECE_BYTES + PIECE_BYTES / 8);
        Output { buffer, file: Some(Box::new(file)), error: None }
    }

    /// The next line; it ends when it is dropped.
    pub(crate) fn line(&mut self) -> Line<'_> {
        if self.file.is_some() && self.buffer.len() >= PIECE_BYTES {
            self.write_out();
        }
        Line::new(&mut self.buffer)
    }

    /// Writes what is buffered. An error is reported at the end.
    pub fn flush(&mut self) {
        self.write_out();
    }

    fn write_out(&mut self) {
        if let Some(file) = &mut self.file {
            if self.error.is_none() {
                self.error = file.write_all(self.buffer.as_bytes()).err();
            }
            self.buffer.clear();
        }
    }

    /// Writes what is still buffered. Returns what was kept in memory; empty for a file.
    ///
    /// # Errors
    /// The first one there was.
    pub fn finish(&mut self) -> io::Result<String> {
        self.write_out();
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if let Some(file) = &mut self.file {
            file.flush()?;
        }
        Ok(std::mem::take(&mut self.buffer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// Takes `room` bytes and then is full.
    #[derive(Clone, Default)]
    struct Disk {
        room: usize,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut written = self.written.lock().unwrap();
            if written.len() + bytes.len() > self.room {
                return Err(io::ErrorKind::StorageFull.into());
            }
            written.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn write_lines(output: &mut Output, lines: u64) {
        for number in 0..lines {
            output.line().number("number", number);
        }
    }

    #[test]
    fn lines_are_written_in_pieces_and_all_at_the_end() {
        let disk = Disk { room: usize::MAX, ..Disk::default() };
        let mut output = Output::file(disk.clone());
        write_lines(&mut output, 10_000);
        let before = disk.written.lock().unwrap().len();
        assert!(before >= PIECE_BYTES);
        assert_eq!(output.finish().unwrap(), "");
        let written = String::from_utf8(disk.written.lock().unwrap().clone()).unwrap();
        assert_eq!(written.lines().count(), 10_000);
        assert!(written.ends_with("{\"number\":9999}\n"));
    }

    #[test]
    fn memory_keeps_everything() {
        let mut output = Output::memory();
        write_lines(&mut output, 10_000);
        assert_eq!(output.finish().unwrap().lines().count(), 10_000);
    }

    #[test]
    fn a_full_disk_is_told_at_the_end_and_takes_no_memory() {
        let mut output = Output::file(Disk::default());
        write_lines(&mut output, 100_000);
        assert!(output.buffer.capacity() < 4 * PIECE_BYTES);
        assert_eq!(output.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
