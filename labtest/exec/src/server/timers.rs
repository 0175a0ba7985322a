//! The timers of a server, by the names that its child has for them.

use runtime::Instant;
use std::collections::BTreeMap;

/// The timers that are set.
#[derive(Debug, Default)]
pub(super) struct Timers {
    set: BTreeMap<String, Timer>,
    /// How often one was set.
    settings: u64,
    /// When the task that waits for them wakes by itself.
    wakes_at: Option<Instant>,
}

#[derive(Debug)]
struct Timer {
    deadline: Instant,
    setting: u64,
    /// It has been taken as due, and the child was not told yet.
    is_taken: bool,
}

/// A timer that is due.
#[derive(Debug)]
pub(super) struct Due {
    id: String,
    setting: u64,
}

impl Timers {
    /// Sets a timer, in place of the one of that name. True when the task that waits would wake too late for it.
    pub(super) fn set(&mut self, id: String, deadline: Instant) -> bool {
        self.settings += 1;
        self.set.insert(id, Timer { deadline, setting: self.settings, is_taken: false });
        self.wakes_at.is_none_or(|wakes_at| deadline < wakes_at)
    }

    pub(super) fn cancel(&mut self, id: &str) {
        self.set.remove(id);
    }

    /// When the first is due, until when the task waits.
    pub(super) fn sleep(&mut self) -> Option<Instant> {
        let waiting = self.set.values().filter(|timer| !timer.is_taken);
        self.wakes_at = waiting.map(|timer| timer.deadline).min();
        self.wakes_at
    }

    /// Those that are due, in the order in which they are.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Due> {
        let due = self.set.iter_mut().filter(|(_, it)| !it.is_taken && it.deadline <= now);
        let mut due: Vec<(Instant, Due)> = due
            .map(|(id, timer)| {
                timer.is_taken = true;
                (timer.deadline, Due { id: id.clone(), setting: timer.setting })
            })
            .collect();
        due.sort_by_key(|(deadline, due)| (*deadline, due.setting));
        due.into_iter().map(|(_, due)| due).collect()
    }

    /// The name of a timer that was due; none if it has been set anew or taken back since.
    pub(super) fn fire(&mut self, due: Due) -> Option<String> {
        let is_set = self.set.get(&due.id).is_some_and(|timer| timer.setting == due.setting);
        is_set.then(|| {
            self.set.remove(&due.id);
            due.id
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: fn(u64) -> Instant = Instant::from_nanos;

    fn fired(timers: &mut Timers, now: u64) -> Vec<String> {
        let due = timers.take_due(AT(now));
        due.into_iter().filter_map(|due| timers.fire(due)).collect()
    }

    #[test]
    fn timers_fire_once_and_in_order() {
        let mut timers = Timers::default();
        assert!(timers.set("a".to_owned(), AT(5)), "nobody waits yet");
        timers.set("b".to_owned(), AT(3));
        timers.set("c".to_owned(), AT(5));
        assert_eq!(timers.sleep(), Some(AT(3)));
        assert_eq!(fired(&mut timers, 4), ["b"]);
        assert_eq!(fired(&mut timers, 5), ["a", "c"]);
        assert_eq!(fired(&mut timers, 9), [""; 0]);
        assert_eq!(timers.sleep(), None);
    }

    #[test]
    fn who_waits_is_woken_for_an_earlier_one_alone() {
        let mut timers = Timers::default();
        timers.set("a".to_owned(), AT(5));
        timers.sleep();
        assert!(!timers.set("a".to_owned(), AT(7)));
        assert!(timers.set("b".to_owned(), AT(4)));
        assert_eq!(fired(&mut timers, 5), ["b"], "a was put off");
    }

    #[test]
    fn one_that_was_due_can_still_be_set_anew_or_taken_back() {
        let mut timers = Timers::default();
        timers.set("a".to_owned(), AT(1));
        timers.set("b".to_owned(), AT(1));
        let mut due = timers.take_due(AT(1)).into_iter();
        timers.set("a".to_owned(), AT(9));
        timers.cancel("b");
        assert!(due.all(|due| timers.fire(due).is_none()));
        assert_eq!(fired(&mut timers, 9), ["a"]);
    }
}
