//! What the core wants on disk, handed to the persister.

use super::{Shared, State, Stopped};
use crate::core::durability::{NewSnapshot, Write};
use crate::core::receiving::Piece;
use persister::{PersistError, SnapshotWriter, SyncFuture};

/// A snapshot that arrives in pieces.
#[derive(Default)]
pub(super) struct Incoming {
    writer: Option<Box<dyn SnapshotWriter>>,
    /// There is room for the next piece when it resolves.
    room: Option<SyncFuture>,
}

impl Shared {
    /// Hands over all that has changed. Called with the lock.
    pub(super) fn write(&self, state: &mut State) {
        if state.core.is_written() {
            return;
        }
        while let Some(write) = state.core.next_write(&mut state.write_buffer) {
            match write {
                Write::Append => self.persister.append(&state.write_buffer),
                Write::Save(snapshot) => self.save(state, snapshot),
                Write::Compact(snapshot) => self.compact(state, snapshot),
                Write::Piece(piece) => {
                    self.write_piece(state, piece);
                    // It has to be durable only with the whole snapshot.
                    continue;
                }
            }
            state.syncs.writes += 1;
        }
        if state.core.ends_receiving() {
            state.incoming.writer = None;
        }
    }

    fn save(&self, state: &mut State, snapshot: Option<NewSnapshot>) {
        match snapshot.map(|snapshot| state.incoming.completed(snapshot)) {
            None => self.persister.save(&state.write_buffer, None),
            Some(Completed::Whole(bytes)) => self.persister.save(&state.write_buffer, Some(bytes)),
            Some(Completed::Written(writer)) => {
                state.core.snapshot = self.persister.save_written(&state.write_buffer, writer);
            }
        }
    }

    fn compact(&self, state: &mut State, snapshot: NewSnapshot) {
        match state.incoming.completed(snapshot) {
            Completed::Whole(bytes) => self.persister.compact(&state.write_buffer, Some(bytes)),
            Completed::Written(writer) => {
                state.core.snapshot = self.persister.compact_written(&state.write_buffer, writer);
            }
        }
    }

    fn write_piece(&self, state: &mut State, Piece { first, data }: Piece) {
        let Incoming { writer, room } = &mut state.incoming;
        if first {
            *writer = None;
        }
        *room = Some(writer.get_or_insert_with(|| self.persister.begin_snapshot()).write(data));
    }

    /// Waits until the disk has room for the next piece of a snapshot, if one was just written.
    pub(super) async fn room_for_pieces(&self) {
        let room = self.state.lock().incoming.room.take();
        let Some(room) = room else { return };
        if let Err(error) = room.await {
            self.fail(&error);
        }
    }

    /// Stops the server for good: its disk can't be relied upon.
    pub(super) fn fail(&self, error: &PersistError) {
        self.lock_to_change().stop(Stopped::Failed(format!("stable storage: {error}")));
    }
}

/// A snapshot of which all is there.
enum Completed {
    Whole(bytes::Bytes),
    Written(Box<dyn SnapshotWriter>),
}

impl Incoming {
    fn completed(&mut self, snapshot: NewSnapshot) -> Completed {
        match snapshot {
            NewSnapshot::Whole(bytes) => Completed::Whole(bytes),
            NewSnapshot::Written(writer) => Completed::Written(writer),
            NewSnapshot::Received => {
                let writer = self.writer.take();
                Completed::Written(writer.expect("pieces are written before they are saved"))
            }
        }
    }
}
