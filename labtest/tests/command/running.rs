//! The command as a user meets it: its output, its exit codes, its errors.

use crate::cli::{Ran, Scratch, json_lines};

const IMPATIENT: &str = "[limits]\ntest_s = 2\n";

#[test]
fn a_run_that_passes_shows_a_table_and_exits_with_0() {
    let here = Scratch::new("passes");
    let ran = here
        .labtest(&["run", "4A", "--seeds", "3", "--jobs", "2", "--check-determinism"])
        .exits_with(0);
    assert!(
        ran.output.starts_with("raft: 3 tests, 3 seeds (1 to 3), 9 runs, 2 jobs\n"),
        "{}",
        ran.output
    );
    assert!(ran.output.ends_with("no failures: 0 of 9 runs failed\n"), "{}", ran.output);
    ran.says("| 4A::initial_election |").says("| 4A::re_election ").says("| total ");
    assert!(!here.path().join("failures").exists(), "nothing is left by what passes");
}

#[test]
fn a_run_that_fails_says_where_to_look_and_how_to_repeat_it() {
    let here = Scratch::new("fails");
    here.write("impatient.toml", IMPATIENT);
    let arguments = ["run", "initial_election", "--seeds", "5", "--config", "impatient.toml"];
    let report = format!(
        "4A::initial_election: liveness:test-time in 5 of 5 runs\n  \
         seed 1 at 2.000 s: test took longer than 2 seconds\n  \
         also seeds 2, 3, 4, 5\n  \
         look:   failures/4A.initial_election/1\n  \
         replay: {} replay 4A::initial_election --seed 1 --config impatient.toml\n",
        env!("CARGO_BIN_EXE_labtest")
    );
    let ran = here.labtest(&arguments).exits_with(1).says(&report);
    assert!(ran.output.ends_with("FAILED: 5 of 5 runs failed\n"), "{}", ran.output);
    let folders = std::fs::read_dir(here.path().join("failures/4A.initial_election")).unwrap();
    assert!((2..=3).contains(&folders.count()), "a kind of failure is kept two or three times");
}

#[test]
fn what_failed_stands_out_for_people_alone() {
    let here = Scratch::new("colours");
    here.write("impatient.toml", IMPATIENT);
    let arguments = ["run", "4A::re_election", "--seed", "1", "--config", "impatient.toml"];
    let mut command = here.command(&arguments);
    let forced = Ran::of(command.env("CLICOLOR_FORCE", "1").output().unwrap()).exits_with(1);
    assert!(forced.output.ends_with("m\u{1b}[1mFAILED\u{1b}[0m: 1 of 1 run failed\n"));
    let ran = here.labtest(&arguments).exits_with(1);
    assert!(!ran.output.contains('\u{1b}'), "{}", ran.output);
}

#[test]
fn quiet_shows_the_last_lines_alone() {
    let here = Scratch::new("quiet");
    let ran = here.labtest(&["4A::re_election", "--seed", "17", "--quiet"]).exits_with(0);
    let lines = ran.output.lines().filter(|line| !line.is_empty()).count();
    assert_eq!(lines, 2, "{}", ran.output);
}

#[test]
fn json_is_a_line_a_run_and_a_summary() {
    let here = Scratch::new("json");
    here.write("impatient.toml", IMPATIENT);
    let arguments = ["run", "4A", "--seeds", "2", "--format", "json", "--config", "impatient.toml"];
    let ran = here.labtest(&arguments).exits_with(1).complains("FAILED: 6 of 6 runs failed");
    let lines = json_lines(&ran.output);
    let (summary, runs) = lines.split_last().unwrap();
    assert_eq!(runs.len(), 6);
    for run in runs {
        for key in [
            "test",
            "seed",
            "implementation",
            "verdict",
            "failure",
            "trace_hash",
            "virtual_ms",
            "wall_us",
            "rpcs",
            "bytes",
            "commits",
            "terms",
            "replay",
        ] {
            assert!(run.get(key).is_some(), "{key} in {run}");
        }
        assert_eq!(run["schema"], "labtest.run/v2");
        assert_eq!(run["failure"]["property"], "liveness:test-time");
        assert_eq!(run["virtual_ms"], 2000.0);
    }
    assert_eq!(summary["schema"], "labtest.summary/v2");
    assert_eq!((&summary["total"]["failed"], &summary["exit_code"]), (&6.into(), &1.into()));
    let part = &summary["part"];
    assert_eq!((&part["first_seed"], &part["seeds"]), (&1.into(), &2.into()));
    assert_eq!((&part["shards"][0], &part["of"]), (&1.into(), &1.into()));
    assert_eq!(
        (&part["planned"], &part["made"], &part["not_made"]),
        (&6.into(), &6.into(), &0.into())
    );
    assert_eq!(part["tests"][1], "4A::re_election");
}

#[test]
fn wrong_usage_exits_with_64_and_says_what_is_near() {
    let here = Scratch::new("usage");
    here.labtest(&["run", "inital_election"])
        .exits_with(64)
        .complains("similar: 4A::initial_election, ");
    here.labtest(&["run", "--sedes", "3"]).exits_with(64).complains("'--seeds'");
    here.labtest(&["run", "--shard", "5/4"]).exits_with(64).complains("such as 2/4, found `5/4`");
    here.labtest(&["run", "--time-limit", "10"]).exits_with(64).complains("such as 90s, 10m or");
    here.labtest(&["run", "explore", "--nemesis", "crush"])
        .exits_with(64)
        .complains("no fault is called `crush`");
    here.labtest(&["replay", "4A", "--seed", "1"])
        .exits_with(64)
        .complains("matches several tests");
    here.labtest(&["replay", "re_election", "--seed", "1", "--filter", "node=3"])
        .exits_with(64)
        .complains("expected a server from 0 to 2, found `3`");
}

#[test]
fn a_bad_file_exits_with_64_and_names_file_line_and_key() {
    let here = Scratch::new("bad files");
    here.write("bad.toml", "[raft]\n\nelection_timeout_min_sm = 3\n");
    here.labtest(&["run", "--config", "bad.toml"])
        .exits_with(64)
        .complains("bad.toml:3: unknown key `raft.election_timeout_min_sm`, expected one of");
    here.write("servers.toml", "servers = 5\n");
    here.labtest(&["run", "--config", "servers.toml"])
        .exits_with(64)
        .complains("servers.toml:1: `servers` can't be set here");
    here.labtest(&["run", "--config", "no-such.toml"])
        .exits_with(64)
        .complains("can't read no-such.toml");
    here.write("scenario.toml", "servers = 5\nsnapshots = 1\n");
    here.labtest(&["run", "--scenario", "scenario.toml"])
        .exits_with(64)
        .complains("scenario.toml:2: unknown key `snapshots`, expected one of `servers`");
}

#[test]
fn stored_files_that_are_none_are_refused_by_name() {
    let here = Scratch::new("bad store");
    here.labtest(&["render", "nowhere"]).exits_with(64).complains("can't read nowhere");
    here.labtest(&["check", "nowhere"]).exits_with(64).complains("can't read nowhere");
    std::fs::create_dir(here.path().join("half")).unwrap();
    here.write("half/trace.jsonl", "{\"schema\":\"labtest.trace/v9\"}\n");
    here.write("half/history.jsonl", "");
    here.labtest(&["render", "half"]).exits_with(64).complains("labtest.trace/v9");
    here.labtest(&["check", "half"])
        .exits_with(64)
        .complains("half/trace.jsonl: line 1: the trace is");
}

#[test]
fn a_merge_of_what_is_no_result_is_refused() {
    let here = Scratch::new("bad merge");
    here.write("broken.jsonl", "{\"schema\":\n");
    here.write("strange.jsonl", "{\"schema\":\"labtest.trace/v1\"}\n");
    let merge = |file: &str| here.labtest(&["merge", file]).exits_with(64);
    merge("broken.jsonl").complains("broken.jsonl:1: expected a line of `labtest run");
    merge("strange.jsonl").complains("strange.jsonl:1: the schema is \"labtest.trace/v1\"");
    merge("missing.jsonl").complains("can't read missing.jsonl");
}

#[test]
fn help_and_version_are_no_errors() {
    let here = Scratch::new("help");
    for flag in ["--help", "--version", "-h"] {
        here.labtest(&[flag]).exits_with(0).says("labtest");
    }
}

#[test]
fn completions_know_the_flags() {
    let here = Scratch::new("completions");
    for shell in ["bash", "zsh", "fish"] {
        here.labtest(&["completions", shell]).exits_with(0).says("until-failure").says("replay");
    }
}

#[test]
fn output_that_nobody_reads_ends_the_run() {
    let here = Scratch::new("closed pipe");
    let mut command = here.command(&["run", "4A", "--seeds", "100000", "--format", "json"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(70));
}
