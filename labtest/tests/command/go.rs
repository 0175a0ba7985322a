//! `labtest go`, as far as it needs no Go: what is refused, and why.

use crate::cli::Scratch;

/// A solution's first lines.
const RAFT: &str = "package raft\n\nimport (\n\t\"6.5840/labrpc\"\n\t\"6.5840/raftapi\"\n)\n";

#[test]
fn what_is_no_solution_is_refused_with_its_file() {
    let here = Scratch::new("go refused");
    std::fs::create_dir_all(here.path().join("src/raft1")).unwrap();
    let go = |more: &[&str]| here.labtest(&[&["go", "src/raft1", "4A"], more].concat());
    go(&[]).exits_with(64).complains("src/raft1");
    here.write("src/raft1/raft.go", RAFT);
    go(&[]).exits_with(64).complains("there is no go.mod in or above");
    here.write("src/go.mod", "go 1.22\n");
    go(&[]).exits_with(64).complains("go.mod has no line `module …`");
    here.write("src/go.mod", "module 6.5840\n\ngo 1.22\n");
    here.write("src/raft1/c.go", "package raft\n\nimport \"C\"\n");
    go(&[]).exits_with(64).complains("c.go uses cgo");
    here.write("src/raft1/c.go", "package raft\n");
    std::fs::create_dir(here.path().join("src/vendor")).unwrap();
    go(&[]).exits_with(64).complains("vendoring is not taken");
}

#[test]
fn a_go_that_is_missing_or_not_known_is_refused_with_those_that_are() {
    let here = Scratch::new("go toolchain");
    std::fs::create_dir_all(here.path().join("src/raft1")).unwrap();
    here.write("src/raft1/raft.go", RAFT);
    here.write("src/go.mod", "module 6.5840\n\ngo 1.22\n");
    let go = |go: &str| here.labtest(&["go", "src/raft1", "4A", "--go", go]);
    go("./none").exits_with(64).complains("can't run `./none`: install Go (go1.25.5");
    here.write_program("old", "#!/bin/sh\necho go1.20.1\necho /usr/lib/go\n");
    let old = here.path().join("old");
    let told = go(old.to_str().unwrap()).exits_with(64);
    told.complains("is go1.20.1, whose runtime is not known here: expected go1.25.5, ");
}

#[test]
fn flags_of_solutions_in_go_are_for_those() {
    let here = Scratch::new("go flags");
    let run = |more: &[&str]| here.labtest(&[&["run", "4A::initial_election"], more].concat());
    run(&["--race"]).exits_with(64).complains("--race has no effect");
    run(&["--go", "go"]).exits_with(64).complains("--go has no effect");
    run(&["--go-lab", "raft1", "--exec", "./myraft"]).exits_with(64);
    let go = here.labtest(&["go", "raft1", "--exec", "./myraft"]).exits_with(64);
    go.complains("--exec is for another Raft");
    let real = here.labtest(&["go", "raft1", "--realtime"]).exits_with(64);
    real.complains("raft1");
}
