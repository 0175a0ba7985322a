use super::*;
use crate::Target;

/// The line and the message of what a live run can't do of a file.
fn refused(text: &str) -> (usize, String) {
    let scenario = Scenario::from_toml(text, "it.toml").expect("a simulation can do it");
    let (by_hand, error) = (scenario.check_live(), Scenario::from_toml_for_live(text, "it.toml"));
    let error = error.expect_err("a live run can't do it");
    assert_eq!(by_hand.expect_err("it is the same check").message, error.message);
    (error.line, error.message)
}

fn is_accepted(text: &str) {
    Scenario::from_toml_for_live(text, "it.toml").unwrap_or_else(|error| panic!("{text}: {error}"));
}

fn step(rest: &str) -> String {
    format!("servers = 3\n[[step]]\nat_ms = 10\ntarget = \"leader\"\nfor_ms = 10\n{rest}\n")
}

#[test]
fn what_both_worlds_have_is_accepted() {
    is_accepted("");
    is_accepted(
        "servers = 5\nsafety_ms = 60000\n[disk]\njournal = true\nsync_max_ms = 30\n[recovery]\nothers = \"whole\"",
    );
    is_accepted("[kv]\noperation_timeout_ms = 500\n[kv.workload]\nclients = 9\nthink_max_ms = 7");
    is_accepted("[kv.workload.weights]\nget = 1\nput = 1");
    is_accepted("[network]\ndelay_ms = 2");
    for closing in ["cut", "hold", "reset"] {
        is_accepted(&step(&format!("fault = {{ isolate = {{ closing = \"{closing}\" }} }}")));
    }
    for event in ["elected", "step-down", "term", "crash", "restart"] {
        is_accepted(&step(&format!("on = \"{event}\"\nfault = {{ pause = {{}} }}")));
    }
}

#[test]
fn settings_of_simulations_are_refused_with_their_line() {
    for (text, path) in [
        ("servers = 3\nvariation = 1", "variation"),
        ("servers = 3\nsnapshot_interval = 5", "snapshot_interval"),
        ("[network]\ndelay_ms = 30", "network.delay_ms"),
        ("[network]\noutliving_messages = false", "network.outliving_messages"),
        ("[raft]\npre_vote = true", "raft.pre_vote"),
        ("[clients]\ncommands = 3", "clients.commands"),
        ("[recovery]\nothers = \"down\"", "recovery.others"),
        ("[recovery]\nclock_percent_max = 120", "recovery.clock_percent_max"),
        ("[kv]\nlossy_clients = true", "kv.lossy_clients"),
        ("[kv]\nsnapshot_at_bytes = 300", "kv.snapshot_at_bytes"),
        ("[kv]\nsessions_max = 4", "kv.sessions_max"),
    ] {
        let (line, message) = refused(text);
        let expected = format!("`{path}` can only be set for simulations; in a live run");
        assert!(line == 2 && message.starts_with(&expected), "{text}: {line}: {message}");
    }
    let (line, message) =
        refused("servers = 3\n[kv.workload.weights]\nget = 1\nput_at_version = 1");
    assert!(line == 4 && message.contains("put_at_version` must be 0"), "{line}: {message}");
    let (line, message) = refused("servers = 3\n[[burst]]\nat_ms = 5");
    assert!(line == 2 && message.starts_with("bursts are commands for a log"), "{line}: {message}");
}

#[test]
fn faults_and_events_that_processes_do_not_have_are_refused_with_their_line() {
    let (line, message) = refused(&step("on = \"append\"\nfault = { pause = {} }"));
    let expected = "`on` must be one of what a live run sees, `elected`, `step-down`, `term`, `crash`, \
                    `restart`, found `append`";
    assert_eq!((line, message.as_str()), (6, expected));

    let (line, message) = refused(&step("fault = { loss = { percent = 5 } }"));
    assert!(line == 6 && message.ends_with("found `loss`"), "{line}: {message}");

    let crash = |point: &str| {
        format!(
            "[step.fault.crash-at]\nnth = 1\nunsynced = \"lost\"\ndown_ms = 1\npoint = \"{point}\""
        )
    };
    let (line, message) = refused(&step(&crash("after-send")));
    assert!(line == 10 && message.starts_with("`point` must be"), "{line}: {message}");
    for point in ["after-write", "after-save", "after-sync"] {
        is_accepted(&step(&crash(point)));
    }
}

/// Of each fault one that can be drawn, but for points that only simulated code has.
#[test]
fn the_rows_say_which_faults_processes_can_have() {
    for kind in FAULTS.iter().filter(|kind| kind.name != "crash-at") {
        let fault = (kind.draw)(&mut runtime::Rng::from_seed(1));
        let step = Step {
            id: 1,
            at_ms: 0,
            on: None,
            of: None,
            nth: 1,
            then_ms: 0,
            target: Target::All,
            for_ms: 0,
            times: 1,
            fault,
        };
        let scenario = Scenario { steps: vec![step], ..Scenario::default() };
        assert_eq!(scenario.check_live().is_ok(), kind.live.is_some(), "{}", kind.name);
    }
}

#[test]
fn the_step_is_told_by_its_place() {
    let two = format!(
        "{}{}",
        step("fault = { pause = {} }"),
        &step("fault = { clock-jump = { ms = 1 } }")[12..]
    );
    let scenario = Scenario::from_toml(&two, "it.toml").unwrap();
    let error = scenario.check_live().unwrap_err();
    assert_eq!(error.step, Some(1));
    assert!(error.to_string().starts_with("step 2: `fault` must be"), "{error}");
}

#[test]
fn power_is_cut_where_what_was_not_synced_is_lost() {
    let crash =
        |unsynced: &str| step(&format!("fault = {{ crash = {{ unsynced = \"{unsynced}\" }} }}"));
    let cuts = |text: &str| Scenario::from_toml(text, "it.toml").unwrap().cuts_power();
    assert!(
        cuts(&crash("lost"))
            && cuts(&crash("prefix"))
            && cuts(&step("fault = { failing-sync = {} }"))
    );
    assert!(!cuts(&crash("kept")) && !cuts(&step("fault = { pause = {} }")));
}
