use super::*;
use crate::cluster::Lasting;
use crate::nemesis::fault::Way;
use crate::{KvConfig, OurRaft, RunOptions, Scenario, Step, Target, Verdict, run_scenario};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Has the page's table written again with UPDATE=1.
#[test]
fn the_page_about_faults_has_the_table_of_the_rows() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/faults.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once("| fault | group |").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let expected = format!("{before}{}\n{after}", table());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &expected).unwrap();
    } else {
        assert!(
            page == expected,
            "docs/faults.md is not what the rows say; UPDATE=1 cargo test -p harness faults writes it"
        );
    }
}

#[test]
fn the_page_says_of_each_fault_of_live_runs_how_faithful_it_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/faults.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, rest) = page.split_once("| fault | in a live run | faithful? |\n").unwrap();
    let (rows, _) = rest.split_once("\n\n").unwrap();
    let rows = rows.lines().skip(1).map(|row| row.split('`').nth(1).unwrap_or_default());
    let live = FAULTS.iter().filter(|fault| fault.live.is_some()).map(|fault| fault.name);
    assert_eq!(rows.collect::<BTreeSet<_>>(), live.collect::<BTreeSet<_>>());
}

fn table() -> String {
    let mut table =
        "| fault | group | live | what happens | keys |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
    for fault in FAULTS {
        let summary = fault.summary().trim_end_matches('.');
        let (first, rest) = summary.split_at(1);
        let (name, first) = (fault.name, first.to_lowercase());
        let keys = keys(fault).join(", ");
        let keys = if keys.is_empty() { "–" } else { &keys };
        let (group, live) = (fault.group, fault.live.unwrap_or("–"));
        table += &format!("| `{name}` | {group} | {live} | {first}{rest} | {keys} |\n");
    }
    table
}

/// The keys of a fault; with the default, those that can be left out.
fn keys(fault: &FaultKind) -> Vec<String> {
    let drawn = (fault.draw)(&mut runtime::Rng::from_seed(1));
    let toml::Value::Table(table) = toml::Value::try_from(&drawn).unwrap() else { unreachable!() };
    let toml::Value::Table(values) = &table[fault.name] else { unreachable!() };
    let read = |values: toml::Table| -> Result<FaultSpec, toml::de::Error> {
        toml::Table::from_iter([(fault.name.to_owned(), toml::Value::Table(values))]).try_into()
    };
    let unknown = toml::Table::from_iter([("no such key".to_owned(), true.into())]);
    let complaint = read(unknown).unwrap_err().message().to_owned();
    // `unknown field `no such key`, expected `ms` or `way``: the words between the ticks.
    let names = complaint.split('`').skip(1).step_by(2).filter(|name| *name != "no such key");
    names
        .map(|name| {
            let mut without = values.clone();
            without.remove(name);
            let Ok(spec) = read(without) else { return format!("`{name}`") };
            let toml::Value::Table(table) = toml::Value::try_from(&spec).unwrap() else {
                unreachable!()
            };
            match table[fault.name].get(name) {
                Some(default) => {
                    let text = default.as_str().map_or(default.to_string(), str::to_owned);
                    format!("`{name}` ({text})")
                }
                None => format!("`{name}` (none)"),
            }
        })
        .collect()
}

#[test]
fn each_fault_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = FAULTS.iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), FAULTS.len());
}

#[test]
fn what_suites_do_by_themselves_has_the_names_and_looks_of_faults() {
    for lasting in [Lasting::Crash, Lasting::Isolation, Lasting::Partition] {
        let fault = FAULTS.iter().find(|fault| fault.name == lasting.name());
        assert_eq!(fault.map(|fault| fault.looks), Some(lasting.looks()), "{}", lasting.name());
    }
}

/// How many entries a cluster with clients of a store commits in three seconds, under that fault of all servers.
fn commits(fault: Option<FaultSpec>) -> u64 {
    let step = |fault| Step {
        id: 1,
        at_ms: 0,
        on: None,
        of: None,
        nth: 1,
        then_ms: 0,
        target: Target::All,
        for_ms: 3_000,
        times: 1,
        fault,
    };
    let scenario = Scenario {
        safety_ms: 3_000,
        kv: Some(KvConfig { operation_timeout_ms: 500, ..KvConfig::default() }),
        steps: fault.map(step).into_iter().collect(),
        ..Scenario::default()
    };
    let implementation = Arc::new(OurRaft) as _;
    let outcome = run_scenario(&scenario, 1, &implementation, &RunOptions::default());
    assert!(matches!(outcome.verdict, Verdict::Passed), "{:?}", outcome.verdict);
    outcome.measures.commits
}

#[test]
fn servers_that_clients_can_not_reach_are_asked_for_nothing() {
    let unreachable =
        |way| commits(Some(FaultSpec::Unreachable(Unreachable { way, closing: Closing::Cut })));
    let (all, none, unheard) = (commits(None), unreachable(Way::In), unreachable(Way::Out));
    // The recovery at the end has its own commands.
    assert!(none < 20 && all > 5 * none, "{all} commits, {none} when cut off");
    // They do what they are asked, and clients, which don't learn of it, ask for little more.
    assert!(unheard > 2 * none && all > unheard, "{all} commits, {unheard} of which none is told");
}

#[test]
fn a_link_that_is_throttled_hardly_gets_anything_through() {
    let throttled =
        |bytes_per_s| commits(Some(FaultSpec::Throttle(Throttle { bytes_per_s, way: Way::Both })));
    let (fast, slow, none) = (throttled(1 << 30), throttled(500), throttled(1));
    assert!(fast > slow && slow > 2 * none, "{fast}, {slow} and {none} commits");
}
