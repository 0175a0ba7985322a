//! Every example of `--help` works as it stands, but for smaller numbers.

use crate::cli::Scratch;

const COMMANDS: &[&str] = &[
    "",
    "run",
    "go",
    "list",
    "draw",
    "replay",
    "shrink",
    "render",
    "check",
    "check-history",
    "exec-check",
    "measure",
    #[cfg(unix)]
    "maelstrom",
    "merge",
    "completions",
    "corpus",
];

/// The examples of a subcommand, without the words that explain them.
fn examples(here: &Scratch, command: &str) -> Vec<Vec<String>> {
    let arguments: &[&str] = if command.is_empty() { &["--help"] } else { &[command, "--help"] };
    let help = here.labtest(arguments).exits_with(0).output;
    help.lines()
        .filter_map(|line| line.strip_prefix("  labtest "))
        .map(|line| {
            let line = line.split("  ").next().unwrap_or(line);
            line.split_whitespace().map(str::to_string).collect()
        })
        .collect()
}

/// The same with fewer seeds and less time. How long it takes is not what it is an example of.
fn smaller(mut example: Vec<String>) -> Vec<String> {
    for place in 1..example.len() {
        let small = match (example[place - 1].as_str(), example[place].as_str()) {
            ("--seeds", _) => "2",
            ("--time-limit", _) => "200ms",
            _ => continue,
        };
        example[place] = small.to_string();
    }
    let is_run = example[0] == "run";
    let has = |flag: &str| example.iter().any(|word| word == flag);
    let ends = ["--seeds", "--seed", "--time-limit", "--realtime"].iter().any(|flag| has(flag));
    if is_run && !ends {
        example.extend(["--seeds".to_string(), "2".to_string()]);
    }
    example
}

/// A history in which one thing was done.
fn one_operation(f: &str) -> String {
    let line = |at: u64, kind: &str| {
        format!(r#"{{"at":{at},"process":0,"type":"{kind}","f":"{f}","key":"x","value":"1"}}"#)
    };
    let header = r#"{"schema":"labtest.history/v2"}"#;
    format!("{header}\n{}\n{}\n", line(1, "invoke"), line(2, "ok"))
}

#[test]
fn every_example_works() {
    let here = Scratch::new("examples of help");
    here.write("my.toml", "[raft]\nelection_timeout_min_ms = 400\nelection_timeout_max_ms = 800\n");
    here.write("my-scenario.toml", "servers = 3\nsafety_ms = 2000\n");
    here.write("impatient.toml", "[limits]\ntest_s = 2\n");
    here.labtest(&["run", "4A::re_election", "--seed", "1", "--config", "impatient.toml"])
        .exits_with(1);
    for (name, f) in
        [("registers.jsonl", "write"), ("store.jsonl", "put"), ("lists.jsonl", "append")]
    {
        here.write(name, &one_operation(f));
    }
    let figures = here.labtest(&["measure", "--seeds", "1", "--json"]).exits_with(0);
    here.write("theirs.json", &figures.output);
    // A node that ends at once, and the run with it.
    here.write_program("node", "#!/bin/sh\n");
    // A Raft that does nothing yet.
    here.write_program("myraft", include_str!("myraft.sh"));
    here.write("out.jsonl", "");
    let added = ":process 0, :f :add, :value 1}";
    here.write("history.edn", &format!("{{:type :invoke, {added}\n{{:type :ok, {added}\n"));
    for shard in ["1", "2"] {
        let part = format!("{shard}/2");
        let arguments = ["run", "4A", "--seeds", "2", "--format", "json", "--shard", &part];
        let lines = here.labtest(&arguments).exits_with(0).output;
        here.write(&format!("shard-{shard}.jsonl"), &lines);
    }

    for corpus in ["corpus", "night-1", "night-2"] {
        let arguments = ["run", "explore::network", "--seeds", "2", "--guided", "--corpus", corpus];
        here.labtest(&arguments).exits_with(0);
    }

    let mut tried = 0;
    for command in COMMANDS {
        for example in examples(&here, command) {
            let example = smaller(example);
            let words: Vec<&str> = example.iter().map(String::as_str).collect();
            let ran = here.labtest(&words);
            let nothing_ran = ran.output.contains("ended it after 0 runs");
            let expected: &[i32] = match words[0] {
                // The stored run took too long, which can't be judged from its files.
                "check" => &[2],
                "maelstrom" => &[1],
                // Whatever a Raft shows, its corpus has it.
                "corpus" => &[0],
                // There is no such solution.
                "go" => &[64],
                _ if words.contains(&"--go-lab") => &[64],
                // A busy machine can fail a Raft on the real clock, and end no run in a short time.
                _ if words.contains(&"--realtime") => &[0, 1],
                // It never leads.
                _ if words.contains(&"--expect") => &[1],
                _ if words.contains(&"--inputs-of") => &[0],
                _ if words.contains(&"--exec") => &[1],
                // This project's Raft has no options of its own.
                _ if words.contains(&"--set") => &[64],
                _ if nothing_ran => &[2],
                _ => &[0],
            };
            let is_expected = ran.code.is_some_and(|code| expected.contains(&code));
            assert!(is_expected, "{words:?}\n{}\n{}", ran.output, ran.errors);
            tried += 1;
        }
    }
    assert!(tried >= 25, "{tried} examples");
}

#[test]
fn every_flag_has_an_example() {
    let here = Scratch::new("flags of help");
    // The flags of `corpus` say how runs are made, as those of `run` do.
    for command in COMMANDS.iter().skip(1).filter(|command| **command != "corpus") {
        let help = here.labtest(&[command, "--help"]).exits_with(0).output;
        let (flags, examples) = help.split_once("Examples:").unwrap_or((&help, ""));
        // `-j, --jobs <J>`; the values of a flag are a list of `- table: …`.
        for line in flags.lines().map(str::trim_start).filter(|line| line.starts_with('-')) {
            let mut words = line.split_whitespace();
            let Some(flag) = words.find(|word| word.starts_with("--")) else { continue };
            let is_example = examples.contains(flag) || flag == "--help";
            assert!(is_example, "{command} {flag} has no example");
        }
    }
}
