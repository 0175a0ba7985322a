use super::*;
use crate::clients::{Answer, Transaction};
use lincheck::{ReadOptions, RecordedHistory, Verdict};

fn key() -> String {
    "k".to_owned()
}

fn verdict(file: &HistoryFile) -> Verdict {
    let history = RecordedHistory::read(&file.text, file.model, &ReadOptions::default());
    history.unwrap_or_else(|error| panic!("{error}\n{}", file.text)).explain(None).verdict
}

fn put(value: &str) -> Operation {
    Operation::Put { key: key(), value: value.to_owned() }
}

fn ok(answer: Answer) -> Outcome {
    Outcome::Ok(answer)
}

#[test]
fn every_operation_is_read_by_the_checker_of_its_model() {
    let cas = |expected: Option<&str>| Operation::CompareAndSet {
        key: key(),
        expected: expected.map(str::to_owned),
        value: "2".into(),
    };
    let get = || Operation::Get { key: key() };
    let (list, counter) = (|| "l".to_owned(), || "c".to_owned());
    let keys = vec!["a".to_owned(), "b".to_owned()];
    let writes = vec![("a".to_owned(), "1".to_owned())];
    let recorder = record_for_tests(vec![
        (cas(Some("9")), ok(Answer::Swapped(false))),
        (put("1"), ok(Answer::Done)),
        (cas(Some("1")), ok(Answer::Swapped(true))),
        (get(), ok(Answer::Value(Some("2".into())))),
        (Operation::Delete { key: key() }, ok(Answer::Done)),
        (get(), ok(Answer::Value(None))),
        (get(), Outcome::Failed("late".into())),
        (put("3"), Outcome::Unknown("late".into())),
        (Operation::Append { key: list(), element: "1".into() }, ok(Answer::Done)),
        (Operation::ReadList { key: list() }, ok(Answer::List(vec!["1".into()]))),
        (Operation::Add { key: counter(), amount: 4 }, ok(Answer::Number(4))),
        (Operation::ReadCounter { key: counter() }, ok(Answer::Number(4))),
        (Operation::Transaction(Transaction::Write { writes }), ok(Answer::Done)),
        (
            Operation::Transaction(Transaction::Read { keys }),
            ok(Answer::Values(vec![Some("1".into()), None])),
        ),
    ]);
    let files = recorder.histories();
    let names: Vec<String> = files.iter().map(HistoryFile::name).collect();
    let expected = [
        "history-kv.jsonl",
        "history-append.jsonl",
        "history-counter.jsonl",
        "history-multi-register.jsonl",
    ];
    assert_eq!(names, expected);
    for file in &files {
        assert_eq!(verdict(file), Verdict::Linearizable, "{}", file.text);
    }
}

#[test]
fn a_write_that_was_forgotten_is_found() {
    let nothing = ok(Answer::Value(None));
    let recorder = record_for_tests(vec![
        (put("1"), ok(Answer::Done)),
        (Operation::Get { key: key() }, nothing),
    ]);
    assert_eq!(verdict(&recorder.histories()[0]), Verdict::NotLinearizable);
}

#[test]
fn the_logs_settle_what_clients_do_not_know() {
    let found = ok(Answer::Value(Some("1".into())));
    let operations = || {
        vec![
            (put("1"), Outcome::Unknown("late".into())),
            (Operation::Get { key: key() }, found.clone()),
        ]
    };
    let recorder = record_for_tests(operations());
    assert_eq!(recorder.settle(|_| Some(Fate::Applied)), (1, 0));
    let [file] = &recorder.histories()[..] else { panic!() };
    assert_eq!(verdict(file), Verdict::Linearizable);
    assert!(file.text.contains("\"why\":\"in the log\""), "{}", file.text);
    // As if nobody had written what was read.
    let recorder = record_for_tests(operations());
    recorder.settle(|_| Some(Fate::Never));
    assert_eq!(verdict(&recorder.histories()[0]), Verdict::NotLinearizable);
    assert_eq!(record_for_tests(operations()).settle(|_| None), (0, 1));
}

#[test]
fn the_calibration_is_of_answers_in_its_stretch() {
    let recorder = record_for_tests(vec![
        (put("1"), ok(Answer::Done)),
        (put("2"), Outcome::Failed("no".into())),
    ]);
    let hour = Duration::from_secs(3600);
    let calibration = recorder.calibrate(Duration::ZERO, hour).unwrap();
    assert!(calibration.p50_ns <= calibration.p99_ns && calibration.rate_per_s > 0.0);
    assert_eq!(recorder.calibrate(hour, 2 * hour), None);
}
