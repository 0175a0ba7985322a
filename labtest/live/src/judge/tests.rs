use super::facts::{Blackout, End, Fault, LeaderLine, Life, PanicLine, Reach};
use super::*;
use crate::clients::{Calibration, LastRound};
use crate::driver::{StoredLog, Written};
use lincheck::ModelName;
use std::fmt::Write as _;

const SECOND: u64 = 1_000_000_000;

/// Sixty seconds of three servers, of which the first five are quiet, without any fault.
fn well() -> Facts {
    let life = |server| Life { server, started_ns: 0, caught_up_ns: Some(0), ended: None };
    Facts {
        servers: 3,
        calibrated_at_ns: 5 * SECOND,
        stopped_at_ns: 60 * SECOND,
        lives: (0..3).map(life).collect(),
        leaders: vec![leader(0, 1, 2), leader(1, 1, 2), leader(2, 2, 0)],
        memory_max_bytes: Some(vec![64 << 20; 3]),
        calibration: Some(Calibration { rate_per_s: 10.0, p50_ns: 1_000_000, p99_ns: 9_000_000 }),
        late_max_ns: SECOND / 10,
        last_round: Some(LastRound { keys_read: 3, ..LastRound::default() }),
        disks: Disks::Looked(Vec::new()),
        acknowledged: Disks::Looked(Vec::new()),
        ..Facts::default()
    }
}

fn leader(server: usize, term: u64, leader: usize) -> LeaderLine {
    LeaderLine { at_ns: 0, server, term, leader }
}

/// A history of a roaming client that writes ten times a second, but for some seconds in which one write is open.
fn history(pause: std::ops::Range<u64>) -> Vec<HistoryFile> {
    let mut text = "{\"schema\":\"labtest.history/v2\"}\n".to_owned();
    let mut at = 0;
    for value in 0.. {
        let begun = at;
        at += SECOND / 10;
        if pause.contains(&(at / SECOND)) {
            at = pause.end * SECOND;
        }
        if at >= 60 * SECOND {
            break;
        }
        let line = |at, kind| {
            format!(
                r#"{{"at":{at},"process":0,"type":"{kind}","f":"put","key":"k{value}","value":"{value}","client":0,"roams":true}}"#
            )
        };
        let _ = writeln!(text, "{}\n{}", line(begun, "invoke"), line(at - 1, "ok"));
    }
    vec![HistoryFile { model: ModelName::Kv, text }]
}

fn busy() -> Vec<HistoryFile> {
    history(0..0)
}

fn found(histories: &[HistoryFile], facts: &Facts, property: &str) -> Finding {
    let checks = judge(histories, facts, None);
    let check = checks.iter().find(|check| check.property == property);
    check.map(|check| check.finding.clone()).expect("every property is judged")
}

fn is_violated(facts: &Facts, property: &str, part: &str) {
    let finding = found(&busy(), facts, property);
    assert!(matches!(&finding, Finding::Violated(why) if why.contains(part)), "{finding:?}");
}

fn is_unseen(facts: &Facts, property: &str) {
    let checks = judge(&busy(), facts, None);
    let finding = found(&busy(), facts, property);
    assert!(matches!(finding, Finding::Unseen(_)), "{finding:?}");
    assert!(worst(&checks).is_pass(), "{checks:?}");
}

fn is_unknown(histories: &[HistoryFile], facts: &Facts, property: &str, part: &str) {
    let finding = found(histories, facts, property);
    assert!(matches!(&finding, Finding::Unknown(why) if why.contains(part)), "{finding:?}");
}

#[test]
fn a_run_in_which_all_is_well_passes_also_when_it_is_read_again() {
    let checks = judge(&busy(), &well(), None);
    let wrong: Vec<&Check> = checks.iter().filter(|it| it.finding != Finding::Holds).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(worst(&checks), Finding::Holds);
    let stored = serde_json::to_string(&well()).unwrap();
    assert_eq!(serde_json::from_str::<Facts>(&stored).unwrap(), well());
    for check in checks {
        assert!(property::statement(check.property).is_some(), "{}", check.property);
    }
}

#[test]
fn a_history_that_no_single_copy_made_is_noticed() {
    let text = r#"{"schema":"labtest.history/v2"}
{"at":1,"process":0,"type":"invoke","f":"put","key":"k","value":"1"}
{"at":2,"process":0,"type":"ok","f":"put","key":"k"}
{"at":3,"process":0,"type":"invoke","f":"get","key":"k"}
{"at":4,"process":0,"type":"ok","f":"get","key":"k","value":null}
"#;
    let histories = [HistoryFile { model: ModelName::Kv, text: text.to_owned() }];
    let finding = found(&histories, &well(), property::LINEARIZABLE);
    assert!(matches!(finding, Finding::Violated(why) if why.contains("fits nowhere")));
    let out_of_budget = judge(&histories, &well(), Some(0));
    assert!(matches!(&out_of_budget[0].finding, Finding::Unknown(why) if why.contains("steps")));
    let nonsense = [HistoryFile { model: ModelName::Kv, text: "nonsense".to_owned() }];
    is_unknown(&nonsense, &well(), property::LINEARIZABLE, "can't be read");
    is_unknown(&[], &well(), property::LINEARIZABLE, "no history");
}

#[test]
fn what_is_wrong_with_disks_is_noticed() {
    let wrong = || Disks::Looked(vec!["entry 7 differs".to_owned()]);
    is_violated(&Facts { disks: wrong(), ..well() }, property::APPLIED_VALUES, "entry 7");
    is_violated(&Facts { acknowledged: wrong(), ..well() }, property::DURABILITY, "entry 7");
    let blackout = |disks| Facts { blackouts: vec![Blackout { at_ns: SECOND, disks }], ..well() };
    let told = "at 1.0 s no server ran, and entry 7";
    is_violated(&blackout(wrong()), property::DURABILITY, told);
    is_unknown(
        &busy(),
        &blackout(Disks::default()),
        property::DURABILITY,
        "no server ran, and nobody",
    );
    let whole = judge(&busy(), &blackout(Disks::Looked(Vec::new())), None);
    assert_eq!(worst(&whole), Finding::Holds);
    let not_looked = Facts { disks: Disks::default(), ..well() };
    is_unknown(&busy(), &not_looked, property::APPLIED_VALUES, "nobody looked");
    is_unseen(&Facts { disks: Disks::Unseen, ..well() }, property::APPLIED_VALUES);
}

#[test]
fn two_leaders_of_a_term_are_noticed() {
    let mut facts = well();
    facts.leaders.push(leader(2, 1, 0));
    is_violated(&facts, property::ELECTION_SAFETY, "term 1 is led by server 2");
    is_unseen(&Facts { leaders: Vec::new(), ..facts }, property::ELECTION_SAFETY);
}

#[test]
fn a_server_that_ends_by_itself_is_noticed() {
    let ends = |how| {
        let mut facts = well();
        facts.lives[1].ended = Some((50 * SECOND, how));
        facts
    };
    is_violated(&ends(End::Exited(0)), property::LIVE_EXIT, "server 1 ended by itself at 50.0 s");
    is_violated(&ends(End::Signal(11)), property::LIVE_EXIT, "by signal 11");
    assert_eq!(found(&busy(), &ends(End::ByTester), property::LIVE_EXIT), Finding::Holds);
    is_unknown(&busy(), &ends(End::ForMemory), property::LIVE_MACHINE, "server 1");
}

#[test]
fn a_panic_is_noticed() {
    let line = "thread 'main' panicked at x.rs:1:1:".to_owned();
    let panics = vec![PanicLine { at_ns: 1, server: 2, line }];
    is_violated(&Facts { panics, ..well() }, property::PANIC, "server 2");
}

#[test]
fn too_much_memory_is_noticed() {
    let most = Some(vec![1 << 20, 600 << 20, 1 << 20]);
    is_violated(
        &Facts { memory_max_bytes: most, ..well() },
        property::LIVE_MEMORY,
        "server 1 had 600",
    );
    let unseen = Facts { memory_max_bytes: None, ..well() };
    is_unseen(&unseen, property::LIVE_MEMORY);
}

#[test]
fn clients_that_are_not_served_are_noticed() {
    let requests = property::LIVE_REQUESTS;
    let finding = found(&history(20..30), &well(), requests);
    assert!(
        matches!(&finding, Finding::Violated(why) if why.contains("tried for 5.0 s")),
        "{finding:?}"
    );
    assert_eq!(found(&history(20..24), &well(), requests), Finding::Holds);
    // Where operations take long anyway, clients wait longer.
    let slow = Calibration { rate_per_s: 10.0, p50_ns: SECOND / 10, p99_ns: SECOND / 4 };
    let facts = Facts { calibration: Some(slow), ..well() };
    assert_eq!(found(&history(20..30), &facts, requests), Finding::Holds);
}

#[test]
fn nobody_has_to_be_served_without_a_majority() {
    let requests = property::LIVE_REQUESTS;
    let pause = |servers| {
        let (begin_ns, end_ns) = (19 * SECOND, Some(28 * SECOND));
        let faults =
            vec![Fault { what: "pause".into(), begin_ns, end_ns, reach: Reach::Stops(servers) }];
        Facts { faults, ..well() }
    };
    assert_eq!(found(&history(20..30), &pause(vec![0, 1]), requests), Finding::Holds);
    let finding = found(&history(20..30), &pause(vec![0]), requests);
    assert!(matches!(finding, Finding::Violated(_)));
}

#[test]
fn a_last_round_that_fails_is_noticed() {
    let refused = Some("CLUSTERDOWN".to_owned());
    let round = Some(LastRound { refused, ..LastRound::default() });
    is_violated(&Facts { last_round: round, ..well() }, property::LIVE_REQUESTS, "CLUSTERDOWN");
    let none = Facts { last_round: None, ..well() };
    is_unknown(&busy(), &none, property::LIVE_REQUESTS, "before its last round");
}

#[test]
fn too_few_answers_are_no_pass() {
    let load = property::LIVE_LOAD;
    is_unknown(&history(2..60), &well(), load, "operations were acknowledged, 100 are needed");
    let fast = Calibration { rate_per_s: 500.0, p50_ns: 1, p99_ns: 1 };
    let facts = Facts { calibration: Some(fast), ..well() };
    is_unknown(&busy(), &facts, load, "a second were acknowledged");
    // While too much is broken nobody has to be answered.
    let faults = vec![Fault {
        what: "pause".into(),
        begin_ns: 0,
        end_ns: None,
        reach: Reach::Stops(vec![0, 1]),
    }];
    assert_eq!(found(&busy(), &Facts { faults, ..facts }, load), Finding::Holds);
}

#[test]
fn a_machine_that_is_late_is_no_judge() {
    let late = Facts { late_max_ns: 2 * SECOND, ..well() };
    is_unknown(&busy(), &late, property::LIVE_MACHINE, "late by 2.0 s");
    is_unknown(&history(20..30), &late, property::LIVE_REQUESTS, "the machine was late");
}

#[test]
fn the_worst_finding_is_the_verdict() {
    let late = Facts { late_max_ns: 2 * SECOND, ..well() };
    assert!(matches!(worst(&judge(&busy(), &late, None)), Finding::Unknown(_)));
    let acknowledged = Disks::Looked(vec!["gone".to_owned()]);
    let both = Facts { acknowledged, ..late };
    assert_eq!(worst(&judge(&busy(), &both, None)), Finding::Violated("gone".to_owned()));
}

mod logs {
    use super::*;
    use crate::clients::{Answer, Operation, Outcome, Recorder, record_for_tests};

    fn append(element: &str) -> Operation {
        Operation::Append { key: "l".into(), element: element.into() }
    }

    fn log(elements: &[&str]) -> StoredLog {
        let entries = elements.iter().map(|element| vec![Written::new("l", *element)]);
        StoredLog { entries: entries.collect(), ..StoredLog::default() }
    }

    fn last() -> Written {
        Written::new("l", "9")
    }

    /// 1 is acknowledged, 2 and 3 of unknown outcome, 9 the last one.
    fn recorder() -> std::sync::Arc<Recorder> {
        let lost = || Outcome::Unknown("late".into());
        let done = || Outcome::Ok(Answer::Done);
        record_for_tests(vec![
            (append("1"), done()),
            (append("2"), lost()),
            (append("3"), lost()),
            (append("9"), done()),
        ])
    }

    #[test]
    fn a_whole_log_settles_what_is_in_it_and_what_is_not() {
        let recorder = recorder();
        let settled = settle(&recorder, &[log(&["1", "2"]), log(&["1", "2", "9", "3"])], &last());
        assert_eq!(settled, Settled { settled: 2, unknown: 0, missing: Vec::new() });
        let text = &recorder.histories()[0].text;
        assert!(text.contains("in the log") && text.contains("in no log"), "{text}");
    }

    #[test]
    fn what_a_snapshot_hides_is_not_settled() {
        let cut = StoredLog { snapshot_index: 1, ..log(&["2", "9"]) };
        let store = [("l".to_owned(), "1,2,9,".to_owned())].into();
        let settled = settle(&recorder(), &[StoredLog { store, ..cut.clone() }], &last());
        assert_eq!(settled, Settled { settled: 0, unknown: 2, missing: Vec::new() });
        let lacks = settle(&recorder(), &[cut], &last()).missing;
        assert_eq!(lacks.len(), 1, "{lacks:?}");
    }

    #[test]
    fn an_acknowledged_write_that_a_server_lacks_is_told() {
        let missing =
            settle(&recorder(), &[log(&["1", "9"]), log(&["2", "9"]), log(&["2"])], &last())
                .missing;
        assert_eq!(missing.len(), 1, "one server has not caught up: {missing:?}");
        assert!(missing[0].starts_with("server 1 has the last write"), "{missing:?}");
    }

    /// The first acknowledged write that is on too few of those disks.
    fn scarce(logs: &[StoredLog]) -> Option<String> {
        recorder().look(|records| on_too_few(records, u64::MAX, logs)).pop()
    }

    #[test]
    fn an_acknowledged_write_has_to_be_on_the_disks_of_a_majority() {
        let both = || log(&["1", "9"]);
        assert_eq!(scarce(&[both(), both(), log(&[])]), None);
        let told = scarce(&[log(&["1"]), both(), log(&["1", "2"])]).unwrap();
        assert!(told.contains("on the disks of 1 of 3") && told.contains("\"9\""), "{told}");
        let told = scarce(&[log(&["9"]), log(&["9"]), log(&["9"])]).unwrap();
        assert!(told.contains("on the disks of 0 of 3") && told.contains("\"1\""), "{told}");
        // Half of four is not a majority.
        assert!(scarce(&[both(), both(), log(&["1"]), log(&["1"])]).is_some());
    }

    #[test]
    fn a_snapshot_holds_what_it_stands_for_and_no_more() {
        let both = || log(&["1", "9"]);
        let snapshot = |snapshot_index| StoredLog { snapshot_index, ..log(&[]) };
        assert_eq!(scarce(&[both(), snapshot(2), log(&[])]), None);
        assert!(scarce(&[both(), snapshot(1), log(&["1"])]).unwrap().contains("1 of 3"));
        // No log says where they are.
        assert_eq!(scarce(&[snapshot(2), snapshot(2), snapshot(3)]), None);
    }

    #[test]
    fn what_was_acknowledged_later_need_not_be_there() {
        let recorder = recorder();
        let ended = |record: &crate::clients::Record| record.ended.as_ref().map(|it| it.0.at_ns);
        let first = recorder.look(|records| ended(&records[0])).unwrap();
        let before = recorder.look(|records| on_too_few(records, first - 1, &[log(&[])]));
        assert_eq!(before, Vec::<String>::new());
        assert_eq!(recorder.look(|records| on_too_few(records, first, &[log(&[])])).len(), 1);
    }

    #[test]
    fn what_somebody_has_seen_is_not_said_never_to_have_been() {
        let recorder = record_for_tests(vec![
            (append("2"), Outcome::Unknown("late".into())),
            (Operation::ReadList { key: "l".into() }, Outcome::Ok(Answer::List(vec!["2".into()]))),
        ]);
        assert_eq!(settle(&recorder, &[log(&["9"])], &last()).settled, 0);
    }
}
