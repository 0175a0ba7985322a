use super::*;
use crate::config::Config;
use crate::core::testing::*;
use raft_api::Started;

/// A leader of term 5 with a log of three entries, none of them committed.
fn limited(config: Config) -> Core {
    elect(configured(config, 1, 4, &[3, 4, 4])).0
}

fn command(bytes: usize) -> Bytes {
    Bytes::from(vec![b'x'; bytes])
}

#[test]
fn a_command_that_is_too_large_is_refused_at_once_and_with_it_those_beside_it() {
    let mut core = limited(Config { command_bytes_max: 10, ..Config::default() });
    let last_index = core.log.last_index();
    let refused = Err(StartError::TooLarge { bytes: 11, max: 10 });
    assert_eq!(core.start(command(11)), refused);
    assert_eq!(core.start_all([command(1), command(11), command(12)]), refused);
    assert_eq!(core.log.last_index(), last_index);
    assert_eq!(core.start(command(10)), Ok(Started { index: last_index + 1, term: 5 }));
}

#[test]
fn a_leader_takes_no_more_than_what_may_wait_to_be_committed() {
    let mut core = limited(Config { uncommitted_bytes_max: 100, ..Config::default() });
    core.commit_index = core.log.last_index();
    core.start(command(46)).unwrap();
    assert!(core.start(command(46)).is_ok(), "with what an entry costs beside it is 100");
    let refused = Err(StartError::Busy { uncommitted_bytes: 100, max: 100 });
    assert_eq!(core.start(Bytes::new()), refused);
    assert_eq!(core.start_all([Bytes::new(), Bytes::new()]), refused);
    persist(&mut core);
    assert_eq!(core.commit_index, core.log.last_index());
    assert!(core.start(command(46)).is_ok(), "there is room again");
}

#[test]
fn a_command_larger_than_what_may_wait_is_taken_when_nothing_waits() {
    let mut core = limited(Config { uncommitted_bytes_max: 10, ..Config::default() });
    core.start(command(1)).unwrap_err();
    core.commit_index = core.log.last_index();
    assert!(core.start(command(1000)).is_ok());
    assert!(matches!(core.start(command(1)), Err(StartError::Busy { .. })));
}

/// A count that is kept must be what counting again gives, whatever happens to the log between.
#[test]
fn what_waits_is_counted_over_commits_snapshots_and_terms() {
    let config = Config { uncommitted_bytes_max: usize::MAX, ..Config::default() };
    let mut core = limited(config);
    let count = |core: &Core| -> usize {
        let waiting = core.log.from(core.commit_index.max(core.log.snapshot().index) + 1);
        waiting.map(|entry| entry.command.len() + ENTRY_OVERHEAD_BYTES).sum()
    };
    let mut rng = runtime::Rng::from_seed(1);
    for step in 0..2000 {
        match rng.below(6) {
            0 => core.commit_index = rng.range(core.commit_index..=core.log.last_index()),
            1 => {
                while core.next_to_apply().is_some() {}
                core.take_snapshot(core.last_applied, whole(b""));
            }
            2 => core.set_hard_state(core.term + 1, None),
            3 => assert_eq!(core.uncommitted_bytes(), count(&core), "step {step}"),
            _ => {
                core.start(command(rng.below(50) as usize)).unwrap();
            }
        }
    }
}
