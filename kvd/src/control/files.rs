//! Files that do to their server what a tester wants.

use super::{Control, Point};
use bytes::Bytes;
use persister::files::{AppendFile, Files, ReadFile, VolatileFiles};
use persister::{PersistError, SyncFuture};
use std::io;
use std::sync::Arc;

/// Files of another kind, which can be slow, full, and fail.
#[derive(Clone)]
pub struct ControlledFiles {
    control: Arc<Control>,
    inner: Arc<dyn Files>,
    /// The same files if they lose what a failed sync should have covered.
    volatile: Option<VolatileFiles>,
}

impl ControlledFiles {
    pub fn new(
        control: Arc<Control>,
        inner: Arc<dyn Files>,
        volatile: Option<VolatileFiles>,
    ) -> ControlledFiles {
        ControlledFiles { control, inner, volatile }
    }

    /// A file was made, renamed or removed.
    fn saved(&self) {
        self.control.reach(Point::AfterWrite);
        self.control.reach(Point::AfterSave);
    }

    fn check_space(&self) -> io::Result<()> {
        self.control.refuses(0).map_or(Ok(()), |_| Err(no_space()))
    }

    fn handle(&self, inner: Box<dyn AppendFile>) -> Box<dyn AppendFile> {
        Box::new(ControlledFile { files: self.clone(), inner })
    }

    /// Those that are slow hold their thread, as those of a real disk do.
    fn sync_by(&self, sync: impl FnOnce() -> SyncFuture) -> SyncFuture {
        self.control.reach(Point::BeforeSync);
        wait(&self.control);
        if self.control.takes_failure() {
            match &self.volatile {
                Some(files) => files.fail_next_sync(),
                None => {
                    let error = "input/output error".to_owned();
                    return SyncFuture::failed(PersistError::Failed(error));
                }
            }
        }
        let outcome = sync();
        if let SyncFuture::Ready(Some(Ok(()))) = outcome {
            self.control.reach(Point::AfterSync);
        }
        outcome
    }
}

#[allow(clippy::disallowed_methods)] // On the disk's own thread, of a real process.
fn wait(control: &Control) {
    std::thread::sleep(control.draw_sync_time());
}

fn no_space() -> io::Error {
    rustix::io::Errno::NOSPC.into()
}

impl Files for ControlledFiles {
    fn create(&self, name: &str) -> io::Result<Box<dyn AppendFile>> {
        self.check_space()?;
        let file = self.inner.create(name)?;
        self.saved();
        Ok(self.handle(file))
    }

    fn open(&self, name: &str, length: u64) -> io::Result<Box<dyn AppendFile>> {
        let file = self.inner.open(name, length)?;
        self.control.reach(Point::AfterWrite);
        Ok(self.handle(file))
    }

    fn read(&self, name: &str) -> io::Result<Bytes> {
        self.inner.read(name)
    }

    fn open_read(&self, name: &str) -> io::Result<Arc<dyn ReadFile>> {
        self.inner.open_read(name)
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.inner.names()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)?;
        self.saved();
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)?;
        self.saved();
        Ok(())
    }

    fn available_bytes(&self) -> io::Result<Option<u64>> {
        self.inner.available_bytes()
    }

    fn reserve(&self, name: &str, bytes: u64) -> io::Result<()> {
        self.check_space()?;
        self.inner.reserve(name, bytes)?;
        self.saved();
        Ok(())
    }

    fn sync(&self) -> SyncFuture {
        self.sync_by(|| self.inner.sync())
    }
}

struct ControlledFile {
    files: ControlledFiles,
    inner: Box<dyn AppendFile>,
}

impl AppendFile for ControlledFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(fits) = self.files.control.refuses(bytes.len()) {
            self.inner.append(&bytes[..fits])?;
            return Err(no_space());
        }
        self.inner.append(bytes)?;
        self.files.control.reach(Point::AfterWrite);
        Ok(())
    }

    fn sync(&mut self) -> SyncFuture {
        self.files.sync_by(|| self.inner.sync())
    }
}
