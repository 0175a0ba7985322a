//! Moments at which no server runs. At such a moment the disks are all that is left of the cluster, so every
//! acknowledged write has to be on the disks of a majority. Each such moment is inspected, since later
//! elections and reads may hide that something was missing.

use crate::clients::Recorder;
use crate::driver::Driver;
use crate::judge::{Blackout, Disks, on_too_few};
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io, mem};
use tokio::task::{JoinHandle, spawn_blocking};

/// Looks at disks when no server runs.
pub struct Blackouts {
    driver: Arc<dyn Driver>,
    directories: Vec<PathBuf>,
    /// Where they are copied to.
    copies: PathBuf,
    answers: Arc<Recorder>,
    looks: Mutex<Vec<JoinHandle<Blackout>>>,
}

impl Blackouts {
    /// For servers with these directories. Copies of directories in which something is missing stay in
    /// `copies`.
    pub fn new(
        driver: Arc<dyn Driver>,
        directories: Vec<PathBuf>,
        copies: PathBuf,
        answers: Arc<Recorder>,
    ) -> Blackouts {
        Blackouts { driver, directories, copies, answers, looks: Mutex::default() }
    }

    /// No server has been running since that time of the run, in nanoseconds. None may be started before this
    /// returns; slow work is done afterwards.
    #[allow(clippy::disallowed_methods)] // It reads files, and starts programs.
    pub fn begin(&self, at_ns: u64) {
        // Directories may be large, and useless if nobody can read them.
        if !matches!(self.driver.logs(&[]), Ok(Some(_))) {
            return;
        }
        let mut looks = self.looks.lock();
        let copy = self.copies.join(format!("blackout-{}", looks.len() + 1));
        let copied = self.copy_to(&copy);
        let (driver, answers) = (Arc::clone(&self.driver), Arc::clone(&self.answers));
        looks.push(spawn_blocking(move || {
            let disks = match copied.and_then(|copies| look(&*driver, &copies, &answers, at_ns)) {
                Ok(disks) => disks,
                Err(error) => Disks::NotLooked(format!("{error:#}")),
            };
            if disks.is_well() {
                // Where it can't be removed it is in nobody's way.
                let _ = fs::remove_dir_all(&copy);
            }
            Blackout { at_ns, disks }
        }));
    }

    /// What was found, when no server will be started any more.
    pub async fn finish(&self) -> Vec<Blackout> {
        let looks = mem::take(&mut *self.looks.lock());
        let mut found = Vec::new();
        for look in looks {
            found.push(look.await.expect("a look does not panic"));
        }
        found
    }

    fn copy_to(&self, to: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let copy = |(server, directory): (usize, &PathBuf)| {
            let copy = to.join(format!("server-{server}"));
            copy_all(directory, &copy)?;
            Ok(copy)
        };
        self.directories.iter().enumerate().map(copy).collect()
    }
}

fn look(
    driver: &dyn Driver,
    directories: &[PathBuf],
    answers: &Recorder,
    at_ns: u64,
) -> anyhow::Result<Disks> {
    let logs = driver.logs(directories)?.unwrap_or_default();
    Ok(Disks::Looked(answers.look(|records| on_too_few(records, at_ns, &logs))))
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let copy = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_all(&entry.path(), &copy)?,
            false => fs::copy(entry.path(), &copy).map(drop)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::{Answer, Operation, Outcome, record_for_tests};
    use crate::driver::{Abilities, Connection, Place, Program, Said, StoredLog, Written};
    use futures::future::BoxFuture;
    use std::net::SocketAddr;

    /// Servers whose logs are a file of their directories, a value a line.
    struct Lines;

    impl Driver for Lines {
        fn name(&self) -> String {
            "lines".to_owned()
        }

        fn abilities(&self) -> Abilities {
            Abilities::default()
        }

        fn program(&self, _place: &Place) -> anyhow::Result<Program> {
            unreachable!("none is started")
        }

        fn understand(&self, _server: usize, _line: &str) -> Option<Said> {
            None
        }

        fn disk_command(&self, _state: &crate::driver::DiskState) -> Option<String> {
            None
        }

        fn connect(&self, _: SocketAddr) -> BoxFuture<'static, io::Result<Box<dyn Connection>>> {
            unreachable!("nobody asks")
        }

        fn logs(&self, directories: &[PathBuf]) -> anyhow::Result<Option<Vec<StoredLog>>> {
            let log = |directory: &PathBuf| -> anyhow::Result<StoredLog> {
                let text = fs::read_to_string(directory.join("inner/log"))?;
                let entries = text.lines().map(|line| vec![Written::new("k", line)]).collect();
                Ok(StoredLog { entries, ..StoredLog::default() })
            };
            directories.iter().map(log).collect::<anyhow::Result<_>>().map(Some)
        }
    }

    /// What is found on the disks of three servers, when 1 was acknowledged; whether copies are left.
    async fn found(logs: [Option<&str>; 3]) -> (Disks, bool) {
        let folder = tempfile::tempdir().unwrap();
        let directories: Vec<PathBuf> =
            (0..3).map(|server| folder.path().join(server.to_string())).collect();
        for (directory, log) in directories.iter().zip(logs) {
            fs::create_dir_all(directory.join("inner")).unwrap();
            if let Some(log) = log {
                fs::write(directory.join("inner/log"), log).unwrap();
            }
        }
        let put = Operation::Put { key: "k".into(), value: "1".into() };
        let answers = record_for_tests(vec![(put, Outcome::Ok(Answer::Done))]);
        let copies = folder.path().join("copies");
        let blackouts =
            Blackouts::new(Arc::new(Lines), directories.clone(), copies.clone(), answers);
        blackouts.begin(u64::MAX);
        // Servers go on with their disks at once.
        directories.iter().for_each(|directory| fs::remove_dir_all(directory).unwrap());
        let [Blackout { disks, .. }] = blackouts.finish().await.try_into().unwrap();
        (disks, copies.join("blackout-1/server-0/inner").exists())
    }

    #[tokio::test]
    async fn disks_are_looked_at_as_they_were_and_kept_where_something_is_missing() {
        let well = found([Some("1"), Some("0\n1"), Some("")]).await;
        assert_eq!(well, (Disks::Looked(Vec::new()), false));
        let (lost, is_kept) = found([Some("1"), Some("0"), Some("")]).await;
        let Disks::Looked(told) = lost else { panic!("{lost:?}") };
        assert!(is_kept && told[0].contains("on the disks of 1 of 3"), "{told:?}");
        let (unread, is_kept) = found([Some("1"), None, Some("1")]).await;
        assert!(is_kept && matches!(unread, Disks::NotLooked(_)), "{unread:?}");
    }
}
