//! The log file of a server.
//!
//! ```text
//! 0.001234 --- life 1 begins: process 4711
//! 0.052718 listening on 127.0.0.1:4000
//! 3.002811 --- life 1 was killed by SIGKILL
//! ```

use super::event::What;
use parking_lot::Mutex;
use runtime::Instant;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Each line goes to the operating system at once, so that it survives the tester.
pub struct Log(Mutex<File>);

impl Log {
    /// Appends to that file, which is made if it is not there.
    pub fn open(path: &Path) -> io::Result<Log> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Log(Mutex::new(file)))
    }

    /// Writes a server's line, or what happened to it as a line.
    pub fn write(&self, at: Instant, life: u64, what: &What) -> io::Result<()> {
        let text = match what {
            What::Line(text) => text.clone(),
            What::Started { pid } => format!("--- life {life} begins: process {pid}"),
            What::Refused { why } => format!("--- life {life} can't begin: {why}"),
            What::Paused => format!("--- life {life} is paused"),
            What::Resumed => format!("--- life {life} is resumed"),
            What::Ended { how, .. } => format!("--- life {life} {how}"),
            What::Trouble(what) => format!("--- {what}"),
        };
        let micros = at.as_nanos() / 1000;
        let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
        self.0.lock().write_all(format!("{seconds}.{micros:06} {text}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processes::Ending;

    #[test]
    fn lines_are_written_with_their_times() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server-0.log");
        let write = |nanos, what| {
            Log::open(&path).unwrap().write(Instant::from_nanos(nanos), 1, &what).unwrap();
        };
        write(1_234_567, What::Started { pid: 7 });
        write(12_000_000_999, What::Line("a word".to_owned()));
        let how = Ending::Exited(3);
        write(13_500_000_000, What::Ended { how, expected: false, out_of_memory: false });
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "0.001234 --- life 1 begins: process 7\n\
             12.000000 a word\n\
             13.500000 --- life 1 has ended with exit code 3\n"
        );
    }
}
