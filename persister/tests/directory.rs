//! A server's directory, and those who may not have it.

use persister::{Contents, FilePersister, Identity, OpenError, Persister};
use std::fs;

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
