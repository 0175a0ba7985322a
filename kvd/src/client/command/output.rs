//! Standard output, which is bytes.

use std::io::{self, ErrorKind, Stdout, Write};

/// Standard output, line by line.
pub struct Output(Stdout);

impl Output {
    pub fn new() -> Output {
        Output(io::stdout())
    }

    /// # Errors
    /// When it can't be written.
    pub fn line(&mut self, parts: &[&[u8]]) -> anyhow::Result<()> {
        let mut stdout = self.0.lock();
        parts.iter().try_for_each(|part| stdout.write_all(part))?;
        stdout.write_all(b"\n")?;
        Ok(stdout.flush()?)
    }
}

/// Whether the error is that the reader has stopped reading.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
