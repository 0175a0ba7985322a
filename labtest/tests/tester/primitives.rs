//! What a scenario is written with: each primitive does what it says, within the lab's times.

use crate::common::{Fault, Faulty, NoFault};
use labtest::runtime::{Simulation, now, sleep};
use labtest::{Cluster, Config, Failure, Retry, State, Value};
use std::sync::Arc;
use std::time::Duration;

/// Runs a scenario on three servers, or more.
#[track_caller]
fn on_cluster<R: 'static, S: Future<Output = Result<R, Failure>> + 'static>(
    servers: usize,
    fault: impl Fault,
    scenario: impl FnOnce(Cluster) -> S + 'static,
) -> Result<R, Failure> {
    let main = async move {
        let cluster = Cluster::new(Config::new(servers), Arc::new(Faulty(fault)))?;
        scenario(cluster).await
    };
    Simulation::new(1).run(main).result.expect("the run comes to its end")
}

#[test]
fn one_returns_the_index_where_enough_servers_have_the_value() {
    on_cluster(3, NoFault, async |cluster| {
        assert_eq!(cluster.one(100, 3, Retry::No).await?, 1);
        assert_eq!(cluster.one(200, 3, Retry::No).await?, 2);
        let committed = cluster.n_committed(2);
        assert_eq!((committed.servers, committed.value), (3, Some(Value::from(200))));
        assert_eq!(cluster.n_committed(3).servers, 0);
        assert_eq!((cluster.highest_applied(), cluster.highest_term()), (2, 1));
        Ok(())
    })
    .unwrap();
}

#[test]
fn one_gives_up_after_two_seconds_or_after_ten() {
    for (retry, seconds) in [(Retry::No, 2..=2), (Retry::Yes, 10..=12)] {
        on_cluster(3, NoFault, async move |cluster| {
            let leader = cluster.check_one_leader().await?;
            cluster.isolate(cluster.server_after(leader, 1));
            cluster.isolate(cluster.server_after(leader, 2));
            let begin = now();
            let failure = cluster.one(7, 1, retry).await.unwrap_err();
            assert_eq!(failure.message, "one(7) failed to reach agreement");
            assert_eq!(failure.property, "liveness:agreement");
            assert!(seconds.contains(&now().since(begin).as_secs()));
            Ok(())
        })
        .unwrap();
    }
}

#[test]
fn wait_returns_what_is_decided_or_says_how_many_have_it() {
    on_cluster(3, NoFault, async |cluster| {
        let index = cluster.one(100, 3, Retry::No).await?;
        assert_eq!(cluster.wait(index, 3, None).await?, Some(Value::from(100)));

        let begin = now();
        let failure = cluster.wait(index + 1, 2, None).await.unwrap_err();
        assert_eq!(failure.message, "only 0 decided for index 2; wanted 2");
        assert_eq!(failure.property, "liveness:decided");
        assert_eq!(
            now().since(begin),
            Duration::from_millis(10 + 20 + 40 + 80 + 160 + 320 + 640 + 23 * 1280)
        );
        Ok(())
    })
    .unwrap();
}

#[test]
fn wait_ends_with_nothing_when_the_term_has_passed() {
    on_cluster(3, NoFault, async |cluster| {
        cluster.check_one_leader().await?;
        assert_eq!(cluster.wait(1, 3, Some(0)).await?, None);
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_is_committed_without_a_majority_is_noticed() {
    on_cluster(3, NoFault, async |cluster| {
        cluster.check_no_agreement(1)?;
        cluster.one(100, 1, Retry::No).await?;
        let failure = cluster.check_no_agreement(1).unwrap_err();
        assert_eq!(failure.message, "100 committed but no majority");
        assert_eq!(failure.property, "safety:no-quorum");
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_leader_where_none_can_be_is_noticed() {
    on_cluster(3, NoFault, async |cluster| {
        cluster.check_no_leader()?;
        let leader = cluster.check_one_leader().await?;
        let failure = cluster.check_no_leader().unwrap_err();
        assert_eq!(
            failure.message,
            format!("expected no leader, but {leader} claims to be leader")
        );
        assert_eq!(failure.property, "safety:no-leader");
        cluster.isolate(leader);
        cluster.check_no_leader()
    })
    .unwrap();
}

/// Every server says another term.
#[derive(Clone)]
struct Discord;
impl Fault for Discord {
    fn get_state(&self, me: usize, state: State) -> State {
        State { term: 1000 + me as u64, is_leader: state.is_leader }
    }
}

#[test]
fn servers_that_disagree_on_the_term_are_noticed() {
    on_cluster(3, Discord, async |cluster| {
        let failure = cluster.check_terms().unwrap_err();
        assert_eq!(failure.message, "servers disagree on term");
        assert_eq!(failure.property, "liveness:stable-term");
        // Those that are not connected are not asked.
        cluster.isolate(0);
        cluster.isolate(1);
        assert_eq!(cluster.check_terms()?, 1002);
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_crashed_server_is_down_and_only_it_comes_back() {
    on_cluster(3, NoFault, async |cluster| {
        cluster.one(100, 3, Retry::No).await?;
        let connected = |cluster: &Cluster| [0, 1, 2].map(|server| cluster.is_connected(server));
        cluster.isolate(0);
        cluster.crash(1);
        assert!(!cluster.is_running(1) && cluster.is_running(0));
        assert_eq!(cluster.get_state(1)?, None);
        assert_eq!(cluster.start(1, &Value::from(7)).await?, None);
        // Its record is that of its last life until it lives again.
        assert_eq!(cluster.n_committed(1).servers, 3);
        cluster.connect(1);
        assert_eq!(connected(&cluster), [false, false, true]);

        cluster.restart(1)?;
        assert_eq!(connected(&cluster), [false, true, true]);
        assert_eq!((cluster.n_committed(1).servers, cluster.rpcs_to(1)), (2, 0));
        cluster.one(200, 2, Retry::Yes).await?;
        assert_eq!(cluster.n_committed(1).servers, 3);
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_partition_has_a_leader_where_the_majority_is() {
    on_cluster(5, NoFault, async |cluster| {
        let leader = cluster.check_one_leader().await?;
        let [one, two, three, four] = [1, 2, 3, 4].map(|by| cluster.server_after(leader, by));
        cluster.partition(&[&[leader, one], &[two, three, four]]);
        sleep(Duration::from_secs(3)).await;
        let lead = |server| cluster.get_state(server).map(|state| state.unwrap().is_leader);
        assert!(lead(two)? || lead(three)? || lead(four)?);

        // A server in no group is alone.
        cluster.partition(&[&[leader, one, two, three]]);
        assert!(!cluster.is_connected(four) && cluster.is_connected(leader));
        cluster.one(100, 4, Retry::Yes).await?;
        cluster.connect_all();
        cluster.one(200, 5, Retry::Yes).await?;
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_a_run_costs_is_counted() {
    on_cluster(3, NoFault, async |cluster| {
        assert_eq!((cluster.total_rpcs(), cluster.total_bytes()), (0, 0));
        cluster.one(100, 3, Retry::No).await?;
        assert!(cluster.total_rpcs() >= cluster.rpcs_delivered());
        assert!(cluster.rpcs_delivered() >= 2);
        assert!(cluster.total_bytes() > 0);
        assert!(cluster.largest_state_bytes() > 0);
        Ok(())
    })
    .unwrap();
}
