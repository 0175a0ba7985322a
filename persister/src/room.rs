//! What a server does before its disk is full.

use crate::files::Files;
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;

/// When a disk counts as nearly full.
///
/// Below the low-water mark [`Persister::has_room`](crate::Persister::has_room) says so, and a Raft takes no
/// more commands; what it must write all the same, votes and terms, still fits. A reserve is given back to
/// the system when there is less than it left, so that this stays true when others have filled the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// The size of the reserve, in bytes.
    pub reserve_bytes: u64,
    /// Less than this many bytes are too few for more commands.
    pub low_water_bytes: u64,
}

impl Default for Room {
    /// A reserve of 16 MiB, and a low-water mark at 64 MiB.
    fn default() -> Room {
        Room { reserve_bytes: 16 << 20, low_water_bytes: 64 << 20 }
    }
}

impl Room {
    /// Nothing is kept free and nothing is watched.
    pub const UNWATCHED: Room = Room { reserve_bytes: 0, low_water_bytes: 0 };
}

/// Keeps the reserve, and knows whether there is room.
pub(crate) struct Watch {
    files: Arc<dyn Files>,
    room: Room,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    has_reserve: bool,
    is_low: bool,
}

/// The reserve.
const FILE: &str = "reserve";

impl Watch {
    pub(crate) fn new(files: Arc<dyn Files>, room: Room) -> io::Result<Watch> {
        let watch = Watch { files, room, state: Mutex::default() };
        watch.state.lock().has_reserve = watch.files.names()?.iter().any(|name| name == FILE);
        watch.look()?;
        Ok(watch)
    }

    /// Looks at the disk, and gives the reserve back or takes it again.
    pub(crate) fn look(&self) -> io::Result<()> {
        let Room { reserve_bytes, low_water_bytes } = self.room;
        if self.room == Room::UNWATCHED {
            return Ok(());
        }
        let Some(mut available) = self.files.available_bytes()? else { return Ok(()) };
        let mut state = self.state.lock();
        if state.has_reserve && available < reserve_bytes {
            self.files.remove(FILE)?;
            state.has_reserve = false;
            available += reserve_bytes;
        } else if !state.has_reserve && available >= low_water_bytes + reserve_bytes {
            match self.files.reserve(FILE, reserve_bytes) {
                Ok(()) => state.has_reserve = true,
                // Somebody was faster.
                Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                    self.files.remove(FILE)?
                }
                Err(error) => return Err(error),
            }
            available -= reserve_bytes;
        }
        // Without its reserve it is low until there is room for that as well.
        let lacks = if state.has_reserve { 0 } else { reserve_bytes };
        state.is_low = available < low_water_bytes + lacks;
        Ok(())
    }

    /// Whether there is room. When there was none it looks again.
    pub(crate) fn has_room(&self) -> bool {
        if !self.state.lock().is_low {
            return true;
        }
        self.look().is_ok() && !self.state.lock().is_low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::SimulatedFiles;
    use runtime::Rng;

    const ROOM: Room = Room { reserve_bytes: 100, low_water_bytes: 400 };

    fn disk(capacity: u64) -> (SimulatedFiles, Watch) {
        let files = SimulatedFiles::new(Rng::from_seed(1));
        files.set_capacity(Some(capacity));
        let watch = Watch::new(Arc::new(files.clone()), ROOM).unwrap();
        (files, watch)
    }

    fn has_reserve(files: &SimulatedFiles) -> bool {
        files.names().unwrap().contains(&FILE.to_owned())
    }

    #[test]
    fn a_disk_with_room_has_a_reserve_and_takes_commands() {
        let (files, watch) = disk(500);
        assert!(has_reserve(&files) && watch.has_room());
        assert_eq!(files.available_bytes().unwrap(), Some(400));
    }

    #[test]
    fn below_the_low_water_mark_there_is_no_room_until_there_is() {
        let (files, watch) = disk(500);
        files.set_capacity(Some(499));
        watch.look().unwrap();
        assert!(!watch.has_room() && has_reserve(&files));
        files.set_capacity(Some(500));
        assert!(watch.has_room(), "it looks again");
    }

    #[test]
    fn the_reserve_is_given_back_when_there_is_less_than_it_left_and_taken_again() {
        let (files, watch) = disk(500);
        files.set_capacity(Some(199));
        watch.look().unwrap();
        assert!(!has_reserve(&files) && !watch.has_room());
        assert_eq!(files.available_bytes().unwrap(), Some(199), "enough for votes and terms");
        // More than the mark, but not for the reserve as well.
        files.set_capacity(Some(499));
        assert!(!watch.has_room());
        files.set_capacity(Some(500));
        assert!(watch.has_room() && has_reserve(&files));
    }

    #[test]
    fn a_disk_that_is_small_from_the_start_has_neither() {
        let (files, watch) = disk(300);
        assert!(!has_reserve(&files) && !watch.has_room());
    }

    #[test]
    fn an_unwatched_disk_always_has_room() {
        let files = SimulatedFiles::new(Rng::from_seed(1));
        files.set_capacity(Some(0));
        let watch = Watch::new(Arc::new(files.clone()), Room::UNWATCHED).unwrap();
        assert!(watch.has_room() && !has_reserve(&files));
    }
}
