//! Folders of failures that are damaged, shared, or could not be finished.
use crate::cli::{Ran, Scratch};
use std::fs;
use std::process::{Command, Stdio};

const IMPATIENT: &str = "[limits]\ntest_s = 2\n";
const FOLDER: &str = "failures/4A.re_election/1";
const FAILING: [&str; 6] = ["run", "4A::re_election", "--seeds", "1", "--config", "impatient.toml"];

/// A folder of a run that took too long.
fn with_a_failure(name: &str) -> Scratch {
    let here = Scratch::new(name);
    here.write("impatient.toml", IMPATIENT);
    here.labtest(&FAILING).exits_with(1);
    here
}

fn file(name: &str) -> String {
    format!("{FOLDER}/{name}")
}

#[test]
fn a_trace_that_is_cut_in_a_line_is_drawn_and_judged_up_to_there() {
    let here = with_a_failure("cut trace");
    let trace = here.read(&file("trace.jsonl"));
    let lines = trace.lines().count();
    let line = trace[..trace.len() * 2 / 3].rfind('\n').expect("it has lines");
    here.write(&file("trace.jsonl"), &trace[..line + 10]);
    let kept = here.read(&file("trace.jsonl")).lines().count();
    assert!(kept < lines);
    let cut = format!("{FOLDER}/trace.jsonl ends in the middle of line {kept}, which is left out");
    fs::remove_file(here.path().join(file("timeline.html"))).unwrap();
    here.labtest(&["render", FOLDER]).exits_with(0).complains(&format!("warning: {cut}\n"));
    assert!(here.read(&file("timeline.html")).ends_with("</html>\n"));
    here.labtest(&["check", FOLDER])
        .exits_with(2)
        .says(&cut)
        .says("undecided: the trace stops before the end of the run");
}

#[test]
fn a_trace_of_a_header_alone_shows_nothing() {
    let here = with_a_failure("header only");
    let trace = here.read(&file("trace.jsonl"));
    here.write(&file("trace.jsonl"), &format!("{}\n", trace.lines().next().unwrap()));
    here.write(
        &file("history.jsonl"),
        "{\"schema\":\"labtest.history/v2\"}\n\
        {\"at\":1,\"process\":0,\"type\":\"invoke\",\"f\":\"one\",\"value\":\"101\"}\n\
        {\"at\":2,\"process\":0,\"type\":\"ok\",\"f\":\"one\",\"value\":\"101\",\"index\":1}\n",
    );
    let ran = here.labtest(&["check", FOLDER]).exits_with(2);
    assert!(!ran.output.contains("VIOLATED"), "{}", ran.output);
    ran.says("undecided: the trace has no events, which shows nothing");
}

#[test]
fn files_that_are_no_recordings_are_named() {
    let here = with_a_failure("no recordings");
    let trace = here.read(&file("trace.jsonl"));
    let with_bytes = [trace.as_bytes(), b"\xff\n"].concat();
    fs::write(here.path().join(file("trace.jsonl")), with_bytes).unwrap();
    let line = trace.lines().count() + 1;
    let said = format!("trace.jsonl:{line}: this line is not UTF-8 text");
    here.labtest(&["render", FOLDER]).exits_with(64).complains(&said);
    here.labtest(&["check", FOLDER]).exits_with(64).complains(&said);
    here.write(&file("trace.jsonl"), &trace);
    here.write(&file("history.jsonl"), "{}\n");
    here.labtest(&["check", FOLDER]).exits_with(64).complains("history.jsonl: history, line 1: ");
}

#[test]
fn several_runs_may_write_one_folder() {
    let here = Scratch::new("one folder");
    here.write("impatient.toml", IMPATIENT);
    let start = || {
        let mut command = here.command(&FAILING);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..6).map(|_| start()).collect();
    for child in children {
        let ran = Ran::of(child.wait_with_output().unwrap()).exits_with(1);
        assert!(!ran.errors.contains("error"), "{}", ran.errors);
    }
    assert!(here.read(&file("timeline.html")).ends_with("</html>\n"));
    here.labtest(&["check", FOLDER]).exits_with(2);
    let hidden = fs::read_dir(here.path().join(FOLDER)).unwrap();
    let hidden =
        hidden.filter(|it| it.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'));
    assert_eq!(hidden.count(), 0, "nothing temporary is left");
}

#[test]
fn a_page_that_has_no_room_is_not_left_half() {
    let here = Scratch::new("no room for a page");
    here.write("impatient.toml", IMPATIENT);
    // The trace has room, the page has not; the signal that says so is not wanted.
    let labtest = env!("CARGO_BIN_EXE_labtest");
    let script = format!("trap '' XFSZ; ulimit -f 64; exec '{labtest}' {}", FAILING.join(" "));
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).current_dir(here.path()).env_remove("CARGO");
    Ran::of(shell.output().unwrap())
        .exits_with(1)
        .says(&format!("look:   {FOLDER}\n"))
        .complains(&format!("error: can't write {FOLDER}/timeline.html: "))
        .complains(&format!(
            "the recording is in {FOLDER}: `labtest render` draws its pictures again"
        ))
        .complains("not every failure has all its files");
    assert!(!here.path().join(file("timeline.html")).exists());
    here.labtest(&["render", FOLDER]).exits_with(0).says("timeline.html");
}
