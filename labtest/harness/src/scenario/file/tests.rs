use super::*;
use crate::nemesis::faults::FAULTS;
use crate::{Burst, Event, Exploration, FaultFilter, ServerSet, Target};

fn draw(exploration: Exploration, seed: u64) -> Scenario {
    Scenario::draw(exploration, seed, &FaultFilter::all())
}

/// The scenario as a file, read again.
fn read_again(scenario: &Scenario) -> Scenario {
    let text = scenario.to_toml().unwrap();
    Scenario::from_toml(&text, "it.toml").unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

fn mistake(text: &str) -> String {
    match Scenario::from_toml(text, "my.toml") {
        Ok(scenario) => panic!("expected a mistake in\n{text}\nread {scenario:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_drawn_is_read_as_it_was_written() {
    let explorations =
        [Exploration::Network, Exploration::Crash, Exploration::Everything, Exploration::Kv];
    let mut faults: Vec<&str> = Vec::new();
    for seed in 0..500 {
        for exploration in explorations {
            let scenario = draw(exploration, seed);
            assert_eq!(read_again(&scenario), scenario);
            faults.extend(scenario.steps.iter().map(|step| step.fault.name()));
        }
    }
    // The round trip has seen every kind of fault.
    assert!(
        FAULTS.iter().filter(|fault| fault.is_drawn()).all(|fault| faults.contains(&fault.name))
    );
}

#[test]
fn what_a_person_can_say_beyond_that_is_too() {
    let mut scenario = draw(Exploration::Everything, 3);
    scenario.variation = 17;
    let targets = [
        Target::Servers(ServerSet::new([0]).unwrap()),
        Target::Servers(ServerSet::new([1, 0]).unwrap()),
        Target::Leader,
    ];
    for (client, to) in targets.into_iter().enumerate() {
        let on = (client == 1).then_some(Event::Elected);
        let nth = client as u64 + 1;
        let then_ms = 10 * client as u64;
        let burst = Burst { client, at_ms: 700, on, nth, then_ms, commands: 3, to: Some(to) };
        scenario.bursts.push(burst);
    }
    scenario.servers = 2;
    assert_eq!(read_again(&scenario), scenario);
}

#[test]
fn nothing_said_is_the_default() {
    let scenario = Scenario::from_toml("", "empty.toml").unwrap();
    assert_eq!(scenario, Scenario::default());
    assert_eq!(read_again(&scenario), scenario);
}

#[test]
fn steps_without_a_number_have_that_of_their_place() {
    let step = "[[step]]\nat_ms = 1\ntarget = 0\nfor_ms = 5\nfault = { pause = {} }\n";
    let ids = |text: &str| -> Vec<u64> {
        let scenario = Scenario::from_toml(text, "it.toml").unwrap();
        scenario.steps.iter().map(|step| step.id).collect()
    };
    assert_eq!(ids(&step.repeat(3)), [1, 2, 3]);
    let numbered = step.replace("at_ms", "id = 7\nat_ms");
    assert_eq!(ids(&format!("{numbered}{step}")), [7, 2]);
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    assert!(mistake("servers = 5\nsafety_ms = = 3\n").starts_with("my.toml:2: "));
    assert!(mistake("servers = 5\n[network\n").starts_with("my.toml:2: "));
}

#[test]
fn an_unknown_key_is_told_with_what_there_is() {
    let said = mistake("servers = 5\n\n[network]\nloss = 5\n");
    assert!(
        said.starts_with("my.toml:4: unknown key `network.loss`, expected one of `shape`"),
        "{said}"
    );
    let said = mistake("[[burst]]\nat_ms = 1\nserver = 2\n");
    assert!(said.starts_with("my.toml:3: unknown key `server`, expected one of"), "{said}");
    let said = mistake("[[step]]\nat_ms = 1\ntarget = 0\nfor_ms = 5\nfault = { crush = {} }\n");
    let expected = "my.toml:5: `fault` must be one of `loss`, `delay`, ";
    assert!(said.starts_with(expected) && said.ends_with("`flipped-bit`, found crush"), "{said}");
}

#[test]
fn a_value_of_the_wrong_kind_is_told_with_its_key() {
    let said = mistake("servers = \"five\"\n");
    assert_eq!(said, "my.toml:1: `servers` must be a whole number from 1 to 9, found \"five\"");
    let said = mistake("[clients]\nchoice = \"nobody\"\n");
    let names = "`leader`, `sticky`, `random`, `everyone`";
    let expected = format!("my.toml:2: `clients.choice` must be one of {names}, found \"nobody\"");
    assert_eq!(said, expected);
    let target = |target: &str| {
        let rest = "for_ms = 5\nfault = { pause = {} }\n";
        mistake(&format!("[[step]]\nat_ms = 1\ntarget = {target}\n{rest}"))
    };
    let said = target("[0, \"leader\"]");
    assert_eq!(said, "my.toml:3: `target` must be a whole number, found \"leader\"");
    for wrong in ["\"boss\"", "-1", "99", "[]", "[0, 99]", "true"] {
        let said = target(wrong);
        assert!(said.starts_with("my.toml:3: `target` must be "), "{wrong}: {said}");
        assert!(said.contains("a server's number, a list of them, or one of `leader`"), "{said}");
    }
}

#[test]
fn a_server_whose_event_is_waited_for_is_one_that_there_is_and_has_an_event() {
    let of = |line: &str| {
        let step = "at_ms = 1\ntarget = 0\nfor_ms = 5\nfault = { pause = {} }\n";
        mistake(&format!("servers = 3\n[[step]]\n{line}\n{step}"))
    };
    let said = of("on = \"elected\"\nof = 3");
    assert_eq!(said, "my.toml:4: `of` must be a server from 0 to 2, found 3");
    let said = of("of = 2");
    assert_eq!(said, "my.toml:3: `of` says whose event `on` is, and there is no `on`");
}

#[test]
fn a_key_that_is_missing_is_told() {
    let said = mistake("servers = 3\n\n[[step]]\nat_ms = 1\ntarget = 0\nfault = { pause = {} }\n");
    assert_eq!(said, "my.toml:3: `for_ms` is missing in this [[step]]");
}

/// A scenario with two steps and two bursts, the second of each to be spoiled.
const LONG: &str = "\
servers = 3
[clients]
pause_min_ms = 10
pause_max_ms = 30

[[burst]]
at_ms = 100

[[burst]]
at_ms = 200
commands = 5
to = 2

[[step]]
id = 1
at_ms = 300
target = 1
for_ms = 10
fault = { pause = {} }

[[step]]
id = 2
at_ms = 400
target = [0, 2]
for_ms = 10
times = 2
[step.fault.loss]
percent = 10
";

#[test]
fn a_value_out_of_range_is_told_with_its_line() {
    assert!(Scenario::from_toml(LONG, "my.toml").is_ok());
    for (line, from, to, message) in [
        (1, "servers = 3", "servers = 0", "`servers` must be a whole number from 1 to 9, found 0"),
        (
            1,
            "servers = 3",
            "servers = 10",
            "`servers` must be a whole number from 1 to 9, found 10",
        ),
        (
            4,
            "pause_max_ms = 30",
            "pause_max_ms = 5",
            "`clients.pause_max_ms` must be at least `clients.pause_min_ms`, which is 10, found 5",
        ),
        (
            11,
            "commands = 5",
            "commands = 0",
            "`commands` must be a whole number from 1 to 1000000, found 0",
        ),
        (12, "to = 2", "to = 3", "`to` must name servers from 0 to 2, found 3"),
        (22, "id = 2", "id = 1", "`id` must be a number of its own, 1 is taken"),
        (24, "[0, 2]", "[0, 4]", "`target` must name servers from 0 to 2, found 4"),
        (26, "times = 2", "times = 0", "`times` must be a whole number from 1 to 1000000, found 0"),
        (28, "percent = 10", "percent = 101", "`percent` must be at most 100, found 101"),
    ] {
        let text = LONG.replace(from, to);
        assert_ne!(text, LONG, "{from}");
        assert_eq!(mistake(&text), format!("my.toml:{line}: {message}"));
    }
}

#[test]
fn a_default_that_does_not_fit_is_told_at_its_part() {
    let said = mistake("# A comment.\n[raft]\nelection_timeout_min_ms = 5000\n");
    assert!(said.starts_with("my.toml:") && said.contains("election_timeout"), "{said}");
    let said =
        mistake("[[step]]\nat_ms = 0\ntarget = 0\nfor_ms = 1\nfault = { split = { from = 7 } }");
    assert_eq!(said, "my.toml:5: `from` must name servers from 0 to 2, found 7");
}

#[test]
fn more_bursts_than_a_run_can_hold_are_refused_with_their_keys() {
    let many =
        "safety_ms = 3600000\n[clients]\nclients = 1000\npause_min_ms = 1\npause_max_ms = 1\n";
    let said = mistake(many);
    assert!(said.starts_with("my.toml:3: `clients.clients`, `clients.pause_min_ms`, "), "{said}");
    assert!(said.contains("`safety_ms` together make about 3600000000 bursts"), "{said}");
    // Named ones are as many as they are.
    let named = format!("{many}[[burst]]\nat_ms = 100\n");
    assert_eq!(Scenario::from_toml(&named, "it.toml").unwrap().bursts.len(), 1);
    // What is left is counted without a list of it.
    let fewer = Scenario::from_toml("safety_ms = 20000\n[clients]\nclients = 1000\n", "it.toml");
    assert!(fewer.unwrap().step_count(1) > 100_000);
}

#[test]
fn options_of_a_store_have_the_ranges_of_configurations() {
    let said = mistake("[kv.workload]\nclients = 1001\n");
    let expected =
        "my.toml:2: `kv.workload.clients` must be a whole number from 0 to 1000, found 1001";
    assert_eq!(said, expected);
    let said = mistake("[kv.workload.weights]\nget = 0\n");
    assert!(said.starts_with("my.toml:1: `kv.workload.weights` must have one above 0"), "{said}");
}

#[test]
fn times_that_no_clock_could_add_up_are_refused() {
    let said = mistake("[raft]\nelection_timeout_max_ms = 9223372036854775807\n");
    assert!(said.starts_with(
        "my.toml:2: `raft.election_timeout_max_ms` must be a whole number from 0 to 86400000"
    ));
    let step = "[[step]]\nat_ms = 1\ntarget = 0\nfor_ms = 5\nfault = { clock-jump = { ms = 99999999999 } }\n";
    assert!(mistake(step).starts_with("my.toml:5: `fault.clock-jump.ms` must be a whole number"));
}

#[test]
fn what_is_no_fault_is_told_with_what_is() {
    for fault in ["{}", "5", "\"pause\"", "{ pause = {}, crash = {} }", "[1]"] {
        let said =
            mistake(&format!("[[step]]\nat_ms = 1\ntarget = 0\nfor_ms = 5\nfault = {fault}\n"));
        let expected = format!(
            "my.toml:5: `fault` must be a table with one fault in it, such as {{ pause = {{}} }}, found {fault}"
        );
        assert_eq!(said, expected);
    }
}

#[test]
fn numbers_that_only_tell_things_apart_are_small() {
    let said = mistake("variation = 18446744073709551615\n");
    assert_eq!(
        said,
        "my.toml:1: `variation` must be a whole number from 0 to 4294967295, found 18446744073709551615"
    );
    let said = mistake(
        "[[step]]\nid = 4294967296\nat_ms = 1\ntarget = 0\nfor_ms = 5\nfault = { pause = {} }\n",
    );
    assert!(
        said.starts_with("my.toml:2: `id` must be a whole number from 0 to 4294967295"),
        "{said}"
    );
}

#[test]
fn clients_of_a_log_can_not_be_cut_off() {
    let step = "[[step]]\nat_ms = 1\ntarget = 0\nfor_ms = 5\nfault = { unreachable = { way = \"out\" } }\n";
    let said = mistake(step);
    assert!(said.starts_with("my.toml:5: `unreachable` has no effect without `[kv]`"), "{said}");
    assert!(Scenario::from_toml(&format!("{step}[kv]\n"), "my.toml").is_ok());
    assert!(Scenario::from_toml_for_live(step, "my.toml").is_ok());
}
