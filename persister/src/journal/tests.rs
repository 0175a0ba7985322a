use super::*;
use crate::files::SimulatedFiles;
use crate::queue::now;
use crate::{Corruption, Stored, Unsynced};
use runtime::Rng;

fn owner() -> Identity {
    Identity::new("test", 3)
}

fn files() -> SimulatedFiles {
    SimulatedFiles::new(Rng::from_seed(1))
}

fn open(files: &SimulatedFiles) -> Result<(Journal, Stored), OpenError> {
    now(open_and_read(files))
}

async fn open_and_read(files: &SimulatedFiles) -> Result<(Journal, Stored), OpenError> {
    let opened = Journal::open(Arc::new(files.clone()), owner()).await?;
    let (journal, Journaled { state, records }, snapshot) = opened;
    let snapshot = snapshot.to_bytes();
    let snapshot = snapshot.map_err(|error| OpenError::persist("read", "the snapshot", &error))?;
    Ok((journal, Stored { state, records, snapshot }))
}

fn content(records: &[&[u8]]) -> Vec<u8> {
    let mut content = Vec::new();
    records.iter().for_each(|record| batch::push_record(&mut content, record).unwrap());
    content
}

fn append(journal: &mut Journal, records: &[&[u8]]) {
    journal.append(&content(records)).unwrap();
    now(journal.sync()).unwrap();
}

fn save(journal: &mut Journal, state: &[u8], snapshot: Option<&'static [u8]>) {
    let snapshot = snapshot.map(|bytes| Bytes::from_static(bytes).into()).unwrap_or_default();
    let save = Save { state: state.to_vec(), snapshot };
    now(journal.save(&save, &[])).unwrap();
}

/// Files whose journal has these bytes.
fn files_with(journal: &[u8], others: &SimulatedFiles) -> SimulatedFiles {
    let made = files();
    let put = |name: &str, bytes: &[u8]| {
        let mut file = made.create(name).unwrap();
        file.append(bytes).unwrap();
        now(file.sync()).unwrap();
    };
    for name in others.names().unwrap().iter().filter(|name| *name != FILE) {
        put(name, &others.read(name).unwrap());
    }
    put(FILE, journal);
    now(made.sync()).unwrap();
    made
}

/// A journal of a save and several batches, and where each of its batches ends.
fn small() -> (SimulatedFiles, Bytes, Vec<(usize, usize)>) {
    let files = files();
    let (mut journal, _) = open(&files).unwrap();
    save(&mut journal, b"state", Some(b"snapshot"));
    let mut ends = vec![(journal.next.begins_at as usize, 0)];
    let batches: [&[&[u8]]; 4] = [&[b"one"], &[b"two", b"", b"three"], &[b"four"], &[&[7; 90]]];
    let mut records = 0;
    for batch in batches {
        append(&mut journal, batch);
        records += batch.len();
        ends.push((journal.next.begins_at as usize, records));
    }
    let bytes = files.read(FILE).unwrap();
    assert_eq!(bytes.len(), ends.last().unwrap().0);
    (files, bytes, ends)
}

fn corruption(opened: Result<(Journal, Stored), OpenError>) -> Corruption {
    match opened {
        Err(OpenError::Corrupt { corruption, .. }) => corruption,
        Err(other) => panic!("expected corruption, got {other}"),
        Ok((_, stored)) => panic!("expected corruption, got {stored:?}"),
    }
}

#[test]
fn a_journal_that_is_cut_at_any_byte_has_all_batches_that_were_whole_and_goes_on() {
    let (files, bytes, ends) = small();
    for cut in ends[0].0..=bytes.len() {
        let files = files_with(&bytes[..cut], &files);
        let (mut journal, stored) = open(&files).unwrap();
        let (_, records) = ends.iter().rev().find(|(end, _)| *end <= cut).unwrap();
        assert_eq!(stored.records.len(), *records, "cut at byte {cut}");
        assert_eq!((&stored.state[..], &stored.snapshot[..]), (&b"state"[..], &b"snapshot"[..]));
        append(&mut journal, &[b"later"]);
        let (_, again) = open(&files).unwrap();
        assert_eq!(again.records.len(), records + 1, "cut at byte {cut}");
        assert_eq!(again.records.last().unwrap(), "later");
    }
}

#[test]
fn a_journal_that_is_cut_before_its_first_batch_ends_is_corrupt() {
    let (files, bytes, ends) = small();
    for cut in 0..ends[0].0 {
        let files = files_with(&bytes[..cut], &files);
        assert!(corruption(open(&files)).offset <= cut);
    }
}

#[test]
fn a_large_journal_that_is_cut_anywhere_has_all_batches_that_were_whole() {
    let files = files();
    let (mut journal, _) = open(&files).unwrap();
    save(&mut journal, &[1; 1000], Some(b"snapshot"));
    let mut rng = Rng::from_seed(5);
    let mut ends = vec![(journal.next.begins_at as usize, 0)];
    while ends.last().unwrap().0 < 200_000 {
        let records: Vec<Vec<u8>> = (0..rng.range(1..=40))
            .map(|_| (0..rng.below(200)).map(|_| rng.below(256) as u8).collect())
            .collect();
        append(&mut journal, &records.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let before = ends.last().unwrap().1;
        ends.push((journal.next.begins_at as usize, before + records.len()));
    }
    let bytes = files.read(FILE).unwrap();
    for _ in 0..10_000 {
        let cut = rng.range(ends[0].0 as u64..=bytes.len() as u64) as usize;
        let found = recovery::read_journal(&files, &bytes.slice(..cut), None).unwrap();
        let whole = ends.partition_point(|(end, _)| *end <= cut) - 1;
        assert_eq!(found.journaled.records.len(), ends[whole].1, "cut at byte {cut}");
        assert_eq!(found.next.begins_at as usize, ends[whole].0);
    }
}

/// A power cut leaves zeros, or whatever, in the place of what was not synced.
#[test]
fn a_last_batch_of_which_a_part_is_missing_is_dropped() {
    let (files, bytes, ends) = small();
    let [(last, records), _] = ends[ends.len() - 2..] else { unreachable!() };
    for from in last..bytes.len() {
        let mut torn = bytes.to_vec();
        torn[from..].fill(0);
        let files = files_with(&torn, &files);
        assert_eq!(open(&files).unwrap().1.records.len(), records, "zeros from byte {from}");
    }
}

#[test]
fn any_flipped_bit_before_the_last_batch_is_found_and_said_where() {
    let (files, bytes, ends) = small();
    let last = ends[ends.len() - 2].0;
    for at in 0..last {
        for bit in 0..8 {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 1 << bit;
            let before = files_with(&damaged, &files);
            let names = before.names().unwrap();
            match open(&before) {
                Err(OpenError::Corrupt { file, corruption }) => {
                    assert_eq!(file, FILE);
                    assert!(corruption.offset <= at, "{corruption}");
                }
                Err(OpenError::Version { .. }) => assert!((8..12).contains(&at)),
                other => panic!("bit {bit} of byte {at}: {:?}", other.map(|it| it.1)),
            }
            assert_eq!(before.names().unwrap(), names, "nothing is changed");
            assert_eq!(before.read(FILE).unwrap(), damaged);
        }
    }
}

#[test]
fn a_batch_that_is_missing_is_corruption_even_if_all_others_are_whole() {
    let (files, bytes, ends) = small();
    let (second, third) = (ends[1].0, ends[2].0);
    let without = [&bytes[..second], &bytes[third..]].concat();
    // What follows was written to another place: it is not a proof that this one was durable, but it is not
    // what belongs here either, so it is dropped like a torn one.
    assert_eq!(open(&files_with(&without, &files)).unwrap().1.records.len(), 1);
    let mut zeros = bytes.to_vec();
    zeros[second..third].fill(0);
    let found = corruption(open(&files_with(&zeros, &files)));
    assert_eq!(found.offset, second);
    assert!(found.expected.contains(&format!("a batch follows at byte {third}")), "{found}");
}

/// Two batches are bad at the end, and the header of the second proves that the first was durable.
#[test]
fn a_damaged_batch_before_a_torn_one_is_found() {
    let (files, bytes, ends) = small();
    let [(second, _), (third, _), (end, _)] = ends[ends.len() - 3..] else { unreachable!() };
    let mut damaged = bytes.to_vec();
    damaged[second + HEADER_BYTES + 2] ^= 1;
    let torn = files_with(&damaged[..end - 1], &files);
    assert_eq!(corruption(open(&torn)).offset, second);
    // Without that header the two are one torn end.
    let without = files_with(&damaged[..third + HEADER_BYTES - 1], &files);
    assert_eq!(open(&without).unwrap().1.records.len(), ends[ends.len() - 3].1);
}

#[test]
fn a_flipped_bit_of_a_snapshot_is_found_and_said_where() {
    let files = files();
    let (mut journal, _) = open(&files).unwrap();
    let snapshot = Bytes::from(vec![5; 3 * snapshot::PIECE_BYTES / 2]);
    let save = Save { state: b"state".to_vec(), snapshot: snapshot.into() };
    now(journal.save(&save, &[])).unwrap();
    let bytes = files.read("snapshot-1").unwrap();
    let places = [0, 13, 40, snapshot::PIECE_BYTES, 90_000, bytes.len() - 14, bytes.len() - 1];
    for at in places {
        let damaged = files_with(&files.read(FILE).unwrap(), &files);
        let mut file = damaged.create("snapshot-1").unwrap();
        let mut content = bytes.to_vec();
        content[at] ^= 4;
        file.append(&content).unwrap();
        let found = corruption(open(&damaged));
        assert_eq!(found.part, Part::Snapshot);
        assert!(found.offset <= at, "byte {at}: {found}");
    }
    let lost = files_with(&files.read(FILE).unwrap(), &files);
    lost.remove("snapshot-1").unwrap();
    assert_eq!(corruption(open(&lost)).found, "no such file");
    files.remove(FILE).unwrap();
    let found = corruption(open(&files));
    assert_eq!((found.part, &*found.found), (Part::Journal, "no such file"));
}

#[test]
fn what_a_journal_holds_is_not_taken_for_a_journal() {
    let (files, bytes, ends) = small();
    let (mut journal, _) = open(&files).unwrap();
    // A record that is a copy of this very journal, and then a torn batch.
    append(&mut journal, &[&bytes]);
    append(&mut journal, &[&bytes, b"torn"]);
    let mut torn = files.read(FILE).unwrap().to_vec();
    torn.pop();
    let (_, records) = ends[ends.len() - 1];
    let stored = open(&files_with(&torn, &files)).unwrap().1;
    assert_eq!(stored.records.len(), records + 1);
}

#[test]
fn another_servers_journal_is_refused_by_name() {
    let (files, ..) = small();
    for other in [Identity::new("test", 4), Identity::new("prod", 3)] {
        let error =
            now(Journal::open(Arc::new(files.clone()), other.clone())).map(|_| ()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("journal belongs to server 3 of cluster \"test\", not to {other}")
        );
    }
    let long = Identity::new(&"x".repeat(256), 0);
    let error = now(Journal::open(Arc::new(files), long)).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "the cluster's name has 256 bytes, but must have at most 255");
}

#[test]
fn a_journal_of_a_newer_version_is_refused() {
    let (files, bytes, _) = small();
    let mut newer = bytes.to_vec();
    newer[8] = 2;
    let error = open(&files_with(&newer, &files)).map(|_| ()).unwrap_err();
    assert!(error.to_string().starts_with("journal has format version 2, but"), "{error}");
}

#[test]
fn what_a_power_cut_left_half_done_is_removed_and_nothing_else() {
    let (files, ..) = small();
    for name in ["journal.tmp", "snapshot-9", "snapshot-10.tmp", "lock", "notes.txt"] {
        files.create(name).unwrap();
    }
    let (mut journal, _) = open(&files).unwrap();
    assert_eq!(files.names().unwrap(), ["journal", "lock", "notes.txt", "snapshot-1"]);
    save(&mut journal, b"2", Some(b"next"));
    assert_eq!(files.names().unwrap(), ["journal", "lock", "notes.txt", "snapshot-10"]);
}

/// What a server may find after a power cut: what was durable, or that and all that was being written.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    state: Vec<u8>,
    snapshot: Vec<u8>,
    records: Vec<Vec<u8>>,
}

impl Model {
    fn of(stored: &Stored) -> Model {
        Model {
            state: stored.state.to_vec(),
            snapshot: stored.snapshot.to_vec(),
            records: stored.records.iter().map(|record| record.to_vec()).collect(),
        }
    }
}

/// Cuts the power after a number of operations on files, syncs included.
struct CutAfter {
    files: SimulatedFiles,
    left: parking_lot::Mutex<u64>,
    unsynced: Unsynced,
}

impl CutAfter {
    fn count(&self) {
        let mut left = self.left.lock();
        if *left == 0 {
            return;
        }
        *left -= 1;
        if *left == 0 {
            self.files.crash(self.unsynced);
        }
    }
}

impl crate::DiskHooks for CutAfter {
    fn after_append(&self) {
        self.count();
    }

    fn after_save(&self) {
        self.count();
    }

    fn after_sync(&self) {
        self.count();
    }
}

/// `None` when the power was cut before it was over.
fn until_cut<T>(future: impl Future<Output = Result<T, PersistError>>) -> Option<T> {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome.ok(),
        Poll::Pending => None,
    }
}

#[test]
fn a_power_cut_at_any_operation_leaves_what_was_durable_or_what_was_being_written_as_well() {
    let mut cuts = 0;
    for seed in 0..3000 {
        let mut rng = Rng::from_seed(seed);
        let first = SimulatedFiles::new(Rng::stream(seed, "files", 0));
        let (mut durable, mut attempted) = (Model::default(), Model::default());
        let mut files = first.clone();
        for _life in 0..4 {
            let unsynced = *rng.pick(&[
                Unsynced::Kept,
                Unsynced::Lost,
                Unsynced::Prefix,
                Unsynced::Torn,
                Unsynced::Torn,
            ]);
            let cut = CutAfter {
                files: files.clone(),
                left: parking_lot::Mutex::new(rng.range(1..=60)),
                unsynced,
            };
            files.set_hooks(Some(Arc::new(cut)));
            live(&files, &mut rng, &mut durable, &mut attempted, seed);
            cuts += u32::from(files.is_over());
            files.set_hooks(None);
            files = files.next_life();
        }
        let (_, stored) = open(&files).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let found = Model::of(&stored);
        assert!(found == durable || found == attempted, "seed {seed}: {found:?}");
    }
    assert!(cuts > 6000, "{cuts} of 12000 lives ended by a power cut");
}

fn live(
    files: &SimulatedFiles,
    rng: &mut Rng,
    durable: &mut Model,
    attempted: &mut Model,
    seed: u64,
) {
    let Some((mut journal, stored)) = until_cut(async { Ok(open_and_read(files).await?) }) else {
        assert!(files.is_over(), "seed {seed}: it can't be opened, and the power is on");
        return;
    };
    let found = Model::of(&stored);
    assert!(found == *durable || found == *attempted, "seed {seed}: {found:?}");
    (*durable, *attempted) = (found.clone(), found);
    for number in 0..20u64 {
        let record = vec![number as u8; rng.below(40) as usize];
        let is_save = rng.chance(250_000);
        let wrote = match is_save {
            true => {
                let snapshot = rng.chance(700_000).then(|| {
                    let bytes = if rng.chance(100_000) { 0 } else { rng.range(1..=300) };
                    Bytes::from(vec![number as u8; bytes as usize])
                });
                attempted.state = vec![number as u8; 9];
                attempted.records = vec![record.clone()];
                if let Some(snapshot) = &snapshot {
                    attempted.snapshot = snapshot.to_vec();
                }
                let snapshot = snapshot.map(NewSnapshot::from).unwrap_or_default();
                let save = Save { state: attempted.state.clone(), snapshot };
                let records = content(&[&record]);
                until_cut(journal.save(&save, &records))
            }
            false => {
                attempted.records.push(record.clone());
                let records = content(&[&record]);
                until_cut(async {
                    journal.append(&records)?;
                    journal.sync().await
                })
            }
        };
        if wrote.is_none() {
            assert!(files.is_over(), "seed {seed}: a write failed and the power is on");
            return;
        }
        *durable = attempted.clone();
    }
}
