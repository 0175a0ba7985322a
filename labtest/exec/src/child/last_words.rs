//! What a child writes on standard error: the end of it is kept.

use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::process::ChildStderr;
use std::sync::Arc;
use std::time::Duration;

/// How much is kept: the stacks of a few hundred goroutines.
const KEPT_BYTES: usize = 256 << 10;

/// The end of what a child wrote.
#[derive(Default)]
pub(super) struct LastWords {
    kept: Mutex<Kept>,
    over: Condvar,
}

#[derive(Default)]
struct Kept {
    bytes: VecDeque<u8>,
    is_over: bool,
}

impl LastWords {
    /// Reads the stream on a thread of its own, which ends with it.
    ///
    /// # Errors
    /// When there can't be one more thread.
    pub(super) fn of(mut stream: ChildStderr) -> io::Result<Arc<LastWords>> {
        let words = Arc::new(LastWords::default());
        let kept = Arc::clone(&words);
        // Outside of any simulation: nothing that a run does depends on it.
        std::thread::Builder::new().name("stderr of a child".to_owned()).spawn(move || {
            let mut buffer = [0; 4096];
            // A stream that can't be read is over.
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                kept.add(&buffer[..read]);
            }
            kept.kept.lock().is_over = true;
            kept.over.notify_all();
        })?;
        Ok(words)
    }

    fn add(&self, bytes: &[u8]) {
        let mut kept = self.kept.lock();
        kept.bytes.extend(bytes);
        let excess = kept.bytes.len().saturating_sub(KEPT_BYTES);
        kept.bytes.drain(..excess);
    }

    /// Waits until all is read, but no longer than that.
    pub(super) fn wait(&self, limit: Duration) {
        let mut kept = self.kept.lock();
        if !kept.is_over {
            self.over.wait_for(&mut kept, limit);
        }
    }

    pub(super) fn text(&self) -> String {
        let mut kept = self.kept.lock();
        String::from_utf8_lossy(kept.bytes.make_contiguous()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_however_much_there_was() {
        let words = LastWords::default();
        (0..80_000).for_each(|_| words.add(b"long\n"));
        words.add(b"the end\n");
        let text = words.text();
        assert_eq!(text.len(), KEPT_BYTES);
        assert!(text.ends_with("long\nthe end\n"));
    }
}
