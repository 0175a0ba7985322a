//! Writing a snapshot into its file.

use super::{End, Incoming, Progress, State, wake};
use crate::PersistError;
use crate::journal::batch::SnapshotId;
use crate::journal::snapshot::{Snapshots, Writer};
use bytes::Bytes;

/// The most that is written at once.
const WRITE_BYTES: usize = 1 << 20;

enum WritingStep {
    Write(Bytes),
    Finish,
    GiveUp,
}

enum WritingOutcome {
    /// More is to come.
    Paused,
    Finished(SnapshotId),
    GivenUp,
}

impl Incoming {
    /// Waits until there is something to do. False when there never will be.
    pub(crate) fn wait(&self) -> bool {
        let mut state = self.state.lock();
        loop {
            if let Progress::Over(_) = state.progress {
                return false;
            }
            if state.next_step().is_some() {
                return true;
            }
            self.wanted.wait(&mut state);
        }
    }

    /// Writes what waits. Returns what it has become when that is all of it, and durable; `None` when more
    /// is to come, when it was given up, or when somebody else is at it.
    pub(crate) async fn carry_out(
        &self,
        snapshots: &Snapshots,
    ) -> Result<Option<SnapshotId>, PersistError> {
        let Some(mut writer) = self.begin() else { return Ok(None) };
        let outcome = self.write(&mut writer, snapshots).await;
        if let Ok(WritingOutcome::Paused) = outcome {
            self.state.lock().progress = Progress::Idle(writer);
            return Ok(None);
        }
        self.stop(outcome.as_ref().err().cloned());
        Ok(match outcome? {
            WritingOutcome::Finished(id) => Some(id),
            WritingOutcome::Paused | WritingOutcome::GivenUp => None,
        })
    }

    /// Writes all of one that is whole.
    pub(crate) async fn write_all(
        &self,
        snapshots: &Snapshots,
    ) -> Result<SnapshotId, PersistError> {
        let written = self.carry_out(snapshots).await?;
        written.ok_or_else(|| PersistError::Failed("a snapshot was given up".to_owned()))
    }

    /// Nothing more will be done. Says so to who waits for room.
    pub(crate) fn stop(&self, failure: Option<PersistError>) {
        let mut state = self.state.lock();
        state.progress = Progress::Over(failure);
        wake(state);
    }

    /// Its file, if it has one yet, to continue writing. `None` if it must not be written.
    fn begin(&self) -> Option<Option<Writer>> {
        let mut state = self.state.lock();
        match std::mem::replace(&mut state.progress, Progress::Busy) {
            Progress::Idle(writer) => Some(writer),
            other => {
                state.progress = other;
                None
            }
        }
    }

    async fn write(
        &self,
        writer: &mut Option<Writer>,
        snapshots: &Snapshots,
    ) -> Result<WritingOutcome, PersistError> {
        loop {
            let step = self.state.lock().next_step();
            match step {
                None => return Ok(WritingOutcome::Paused),
                Some(WritingStep::Write(bytes)) => {
                    let file = self.file(writer, snapshots)?;
                    file.append(&bytes)?;
                    self.arrived(&bytes);
                    if file.unsynced_bytes >= self.pace.sync_bytes {
                        file.sync().await?;
                    }
                }
                Some(WritingStep::Finish) => {
                    let file = self.file(writer, snapshots)?;
                    let (checksums, bytes) = self.state.lock().end_checksums();
                    return file
                        .finish(snapshots, checksums, bytes)
                        .await
                        .map(WritingOutcome::Finished);
                }
                Some(WritingStep::GiveUp) => {
                    let file = writer.take();
                    file.map_or(Ok(()), |file| file.give_up(snapshots))?;
                    return Ok(WritingOutcome::GivenUp);
                }
            }
        }
    }

    /// Its file, which is made when there is something to write.
    fn file<'a>(
        &self,
        writer: &'a mut Option<Writer>,
        snapshots: &Snapshots,
    ) -> Result<&'a mut Writer, PersistError> {
        if let Some(file) = writer {
            return Ok(file);
        }
        let file = snapshots.create()?;
        self.state.lock().content = Some(file.content.clone());
        Ok(writer.insert(file))
    }

    fn arrived(&self, bytes: &[u8]) {
        let mut state = self.state.lock();
        state.arrived(bytes);
        if self.has_room(&state).is_some() {
            wake(state);
        }
    }
}

impl State {
    fn next_step(&self) -> Option<WritingStep> {
        match (self.end, self.waiting.front()) {
            (Some(End::GivenUp), _) => Some(WritingStep::GiveUp),
            (_, Some(piece)) => {
                Some(WritingStep::Write(piece.slice(..piece.len().min(WRITE_BYTES))))
            }
            (Some(End::Whole), None) => Some(WritingStep::Finish),
            (None, None) => None,
        }
    }
}
