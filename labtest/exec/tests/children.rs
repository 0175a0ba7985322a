//! Programs that do what they must not: each fails its run, with a sentence that says what it did, and nothing
//! else. They are scripts of the shell, which every Unix has.

use exec::{AnswerLimits, ExecRaft, Finding, Options, check};
use harness::{
    Config, Failure, Implementation, MakeArgs, RunOptions, Verdict, lab_tests, property, run_one,
};
use raft_api::{NotLeader, ReadIndexError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// Answers everything and does nothing, but for what is put at the two places.
const SERVER: &str = r#"
while read -r line; do
    case "$line" in
        *'"hello"'*) echo '{"type":"hello","protocol":1,"name":"shell","can":["reset"]}' ;;
        *'"init"'*) AT_INIT ;;
        *'"start"'*) echo '{"type":"done","not_leader":{},"term":0,"is_leader":false}' ;;
        *) echo '{"type":"done","term":0,"is_leader":false}' ;;
    esac
done
AT_END
"#;

const DONE: &str = r#"echo '{"type":"done","term":0,"is_leader":false}'"#;

struct Script {
    /// Holds the file.
    _folder: TempDir,
    command: String,
}

impl Script {
    fn new(text: &str) -> Script {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a raft.sh");
        std::fs::write(&path, text).unwrap();
        Script { _folder: folder, command: format!("sh '{}'", path.display()) }
    }

    fn at_init(what: &str) -> Script {
        Script::new(&SERVER.replace("AT_INIT", what).replace("AT_END", ""))
    }

    /// One that begins to do something, and fails with the line in which it hears of it.
    fn hears(hello: &str, does: &str, line: &str) -> Script {
        let hears =
            format!("*'\"{line}\"'*) echo '{{\"type\":\"fail\",\"text\":\"{line}\"}}'; {DONE} ;;");
        let text = SERVER
            .replace(r#""can":["reset"]"#, hello)
            .replace("AT_INIT", &format!("{does} {DONE}"))
            .replace("        *'\"start\"'*)", &format!("        {hears}\n        *'\"start\"'*)"));
        Script::new(&text.replace("AT_END", ""))
    }

    fn path(&self) -> &Path {
        self._folder.path()
    }

    fn run(&self, limits: AnswerLimits) -> Failure {
        let options = Options { limits, ..Options::default() };
        let raft: Arc<dyn Implementation> =
            Arc::new(ExecRaft::start(&self.command, &options).unwrap());
        let outcome = run_one(&lab_tests()[0], 1, &raft, &RunOptions::default());
        let Verdict::Failed(failure) = outcome.verdict else { panic!("{:?}", outcome.verdict) };
        failure
    }

    #[track_caller]
    fn fails(&self, property: &str, says: &[&str]) {
        let failure = self.run(AnswerLimits::default());
        assert_eq!(failure.property, property, "{failure}");
        let text = failure.to_string();
        says.iter().for_each(|words| assert!(text.contains(words), "no `{words}` in\n{text}"));
    }
}

#[test]
fn one_that_does_nothing_has_no_leader() {
    Script::at_init(DONE).fails(property::LEADER_EXISTS, &["expected one leader, got none"]);
}

#[test]
fn one_that_ends_is_told_with_its_last_words() {
    Script::at_init("echo 'no such term' >&2; exit 3").fails(
        property::PROGRAM,
        &[
            "the program of server 0, `sh '",
            "it ended when it was given `init`: exit status: 3",
            "it was given: {\"type\":\"init\"",
            "its last words on standard error:\n    no such term",
        ],
    );
}

#[test]
fn rubbish_is_told_with_the_line() {
    Script::at_init("echo 'now I am a server'").fails(
        property::PROGRAM,
        &[
            "line 1 of its answer to `init` is wrong: it is not JSON",
            "it wrote:     now I am a server",
        ],
    );
}

#[test]
fn a_type_that_there_is_not_is_an_error_and_a_field_is_not() {
    let unknown = format!(
        r#"echo '{{"type":"note","text":"hi","mood":1}}'; echo '{{"type":"sing"}}'; {DONE}"#
    );
    Script::at_init(&unknown).fails(property::PROGRAM, &["line 2", "there is no type `sing`"]);
}

#[test]
fn what_was_not_asked_is_told() {
    let answers = format!(r#"echo '{{"type":"reply","call":9,"result":{{}}}}'; {DONE}"#);
    Script::at_init(&answers)
        .fails(property::PROGRAM, &["`reply` to call 9: no such request waits"]);
    let calls =
        format!(r#"echo '{{"type":"call","call":1,"to":7,"method":"x","args":1}}'; {DONE}"#);
    Script::at_init(&calls).fails(property::PROGRAM, &["it wants to talk with server 7, of 3"]);
    let sends = format!(r#"echo '{{"type":"send","to":0,"method":"x","body":1}}'; {DONE}"#);
    Script::at_init(&sends)
        .fails(property::PROGRAM, &["calls are for programs of the style \"rpc\""]);
}

#[test]
fn a_program_hears_of_ticks_timers_messages_and_its_disk() {
    let tick = Script::hears(r#""tick_ms":50"#, "", "tick");
    tick.fails(property::OWN_CHECK, &[": tick (run:own-check, at 0."]);
    let sets = r#"echo '{"type":"set_timer","id":"x","after":2000000000}';"#;
    let timer = Script::hears(r#""can":[]"#, sets, "timer");
    timer.fails(property::OWN_CHECK, &[": timer (run:own-check, at 2.000 s)"]);
    // To the server that is there when the others begin.
    let sends = r#"echo '{"type":"send","to":0,"method":"x","body":{}}';"#;
    let message = Script::hears(r#""style":"message""#, sends, "message");
    message.fails(property::OWN_CHECK, &["server 0: message"]);
    let calls = r#"echo '{"type":"call","call":1,"to":0,"method":"x","args":{}}';"#;
    let request = Script::hears(r#""can":[]"#, calls, "request");
    request.fails(property::OWN_CHECK, &["server 0: request"]);
    let writes = r#"echo '{"type":"append","record":{}}';"#;
    let disk = Script::hears(r#""disk":"async""#, writes, "synced");
    disk.fails(property::OWN_CHECK, &["server 0: synced (run:own-check, at 0.000 s)"]);
}

#[test]
fn reads_are_answered_as_the_program_says() {
    let reads = |answer: &str| {
        let script = Script::new(
            &SERVER
                .replace(r#""can":["reset"]"#, r#""can":["read_index"]"#)
                .replace(
                    "        *'\"start\"'*)",
                    &format!("        *'\"read_index\"'*) {answer} ;;\n        *'\"start\"'*)"),
                )
                .replace("AT_INIT", DONE)
                .replace("AT_END", ""),
        );
        let raft = ExecRaft::start(&script.command, &Options::default()).unwrap();
        let run = runtime::Simulation::new(1).run(async move {
            let network = labrpc::Network::new(1);
            let (apply, _applied) = tokio::sync::mpsc::channel(1);
            let args = MakeArgs {
                peers: network.add_server(0, &runtime::Node::current()),
                me: 0,
                persister: Arc::new(persister::MemoryDisk::new().open()),
                apply,
                config: Arc::new(Config::new(1)),
            };
            let server = raft.make(args).unwrap();
            server.read_index().expect("it can").await
        });
        run.result.unwrap()
    };
    let ready = format!(r#"echo '{{"type":"read_ready","read":1,"index":7}}'; {DONE}"#);
    assert_eq!(reads(&ready), Ok(7));
    let nobody = ReadIndexError::NotLeader(NotLeader { leader: None });
    assert_eq!(reads(r#"echo '{"type":"done","not_leader":{}}'"#), Err(nobody));
    assert_eq!(
        reads(r#"echo '{"type":"done","not_ready":true}'"#),
        Err(ReadIndexError::NothingCommitted)
    );
    let later = format!(r#"echo '{{"type":"read_failed","read":1}}'; {DONE}"#);
    assert_eq!(reads(&later), Err(nobody));
}

#[test]
fn its_own_assertion_fails_the_run_in_its_own_words() {
    let fails = format!(r#"echo '{{"type":"fail","text":"the log has a gap"}}'; {DONE}"#);
    Script::at_init(&fails).fails(property::OWN_CHECK, &["server 0: the log has a gap"]);
}

#[test]
fn one_that_says_nothing_is_ended_after_its_time() {
    let limits = AnswerLimits { wall: Some(Duration::from_millis(300)), cpu: None };
    let failure = Script::at_init("read -r x").run(limits);
    assert_eq!(failure.property, property::PROGRAM);
    let text = failure.to_string();
    assert!(text.contains("it took more than 0 s to answer `init`"), "{text}");
    assert!(text.contains("must end its answer with a line `done`, and flush"), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn one_that_works_without_end_is_ended_after_its_processors_time() {
    let limits = AnswerLimits { wall: None, cpu: Some(Duration::from_millis(300)) };
    let failure = Script::at_init("while :; do :; done").run(limits);
    assert!(failure.message.contains("s of its processors' time to answer `init`"), "{failure}");
}

#[test]
fn a_line_without_end_is_not_kept_in_memory() {
    Script::at_init("yes x | tr -d '\\n'")
        .fails(property::PROGRAM, &["a line of more than 16777216 bytes"]);
}

#[test]
fn what_it_started_ends_with_it() {
    let script = Script::at_init("sleep 1000 & echo $! > \"$0.pid\"; exit 1");
    script.fails(property::PROGRAM, &["exit status: 1"]);
    let file = script.path().join("a raft.sh.pid");
    let pid = std::fs::read_to_string(file).unwrap();
    let is_gone = || !is_running(pid.trim());
    assert!((0..100).any(|_| is_gone() || wait()), "process {pid} runs on");
}

fn is_running(pid: &str) -> bool {
    // A zombie that nobody has collected yet runs no more.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z"))
}

/// Always false, a moment later.
#[allow(clippy::disallowed_methods)] // Other processes live in real time.
fn wait() -> bool {
    std::thread::sleep(Duration::from_millis(20));
    false
}

#[test]
fn what_can_not_be_started_is_told_before_any_run() {
    let told = |command: &str| {
        let started = ExecRaft::start(command, &Options::default());
        format!("{:#}", started.err().unwrap())
    };
    assert!(told("/no/such/program").contains("can't start"), "{}", told("/no/such/program"));
    let silent = Script::new("exit 0");
    assert!(told(&silent.command).contains("it ended when it was given `hello`"));
    let old = Script::new(r#"read -r x; echo '{"type":"hello","protocol":7,"name":"x"}'"#);
    assert!(told(&old.command).contains("it speaks version 7 of the protocol"));
    let fixed = Script::new(
        r#"read -r x; echo '{"type":"hello","protocol":1,"name":"x","fixed":"colour = 1"}'"#,
    );
    assert!(told(&fixed.command).contains("colour"), "{}", told(&fixed.command));
}

#[test]
fn a_walk_tells_mistakes_from_what_is_not_done_yet() {
    let findings = check(&Script::at_init(DONE).command, AnswerLimits::default()).unwrap();
    assert!(matches!(&findings[0], Finding::Right(what) if what.contains("shell")), "{findings:?}");
    assert!(findings.iter().any(
        |it| matches!(it, Finding::NotYet(what) if what.contains("no server has set a timer"))
    ));
    assert!(!findings.iter().any(|it| matches!(it, Finding::Wrong { .. })), "{findings:?}");
    let findings = check(&Script::at_init("echo '{}'").command, AnswerLimits::default()).unwrap();
    let wrong = findings.iter().find_map(|it| match it {
        Finding::Wrong { what, .. } => Some(what.clone()),
        _ => None,
    });
    assert_eq!(wrong.as_deref(), Some("line 1 of its answer to `init` is wrong: it has no `type`"));
}
