//! Each property of the table fires: a run that must break it and no other, or, where no run can be made
//! to do so, the test of its rule.

use crate::breaking::*;
use crate::common::{Fault, Faulty, WrongValue, configured, first_failure};
use labtest::{Failure, RunOptions, property};
use std::path::Path;

/// What shows that a property fires.
enum Shown {
    /// A run that fails with it.
    Run(fn() -> Failure),
    /// Tests of the rule: a file of this package, and a function in it that fires.
    Rule(&'static str, &'static str),
}

use Shown::{Rule, Run};

/// A run of that test with a fault, under the first seed that shows it.
fn fails(test: &str, fault: impl Fault) -> Failure {
    first_failure(test, 20, Faulty(fault), &RunOptions::default())
}

#[rustfmt::skip]
const TABLE: &[(&str, Shown)] = &[
    (property::APPLIED_VALUES, Run(|| fails("4B::basic_agree", WrongValue))),
    (property::APPLY_ORDER, Run(|| fails("4B::basic_agree", Twice))),
    (property::SNAPSHOT, Run(|| fails("4D::snapshot_install", TornSnapshot))),
    (property::ELECTION_SAFETY, Run(|| fails("4A::initial_election", Usurper))),
    (property::TERM_MONOTONIC, Run(|| fails("4A::initial_election", BackInTerm::default()))),
    (property::NO_QUORUM, Run(|| fails("4B::basic_agree", CommitsAlone))),
    (property::COMMIT_RULE, Rule("harness/src/checks/rules/commit_rule.rs", "fires_when_replicas_of_an_older_entry_are_counted")),
    (property::NO_LEADER, Run(|| fails("4A::re_election", LeadsForEver::default()))),
    (property::LOG_MATCHING, Rule("harness/src/checks/rules/log_matching.rs", "fires_when_a_place_has_two_commands")),
    (property::LEADER_APPEND_ONLY, Rule("harness/src/checks/rules/leader_append_only.rs", "fires_when_a_leader_changes_its_log")),
    (property::LEADER_COMPLETENESS, Rule("harness/src/checks/rules/leader_completeness.rs", "fires_when_a_later_leader_lacks_an_entry")),
    (property::COMMITTED_ENTRIES, Rule("harness/src/checks/rules/committed_entries.rs", "fires_when_a_server_considers_another_entry_committed")),
    (property::ONE_VOTE, Rule("harness/src/checks/rules/one_vote.rs", "fires_on_a_second_vote_however_late")),
    (property::ELECTION_RESTRICTION, Rule("harness/src/checks/rules/election_restriction.rs", "fires_on_a_vote_for_a_log_behind_ones_own")),
    (property::INDEX_MONOTONIC, Rule("harness/src/checks/rules/index.rs", "fires_when_an_index_goes_back")),
    (property::INDEX_ORDER, Rule("harness/src/checks/rules/index_order.rs", "fires_when_indices_overtake_each_other")),
    (property::ACKNOWLEDGED, Run(|| fails("4A::initial_election", SavesNothing))),
    (property::STALE_REQUEST, Rule("harness/src/checks/rules/stale_request.rs", "fires_when_a_deposed_leader_is_followed")),
    (property::CORRUPTION, Run(|| first_failure("explore::crash", 400, Faulty(ReadsAnything), &only("flipped-bit")))),
    (property::DURABILITY, Rule("harness/src/checks/rules/durability.rs", "fires_when_what_was_acknowledged_is_gone")),
    (property::LINEARIZABLE, Run(|| first_failure("kv::basic", 1, ReadsNothing, &RunOptions::default()))),
    (property::RESTART, Rule("harness/src/checks/rules/restart.rs", "fires_on_anything_that_the_disk_has_not")),
    (property::READ_INDEX, Run(|| first_failure("explore::everything", 60, Faulty(ReadsNoEntry), &RunOptions::default()))),
    (property::APPENDS, Rule("harness/src/keyvalue/appends.rs", "fires_when_an_append_is_lost")),
    (property::SESSION, Rule("harness/src/keyvalue/sessions.rs", "fires_when_a_client_does_not_see_its_write_or_reads_go_back")),
    (property::COUNTER, Rule("harness/src/keyvalue/counters.rs", "fires_when_an_increment_is_lost_or_counted_twice")),
    (property::LEADER_EXISTS, Run(|| fails("4A::initial_election", Modest))),
    (property::AGREEMENT, Run(|| fails("4B::basic_agree", AppliesNothing { all: true }))),
    (property::DECIDED, Run(|| fails("4B::concurrent_starts", AppliesNothing { all: false }))),
    (property::STABLE_TERM, Run(|| fails("4A::initial_election", TermOfItsOwn))),
    (property::TIME_TO_LEADER, Rule("harness/src/checks/rules/efficiency.rs", "fires_on_each_budget")),
    (property::CLIENTS, Run(|| fails("kv::basic", Refuses))),
    (property::TEST_TIME, Run(|| first_failure("4A::initial_election", 1, Faulty(crate::common::NoFault), &configured("[limits]\ntest_s = 2")))),
    (property::RPC_COUNT, Run(|| fails("4B::count", Chatters::soon(0)))),
    (property::RPC_BYTES, Run(|| fails("4B::rpc_bytes", Chatters::soon(50_000)))),
    (property::REFUSALS, Rule("harness/src/checks/rules/efficiency.rs", "fires_on_each_budget")),
    (property::PRE_VOTE, Rule("harness/src/checks/rules/pre_vote.rs", "fires_on_a_promise_to_a_log_behind_ones_own")),
    (property::ELECTIONS, Rule("harness/src/checks/rules/efficiency.rs", "fires_on_each_budget")),
    (property::OPERATION_TIME, Run(|| fails("kv::speed", Slow))),
    (property::LOG_SIZE, Run(|| fails("4D::snapshot_basic", KeepsItsLog))),
    (property::START, Run(|| fails("4B::basic_agree", OneBefore))),
    (property::APPLY, Run(|| fails("4B::basic_agree", WithoutTerm))),
    (property::COMMITTED_VALUE, Run(|| fails("4C::reliable_churn", AddsItsOwn))),
    (property::STORE, Rule("tests/tester/kv.rs", "a_store_that_stops_by_itself_fails_the_run")),
    (property::ENDED, Run(|| fails("4B::basic_agree", EndsItself))),
    (property::MAKE, Run(|| fails("4C::persist1", MadeOnce::default()))),
    (property::RPC_MISTAKE, Run(|| fails("4A::initial_election", UnknownMethod))),
    (property::PANIC, Run(|| fails("4B::basic_agree", Panics))),
    // A test's own time limit is always left to happen.
    (property::DEADLOCK, Rule("harness/src/run/simulated.rs", "every_end_of_a_simulation_is_a_failure_with_its_place")),
    (property::STUCK, Run(|| fails("4A::initial_election", YieldsForEver))),
    (property::STEP_LIMIT, Run(|| first_failure("4A::initial_election", 1, Faulty(YieldsForEver), &configured("[limits]\nsteps = 10_000")))),
    (property::PROGRAM, Rule("exec/tests/children.rs", "one_that_ends_is_told_with_its_last_words")),
    (property::OWN_CHECK, Rule("exec/tests/children.rs", "its_own_assertion_fails_the_run_in_its_own_words")),
    (property::LIVE_REQUESTS, Rule("live/src/judge/tests.rs", "clients_that_are_not_served_are_noticed")),
    (property::LIVE_MEMORY, Rule("live/src/judge/tests.rs", "too_much_memory_is_noticed")),
    (property::LIVE_EXIT, Rule("live/src/judge/tests.rs", "a_server_that_ends_by_itself_is_noticed")),
    (property::LIVE_LOAD, Rule("live/src/judge/tests.rs", "too_few_answers_are_no_pass")),
    (property::LIVE_MACHINE, Rule("live/src/judge/tests.rs", "a_machine_that_is_late_is_no_judge")),
];

#[test]
fn every_property_fires() {
    let mut wrong = Vec::new();
    for property in property::ALL {
        let entry = TABLE.iter().find(|(name, _)| *name == property.name);
        match entry.map(|(_, shown)| shown) {
            None => wrong.push(format!("{}: nothing shows that it fires", property.name)),
            Some(Run(run)) => {
                let failure = run();
                println!("{}: {failure}", property.name);
                if failure.property != property.name {
                    wrong.push(format!("{}: instead {failure}", property.name));
                }
            }
            Some(Rule(file, test)) => {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
                let text = std::fs::read_to_string(&path).expect("the file of the rule");
                if !text.contains(&format!("#[test]\n    fn {test}("))
                    && !text.contains(&format!("#[test]\nfn {test}("))
                {
                    wrong.push(format!("{}: {file} has no test {test}", property.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The sentences of a property that has several.
#[test]
fn the_other_sentences_are_said_too() {
    let says = |failure: Failure, property: &str, part: &str| {
        let said = failure.property == property && failure.message.contains(part);
        assert!(said, "expected {part:?}, {property}: {failure}");
    };
    let options = RunOptions::default();
    says(fails("4B::count", Chatters::soon(0)), property::RPC_COUNT, "for 10 entries");
    says(fails("4B::count", Chatters::later()), property::RPC_COUNT, "for 1 second of idleness");
    says(fails("4B::concurrent_starts", Refuses), property::STABLE_TERM, "term changed too often");
    says(fails("4B::count", Refuses), property::STABLE_TERM, "term changed too often");
    says(fails("4B::rpc_bytes", Chatters::soon(50_000)), property::RPC_BYTES, "too many RPC bytes");
    says(fails("4C::reliable_churn", AddsItsOwn), property::COMMITTED_VALUE, "not an int at index");
    says(fails("4B::follower_failure", Refuses), property::AGREEMENT, "failed to reach agreement");
    says(fails("4B::follower_failure", RefusesFrom(3)), property::START, "rejected Start()");
    says(fails("4B::basic_agree", AddsItsOwn), property::START, "but expected 1");
    says(fails("4B::rpc_bytes", AddsItsOwn), property::START, "but expected 2");
    says(fails("4B::follower_failure", AddsItsOwn), property::START, "expected index 4");
    says(fails("4B::fail_no_agree", AddsItsOwn), property::START, "expected index 2");
    says(fails("4B::count", AddsItsOwn), property::START, "Start() failed");
    let directly = first_failure("kv::speed", 1, ReadsNothing, &options);
    says(directly, property::LINEARIZABLE, "get(list 0): expected 0.0");
}
