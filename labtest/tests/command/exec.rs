//! Rafts that are other programs, as people run them. The programs are scripts of the shell.

use crate::cli::{Ran, Scratch};
use std::process::Command;

/// A server that answers, and does nothing but what is put there when it begins.
fn server(at_init: &str) -> String {
    let done = r#"echo '{"type":"done","term":0,"is_leader":false}'"#;
    let begins = format!("        *'\"init\"'*) {at_init}; {done} ;;\n        *'\"start\"'*)");
    include_str!("myraft.sh").replace("        *'\"start\"'*)", &begins)
}

/// Pastes a line into a shell.
fn shell(here: &Scratch, line: &str) -> Ran {
    let ran = Command::new("sh").args(["-c", line]).current_dir(here.path()).output();
    Ran::of(ran.expect("there is a shell"))
}

#[test]
fn a_failure_has_a_line_that_runs_the_program_again() {
    let here = Scratch::new("exec replay");
    here.write_program("my raft", &server(r#"echo '{"type":"note","text":"begins"}'"#));
    let arguments = ["run", "4A::initial_election", "--seeds", "2", "--exec", "'./my raft' --fast"];
    let ran = here.labtest(&arguments).exits_with(1);
    let ran = ran
        .says("expected one leader, got none")
        .says("seen: applied values; not seen: messages, disk");
    let line = ran.output.lines().find_map(|line| line.trim().strip_prefix("replay: "));
    let line = line.expect("a line to paste").to_owned();
    assert!(line.ends_with(r"--exec ''\''./my raft'\'' --fast'"), "{line}");
    let again = shell(&here, &line).exits_with(1);
    again.says("notes: begins").says("FAILED: expected one leader, got none");
}

#[test]
fn the_first_line_that_differs_is_named_with_its_server() {
    let here = Scratch::new("exec difference");
    // Each process has another number.
    here.write_program("myraft", &server(r#"echo '{"type":"note","text":"'$$'"}'"#));
    let arguments =
        ["run", "4A::initial_election", "--seeds", "1", "--exec", "./myraft", "--exec-fresh"];
    here.labtest(&arguments).exits_with(1);
    let report = here.read("failures/exec=._myraft/latest/report.txt");
    let line = r#"the program of server 0 writes {"type":"note","text":""#;
    assert!(report.contains(line), "{report}");
    assert!(
        report.contains("look for clocks, chance that is not drawn from the `seed`"),
        "{report}"
    );
}

#[test]
fn one_servers_lines_are_printed_and_compared() {
    let here = Scratch::new("exec inputs");
    here.write_program("myraft", &server(":"));
    let replay = |more: &[&str]| {
        let begin = ["replay", "4A::initial_election", "--seed", "3", "--exec", "./myraft"];
        here.labtest(&[&begin, more].concat())
    };
    let inputs = replay(&["--inputs-of", "1"]).exits_with(0).output;
    assert!(inputs.starts_with(r#"{"type":"hello","protocol":1,"#), "{inputs}");
    assert!(inputs.lines().nth(1).unwrap().contains(r#""type":"init","at":0,"me":1"#), "{inputs}");
    here.write("in.jsonl", &inputs);
    let alone = shell(&here, "./myraft < in.jsonl").exits_with(0).output;
    here.write("out.jsonl", &alone);
    let compare = ["--inputs-of", "1", "--expect", "out.jsonl"];
    replay(&compare).exits_with(0).says("the same as in the run: ");
    here.write("out.jsonl", &alone.replacen("false", "true", 1));
    replay(&compare)
        .exits_with(1)
        .says("line 1 of out.jsonl, after the hello, differs from the run");
    replay(&["--inputs-of", "9"]).exits_with(64).complains("there is no server 9 in this run");
}

#[test]
fn what_can_not_be_run_is_told_before_any_run() {
    let here = Scratch::new("exec refused");
    let run = |more: &[&str]| here.labtest(&[&["run", "4A::initial_election"], more].concat());
    run(&["--exec", "./none"]).exits_with(64).complains("can't start ./none");
    run(&["--exec", "'open"]).exits_with(64).complains("a quote is not closed");
    here.write_program("myraft", &server(":"));
    let realtime = run(&["--exec", "./myraft", "--realtime"]).exits_with(64);
    realtime.complains("--exec runs on the virtual clock alone");
    run(&["--exec", "./myraft", "--set", "a=b"]).exits_with(64);
}

#[test]
fn a_walk_through_the_protocol_says_what_is_wrong() {
    let here = Scratch::new("exec check");
    here.write_program("myraft", &server(":"));
    let walked = here.labtest(&["exec-check", "./myraft"]).exits_with(0);
    walked.says("ok       says who it is: myraft").says("not yet  no server has set a timer");
    here.write_program("myraft", &server("echo nonsense"));
    let walked = here.labtest(&["exec-check", "./myraft"]).exits_with(1);
    walked.says("WRONG    line 1 of its answer to `init`").says("does not follow labtest-exec/1");
}
