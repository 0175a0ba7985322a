use super::*;
use futures::executor::block_on;
use persister::{FilePersister, Identity, PersistError, Persister, Room};

struct Disk {
    folder: tempfile::TempDir,
    control: Arc<Control>,
}

fn volatile(seed: Option<u64>) -> Option<Volatile> {
    seed.map(|seed| Volatile { seed, write_back_per_million: None })
}

impl Disk {
    fn new() -> Disk {
        Disk { folder: tempfile::tempdir().unwrap(), control: Control::new(1) }
    }

    fn obey(&self, line: &str) {
        self.control.obey(line).unwrap();
    }

    fn open(&self, seed: Option<u64>) -> FilePersister {
        let identity = Identity::new("test", 0);
        let opened =
            FilePersister::open_over(self.folder.path(), &identity, Room::UNWATCHED, |folder| {
                self.control.files(folder, volatile(seed))
            });
        opened.unwrap()
    }

    /// What another process would find.
    fn records(&self) -> Vec<bytes::Bytes> {
        let contents = persister::Contents::of_directory(self.folder.path()).unwrap();
        contents.unwrap().stored.records
    }
}

fn write(disk: &FilePersister, record: &str) -> Result<(), PersistError> {
    disk.append(record.as_bytes());
    block_on(disk.sync())
}

#[test]
fn a_full_disk_refuses_writes_whatever_is_said_later_and_keeps_what_it_has() {
    for volatile in [None, Some(1)] {
        let disk = Disk::new();
        let open = disk.open(volatile);
        write(&open, "before").unwrap();
        disk.obey("disk full");
        disk.obey("disk ok");
        let refused = write(&open, "after").unwrap_err().to_string();
        assert!(refused.contains("No space left on device"), "{refused}");
        assert!(write(&open, "later").is_err());
        assert_eq!(disk.records(), ["before"]);
    }
}

#[test]
fn a_sync_that_fails_is_one_and_is_told() {
    for volatile in [None, Some(1)] {
        let disk = Disk::new();
        let open = disk.open(volatile);
        write(&open, "before").unwrap();
        disk.obey("disk fail-sync");
        disk.obey("disk ok");
        write(&open, "taken back").unwrap();
        disk.obey("disk fail-sync");
        let failed = write(&open, "after").unwrap_err().to_string();
        assert!(failed.contains("input/output error"), "{failed}");
        assert!(!disk.control.takes_failure());
    }
}

#[test]
fn a_volatile_disk_loses_what_a_sync_that_failed_should_have_covered() {
    let mut lost = 0;
    for seed in 0..20 {
        let disk = Disk::new();
        let files = disk.control.files(disk.folder.path(), volatile(Some(seed))).unwrap();
        let mut file = files.create("a").unwrap();
        assert!(block_on(file.sync()).is_ok() && block_on(files.sync()).is_ok());
        file.append(b"word").unwrap();
        disk.obey("disk fail-sync");
        assert!(block_on(file.sync()).is_err());
        // Who tries again is told that all is well.
        assert!(block_on(file.sync()).is_ok());
        lost += usize::from(std::fs::read(disk.folder.path().join("a")).unwrap() != b"word");
    }
    // Chance may have let it through before.
    assert!(lost > 10, "{lost}");
}

#[test]
fn syncs_that_are_slow_take_at_least_that_long() {
    let disk = Disk::new();
    let times = || (0..100).map(|_| disk.control.draw_sync_time()).collect::<Vec<_>>();
    assert!(times().iter().all(Duration::is_zero));
    disk.obey("disk slow 20 30");
    let range = Duration::from_millis(20)..=Duration::from_millis(30);
    let drawn = times();
    assert!(drawn.iter().all(|time| range.contains(time)), "{drawn:?}");
    assert!(drawn.iter().any(|time| *time != drawn[0]), "{drawn:?}");
    let open = disk.open(None);
    let began = runtime::now();
    write(&open, "slowly").unwrap();
    assert!(runtime::now().since(began) >= *range.start());
    disk.obey("disk ok");
    assert!(times().iter().all(Duration::is_zero));
}

#[test]
fn an_exit_is_counted_down_at_its_own_point_and_can_be_taken_back() {
    let control = Control::new(1);
    let left = || control.state.lock().exits.clone().into_iter().collect::<Vec<_>>();
    control.obey("exit-at after-sync 3").unwrap();
    control.obey("exit-at elected 2").unwrap();
    for point in [Point::AfterSync, Point::Elected, Point::BeforeReply] {
        control.reach(point);
    }
    assert_eq!(left(), [(Point::AfterSync, 2), (Point::Elected, 1)]);
    control.obey("exit-at elected 9").unwrap();
    assert_eq!(left(), [(Point::AfterSync, 2), (Point::Elected, 9)]);
    control.obey("exit-at never").unwrap();
    (0..20).for_each(|_| control.reach(Point::Elected));
    assert_eq!(left(), []);
    assert!(control.obey("exit-at elected").is_err());
}

#[test]
fn a_term_is_led_from_the_moment_that_it_is_until_another_role() {
    let control = Control::new(1);
    let leads = |role, term| {
        control.has_role(role, term);
        control.state.lock().leads
    };
    assert_eq!(leads(RoleName::Candidate, 2), None);
    assert_eq!(leads(RoleName::Leader, 2), Some(2));
    assert_eq!(leads(RoleName::Leader, 3), Some(3));
    assert_eq!(leads(RoleName::Follower, 4), None);
}
