//! A Raft with a known bug must be found by the command, with all that a failure leaves: so a loop
//! that reports nothing is known to work.
//!
//! This target is the tests and also, with CANARY in its environment, the command that they run.

mod common;

#[path = "common/cli.rs"]
mod cli;
#[path = "common/own_tests.rs"]
mod own_tests;

use cli::{Ran, Scratch, golden, json_lines};
use common::{Faulty, SlowToMake, WrongValue};
use own_tests::run_tests;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitCode, Stdio};

/// With it in the environment this program is the command, for a Raft that is `slow` or not.
const CANARY: &str = "CANARY_IS_THE_COMMAND";

fn main() -> ExitCode {
    match std::env::var(CANARY).as_deref() {
        Ok("slow") => return labtest::command_main(Faulty(SlowToMake(WrongValue))),
        Ok(_) => return labtest::command_main(Faulty(WrongValue)),
        Err(_) => {}
    }
    let tests: [(&str, fn()); 9] = [
        ("the_bug_is_found_and_leaves_a_folder", the_bug_is_found_and_leaves_a_folder),
        ("the_replay_is_the_same_run", the_replay_is_the_same_run),
        ("its_files_are_enough_to_judge_and_draw_it", its_files_are_enough_to_judge_and_draw_it),
        ("programs_learn_all_of_it", programs_learn_all_of_it),
        ("an_exploration_that_fails_is_shrunk", an_exploration_that_fails_is_shrunk),
        ("a_person_can_have_more_left_out", a_person_can_have_more_left_out),
        ("what_was_shrunk_is_never_made_larger", what_was_shrunk_is_never_made_larger),
        ("a_run_can_be_interrupted_while_it_shrinks", a_run_can_be_interrupted_while_it_shrinks),
        ("a_shrinking_that_is_interrupted_is_kept", a_shrinking_that_is_interrupted_is_kept),
    ];
    run_tests(tests)
}

fn command(here: &Scratch, arguments: &[&str]) -> Command {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.args(arguments).current_dir(here.path()).env(CANARY, "1").env_remove("CARGO");
    command
}

fn canary(here: &Scratch, arguments: &[&str]) -> Ran {
    Ran::of(command(here, arguments).output().expect("the command starts"))
}

/// The command for a Raft that takes its time.
fn start_slow(here: &Scratch, arguments: &[&str]) -> Child {
    let mut command = command(here, arguments);
    command.env(CANARY, "slow").stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the command starts")
}

/// Waits for a line, presses Ctrl-C, and returns what is said from there on.
fn interrupted_after(from: impl Read, line: &str, process: u32) -> String {
    let mut lines = BufReader::new(from).lines().map(|line| line.expect("text"));
    let found = lines.find(|it| it.contains(line));
    assert!(found.is_some(), "no line says {line:?}");
    let process = process.to_string();
    let killed = Command::new("kill").args(["-INT", &process]).status();
    assert!(killed.expect("a signal is sent").success());
    lines.collect::<Vec<_>>().join("\n")
}

fn program() -> String {
    std::env::current_exe().expect("this program").display().to_string()
}

fn found(name: &str) -> Scratch {
    let here = Scratch::new(name);
    let arguments = ["run", "4B::basic_agree", "--until-failure", "--jobs", "1"];
    canary(&here, &arguments).exits_with(1);
    here
}

fn the_bug_is_found_and_leaves_a_folder() {
    let here = Scratch::new("canary found");
    let ran = canary(&here, &["run", "4B", "4D", "--seeds", "3"]).exits_with(1);
    let ran = ran.says("4B::basic_agree: safety:applied-values in 3 of 3 runs");
    let ran = ran.says("look:   failures/4B.basic_agree/1\n");
    ran.says(&format!("replay: {} replay 4B::basic_agree --seed 1\n", program()));

    let report = here.read("failures/4B.basic_agree/1/report.txt");
    golden("canary_report.txt", &report.replace(&program(), "canary"));
    let lines = report.lines().count();
    assert!(lines <= 40, "{lines} lines are more than a screen");
    for file in ["report.json", "history.jsonl", "trace.jsonl", "timeline.html", "timeline.svg"] {
        assert!(!here.read(&format!("failures/4B.basic_agree/1/{file}")).is_empty(), "{file}");
    }
    let page = here.read("failures/4B.basic_agree/1/timeline.html");
    assert!(
        page.contains("server 1 applies wrong at index 2, where "),
        "the page tells the failure"
    );
    let latest = std::fs::read_link(here.path().join("failures/latest")).expect("a link");
    assert!(here.path().join("failures").join(latest).join("report.txt").exists());
}

fn the_replay_is_the_same_run() {
    let here = found("canary replayed");
    let report: serde_json::Value =
        serde_json::from_str(&here.read("failures/latest/report.json")).expect("JSON");
    let hash = report["run"]["trace_hash"].as_str().expect("a hash");
    assert_eq!(report["repeated"]["trace_hash"], hash);
    assert_eq!(report["repeated"]["is_the_same"], true);

    let line = report["run"]["replay"].as_str().expect("a line").to_string();
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    let ran = canary(&here, &words).exits_with(1);
    ran.says(&format!("hash {hash}\n")).says("FAILED: server 1 applies wrong at index 2, where ");
    assert!(here.read("failures/latest/trace.jsonl").contains(hash));
}

fn its_files_are_enough_to_judge_and_draw_it() {
    // It depends on who applies first: server 1 its wrong value, or another one the right value.
    let here = Scratch::new("canary judged");
    let mut violated = [0, 0];
    for seed in ["1", "2", "3", "4", "5", "6"] {
        canary(&here, &["run", "4B::basic_agree", "--seed", seed]).exits_with(1);
        let ran = canary(&here, &["check", "failures/latest"]).exits_with(1);
        let ran = ran.says("holds     safety:election").says("server 1 applied wrong at index 2");
        assert!(ran.output.contains("VIOLATED  contract:committed-value"), "{}", ran.output);
        let differs = ran.output.contains("VIOLATED  safety:applied-values");
        violated[usize::from(differs)] += 1;
    }
    assert!(violated.iter().all(|runs| *runs > 0), "{violated:?}");

    let drawn = ["timeline.html", "timeline.svg"].map(|file| format!("failures/latest/{file}"));
    let before = drawn.clone().map(|file| here.read(&file));
    drawn.iter().for_each(|file| std::fs::remove_file(here.path().join(file)).expect("a file"));
    canary(&here, &["render", "failures/latest"]).exits_with(0).says("timeline.html");
    assert_eq!(drawn.map(|file| here.read(&file)), before);
}

fn programs_learn_all_of_it() {
    let here = Scratch::new("canary json");
    let arguments = ["run", "4B::basic_agree", "--seeds", "2", "--format", "json"];
    let ran = canary(&here, &arguments).exits_with(1);
    let lines = json_lines(&ran.output);
    let first = lines.iter().find(|line| line["seed"] == 1).expect("the first seed");
    assert_eq!(first["implementation"], "faulty");
    assert_eq!(first["failure"]["property"], "safety:applied-values");
    assert_eq!(first["failure"]["index"], 2);
    let summary = lines.last().expect("a summary");
    assert_eq!(summary["failures"][0]["seeds"], serde_json::json!([1, 2]));

    let ran = canary(&here, &["run", "4B::basic_agree", "--seeds", "2", "--format", "junit"]);
    let ran = ran.exits_with(1).says("<testsuite name=\"4B\"").says("safety:applied-values");
    ran.says("2 of 2 runs did not pass");
}

/// A scenario of this project, as a path that can be told from everywhere.
fn scenario(name: &str) -> String {
    format!("{}/scenarios/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn an_exploration_that_fails_is_shrunk() {
    let here = Scratch::new("canary shrunk");
    let arguments = ["run", "explore::network", "--seed", "1", "--shrink-runs", "150"];
    canary(&here, &arguments).exits_with(1).says("look:   failures/explore.network/1\n");
    let report = here.read("failures/explore.network/1/report.txt");
    assert!(report.contains("\nscenario  scenario.toml, "), "{report}");
    assert!(report.contains("\nshrunk    shrunk/scenario.toml, "), "{report}");
    let report: serde_json::Value =
        serde_json::from_str(&here.read("failures/explore.network/1/report.json")).expect("JSON");
    let steps = |key: &str| report["shrunk"][key].as_u64().expect("a number");
    assert!(steps("steps") < steps("steps_before") && steps("runs") <= 150);

    // The folder in the folder is one like all others, and says how to run it again.
    let shrunk = "failures/explore.network/1/shrunk";
    for file in ["report.txt", "history.jsonl", "trace.jsonl", "timeline.html", "timeline.svg"] {
        assert!(!here.read(&format!("{shrunk}/{file}")).is_empty(), "{file}");
    }
    let inner: serde_json::Value =
        serde_json::from_str(&here.read(&format!("{shrunk}/report.json"))).expect("JSON");
    assert_eq!(inner["run"]["failure"]["property"], report["run"]["failure"]["property"]);
    let line = inner["run"]["replay"].as_str().expect("a line").to_string();
    assert_eq!(line, format!("{} replay --scenario {shrunk}/scenario.toml --seed 1", program()));
    let hash = inner["run"]["trace_hash"].as_str().expect("a hash");
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    canary(&here, &words).exits_with(1).says(&format!("hash {hash}\n"));
    let scenario = format!("{shrunk}/scenario.toml");
    let again = ["run", "--scenario", &scenario, "--seed", "1", "--failures", "again"];
    canary(&here, &again).exits_with(1).says("scenario::scenario: safety:applied-values");

    let here = Scratch::new("canary not shrunk");
    let arguments = ["run", "explore::network", "--seed", "1", "--shrink-runs", "0"];
    canary(&here, &arguments).exits_with(1);
    assert!(!here.path().join("failures/explore.network/1/shrunk").exists());
}

fn a_person_can_have_more_left_out() {
    let here = Scratch::new("canary shrinks");
    let drawn = scenario("drawn-crash.toml");
    let what = ["shrink", "--scenario", &drawn, "--seed", "3"];
    let shrink = [&what[..], &["--runs", "1000", "--failures", "less"]].concat();
    let ran = canary(&here, &shrink).exits_with(1).complains(" steps after ");
    let ran = ran.says("scenario::drawn-crash, seed 3: ").says(": nothing more can be left out\n");
    let ran = ran.says("look:   less/scenario.drawn-crash/3/shrunk\n");
    let line = "replay --scenario less/scenario.drawn-crash/3/shrunk/scenario.toml --seed 3\n";
    let ran = ran.says(&format!("replay: {} {line}", program()));

    // The same is shrunk to the same.
    let scenario = here.read("less/scenario.drawn-crash/3/shrunk/scenario.toml");
    std::fs::remove_dir_all(here.path().join("less")).expect("it is there");
    let again = canary(&here, &shrink).exits_with(1);
    assert_eq!(again.output, ran.output);
    assert_eq!(here.read("less/scenario.drawn-crash/3/shrunk/scenario.toml"), scenario);
    // What was shrunk can be shrunk again, and stays as it is.
    let file = "less/scenario.drawn-crash/3/shrunk/scenario.toml";
    canary(&here, &["shrink", "--scenario", file, "--seed", "3"])
        .exits_with(1)
        .says(": nothing more can be left out\n");
    assert_eq!(here.read("failures/scenario.scenario/3/shrunk/scenario.toml"), scenario);
    canary(&here, &["shrink", "4B::basic_agree", "--seed", "3"])
        .exits_with(64)
        .complains("4B::basic_agree is the same for every seed, there is nothing to shrink");
}

/// The words of a line such as `from 66 to 12 steps with 200 runs: …`.
fn steps_left(ran: &Ran) -> u64 {
    let line = ran.output.lines().find(|line| line.starts_with("from ")).expect("a line");
    line.split(' ').nth(3).and_then(|steps| steps.parse().ok()).expect("a number")
}

fn what_was_shrunk_is_never_made_larger() {
    let here = Scratch::new("canary shrinks on");
    let drawn = scenario("drawn-crash.toml");
    let shrink = |runs| {
        let arguments = ["shrink", "--scenario", &drawn, "--seed", "3", "--runs", runs];
        canary(&here, &arguments).exits_with(1)
    };
    let shrunk = || here.read("failures/scenario.drawn-crash/3/shrunk/scenario.toml");
    let few = shrink("5").says(": no run is left, and more may be left out\n");
    // With less to spend, from where the last one ended.
    let fewer = shrink("2").says("with 2 runs more: no run is left");
    assert!(steps_left(&fewer) <= steps_left(&few));
    let most = shrink("1000").says(": nothing more can be left out\n");
    assert!(steps_left(&most) < steps_left(&few));
    let least = shrunk();
    shrink("1");
    assert_eq!(shrunk(), least);

    // Of another scenario in the same folder nothing is taken over.
    let other = std::fs::read_to_string(&drawn).expect("a scenario");
    here.write("drawn-crash.toml", &other.replace("safety_ms = 7096", "safety_ms = 7095"));
    let arguments = ["shrink", "--scenario", "drawn-crash.toml", "--seed", "3", "--runs", "1"];
    let other = canary(&here, &arguments).exits_with(1);
    assert!(steps_left(&other) > steps_left(&few));
}

fn a_run_can_be_interrupted_while_it_shrinks() {
    let here = Scratch::new("canary interrupted run");
    let arguments = ["run", "explore::network", "--seed", "1", "--shrink-runs", "100000"];
    let mut child = start_slow(&here, &arguments);
    // The failure is told before it is made smaller.
    let failed = "FAILED explore::network seed 1: ";
    let output = child.stdout.take().expect("a pipe");
    let output = interrupted_after(output, failed, child.id());
    let ran = Ran { output, ..Ran::of(child.wait_with_output().expect("it ends")) };
    ran.exits_with(1)
        .says("| explore::network |")
        .says("  look:   failures/explore.network/1\n")
        .says("FAILED: 1 of 1 run failed");
    assert!(here.read("failures/explore.network/1/timeline.html").ends_with("</html>\n"));
}

fn a_shrinking_that_is_interrupted_is_kept() {
    let here = Scratch::new("canary interrupted shrinking");
    let drawn = scenario("drawn-crash.toml");
    let arguments = ["shrink", "--scenario", &drawn, "--seed", "3", "--runs", "100000"];
    let mut child = start_slow(&here, &arguments);
    let errors = child.stderr.take().expect("a pipe");
    interrupted_after(errors, " steps after ", child.id());
    let ran = Ran::of(child.wait_with_output().expect("it ends")).exits_with(1);
    ran.says(": interrupted, and more may be left out\n");
    let folder = "failures/scenario.drawn-crash/3";
    for folder in [folder, &format!("{folder}/shrunk")] {
        assert!(here.read(&format!("{folder}/timeline.html")).ends_with("</html>\n"));
    }
    let text = |name: &str| here.read(&format!("{folder}/{name}"));
    assert!(text("shrunk/scenario.toml").len() < text("scenario.toml").len());
}
