//! What the command answers to input that can't be right: the exit code, and a sentence that says
//! what is wrong and where.

use crate::cli::{Ran, Scratch};

/// The arguments, the exit code, and parts of what is said on either output.
type Row<'a> = (&'a str, i32, &'a [&'a str]);

#[track_caller]
fn answers(here: &Scratch, rows: &[Row<'_>]) {
    for (arguments, code, sentences) in rows {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let ran = here.labtest(&words);
        let said = format!("{}{}", ran.output, ran.errors);
        assert_eq!(ran.code, Some(*code), "{arguments}\n{said}");
        for sentence in *sentences {
            assert!(said.contains(sentence), "{arguments}: expected {sentence:?} in\n{said}");
        }
    }
}

const WHOLE: &str = "expected a whole number from 0 to 18446744073709551615, found `";

#[test]
fn numbers_that_are_none() {
    let from_one = "expected a whole number from 1 to 18446744073709551615, found `";
    let here = Scratch::new("bad numbers");
    answers(
        &here,
        &[
            ("run 4A --seeds -1", 64, &["'--seeds <N>': ", from_one, "`-1`"]),
            ("run 4A --seeds 0", 64, &[from_one]),
            ("run 4A --seeds 1.5", 64, &[from_one, "`1.5`"]),
            ("run 4A --seed abc", 64, &["'--seed <S>': ", WHOLE, "`abc`"]),
            ("run 4A --seed -1", 64, &[WHOLE, "`-1`"]),
            ("run 4A --base-seed x", 64, &[WHOLE]),
            ("run 4A --jobs 0", 64, &[from_one]),
            ("run 4A --jobs -3", 64, &[from_one, "`-3`"]),
            ("run explore --shrink-runs many", 64, &[WHOLE]),
            ("replay 4A::re_election --seed abc", 64, &[WHOLE]),
            ("replay 4A::re_election --seed 1 --width 5", 64, &["from 40 to 1000, found `5`"]),
            ("shrink explore::crash --seed abc", 64, &[WHOLE]),
            ("shrink explore::crash --seed 1 --runs -1", 64, &[WHOLE, "`-1`"]),
            (
                "run 4A --base-seed 18446744073709551615 --seeds 5",
                64,
                &[
                    "there are no 5 seeds from 18446744073709551615 on: the largest is 1844674407370955",
                ],
            ),
            ("run 4A::re_election --base-seed 18446744073709551615 --seeds 1 --quiet", 0, &[]),
            // As many threads as there are runs.
            (
                "run 4A::re_election --jobs 65535 --seeds 3",
                0,
                &["raft: 4A::re_election, 3 seeds (1 to 3), 3 jobs\n"],
            ),
        ],
    );
}

#[test]
fn names_that_no_test_has() {
    let here = Scratch::new("bad names");
    let suites = "no test matches `4E`; similar: 4A, 4B, 4C, 4D, kv, kv_snapshot, explore";
    answers(
        &here,
        &[
            ("run 4a", 64, &["no test matches `4a`; similar: 4A\n"]),
            ("4E", 64, &[suites]),
            ("run 4E", 64, &[suites]),
            ("list 4E", 64, &["no test matches `4E`; similar: 4A, 4B"]),
            ("rnu", 64, &["no test matches `rnu`; ", "or is the command `run` meant?"]),
            ("rnu 4A", 64, &["or is the command `run` meant?"]),
            ("run RE_ELECTION", 64, &["similar: 4A::re_election\n"]),
            ("run --sedes 3", 64, &["'--seeds'"]),
        ],
    );
}

#[test]
fn options_that_would_have_no_effect() {
    let here = Scratch::new("no effect");
    here.write("quiet.toml", "safety_ms = 1000\n");
    let only = "only explore::crash, explore::everything, explore::kv do";
    answers(
        &here,
        &[
            (
                "run 4A --nemesis partition",
                64,
                &["--nemesis partition has no effect", "explore::network"],
            ),
            ("replay 4A::re_election --seed 1 --nemesis crash", 64, &["has no effect", only]),
            ("run explore::network --nemesis crash", 64, &["has no effect", only]),
            ("run explore::network --nemesis none --seeds 1", 0, &[]),
            ("run 4A::re_election explore::crash --nemesis crash --seeds 1", 0, &[]),
            (
                "run --scenario quiet.toml --nemesis crash",
                64,
                &["--nemesis crash has no effect: the scenario's file says which faults there are"],
            ),
            ("shrink --scenario quiet.toml --seed 1 --nemesis crash", 64, &["has no effect"]),
            (
                "run explore::crash --realtime",
                64,
                &["can't run with --realtime: leave out explore::crash"],
            ),
            ("run --scenario quiet.toml --realtime", 64, &["leave out scenario::quiet"]),
            (
                "run 4A::re_election --seeds 1 --shrink-runs 10",
                0,
                &["warning: --shrink-runs has no effect: only the scenarios of explorations"],
            ),
        ],
    );
}

#[test]
fn configurations_that_can_not_be() {
    let here = Scratch::new("bad configurations");
    here.write("servers.toml", "servers = 0\n");
    here.write("word.toml", "[limits]\ntest_s = \"long\"\n");
    here.write("weights.toml", "[kv.workload.weights]\nget = 0\nput = 0\ncompare_and_set = 0\nput_at_version = 0\ndelete = 0\nappend = 0\nread_list = 0\nincrement = 0\n");
    here.write("appends.toml", "[kv.workload.weights]\nappend = 0\nread_list = 0\n");
    here.write("store.toml", "\n[kv.workload]\nclients = 2\n");
    here.write("network.toml", "[network]\nreliable = false\n");
    here.write("large.toml", "[raft]\nbatch_bytes_max = 9223372036854775808\n");
    std::fs::write(here.path().join("bytes.toml"), b"snapshots = true\n# \xff\n").unwrap();
    answers(
        &here,
        &[
            ("run 4A --config servers.toml", 64, &["servers.toml:1: `servers` can't be set here"]),
            (
                "run 4A --config word.toml",
                64,
                &[
                    "word.toml:2: `limits.test_s` must be a whole number from 1 to 86400, found \"long\"",
                ],
            ),
            (
                "run kv::basic --config weights.toml",
                64,
                &["weights.toml:1: `kv.workload.weights` must have one above 0"],
            ),
            // Lists are all that this test's clients use.
            (
                "run 4A kv::basic --config appends.toml",
                64,
                &[
                    "appends.toml:1: `kv.workload.weights` must have one above 0",
                    ", in kv::basic\n",
                ],
            ),
            (
                "run 4A --config store.toml",
                64,
                &["store.toml:2: `kv` has no effect: none of the selected"],
            ),
            (
                "run explore::crash --config network.toml",
                64,
                &[
                    "network.toml:1: `network` has no effect: explorations and scenarios bring their own",
                ],
            ),
            (
                "run 4A --config large.toml",
                64,
                &[
                    "large.toml:2: `raft.batch_bytes_max` must be at most 9223372036854775807, found 92",
                ],
            ),
            ("run 4A --config bytes.toml", 64, &["bytes.toml:2: this line is not UTF-8 text"]),
            ("run 4A --config - --scenario -", 64, &["cannot be used with"]),
            ("run --config - --scenario -", 64, &["can't both be the standard input"]),
        ],
    );
}

#[test]
fn a_configuration_that_clashes_with_what_is_drawn_leaves_that_run_undecided() {
    let here = Scratch::new("clash");
    here.write("slow.toml", "[raft]\nheartbeat_interval_ms = 330\n");
    let ran = here.labtest(&["run", "explore::crash", "--seeds", "20", "--config", "slow.toml"]);
    let ran = ran.exits_with(2).says("undecided in ").says("could not be judged");
    let said = "slow.toml:2: `raft.election_timeout_min_ms` must be at least 331, found ";
    ran.says(said).says(", in what seed 1 draws for explore::crash\n");
    assert!(!here.path().join("failures").exists(), "a run that was not made leaves nothing");
    // Where one run is asked for, it is not made.
    here.labtest(&["replay", "explore::crash", "--seed", "1", "--config", "slow.toml"])
        .exits_with(64)
        .complains(said);
}

const STEP: &str = "[[step]]\nat_ms = 1\ntarget = 0\nfor_ms = 5\n";

#[test]
fn scenarios_that_can_not_be() {
    let here = Scratch::new("bad scenarios");
    here.write("word.toml", "servers = \"five\"\n");
    here.write("key.toml", "[network]\nloss = 3\n");
    here.write("fault.toml", &format!("{STEP}fault = {{ crush = {{}} }}\n"));
    here.write(
        "many.toml",
        "safety_ms = 3600000\n[clients]\nclients = 1000\npause_min_ms = 1\npause_max_ms = 1\n",
    );
    here.write("weights.toml", "[kv.workload.weights]\nput = 0\n");
    here.write("cut.toml", "servers = 3\n[clients\n");
    std::fs::write(here.path().join("bytes.toml"), b"servers = 3\n\n# \xff\n").unwrap();
    answers(
        &here,
        &[
            (
                "run --scenario word.toml",
                64,
                &["word.toml:1: `servers` must be a whole number from 1 to 9, found \"five\""],
            ),
            (
                "run --scenario key.toml",
                64,
                &["key.toml:2: unknown key `network.loss`, expected one of `shape`"],
            ),
            (
                "replay --scenario fault.toml --seed 1",
                64,
                &["fault.toml:5: `fault` must be one of `loss`, "],
            ),
            (
                "run --scenario many.toml",
                64,
                &[
                    "many.toml:3: `clients.clients`, `clients.pause_min_ms`, ",
                    "about 3600000000 bursts",
                ],
            ),
            (
                "run --scenario weights.toml",
                64,
                &["weights.toml:1: `kv.workload.weights` must have one"],
            ),
            ("run --scenario cut.toml", 64, &["cut.toml:2: this is not TOML: "]),
            ("run --scenario bytes.toml", 64, &["bytes.toml:3: this line is not UTF-8 text"]),
            ("run --scenario nowhere.toml", 64, &["can't read nowhere.toml: "]),
        ],
    );
}

const HEADER: &str = "{\"schema\":\"labtest.history/v2\"}\n";
const PUT: &str =
    "{\"at\":1,\"process\":0,\"type\":\"invoke\",\"f\":\"put\",\"key\":\"x\",\"value\":\"1\"}\n";
const DONE: &str = "{\"at\":2,\"process\":0,\"type\":\"ok\",\"f\":\"put\",\"key\":\"x\"}\n";
const GET: &str = "{\"at\":3,\"process\":1,\"type\":\"invoke\",\"f\":\"get\",\"key\":\"x\"}\n";
const GOT_NOTHING: &str =
    "{\"at\":4,\"process\":1,\"type\":\"ok\",\"f\":\"get\",\"key\":\"x\",\"value\":null}\n";

#[test]
fn histories_that_can_not_be() {
    let here = Scratch::new("bad histories");
    let write =
        |name: &str, lines: &[&str]| here.write(name, &[&[HEADER], lines].concat().concat());
    write("empty.jsonl", &[]);
    write("no-key.jsonl", &[&PUT.replace(",\"key\":\"x\"", "")]);
    write("no-value.jsonl", &[GET, &GOT_NOTHING.replace(",\"value\":null", "")]);
    write("time.jsonl", &[&PUT.replace("\"at\":1", "\"at\":-1")]);
    write("process.jsonl", &[&PUT.replace("\"process\":0", "\"process\":\"a\"")]);
    write("stale.jsonl", &[PUT, DONE, GET, GOT_NOTHING]);
    std::fs::write(here.path().join("bytes.jsonl"), [HEADER.as_bytes(), b"\xff\n"].concat())
        .unwrap();
    answers(
        &here,
        &[
            (
                "check-history empty.jsonl --model kv",
                2,
                &["undecided: a history without operations shows nothing"],
            ),
            (
                "check-history no-key.jsonl --model kv",
                64,
                &[
                    "no-key.jsonl: line 2: expected \"key\" to be a string, a number or {\"base64\": string}, found nothing",
                ],
            ),
            (
                "check-history no-value.jsonl --model kv",
                64,
                &[
                    "no-value.jsonl: line 3: expected \"value\" to be a string, {\"base64\": string} or null, found nothing",
                ],
            ),
            (
                "check-history time.jsonl --model kv",
                64,
                &["line 2: expected \"at\" to be a time, a whole number from 0, found -1"],
            ),
            (
                "check-history process.jsonl --model kv",
                64,
                &[
                    "line 2: expected \"process\" to be a whole number from 0, or \"nemesis\", found \"a\"",
                ],
            ),
            (
                "check-history bytes.jsonl --model kv",
                64,
                &["bytes.jsonl:2: this line is not UTF-8 text"],
            ),
            (
                "check-history stale.jsonl --model kv --html stale.jsonl",
                64,
                &["--html stale.jsonl would overwrite the history"],
            ),
            // The verdict is what matters, and it is known.
            (
                "check-history stale.jsonl --model kv --html no/page.html",
                1,
                &["not linearizable", "error: can't write no/page.html: "],
            ),
            (
                "check-history empty.jsonl --model kv --html no/page.html",
                70,
                &["can't write no/page.html"],
            ),
        ],
    );
    assert!(here.read("stale.jsonl").starts_with(HEADER), "the history is as it was");
}

#[test]
fn a_dash_is_the_standard_input() {
    let here = Scratch::new("standard input");
    let ran = |arguments: &str, input: &str| {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        here.labtest_reading(&words, input)
    };
    let stale = [HEADER, PUT, DONE, GET, GOT_NOTHING].concat();
    ran("check-history - --model kv", &stale)
        .exits_with(1)
        .says("standard input: not linearizable");
    ran("check-history - --model kv", "{}")
        .exits_with(64)
        .complains("standard input: line 1: expected");
    let quiet = "safety_ms = 500\n";
    ran("replay --scenario - --seed 3", quiet).exits_with(0).says("scenario::stdin, seed 3");
    ran("run --scenario - --seeds 2", quiet).exits_with(0).says("| scenario::stdin |");
    ran("run --scenario -", "servers = 0\n")
        .exits_with(64)
        .complains("standard input:1: `servers`");
    ran("run 4A::re_election --seeds 1 --config -", "[limits]\ntest_s = 1\n").exits_with(1);
}

#[test]
fn merges_of_what_is_no_shard() {
    let here = Scratch::new("bad merges");
    here.write("report.json", "{\n  \"schema\": \"labtest.report/v1\"\n}\n");
    here.write("history.jsonl", HEADER);
    here.write("half.jsonl", "{\"schema\":\"labtest.run/v1\",\"test\":\"4A::re_election\"}\n");
    std::fs::write(here.path().join("bytes.jsonl"), b"\n\xff\n").unwrap();
    answers(
        &here,
        &[
            (
                "merge report.json",
                64,
                &["report.json:1: expected a line of `labtest run --format json`, found {"],
            ),
            (
                "merge history.jsonl",
                64,
                &["history.jsonl:1: the schema is \"labtest.history/v2\", expected"],
            ),
            (
                "merge half.jsonl",
                64,
                &["half.jsonl:1: this is not a complete \"labtest.run/v2\": missing field `seed`"],
            ),
            ("merge bytes.jsonl", 64, &["bytes.jsonl:2: this line is not UTF-8 text"]),
            ("merge .", 64, &["can't read ."]),
        ],
    );
}

#[test]
fn a_shard_without_a_run_is_told() {
    let here = Scratch::new("empty shard");
    let arguments = "run 4A --seeds 1 --format json --shard";
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let shard = |part: &str| here.labtest(&[&words[..], &[part]].concat());
    shard(&format!("{0}/{0}", u64::MAX)).exits_with(2).complains("has none of the 3 runs");
    shard("100000/100000").exits_with(2).complains("shard 100000/100000 has none of the 3 runs");
    let none = shard("4/4").exits_with(2).complains("shard 4/4 has none of the 3 runs");
    // Beside the others it lacks nothing.
    here.write("none.jsonl", &none.output);
    for part in ["1", "2", "3"] {
        let ran = shard(&format!("{part}/4")).exits_with(0);
        here.write(&format!("{part}.jsonl"), &ran.output);
    }
    here.labtest(&["merge", "1.jsonl", "2.jsonl", "3.jsonl", "none.jsonl"])
        .exits_with(0)
        .says("no failures: 0 of 3 runs failed");
    let ran = here.labtest(&["run", "4A::re_election", "--seeds", "1", "--shard", "2/2"]);
    ran.exits_with(2).says("nothing was run").complains("shard 2/2 has none of the 1 run");
}

#[test]
fn variables_of_the_environment_that_are_not_heeded_are_told() {
    let here = Scratch::new("environment");
    let ran = |arguments: &[&str]| {
        let mut command = here.command(arguments);
        command.env("LABTEST_REALTIME", "1").env("LABTEST_SEDS", "3");
        Ran::of(command.output().unwrap())
    };
    ran(&["run", "4A::re_election", "--seeds", "1"])
        .exits_with(0)
        .complains("warning: LABTEST_REALTIME is for test targets and has no effect here; the flag is --realtime")
        .complains("warning: the variable LABTEST_SEDS is unknown, perhaps LABTEST_SEED");
}

#[test]
fn what_was_compared_is_told() {
    let here = Scratch::new("compared");
    let ran = here.labtest(&["run", "4A::re_election", "--seeds", "3", "--check-determinism"]);
    ran.exits_with(0).says("every run was made twice: 3 hashes compared, all equal\nno failures");
    here.write("impatient.toml", "[limits]\ntest_s = 2\n");
    let arguments = [
        "run",
        "4A::re_election",
        "--seeds",
        "3",
        "--check-determinism",
        "--config",
        "impatient.toml",
    ];
    here.labtest(&arguments).exits_with(1).says("no run passed, so none was compared\n");
}

#[test]
fn figures_that_are_none() {
    let here = Scratch::new("bad figures");
    here.write("cut.json", "{");
    here.write("run.json", r#"{"schema":"labtest.run/v2"}"#);
    here.write(
        "never.toml",
        "[raft]\nelection_timeout_min_ms = 90000\nelection_timeout_max_ms = 99000\n",
    );
    answers(
        &here,
        &[
            ("measure --beside none.json", 64, &["can't read none.json"]),
            (
                "measure --beside cut.json",
                64,
                &["cut.json: line 1, column 1: EOF while parsing an object"],
            ),
            (
                "measure --beside run.json",
                64,
                &[
                    "run.json: expected \"schema\": \"labtest.figures/v1\", found \"labtest.run/v2\"",
                ],
            ),
            (
                "measure --seeds 2 --base-seed 18446744073709551615",
                64,
                &["there are not that many"],
            ),
            (
                "measure --seeds 1 --config never.toml",
                1,
                &["error: from the start to a leader: ms, seed 1: no server leads for 60 s"],
            ),
        ],
    );
}
