//! The nemesis's senses: what servers do, for faults that react.

use super::trigger::{Event, Events};
use crate::watch::{Sight, Watcher};
use parking_lot::Mutex;
use raft::{Inspection, RoleName};
use runtime::Instant;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Nobody waits longer than that for an event.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// Where steps and clients wait for events. Its clones are the same senses.
#[derive(Clone, Default)]
pub struct Senses(Arc<Mutex<Vec<Waiting>>>);

struct Waiting {
    number: u64,
    event: Event,
    /// Only that server's count, if there is one.
    of: Option<usize>,
    /// How many of them, the one waited for included.
    countdown: u64,
    cause: Option<usize>,
    happened: Arc<Notify>,
}

impl Senses {
    /// Waits for the `nth` such event from now on, of that server or of any; returns the server that did it, or
    /// none when that took too long.
    pub(crate) async fn wait(
        &self,
        number: u64,
        event: Event,
        of: Option<usize>,
        nth: u64,
    ) -> Option<usize> {
        runtime::timeout(PATIENCE, self.wait_for_ever(number, event, of, nth)).await.ok()
    }

    async fn wait_for_ever(&self, number: u64, event: Event, of: Option<usize>, nth: u64) -> usize {
        let happened = Arc::new(Notify::new());
        let waiting = Waiting {
            number,
            event,
            of,
            countdown: nth.max(1),
            cause: None,
            happened: Arc::clone(&happened),
        };
        self.0.lock().push(waiting);
        let _forget = Forget { senses: self, number };
        loop {
            happened.notified().await;
            let waits = self.0.lock();
            let cause = waits.iter().find(|it| it.number == number).and_then(|it| it.cause);
            if let Some(cause) = cause {
                return cause;
            }
        }
    }

    /// A server does that.
    pub fn tell(&self, server: usize, event: Event) {
        let mut events = Events::default();
        events.add_if(true, event);
        self.happened(server, events);
    }

    fn happened(&self, server: usize, events: Events) {
        for waiting in &mut *self.0.lock() {
            let is_of_another = waiting.of.is_some_and(|of| of != server);
            if waiting.countdown == 0 || is_of_another || !events.has(waiting.event) {
                continue;
            }
            waiting.countdown -= 1;
            if waiting.countdown == 0 {
                waiting.cause = Some(server);
                waiting.happened.notify_one();
            }
        }
    }

    fn nobody_waits(&self) -> bool {
        self.0.lock().is_empty()
    }
}

/// Ends a wait, also one that was given up.
struct Forget<'a> {
    senses: &'a Senses,
    number: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.senses.0.lock().retain(|waiting| waiting.number != self.number);
    }
}

/// Sees what servers do, and tells the senses.
pub(crate) struct Eyes {
    senses: Senses,
    /// What was seen last of each server's present life.
    seen: Vec<Option<Seen>>,
}

#[derive(Clone, Copy)]
struct Seen {
    term: u64,
    voted_for: Option<usize>,
    role: RoleName,
    commit_index: u64,
    snapshot_index: u64,
    last_index: u64,
    last_term: u64,
    /// A leader's: the last entry that it had when it was elected, and whether an entry after it
    /// is committed.
    led_from: u64,
    has_committed: bool,
}

impl Eyes {
    pub(crate) fn new(servers: usize, senses: Senses) -> Eyes {
        Eyes { senses, seen: vec![None; servers] }
    }
}

impl Watcher for Eyes {
    fn see(&mut self, _at: Instant, sight: &Sight<'_>) {
        match sight {
            Sight::State { who, state, .. } => self.see_state(who.server, state),
            Sight::Crashed { server, .. } => {
                self.seen[*server] = None;
                self.senses.tell(*server, Event::Crash);
            }
            Sight::Started { who, .. } if who.start > 1 => {
                self.senses.tell(who.server, Event::Restart);
            }
            _ => {}
        }
    }
}

impl Eyes {
    /// Not inlined: most of what there is to see is none of this.
    #[inline(never)]
    fn see_state(&mut self, server: usize, state: &Inspection) {
        let before = self.seen[server];
        let now = Seen::from(state, before);
        self.seen[server] = Some(now);
        if self.senses.nobody_waits() {
            return;
        }
        if let Some(before) = before {
            let events = events(&before, &now, server);
            if !events.is_empty() {
                self.senses.happened(server, events);
            }
        }
    }
}

impl Seen {
    fn from(state: &Inspection, before: Option<Seen>) -> Seen {
        let leads = state.role == RoleName::Leader;
        let led = before
            .filter(|before| leads && (before.role, before.term) == (RoleName::Leader, state.term));
        let led_from = led.map_or(state.last_index, |led| led.led_from);
        Seen {
            term: state.term,
            voted_for: state.voted_for,
            role: state.role,
            commit_index: state.commit_index,
            snapshot_index: state.snapshot_index,
            last_index: state.last_index,
            last_term: state.last_term,
            led_from,
            has_committed: leads && state.commit_index > led_from,
        }
    }
}

fn events(before: &Seen, now: &Seen, server: usize) -> Events {
    let mut events = Events::default();
    let leads = now.role == RoleName::Leader;
    let led = leads && (before.role, before.term) == (RoleName::Leader, now.term);
    let stands = |role| matches!(role, RoleName::Candidate | RoleName::PreCandidate);
    let votes = now.voted_for.is_some_and(|candidate| candidate != server);
    let grew = now.last_index > before.last_index;
    let vote_is_new = (before.term, before.voted_for) != (now.term, now.voted_for);
    events.add_if(
        stands(now.role) && (before.role, before.term) != (now.role, now.term),
        Event::Candidacy,
    );
    events.add_if(votes && vote_is_new, Event::Vote);
    events.add_if(leads && !led, Event::Elected);
    events.add_if(before.role == RoleName::Leader && !led, Event::StepDown);
    events.add_if(now.term > before.term, Event::Term);
    events.add_if(led && grew, Event::Append);
    events.add_if(led && grew && before.last_index == now.led_from, Event::FirstAppend);
    events.add_if(led && now.commit_index > before.commit_index, Event::Commit);
    events.add_if(led && now.has_committed && !before.has_committed, Event::FirstCommit);
    events.add_if(!leads && grew, Event::Replicated);
    let shorter = now.last_index < before.last_index;
    let replaced = now.last_term > before.last_term && !grew;
    events.add_if(!leads && (shorter || replaced), Event::Truncated);
    events.add_if(now.snapshot_index > before.snapshot_index, Event::Snapshot);
    events
}

#[cfg(test)]
mod tests;
