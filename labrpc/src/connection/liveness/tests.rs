use super::*;

fn liveness() -> Liveness {
    // Ticks of 10 ms; 8 of them without getting on are too many.
    Liveness::new(&Limits { dead_after_ms: 60, idle_ms: 80, ..Limits::default() })
}

/// How the liveness ends when at each tick that has happened.
fn end(happens: impl Fn(u32) -> Happened, to_write: bool) -> (u32, Option<Ended>) {
    let mut liveness = liveness();
    for tick in 1..100 {
        *liveness.note() = happens(tick);
        if let Err(ended) = liveness.tick(to_write) {
            return (tick, Some(ended));
        }
    }
    (100, None)
}

fn with_a_clock<R>(test: impl FnOnce() -> R) -> R {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _entered = runtime.enter();
    test()
}

fn all() -> Happened {
    Happened { heard: true, completed: true, wrote: true, deaf: false }
}

#[test]
fn who_says_nothing_is_dead_before_its_time_is_over() {
    with_a_clock(|| {
        let silent = end(|_| Happened::default(), false);
        assert!(matches!(silent, (5, Some(Ended::Dead))));
        // Something is said every other tick, and once it comes three ticks late.
        let late = |tick| match tick {
            20..22 => Happened::default(),
            tick if tick % 2 == 0 => all(),
            _ => Happened::default(),
        };
        assert!(matches!(end(late, false), (100, None)));
    });
}

#[test]
fn who_says_something_and_never_finishes_is_idle() {
    with_a_clock(|| {
        let drips = |_| Happened { completed: false, ..all() };
        assert!(matches!(end(drips, false), (8, Some(Ended::Idle))));
    });
}

#[test]
fn who_does_not_read_what_there_is_to_read_is_idle() {
    with_a_clock(|| {
        let unread = |_| Happened { wrote: false, ..all() };
        assert!(matches!(end(unread, true), (8, Some(Ended::Idle))));
        assert!(matches!(end(unread, false), (100, None)), "there is nothing to read");
    });
}

#[test]
fn who_is_not_listened_to_is_not_dead_but_idle_in_the_end() {
    with_a_clock(|| {
        let unheard = |_| Happened { deaf: true, ..Happened::default() };
        assert!(matches!(end(unheard, false), (8, Some(Ended::Idle))));
        let for_a_while = |tick| if tick % 5 == 0 { all() } else { unheard(tick) };
        assert!(matches!(end(for_a_while, false), (100, None)));
    });
}

#[test]
fn a_sign_of_life_is_due_when_nothing_was_said() {
    with_a_clock(|| {
        let mut liveness = liveness();
        assert!(liveness.tick(false).unwrap());
        *liveness.note() = all();
        assert!(!liveness.tick(false).unwrap(), "something was");
        assert!(!liveness.tick(true).unwrap(), "something will be");
        assert!(liveness.tick(false).unwrap());
    });
}
