//! Each mistake, and what is said to it.

/// What a mistake is called, which arguments show it, how the command exits, and what it says.
pub type Case = (&'static str, &'static [&'static str], i32, &'static [&'static str]);

const BASIC: &[&str] = &["run", "4B::basic_agree", "--seeds", "3", "--jobs", "1"];
const REPLAY: &[&str] = &["replay", "4B::basic_agree", "--seed", "1"];
/// For what holds its thread. On a busy machine other polls may take as long.
const IMPATIENT: &[&str] =
    &["run", "4B::basic_agree", "--seeds", "3", "--jobs", "1", "--poll-limit", "500ms"];
const IMPATIENT_REPLAY: &[&str] =
    &["replay", "4B::basic_agree", "--seed", "1", "--poll-limit", "500ms"];
/// Of a test target, with 3 seeds.
const TESTS: &[&str] = &["tests", "3", "--exact", "4B::basic_agree", "--nocapture"];
/// How a test target ends of which a test has failed.
const TESTS_FAILED: i32 = 101;

/// The poll that holds its thread, whatever it does.
const STUCK: &[&str] = &["4B::basic_agree: run:stuck in 2 of 2 runs", " has been in one poll for"];
const NO_TOKIO: &[&str] = &[
    "run:panic in 3 of 3 runs",
    "tokio does not run inside a simulation: use sleep, timeout, spawn and now",
];
const SUDDEN: &str = "FAILED: the process of the runs has ended suddenly: ";

/// What a Raft does with time, tasks, threads and the process.
pub const OF_PROGRAMS: &[Case] = &[
    ("none", BASIC, 0, &["no failures: 0 of 3 runs failed"]),
    ("none", TESTS, 0, &["test result: ok"]),
    // What holds its thread for good.
    (
        "loop_in_a_task",
        IMPATIENT,
        1,
        &[
            "4B::basic_agree: run:stuck in 2 of 2 runs",
            " has been in one poll for",
            "a loop that never awaits, a lock taken twice, a call that blocks",
            "in a task of server 1, spawned at labtest/tests/mistakes/wrong.rs:",
            "4B::basic_agree: runs are stuck, so 1 other was not made",
            "FAILED: 2 of 2 runs failed",
        ],
    ),
    (
        "loop_in_a_task",
        IMPATIENT_REPLAY,
        1,
        &["FAILED: server 1 has been in one poll for", "run:stuck"],
    ),
    (
        "loop_in_a_task",
        TESTS,
        TESTS_FAILED,
        &[
            "server 1 has been in one poll for 1 s",
            "run:stuck, seed 1",
            "runs are stuck, so 1 other seed was not run",
        ],
    ),
    ("lock_twice", IMPATIENT, 1, STUCK),
    ("blocking_receive", IMPATIENT, 1, STUCK),
    ("blocking_send", IMPATIENT, 1, STUCK),
    ("blocks_on", IMPATIENT, 1, STUCK),
    // What goes round and gets nowhere.
    (
        "loop_of_yields",
        BASIC,
        1,
        &["run:stuck in 2 of 2 runs", " gets nowhere: a million steps at one instant"],
    ),
    ("loop_of_yields", REPLAY, 1, &["in a task of server 1, spawned at labtest/tests/mistakes"]),
    (
        "loop_of_no_sleep",
        BASIC,
        1,
        &["run:stuck in 2 of 2 runs", " gets nowhere: a million calls of the runtime"],
    ),
    (
        "loop_of_no_sleep",
        REPLAY,
        1,
        &["a million calls", "  in ", "labtest/tests/mistakes/wrong.rs:"],
    ),
    (
        "loop_of_the_clock_in_start",
        BASIC,
        1,
        &[
            "server 1 gets nowhere: a million calls of the runtime",
            "on server 1, called by the tester",
        ],
    ),
    // What ends the process.
    (
        "exits",
        BASIC,
        1,
        &[
            SUDDEN,
            "something called exit(0)",
            "this run was under way:",
            "4B::basic_agree seed 1",
            "replay 4B::basic_agree --seed 1",
        ],
    ),
    ("exits", REPLAY, 1, &[SUDDEN, "4B::basic_agree seed 1"]),
    ("exits", TESTS, 1, &[SUDDEN, "something called exit(0)", "LABTEST_SEED=1"]),
    ("aborts", BASIC, 1, &[SUDDEN, "signal 6", "4B::basic_agree seed 1"]),
    ("aborts", REPLAY, 1, &[SUDDEN, "signal 6"]),
    ("aborts", TESTS, 1, &[SUDDEN, "signal 6", "LABTEST_SEED=1"]),
    ("overflows_its_stack", BASIC, 1, &[SUDDEN, "signal 6", "4B::basic_agree seed 1"]),
    ("overflows_its_stack", REPLAY, 1, &[SUDDEN, "signal 6"]),
    ("overflows_its_stack", TESTS, 1, &[SUDDEN, "signal 6", "LABTEST_SEED=1"]),
    // Another clock, and another runtime.
    ("tokios_sleep", BASIC, 1, NO_TOKIO),
    ("tokios_timeout", BASIC, 1, NO_TOKIO),
    ("tokios_spawn", BASIC, 1, NO_TOKIO),
    ("tokios_spawn_blocking", BASIC, 1, NO_TOKIO),
    (
        "really_sleeps",
        BASIC,
        0,
        &[
            "warning: 4B::basic_agree seed 1: this run has waited ",
            "perhaps std::thread::sleep (use runtime::sleep)",
            "3 runs with warnings, which are not failures",
        ],
    ),
    ("really_sleeps", REPLAY, 0, &["warning: this run has waited "]),
    (
        "waits_for_the_real_clock",
        &["run", "4B::basic_agree", "--seeds", "3", "--check-determinism"],
        2,
        &[
            "two runs of the seed took different ways",
            "tasks took other turns: another order, or more of them",
            "std::time::Instant or SystemTime",
            "not decided: ",
        ],
    ),
    // Threads.
    (
        "polls_on_a_thread",
        BASIC,
        0,
        &["this run has started threads that go on after its end: code under test must not start"],
    ),
    ("polls_on_a_thread", REPLAY, 0, &["warning: this run has started threads"]),
    (
        "spawns_on_a_thread",
        BASIC,
        1,
        &[
            "run:panic",
            "a thread that the code under test has started panicked at labtest/tests/mistakes",
            "runtime::spawn was called on a thread that is neither a simulation's nor tokio's",
        ],
    ),
    ("spawns_on_a_thread", TESTS, TESTS_FAILED, &["runtime::spawn was called on a thread"]),
    (
        "sleeps_on_a_thread",
        BASIC,
        1,
        &["run:panic", "labtest/tests/mistakes", "runtime::sleep was called on a thread"],
    ),
    (
        "calls_on_a_thread",
        BASIC,
        1,
        &["run:panic", "something of a simulation was used on another thread"],
    ),
];

/// What a Raft does against the tester and its peers.
pub const OF_SERVERS: &[Case] = &[
    // Panics.
    (
        "panics_in_a_task",
        BASIC,
        1,
        &[
            "FAILED 4B::basic_agree seed 1: panicked at labtest/tests/mistakes/wrong.rs:",
            ": assertion `left == right` failed: in a task (failures/4B.basic_agree/1)",
            "\n      left: (1, 2)\n",
            "in a task of server 1, spawned at labtest/tests/mistakes/wrong.rs:",
        ],
    ),
    ("panics_in_a_task", REPLAY, 1, &["FAILED: panicked at labtest/tests/mistakes/wrong.rs:"]),
    (
        "panics_in_start",
        BASIC,
        1,
        &["run:panic in 3 of 3 runs", "no index for that", "on server 1, called by the tester"],
    ),
    (
        "panics_in_start",
        REPLAY,
        1,
        &[
            "no index for that",
            "\n  in ",
            "labtest/tests/mistakes/wrong.rs:",
            "labtest/tests/common/mod.rs:",
        ],
    ),
    ("panics_in_start", TESTS, TESTS_FAILED, &["no index for that", "run:panic, seed 1"]),
    (
        "panics_in_make",
        BASIC,
        1,
        &["run:panic in 3 of 3 runs", "this server can't be", "on server 2, called by the tester"],
    ),
    ("poisons_a_lock", BASIC, 1, &["run:panic in 3 of 3 runs", ": the first one"]),
    (
        "panics_in_a_handler",
        BASIC,
        1,
        &["index out of bounds", "on server ", ", in the handler of Raft.AppendEntries"],
    ),
    (
        "panics_when_a_sync_fails",
        &[
            "run",
            "explore::crash",
            "--nemesis",
            "failing-sync",
            "--seeds",
            "8",
            "--shrink-runs",
            "0",
        ],
        1,
        &[
            "run:panic in ",
            "to persist: Failed(\"input/output error\")",
            "on an Err of sync call runtime::Node::current().kill() and answer nothing",
        ],
    ),
    // What is promised, and not kept.
    (
        "fails_to_make",
        BASIC,
        1,
        &["contract:make in 3 of 3 runs", ": server 2 can't be made: no configuration\n"],
    ),
    ("promises_the_index_before", BASIC, 1, &["contract:start in 3 of 3 runs"]),
    ("applies_without_a_term", BASIC, 1, &["contract:apply in 3 of 3 runs", "term 0"]),
    ("applies_twice", BASIC, 1, &["safety:apply-order in 3 of 3 runs"]),
    (
        "drops_what_the_service_is_slow_to_take",
        &["run", "4B::concurrent_starts", "--seeds", "3"],
        1,
        &["safety:apply-order in 3 of 3 runs"],
    ),
    (
        "always_leads",
        &["run", "4A::re_election", "--seeds", "3"],
        1,
        &["safety:election in 3 of 3"],
    ),
    ("answers_something_else", BASIC, 1, &["mistake:rpc in 3 of 3 runs", "can't be decoded"]),
    // What never comes.
    (
        "never_answers",
        BASIC,
        1,
        &["liveness:", "requests Raft.RequestVote for more than a second without answering"],
    ),
    (
        "holds_a_lock_over_a_call",
        BASIC,
        1,
        &["liveness:", "for more than a second without answering"],
    ),
    ("ends_itself", BASIC, 1, &["contract:ended in 3 of 3 runs", " has ended itself"]),
    // And when all of it is wrong.
    (
        "panics_in_start",
        &["run", "4B::basic_agree", "--seeds", "40", "--jobs", "1"],
        1,
        &[
            "run:panic in 10 of 10 runs",
            "4B::basic_agree: the first 10 runs fail alike, so 30 others were not made \
             (--no-fail-fast runs them)",
            "FAILED: 10 of 10 runs failed",
        ],
    ),
    (
        "panics_in_start",
        &["tests", "12", "--exact", "4B::basic_agree"],
        TESTS_FAILED,
        &[
            "(10 of 10 seeds)",
            "the first 10 runs fail alike, so 2 other seeds were not run (LABTEST_NO_FAIL_FAST=1 runs them)",
        ],
    ),
    (
        "panics_in_start",
        &["run", "4B::basic_agree", "--seeds", "12", "--no-fail-fast"],
        1,
        &["FAILED: 12 of 12 runs failed"],
    ),
];
