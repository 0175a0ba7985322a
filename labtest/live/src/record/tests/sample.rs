//! A run made by hand, with all kinds of events.

use crate::clients::{Answer, Calibration, HistoryFile, LastRound, Operation, Outcome};
use crate::judge::{Disks, Facts, LeaderLine, Life};
use crate::record::{About, Files, Recorder, Report, RunFolder, checks};
use labtrace::trace::{Fault, Looks, Phase};
use lincheck::ModelName;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// How large a run is made.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) seconds: u64,
    pub(super) clients: u64,
    pub(super) operations: u64,
    pub(super) log_lines: u64,
}

pub(super) const SMALL: Size = Size { seconds: 20, clients: 4, operations: 400, log_lines: 300 };
const SERVERS: usize = 3;
const SECOND: u64 = 1_000_000_000;

pub(super) fn about(seed: u64) -> About {
    About {
        seed,
        implementation: "kvd".to_owned(),
        servers: SERVERS,
        network: "through proxies on loopback".to_owned(),
        description: "kill, pause, partition and slow for 20 s".to_owned(),
        replay: format!("labtest live --seed {seed}"),
        check: format!("labtest check failures/live/{seed}"),
    }
}

/// Makes the folder of a run; a stale read is in it if `is_violated`.
pub(super) fn make(root: &Path, seed: u64, size: Size, is_violated: bool) -> PathBuf {
    let mut folder = RunFolder::create(root, &about(seed)).unwrap();
    let recorder = folder.recorder().unwrap();
    servers(&recorder, &folder, size);
    let registers = clients(&recorder, size, is_violated);
    let counters = COUNTER.to_owned();
    let histories = [(ModelName::Kv, registers), (ModelName::Counter, counters)]
        .map(|(model, text)| HistoryFile { model, text });
    folder.write_histories(&histories).unwrap();
    let facts = facts(size);
    folder.write_facts(&facts).unwrap();
    folder.write_scenario("[[steps]]\nat_ms = 4000\n").unwrap();
    let inner = folder.directory(1).unwrap().join("inner");
    std::fs::create_dir_all(&inner).unwrap();
    std::fs::write(inner.join("journal"), "bytes").unwrap();
    let length = size.seconds * SECOND;
    let report = Report::new(
        about(seed),
        length,
        vec![
            "1 kill, seen to end".to_owned(),
            "1 partition: 1,204 kB held and delivered, 311 kB swallowed".to_owned(),
            "1 pause, seen to stand still".to_owned(),
        ],
        recorder.load(length),
        checks(&histories, &facts, None),
    );
    folder.finish(&recorder, report).unwrap().0
}

/// All is well, as far as the clients have not seen otherwise.
fn facts(size: Size) -> Facts {
    let life = |server| Life { server, started_ns: 0, caught_up_ns: Some(0), ended: None };
    let leader = |term, leader| LeaderLine { at_ns: term, server: leader, term, leader };
    let rate_per_s = size.operations as f64 / size.seconds as f64;
    Facts {
        servers: SERVERS,
        calibrated_at_ns: SECOND,
        stopped_at_ns: size.seconds * SECOND,
        lives: (0..SERVERS).map(life).collect(),
        leaders: vec![leader(1, 0), leader(2, 2), leader(3, 1)],
        memory_max_bytes: Some(vec![64 << 20; SERVERS]),
        calibration: Some(Calibration { rate_per_s, p50_ns: 1_000_000, p99_ns: 9_000_000 }),
        late_max_ns: SECOND / 10,
        last_round: Some(LastRound { keys_read: 4, ..LastRound::default() }),
        disks: Disks::Looked(Vec::new()),
        acknowledged: Disks::Looked(Vec::new()),
        ..Facts::default()
    }
}

const COUNTER: &str = "{\"schema\":\"labtest.history/v2\"}\n\
    {\"at\":1,\"process\":0,\"type\":\"invoke\",\"f\":\"add\",\"key\":\"c\",\"value\":2}\n\
    {\"at\":2,\"process\":0,\"type\":\"ok\",\"f\":\"add\",\"key\":\"c\"}\n\
    {\"at\":3,\"process\":0,\"type\":\"invoke\",\"f\":\"read\",\"key\":\"c\"}\n\
    {\"at\":4,\"process\":0,\"type\":\"ok\",\"f\":\"read\",\"key\":\"c\",\"value\":2}\n";

/// What servers do and suffer, in parts of the whole length: a kill from a quarter to a third, a partition from
/// two fifths to a half, a pause and a slow server from three fifths, and an end that nobody meant.
fn servers(recorder: &Recorder, folder: &RunFolder, size: Size) {
    let part = |of_hundred: u64| size.seconds * SECOND / 100 * of_hundred;
    for server in 0..SERVERS {
        recorder.started(server as u64 * 1_000_000, server, 1);
    }
    let role = |at, server, term, leads| recorder.role(part(at), server, term, leads);
    for (at, server, term, leads) in [
        (2, 0, 1, true),
        (2, 1, 1, false),
        (3, 2, 1, false),
        (26, 2, 2, true),
        (26, 1, 2, false),
        (35, 0, 2, false),
        (43, 1, 3, true),
        (43, 0, 3, false),
        (51, 2, 3, false),
    ] {
        role(at, server, term, leads);
    }
    let fault =
        |phase, what: &str, looks, servers: &[usize], sides: &[&[usize]], text: &str| Fault {
            phase,
            what: what.to_owned(),
            looks,
            servers: servers.to_vec(),
            sides: sides.iter().map(|side| side.to_vec()).collect(),
            text: text.to_owned(),
        };
    let tell = |at, fault: Fault| recorder.fault(part(at), &fault);
    recorder.note(part(25), "kill the leader");
    tell(25, fault(Phase::Begin, "crash", Looks::Crash, &[0], &[], "server 0 is killed"));
    recorder.ended(part(25) + 2_000_000, 0, 1, "server 0 was killed");
    tell(33, fault(Phase::End, "crash", Looks::Crash, &[0], &[], "server 0 is started again"));
    recorder.started(part(33) + 1_000_000, 0, 2);
    recorder.note(part(40), "cut the leader off");
    let sides: &[&[usize]] = &[&[2], &[0, 1]];
    tell(40, fault(Phase::Begin, "isolate", Looks::Cut, &[2], sides, "server 2 is cut off"));
    tell(50, fault(Phase::End, "isolate", Looks::Cut, &[2], &[], "server 2 can talk again"));
    tell(60, fault(Phase::Begin, "pause", Looks::Pause, &[1], &[], "server 1 stands still"));
    tell(65, fault(Phase::End, "pause", Looks::Pause, &[1], &[], "server 1 goes on"));
    tell(
        62,
        fault(Phase::Begin, "slow-disk", Looks::Disk, &[0], &[], "the disk of server 0 is slow"),
    );
    tell(
        75,
        fault(Phase::End, "slow-disk", Looks::Disk, &[0], &[], "the disk of server 0 is as before"),
    );
    recorder.ended(part(80), 1, 1, "server 1 ended by itself: exit status 101");
    recorder.started(part(82), 1, 2);
    role(85, 1, 3, true);
    let mut logs = [const { String::new() }; SERVERS];
    for line in 0..size.log_lines {
        let at = size.seconds * SECOND / size.log_lines * line;
        for (server, log) in logs.iter_mut().enumerate() {
            let text = match line % 3 {
                0 => format!(
                    "{{\"level\":\"INFO\",\"target\":\"kvd\",\"fields\":{{\"message\":\"LEADER => {server}\",\"term\":{line}}}}}"
                ),
                1 => format!("raft: heartbeat {line} to all, <b>not bold</b> & so on"),
                _ => format!("thread 'main' panicked at src/store.rs:{line}"),
            };
            *log += &format!("{}.{:06} {text}\n", at / SECOND, at / 1_000 % 1_000_000);
        }
    }
    for (server, log) in logs.iter().enumerate() {
        std::fs::write(folder.path().join(Files::log(server)), log).unwrap();
    }
}

/// What clients do, evenly over the run; during the partition one of them hears nothing.
fn clients(recorder: &Recorder, size: Size, is_violated: bool) -> String {
    let mut lines = Vec::new();
    let length = size.seconds * SECOND;
    let each = size.operations / size.clients;
    for client in 0..size.clients {
        let step = length / (each + 1);
        for number in 0..each {
            let at = number * step + client * step / size.clients;
            let took = step / 3 + (number * 7919 + client * 104_729) % (step / 2);
            let is_cut = (40..50).contains(&(at * 100 / length)) && client == 0;
            operation(recorder, &mut lines, (client, number), (at, at + took), is_cut);
        }
    }
    if is_violated {
        stale_read(recorder, &mut lines, length);
    }
    lines.sort();
    let mut text = "{\"schema\":\"labtest.history/v2\"}\n".to_owned();
    for (_, line) in lines {
        let _ = writeln!(text, "{line}");
    }
    text
}

type Lines = Vec<(u64, String)>;

/// Each client has a register of its own, so what it reads is what it wrote last.
fn operation(
    recorder: &Recorder,
    lines: &mut Lines,
    (client, number): (u64, u64),
    (begin, end): (u64, u64),
    is_cut: bool,
) {
    let key = format!("x{client}");
    let value = format!("{client}.{}", number / 2 * 2);
    let writes = number.is_multiple_of(2);
    let (operation, f) = match writes {
        true => (Operation::Put { key: key.clone(), value: value.clone() }, "put"),
        false => (Operation::Get { key: key.clone() }, "get"),
    };
    let outcome = match (is_cut, writes) {
        (true, true) => Outcome::Unknown("no answer within 1.0 s".to_owned()),
        (true, false) => Outcome::Failed("MOVED 0 127.0.0.1:7001".to_owned()),
        (false, true) => Outcome::Ok(Answer::Done),
        (false, false) => Outcome::Ok(Answer::Value(Some(value.clone()))),
    };
    let server = Some((client + number) as usize % SERVERS);
    recorder.operation_begun(begin, client, number, &operation);
    recorder.operation_ended(end, client, number, &outcome, server);
    let kind = match outcome {
        Outcome::Ok(_) => "ok",
        Outcome::Failed(_) => "fail",
        Outcome::Unknown(_) => "info",
    };
    let asked = if writes { format!(",\"value\":\"{value}\"") } else { String::new() };
    let told = if writes { String::new() } else { format!(",\"value\":\"{value}\"") };
    let told = if kind == "ok" { told } else { String::new() };
    // After an unknown outcome a process does nothing more.
    let process = if is_cut { 1_000 + client * 100_000 + number } else { client };
    for (at, kind, said) in [(begin, "invoke", asked), (end, kind, told)] {
        lines.push((
            at,
            format!(
                "{{\"at\":{at},\"process\":{process},\"type\":\"{kind}\",\"f\":\"{f}\",\"key\":\"{key}\"{said}}}"
            ),
        ));
    }
}

/// Towards the end somebody reads what was overwritten long before.
fn stale_read(recorder: &Recorder, lines: &mut Lines, length: u64) {
    let (begin, end) = (length / 100 * 90, length / 100 * 90 + 5_000_000);
    recorder.operation_begun(begin, 77, 0, &Operation::Get { key: "x1".to_owned() });
    let outcome = Outcome::Ok(Answer::Value(Some("1.0".to_owned())));
    recorder.operation_ended(end, 77, 0, &outcome, Some(2));
    for (at, kind, said) in [(begin, "invoke", ""), (end, "ok", ",\"value\":\"1.0\"")] {
        let line = format!(
            "{{\"at\":{at},\"process\":77,\"type\":\"{kind}\",\"f\":\"get\",\"key\":\"x1\"{said}}}"
        );
        lines.push((at, line));
    }
}
