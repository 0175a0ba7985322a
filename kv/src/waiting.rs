//! Callers waiting for a command to be applied.

use crate::rpc::Reply;
use raft_api::Started;
use std::collections::VecDeque;
use tokio::sync::oneshot;

/// Commands that this server has started and not seen decided, by index. It holds no more than the
/// log has uncommitted entries.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    waiting: VecDeque<(Started, oneshot::Sender<Reply>)>,
}

impl Commands {
    /// Waits for the outcome of a command that was started so.
    pub(crate) fn wait_for(&mut self, started: Started) -> oneshot::Receiver<Reply> {
        // What was there lost its place in this server's log when it did not lead. Whether it did
        // in all others is not for this server to say.
        let first = self.waiting.partition_point(|(it, _)| it.index < started.index);
        for (_, waiter) in self.waiting.drain(first..) {
            tell(waiter, Reply::Unknown);
        }
        let (sender, receiver) = oneshot::channel();
        self.waiting.push_back((started, sender));
        receiver
    }

    /// The entry of that term was applied at `index`, and came to this.
    pub(crate) fn applied(&mut self, index: u64, term: u64, reply: impl FnOnce() -> Reply) {
        self.passed_by(index.saturating_sub(1));
        if self.waiting.front().is_none_or(|(it, _)| it.index > index) {
            return;
        }
        if let Some((started, waiter)) = self.waiting.pop_front() {
            // A leader puts one command at a place in a term.
            tell(waiter, if started.term == term { reply() } else { Reply::Lost });
        }
    }

    /// A snapshot replaced everything up to `index`.
    pub(crate) fn passed_by(&mut self, index: u64) {
        let end = self.waiting.partition_point(|(it, _)| it.index <= index);
        for (_, waiter) in self.waiting.drain(..end) {
            tell(waiter, Reply::Unknown);
        }
    }

    /// Nothing will be applied any more.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }
}

/// The caller may have given up.
fn tell(waiter: oneshot::Sender<Reply>, reply: Reply) {
    let _ = waiter.send(reply);
}

/// Reads that wait until enough has been applied, by index.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    waiting: VecDeque<(u64, oneshot::Sender<()>)>,
}

impl Reads {
    /// Waits until `index` is applied.
    pub(crate) fn wait_for(&mut self, index: u64) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        // Indices come nearly in order, so this is mostly the end.
        let place = self.waiting.partition_point(|&(other, _)| other <= index);
        self.waiting.insert(place, (index, sender));
        receiver
    }

    /// Everything up to `index` is applied.
    pub(crate) fn applied(&mut self, index: u64) {
        let end = self.waiting.partition_point(|&(it, _)| it <= index);
        for (_, waiter) in self.waiting.drain(..end) {
            // The caller may have given up.
            let _ = waiter.send(());
        }
    }

    /// Nothing will be applied any more.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENED: Reply = Reply::Opened { session: 1 };

    fn wait(commands: &mut Commands, index: u64, term: u64) -> oneshot::Receiver<Reply> {
        commands.wait_for(Started { index, term })
    }

    #[test]
    fn a_command_is_decided_when_its_place_is_applied() {
        let mut commands = Commands::default();
        let mut own = wait(&mut commands, 4, 1);
        let mut lost = wait(&mut commands, 5, 1);
        let mut open = wait(&mut commands, 6, 1);
        commands.applied(3, 1, || OPENED);
        assert!(own.try_recv().is_err());
        commands.applied(4, 1, || OPENED);
        commands.applied(5, 2, || OPENED);
        assert_eq!(own.try_recv(), Ok(OPENED));
        assert_eq!(lost.try_recv(), Ok(Reply::Lost));
        assert_eq!(open.try_recv(), Err(oneshot::error::TryRecvError::Empty));
        commands.clear();
        assert_eq!(open.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    }

    #[test]
    fn a_snapshot_decides_nothing_for_certain() {
        let mut commands = Commands::default();
        let mut passed = wait(&mut commands, 4, 1);
        let mut open = wait(&mut commands, 5, 1);
        commands.passed_by(4);
        assert_eq!(passed.try_recv(), Ok(Reply::Unknown));
        assert!(open.try_recv().is_err());
    }

    #[test]
    fn a_command_that_lost_its_place_while_another_led_has_an_unknown_fate() {
        let mut commands = Commands::default();
        let mut first = wait(&mut commands, 4, 1);
        let mut second = wait(&mut commands, 5, 1);
        let mut again = wait(&mut commands, 5, 3);
        assert_eq!(second.try_recv(), Ok(Reply::Unknown));
        commands.applied(4, 1, || OPENED);
        commands.applied(5, 3, || OPENED);
        assert_eq!((first.try_recv(), again.try_recv()), (Ok(OPENED), Ok(OPENED)));
    }

    #[test]
    fn a_waiter_that_has_gone_is_passed_over() {
        let mut commands = Commands::default();
        drop(wait(&mut commands, 4, 1));
        commands.applied(4, 1, || OPENED);
        assert!(commands.waiting.is_empty());
    }

    #[test]
    fn reads_wait_for_their_own_index() {
        let mut reads = Reads::default();
        let mut waiters = [5, 7, 6, 5].map(|index| reads.wait_for(index));
        let mut answered = |reads: &mut Reads, index| {
            reads.applied(index);
            waiters.each_mut().map(|waiter| waiter.try_recv().is_ok())
        };
        assert_eq!(answered(&mut reads, 4), [false; 4]);
        assert_eq!(answered(&mut reads, 5), [true, false, false, true]);
        assert_eq!(answered(&mut reads, 6), [false, false, true, false]);
        assert_eq!(answered(&mut reads, 9), [false, true, false, false]);
    }
}
