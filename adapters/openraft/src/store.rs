//! Vote, log and snapshot: in memory as the crate sees them, and on the disk.

use crate::disk::HardState;
use crate::mistake::Mistake;
use crate::types::{
    Entry, LogId, Types, Vote, candidate_of, log_id, ours, position, term_of, theirs,
};
use labtest::parking_lot::{Mutex, MutexGuard};
use labtest::persister::SyncFuture;
use labtest::runtime::{self, Node};
use labtest::sans_io::{Hard as _, Log, Restored, Write};
use labtest::{Bytes, Persister, Position, anyhow};
use openraft::storage::{IOFlushed, RaftLogStorage};
use openraft::{LogState, OptionalSend, RaftLogReader};
use std::fmt::Debug;
use std::io;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// One life of a server's storage. The crate has several at once: its core writes, and others read.
#[derive(Clone)]
pub(crate) struct Store(Arc<Shared>);

struct Shared {
    me: usize,
    image: Mutex<Image>,
    changes: AtomicU64,
    persister: Arc<dyn Persister>,
    bytes_max: usize,
    mistake: Option<Mistake>,
}

/// What was handed to the disk, durable or not.
pub(crate) struct Image {
    pub(crate) hard: HardState,
    /// The crate has saved a vote in this life.
    pub(crate) has_voted: bool,
    /// The last term in which the server has given its vote, and to whom. A vote that the crate saves can also be
    /// one that it has heard of and takes for its own, and tells nobody.
    pub(crate) given: Option<(u64, usize)>,
    /// What the crate has not purged. On the disk there is nothing in front of the snapshot's end.
    pub(crate) log: Log,
    pub(crate) snapshot: (Position, Bytes),
    /// Where the snapshots end that leaders have sent, those beyond the log.
    pub(crate) offered: Vec<Position>,
}

impl Image {
    /// The log as it is on the disk.
    fn stored_log(&self) -> Log {
        let end = self.snapshot.0;
        Log { snapshot: end, entries: self.log.from(end.index + 1).to_vec() }
    }

    fn snapshot_bytes(&self) -> Bytes {
        self.snapshot.1.clone()
    }
}

impl Store {
    pub(crate) fn open(
        me: usize,
        persister: Arc<dyn Persister>,
        bytes_max: usize,
        mistake: Option<Mistake>,
    ) -> anyhow::Result<Store> {
        let Restored::<HardState> { mut hard, log, snapshot } = Restored::read(persister.read()?)?;
        if mistake == Some(Mistake::VoteForgotten) {
            hard = HardState::default();
        }
        let snapshot = (log.snapshot, snapshot);
        let offered = Vec::new();
        let given = hard.voted_for.map(|candidate| (hard.term(), candidate));
        let image = Mutex::new(Image { hard, has_voted: false, given, log, snapshot, offered });
        let changes = AtomicU64::new(0);
        Ok(Store(Arc::new(Shared { me, image, changes, persister, bytes_max, mistake })))
    }

    pub(crate) fn image(&self) -> MutexGuard<'_, Image> {
        self.0.image.lock()
    }

    pub(crate) fn changes(&self) -> u64 {
        self.0.changes.load(Ordering::Relaxed)
    }

    pub(crate) fn note_change(&self) {
        self.0.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// Changes the image, and the disk in the same order.
    fn write(&self, change: impl FnOnce(&mut Image) -> Write) -> SyncFuture {
        let mut image = self.image();
        let write = change(&mut image);
        self.note_change();
        write.hand_to(&*self.0.persister)
    }

    pub(crate) fn has(&self, mistake: Mistake) -> bool {
        self.0.mistake == Some(mistake)
    }

    /// Another server is told that it has the vote.
    pub(crate) fn gives(&self, vote: &Vote) {
        let given = (term_of(vote), candidate_of(vote));
        // Answers may overtake each other.
        let mut image = self.image();
        image.given.take_if(|before| before.0 < given.0);
        image.given.get_or_insert(given);
        self.note_change();
    }

    /// A leader sends a snapshot that ends there.
    pub(crate) fn is_offered(&self, end: Position) {
        let mut image = self.image();
        let last_index = image.log.last().index;
        image.offered.retain(|offered| offered.index > last_index);
        image.offered.push(end);
        self.note_change();
    }

    /// Resolves when all that was handed to the disk is durable.
    pub(crate) async fn synced(&self) -> io::Result<()> {
        durable(self.0.persister.sync()).await
    }

    /// The service's snapshot up to `index`, in place of the log up to there.
    pub(crate) async fn compact(&self, index: u64, snapshot: Bytes) -> io::Result<()> {
        let Some(term) = self.image().log.term_at(index) else { return Ok(()) };
        let sync = self.write(|image| {
            image.snapshot = (Position { index, term }, snapshot);
            Write::compacted(&image.hard, &image.stored_log(), image.snapshot_bytes())
        });
        durable(sync).await
    }

    /// A leader's snapshot. Of the log only what follows it stays.
    pub(crate) async fn install(&self, end: Position, snapshot: Bytes) -> io::Result<()> {
        let sync = self.write(|image| {
            if !image.log.has(end) {
                image.log = Log { snapshot: end, entries: Vec::new() };
            }
            image.snapshot = (end, snapshot);
            Write::state(&image.hard, &image.stored_log(), image.snapshot_bytes())
        });
        durable(sync).await
    }
}

/// A server whose disk fails ends.
async fn durable(sync: SyncFuture) -> io::Result<()> {
    sync.await.map_err(|error| {
        Node::current().kill();
        io::Error::other(error)
    })
}

impl RaftLogReader<Types> for Store {
    async fn try_get_log_entries<R>(&mut self, range: R) -> io::Result<Vec<Entry>>
    where
        R: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        let image = self.image();
        let first = match range.start_bound() {
            Bound::Included(index) => *index,
            Bound::Excluded(index) => index + 1,
            Bound::Unbounded => 0,
        };
        let first = first.max(image.log.snapshot.index + 1);
        let entries = (first..).zip(image.log.from(first));
        let entries = entries.take_while(|(index, _)| range.contains(index));
        Ok(entries.map(|(index, entry)| theirs(index, entry)).collect())
    }

    async fn read_vote(&mut self) -> io::Result<Option<Vote>> {
        Ok(self.image().hard.vote)
    }

    /// What fits into one message.
    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> io::Result<Vec<Entry>> {
        let mut entries = self.try_get_log_entries(start..end).await?;
        let mut bytes = 0;
        let fits = |entry: &Entry| {
            bytes += ours(entry).command.map_or(0, |command| command.len());
            bytes <= self.0.bytes_max
        };
        let fitting = entries.iter().map(fits).take_while(|it| *it).count();
        entries.truncate(fitting.max(1));
        Ok(entries)
    }
}

impl RaftLogStorage<Types> for Store {
    type LogReader = Store;

    async fn get_log_state(&mut self) -> io::Result<LogState<Types>> {
        let image = self.image();
        Ok(LogState {
            last_purged_log_id: Some(log_id(image.log.snapshot)),
            last_log_id: Some(log_id(image.log.last())),
        })
    }

    async fn get_log_reader(&mut self) -> Store {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> io::Result<()> {
        let sync = self.write(|image| {
            image.hard.update(*vote);
            image.has_voted = true;
            if candidate_of(vote) == self.0.me && !vote.is_committed() {
                image.given = Some((term_of(vote), self.0.me));
            }
            Write::record(&image.hard, 0, &[])
        });
        if self.has(Mistake::VotesBeforeSync) {
            return Ok(());
        }
        durable(sync).await
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<Types>) -> io::Result<()>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<Entry> = entries.into_iter().collect();
        let Some(first_index) = entries.first().map(|entry| entry.log_id.index) else {
            return Ok(());
        };
        let sync = self.write(|image| {
            let entries: Vec<_> = entries.iter().map(ours).collect();
            let written = if self.has(Mistake::OneEntryWritten) { 1 } else { entries.len() };
            let record = Write::record(&image.hard, first_index, &entries[..written]);
            image.log.replace_from(first_index, entries);
            record
        });
        if self.has(Mistake::AcksBeforeSync) {
            callback.io_completed(Ok(()));
            return Ok(());
        }
        runtime::detach(async move { callback.io_completed(durable(sync).await) });
        Ok(())
    }

    /// The disk keeps the entries until others, or a snapshot, are written in their place: the leader that the cut
    /// makes room for may count on some of them, and a crash may come before that is there.
    async fn truncate_after(&mut self, last: Option<LogId>) -> io::Result<()> {
        let first_index = position(last).index + 1;
        if self.image().log.last().index >= first_index {
            self.image().log.replace_from(first_index, Vec::new());
            self.note_change();
            if self.has(Mistake::LogCutFirst) {
                let cut = |image: &mut Image| {
                    Write::state(&image.hard, &image.stored_log(), image.snapshot_bytes())
                };
                self.write(cut).await.ok();
            }
        }
        Ok(())
    }

    /// The disk has the snapshot in its place already.
    async fn purge(&mut self, upto: LogId) -> io::Result<()> {
        self.image().log.compact(upto.index);
        self.note_change();
        Ok(())
    }
}
