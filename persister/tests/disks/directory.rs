//! A server's directory, and those who may not have it.

use bytes::Bytes;
use futures::FutureExt;
use persister::{Contents, FilePersister, Identity, OpenError, PersistError, Persister, Snapshot};
use std::fs;
use std::path::Path;

fn owner() -> Identity {
    Identity::new("cluster", 1)
}

#[test]
fn a_directory_is_made_and_belongs_to_one_persister_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("data/server-1");
    let first = FilePersister::open(&directory, &owner()).unwrap();
    let refused = FilePersister::open(&directory, &owner()).unwrap_err();
    let holder = format!("process {}", std::process::id());
    assert_eq!(
        refused,
        OpenError::Locked { directory: directory.display().to_string(), holder: holder.clone() }
    );
    assert_eq!(refused.to_string(), format!("{} is in use by {holder}", directory.display()));
    drop(first);
    // The file that is left over locks nobody out, whatever is in it.
    fs::write(directory.join("lock"), "1").unwrap();
    FilePersister::open(&directory, &owner()).unwrap();
}

#[test]
fn a_directory_of_another_server_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(FilePersister::open(folder.path(), &owner()).unwrap());
    let refused = FilePersister::open(folder.path(), &Identity::new("cluster", 2)).unwrap_err();
    assert!(matches!(refused, OpenError::Foreign { .. }), "{refused}");
}

#[test]
fn a_directory_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let first = FilePersister::open(folder.path(), &owner()).unwrap();
    first.save(b"state", Some("snapshot".into()));
    futures::executor::block_on(first.sync()).unwrap();
    drop(first);
    let second = FilePersister::open(folder.path(), &owner()).unwrap();
    for name in ["journal", "snapshot-1"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    for _reader in ["Raft", "its service"] {
        let stored = second.read().unwrap();
        assert_eq!((&stored.state[..], &stored.snapshot[..]), (&b"state"[..], &b"snapshot"[..]));
    }
}

#[test]
fn a_directory_can_be_looked_at_while_a_server_has_it() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Contents::of_directory(folder.path()), Ok(None));
    let persister = FilePersister::open(folder.path(), &owner()).unwrap();
    persister.save(b"state", None);
    futures::executor::block_on(persister.sync()).unwrap();
    let contents = Contents::of_directory(folder.path()).unwrap().unwrap();
    assert_eq!((contents.identity, contents.generation), (owner(), 1));
    assert_eq!(contents.stored, persister.read().unwrap());
    let nowhere = Contents::of_directory(&folder.path().join("nowhere")).unwrap_err();
    assert!(nowhere.to_string().contains("nowhere"), "{nowhere}");
    let a_file = Contents::of_directory(&folder.path().join("journal")).unwrap_err();
    assert!(a_file.to_string().contains("not a directory"), "{a_file}");
}

#[test]
fn a_damaged_directory_is_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let persister = FilePersister::open(folder.path(), &owner()).unwrap();
    for record in ["one", "two"] {
        persister.append(record.as_bytes());
        futures::executor::block_on(persister.sync()).unwrap();
    }
    drop(persister);
    let journal = folder.path().join("journal");
    let mut bytes = fs::read(&journal).unwrap();
    let second = bytes.len() - 3 - 5 - 36;
    bytes[second - 1] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let refused = FilePersister::open(folder.path(), &owner()).unwrap_err().to_string();
    let (file, byte) = (journal.display(), second - 3 - 5 - 36);
    let place = format!("{file} is corrupt: byte {byte}: expected");
    assert!(refused.starts_with(&place), "{refused}");
    assert!(refused.contains(&format!("a batch follows at byte {second}")), "{refused}");
}

/// Two and a half pieces of 64 KiB.
fn large() -> Vec<u8> {
    (0..160 << 10).map(|at: u32| (at % 251) as u8).collect()
}

fn save_in_pieces(persister: &FilePersister, bytes: &[u8]) -> Snapshot {
    let mut writer = persister.begin_snapshot();
    for piece in bytes.chunks(10_000) {
        futures::executor::block_on(writer.write(Bytes::copy_from_slice(piece))).unwrap();
    }
    let snapshot = persister.save_written(b"state", writer);
    futures::executor::block_on(persister.sync()).unwrap();
    snapshot
}

/// The names of a directory's files, but for the lock and the reserve.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name != "lock" && name != "reserve");
    names.sort();
    names
}

#[test]
fn a_damaged_piece_of_a_snapshot_is_found_when_it_is_read_and_when_the_directory_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let persister = FilePersister::open(folder.path(), &owner()).unwrap();
    let snapshot = save_in_pieces(&persister, &large());
    let path = folder.path().join("snapshot-1");
    let mut damaged = fs::read(&path).unwrap();
    let header = damaged.len() - large().len() - 3 * 4 - 8;
    damaged[header + 100_000] ^= 1;
    fs::write(&path, &damaged).unwrap();

    assert_eq!(snapshot.read(0, 1 << 16).unwrap(), large()[..1 << 16]);
    assert_eq!(snapshot.read(1 << 17, 1 << 16).unwrap(), large()[1 << 17..]);
    for (offset, length) in [(65_536, 1), (100_000, 1), (131_071, 2), (0, usize::MAX)] {
        let error = snapshot.read(offset, length).unwrap_err().to_string();
        let place = format!("corrupt: snapshot, byte {}: expected 65536 bytes", header + 65_536);
        assert!(error.starts_with(&place) && error.contains("snapshot-1"), "{error}");
    }
    drop(persister);
    let error = FilePersister::open(folder.path(), &owner()).unwrap_err().to_string();
    let place = format!("{} is corrupt: byte {}:", path.display(), header + 65_536);
    assert!(error.starts_with(&place), "{error}");

    fs::write(&path, &damaged[..header + 100_000]).unwrap();
    let error = snapshot.read(70_000, 1).unwrap_err().to_string();
    assert!(error.contains("snapshot-1, found only"), "{error}");
}

#[test]
fn a_handle_reads_a_file_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let persister = FilePersister::open(folder.path(), &owner()).unwrap();
    let given = save_in_pieces(&persister, &large());
    drop(persister);
    let persister = FilePersister::open(folder.path(), &owner()).unwrap();
    let found = persister.snapshot().unwrap();
    save_in_pieces(&persister, b"short");
    assert_eq!(names(folder.path()), ["journal", "snapshot-2"]);
    drop(persister);
    for snapshot in [given, found] {
        assert_eq!(snapshot.to_bytes().unwrap(), large());
    }
}

#[test]
fn what_is_left_of_a_snapshot_that_nobody_saved_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let persister = FilePersister::open(folder.path(), &owner()).unwrap();
    let mut dropped = persister.begin_snapshot();
    let mut unfinished = persister.begin_snapshot();
    for writer in [&mut dropped, &mut unfinished] {
        // More than is kept in memory.
        for _ in 0..6 {
            futures::executor::block_on(writer.write(vec![7; 1 << 20].into())).unwrap();
        }
    }
    assert_eq!(names(folder.path()), ["journal", "snapshot-1.tmp", "snapshot-2.tmp"]);
    drop(dropped);
    drop(persister);
    assert_eq!(names(folder.path()), ["journal"]);
    let ended = PersistError::Failed("the disk's thread has ended".into());
    assert_eq!(unfinished.write("more".into()).now_or_never(), Some(Err(ended)));
    // A process that was killed had no time for that.
    fs::write(folder.path().join("snapshot-1.tmp"), "PERSSNAP").unwrap();
    drop(FilePersister::open(folder.path(), &owner()).unwrap());
    assert_eq!(names(folder.path()), ["journal"]);
}

#[test]
fn what_somebody_waits_for_is_written_before_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let persister = FilePersister::open(folder.path(), &owner()).unwrap();
    let mut writer = persister.begin_snapshot();
    for piece in large().chunks(1000) {
        drop(writer.write(Bytes::copy_from_slice(piece)));
    }
    persister.save_written(b"state", writer);
    persister.append(b"one");
    drop(persister.sync());
    drop(persister);
    let stored = FilePersister::open(folder.path(), &owner()).unwrap().read().unwrap();
    assert_eq!((&stored.state[..], &stored.records[..]), (&b"state"[..], &["one".into()][..]));
    assert_eq!(stored.snapshot, large());
}
