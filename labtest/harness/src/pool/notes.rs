//! Which run each worker is doing, in a file, in case the process dies.
//!
//! Code under test can end the process (`exit`, `abort`, a stack overflow), and then nothing is left to say
//! under which seed. So each worker notes its run before it begins, in a place of its own in a small file that
//! outlives the process.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// A file of notes.
#[derive(Debug)]
pub struct Notes(File);

/// What a process has left in its notes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastWords {
    /// It came to its own end.
    pub finished: bool,
    /// Test and seed of each run that had begun and not ended.
    pub under_way: Vec<(String, u64)>,
}

/// The bytes of a worker's place, a line. Longer names of tests are cut.
const PLACE_BYTES: usize = 160;
/// The first place says whether the process came to its own end.
const FINISHED: &str = "finished";

impl Notes {
    /// Notes in that file, which must be there.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn open(path: &Path) -> io::Result<Notes> {
        fs::OpenOptions::new().write(true).open(path).map(Notes)
    }

    /// The worker with that number, from 0, begins a run.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn begin(&self, worker: usize, test: &str, seed: u64) -> io::Result<()> {
        self.write(worker + 1, &format!("{seed} {test}"))
    }

    /// The worker's run has ended.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn end(&self, worker: usize) -> io::Result<()> {
        self.write(worker + 1, "")
    }

    /// The process ends by itself.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn finish(&self) -> io::Result<()> {
        self.write(0, FINISHED)
    }

    fn write(&self, place: usize, text: &str) -> io::Result<()> {
        let mut bytes = [b' '; PLACE_BYTES];
        bytes[PLACE_BYTES - 1] = b'\n';
        let length = text.len().min(PLACE_BYTES - 1);
        bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
        write_at(&self.0, &bytes, (place * PLACE_BYTES) as u64)
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    match std::os::windows::fs::FileExt::seek_write(file, bytes, offset)? {
        written if written == bytes.len() => Ok(()),
        _ => Err(io::ErrorKind::WriteZero.into()),
    }
}

impl LastWords {
    /// Reads what a process has left. A place that was never written is skipped.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn read(path: &Path) -> io::Result<LastWords> {
        let bytes = fs::read(path)?;
        let mut places = bytes.chunks(PLACE_BYTES).map(String::from_utf8_lossy);
        let finished = places.next().is_some_and(|place| place.trim_end() == FINISHED);
        let run = |place: std::borrow::Cow<'_, str>| {
            let (seed, test) = place.trim_end().split_once(' ')?;
            Some((test.to_owned(), seed.parse().ok()?))
        };
        Ok(LastWords { finished, under_way: places.filter_map(run).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("labtest-{name}-{}", std::process::id()));
        fs::write(&path, "").unwrap();
        path
    }

    #[test]
    fn runs_that_did_not_end_are_left() {
        let path = file("left");
        let notes = Notes::open(&path).unwrap();
        assert_eq!(LastWords::read(&path).unwrap(), LastWords::default());
        notes.begin(2, "4A::re_election", 17).unwrap();
        notes.begin(0, "4B::backup", u64::MAX).unwrap();
        notes.begin(1, &"long".repeat(100), 3).unwrap();
        notes.end(1).unwrap();
        let left = LastWords::read(&path).unwrap();
        let under_way =
            vec![("4B::backup".to_owned(), u64::MAX), ("4A::re_election".to_owned(), 17)];
        assert_eq!(left, LastWords { finished: false, under_way });
        notes.end(0).unwrap();
        notes.end(2).unwrap();
        notes.finish().unwrap();
        let nothing = LastWords { finished: true, under_way: Vec::new() };
        assert_eq!(LastWords::read(&path).unwrap(), nothing);
        fs::remove_file(path).unwrap();
    }
}
