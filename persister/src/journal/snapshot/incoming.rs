//! A snapshot on its way into its file.

mod writing;

use super::stored::{Content, first_piece, while_running};
use super::{Checksums, Writer};
use crate::{PersistError, SnapshotReader, SyncFuture};
use bytes::{Buf, Bytes};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A snapshot on its way into its file. What has not arrived there is in memory, so that all of it can be read
/// at any time, also after the writer has given up.
pub(crate) struct Incoming {
    pace: Pace,
    state: Mutex<State>,
    /// There is something to do, or nothing any more.
    wanted: Condvar,
}

/// How much of a snapshot may be on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The writer of pieces waits while more than this is in memory.
    pub(crate) buffer_bytes: usize,
    /// A file is synced whenever that much has been written, so that no sync takes long: a file system
    /// may let the syncs of others wait for it.
    pub(crate) sync_bytes: u64,
}

impl Pace {
    /// For disks.
    pub(crate) const REAL: Pace = Pace { buffer_bytes: 4 << 20, sync_bytes: 4 << 20 };

    /// So that small snapshots, too, have writers that wait and files that are synced in part.
    pub(crate) const SIMULATED: Pace = Pace { buffer_bytes: 1 << 10, sync_bytes: 1 << 10 };
}

struct State {
    /// Handed over, and not in the file yet.
    waiting: VecDeque<Bytes>,
    waiting_bytes: usize,
    /// Of what is in the file.
    checksums: Checksums,
    /// There is one once something was written.
    content: Option<Content>,
    progress: Progress,
    end: Option<End>,
    /// Who waits for room.
    wakers: Vec<Waker>,
}

enum Progress {
    /// Nobody is at it.
    Idle(Option<Writer>),
    Busy,
    /// Nothing more will be done, and why if that is a failure.
    Over(Option<PersistError>),
}

#[derive(Clone, Copy)]
enum End {
    /// No piece will follow.
    Whole,
    /// Nobody wants it.
    GivenUp,
}

impl Incoming {
    /// One that is handed over in pieces.
    pub(crate) fn in_pieces(pace: Pace) -> Incoming {
        Incoming::new(pace, VecDeque::new(), None)
    }

    /// One that is in memory.
    pub(crate) fn whole(bytes: Bytes) -> Incoming {
        Incoming::new(Pace::REAL, VecDeque::from([bytes]), Some(End::Whole))
    }

    fn new(pace: Pace, waiting: VecDeque<Bytes>, end: Option<End>) -> Incoming {
        let state = State {
            waiting_bytes: waiting.iter().map(Bytes::len).sum(),
            waiting,
            checksums: Checksums::default(),
            content: None,
            progress: Progress::Idle(None),
            end,
            wakers: Vec::new(),
        };
        Incoming { pace, state: Mutex::new(state), wanted: Condvar::new() }
    }

    /// How many bytes it has so far.
    pub(crate) fn length(&self) -> u64 {
        self.state.lock().length()
    }

    /// Adds a piece at its end.
    pub(crate) fn push(&self, piece: Bytes) {
        if piece.is_empty() {
            return;
        }
        let mut state = self.state.lock();
        state.waiting_bytes += piece.len();
        state.waiting.push_back(piece);
        self.wanted.notify_one();
    }

    /// Resolves when there is room for another piece.
    pub(crate) fn room(self: &Arc<Self>) -> SyncFuture {
        match self.has_room(&self.state.lock()) {
            Some(outcome) => SyncFuture::Ready(Some(outcome)),
            None => SyncFuture::Waiting(Box::pin(Room(Arc::clone(self)))),
        }
    }

    fn has_room(&self, state: &State) -> Option<Result<(), PersistError>> {
        match &state.progress {
            Progress::Over(failure) => Some(failure.clone().map_or(Ok(()), Err)),
            _ => (state.waiting_bytes <= self.pace.buffer_bytes).then_some(Ok(())),
        }
    }

    /// No piece will follow.
    pub(crate) fn end(&self) {
        self.state.lock().end.get_or_insert(End::Whole);
        self.wanted.notify_one();
    }

    /// It is given up, unless it is whole.
    pub(crate) fn give_up_unless_whole(&self) {
        self.state.lock().end.get_or_insert(End::GivenUp);
        self.wanted.notify_one();
    }

    /// It is given up. Its file is removed, unless it is finished just now.
    pub(crate) fn give_up(&self) {
        self.state.lock().end = Some(End::GivenUp);
        self.wanted.notify_one();
    }
}

/// Outside the lock.
fn wake(mut state: MutexGuard<'_, State>) {
    let wakers = std::mem::take(&mut state.wakers);
    drop(state);
    wakers.into_iter().for_each(Waker::wake);
}

impl State {
    /// These are in the file now.
    fn arrived(&mut self, bytes: &[u8]) {
        self.checksums.add(bytes);
        self.waiting_bytes -= bytes.len();
        match self.waiting.front_mut() {
            Some(piece) if piece.len() > bytes.len() => piece.advance(bytes.len()),
            _ => drop(self.waiting.pop_front()),
        }
    }

    /// What follows the snapshot in its file, but for its length, and that.
    fn end_checksums(&mut self) -> (Vec<u8>, u64) {
        self.checksums.end();
        (self.checksums.encode(), self.checksums.bytes())
    }

    fn length(&self) -> u64 {
        self.checksums.bytes() + self.waiting_bytes as u64
    }

    /// Bytes that have not arrived.
    fn waiting(&self, from: u64, length: usize) -> impl Iterator<Item = Bytes> {
        let mut begin = self.checksums.bytes();
        let end = from + length as u64;
        self.waiting.iter().filter_map(move |piece| {
            let (first, last) = (begin, begin + piece.len() as u64);
            begin = last;
            let (from, to) = (from.max(first), end.min(last));
            (from < to).then(|| piece.slice((from - first) as usize..(to - first) as usize))
        })
    }
}

impl SnapshotReader for Incoming {
    fn length(&self) -> u64 {
        self.length()
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes, PersistError> {
        let state = self.state.lock();
        let arrived = state.checksums.bytes();
        let in_file = arrived.saturating_sub(offset).min(length as u64) as usize;
        let waiting = state.waiting(offset + in_file as u64, length - in_file);
        let mut parts: Vec<Bytes> = waiting.collect();
        if let Some(content) = state.content.clone().filter(|_| in_file > 0) {
            let pieces = state.checksums.pieces();
            let end = offset + in_file as u64 - 1;
            let last = pieces.len().min(first_piece(end) + 1);
            let checksums = pieces[first_piece(offset).min(last)..last].to_vec();
            drop(state);
            let read = content.read(arrived, &checksums, offset, in_file);
            parts.insert(0, read.map_err(while_running)?);
        }
        match <[Bytes; 1]>::try_from(parts) {
            Ok([all]) => Ok(all),
            Err(parts) => Ok(parts.concat().into()),
        }
    }
}

/// Resolves when there is room for another piece.
struct Room(Arc<Incoming>);

impl Future for Room {
    type Output = Result<(), PersistError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state.lock();
        match self.0.has_room(&state) {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                let waker = context.waker();
                if !state.wakers.iter().any(|it| it.will_wake(waker)) {
                    state.wakers.push(waker.clone());
                }
                Poll::Pending
            }
        }
    }
}
