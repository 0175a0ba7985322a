use super::*;
use crate::OurRaft;
use std::collections::BTreeMap;

fn figures(seeds: Range<u64>, config: &str) -> BTreeMap<&'static str, Vec<f64>> {
    let raft: Arc<dyn Implementation> = Arc::new(OurRaft);
    let overrides = crate::Overrides::from_toml(config, "it.toml").unwrap();
    let options = RunOptions { overrides, ..RunOptions::default() };
    let figures = measure(&raft, 3, seeds, &options).unwrap();
    figures.into_iter().map(|it| (it.name, it.values)).collect()
}

#[test]
fn figures_repeat_and_are_what_raft_and_links_allow() {
    let mut once = figures(1..3, "");
    let mut again = figures(1..3, "");
    // On the real clock.
    for figures in [&mut once, &mut again] {
        assert!(figures.remove(EXPLORATIONS).unwrap()[0] > 0.0);
    }
    assert_eq!(once, again);
    let between = |name: &str, least: f64, greatest: f64| {
        let values = &once[name];
        let fits = |value: &f64| (least..=greatest).contains(value);
        assert!(values.len() == 2 && values.iter().all(fits), "{name}: {values:?}");
    };
    // Timeouts of 350 to 700 ms, and perhaps a vote that is split; there and back, and a sync on the way.
    between("from the start to a leader: ms", 350.0, 2000.0);
    between("one client, from submitted to committed: ms", 4.0, 8.0);
    // There and back to each of two followers, and the commit index with the next or alone.
    between("one client: messages an entry", 4.0, 8.1);
    between("one client: bytes an entry", 2.0 * COMMAND_BYTES as f64, 1500.0);
    // Two followers, ten heartbeats a second, each answered.
    between("without commands: messages a second", 36.0, 44.0);
    between("the leader crashes: ms", 250.0, 2500.0);
    between("a follower lacks 1,000 entries: ms", 1.0, 2000.0);
}

#[test]
fn a_configuration_is_heeded() {
    let config = "[raft]\nelection_timeout_min_ms = 50\nelection_timeout_max_ms = 100\n\
                  heartbeat_interval_ms = 20";
    let fast = figures(1..2, config);
    assert!(fast["from the start to a leader: ms"][0] < 350.0);
    assert!(fast["without commands: messages a second"][0] > 150.0);
}

#[test]
fn a_raft_that_does_nothing_has_no_figures() {
    let raft: Arc<dyn Implementation> = Arc::new(OurRaft);
    let config = "[raft]\nelection_timeout_min_ms = 90000\nelection_timeout_max_ms = 99000\n\
                  heartbeat_interval_ms = 20";
    let overrides = crate::Overrides::from_toml(config, "it.toml").unwrap();
    let options = RunOptions { overrides, ..RunOptions::default() };
    let error = measure(&raft, 3, 7..8, &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "from the start to a leader: ms, seed 7: no server leads for 60 s (liveness:leader, at 60.000 s)"
    );
}
