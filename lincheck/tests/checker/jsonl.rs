//! Reading JSON lines: what they mean, what is said of bad ones, and that nothing brings the reader
//! down.

use lincheck::models::{AppendList, AppendListInput, AppendListOutput, Keyed, KeyedInput};
use lincheck::{
    Checker, Event, EventKind, EventReader, ModelName, PageContext, ReadOptions, RecordedHistory,
    Verdict, check_jsonl, render_html,
};
use proptest::prelude::*;

const HEADER: &str = r#"{"schema":"labtest.history/v2"}"#;

fn verdict(model: &str, lines: &[&str]) -> Verdict {
    let text = [&[HEADER], lines].concat().join("\n");
    check_jsonl(&text, model).unwrap().1.verdict
}

fn error(model: &str, lines: &[&str]) -> String {
    let text = [&[HEADER], lines].concat().join("\n");
    check_jsonl(&text, model).unwrap_err().to_string()
}

#[test]
fn registers() {
    let lines = |seen: &str| {
        vec![
            r#"{"at":1,"process":0,"type":"invoke","f":"write","key":"x","value":{"any":1}}"#
                .into(),
            r#"{"at":2,"process":0,"type":"ok","f":"write","key":"x","value":{"any":1}}"#.into(),
            r#"{"at":3,"process":1,"type":"invoke","f":"cas","key":"x","value":[{"any":1},2]}"#
                .into(),
            r#"{"at":3,"process":2,"type":"invoke","f":"cas","key":"x","value":[5,6]}"#.into(),
            r#"{"at":4,"process":1,"type":"ok","f":"cas","key":"x","value":true}"#.into(),
            r#"{"at":4,"process":2,"type":"ok","f":"cas","key":"x","value":false}"#.into(),
            r#"{"at":5,"process":3,"type":"invoke","f":"write","key":"x","value":7}"#.into(),
            r#"{"at":6,"process":3,"type":"fail","f":"write","key":"x","error":"no leader"}"#
                .into(),
            r#"{"at":7,"process":1,"type":"invoke","f":"read","key":"x"}"#.into(),
            format!(r#"{{"at":8,"process":1,"type":"ok","f":"read","key":"x","value":{seen}}}"#),
        ]
    };
    let verdict = |seen| {
        let lines: Vec<String> = lines(seen);
        verdict("register", &lines.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(verdict("2"), Verdict::Linearizable);
    assert_eq!(verdict("7"), Verdict::NotLinearizable, "the write failed");
    assert_eq!(verdict("null"), Verdict::NotLinearizable);
}

#[test]
fn stores() {
    let put = r#"{"at":1,"process":0,"type":"invoke","f":"put","key":"x","value":"a"}"#;
    let info = r#"{"at":2,"process":0,"type":"info","f":"put","key":"x"}"#;
    let get = r#"{"at":3,"process":1,"type":"invoke","f":"get","key":"x"}"#;
    let got = |value: &str, more: &str| {
        format!(r#"{{"at":4,"process":1,"type":"ok","f":"get","key":"x","value":{value}{more}}}"#)
    };
    for (value, expected) in [
        ("null", Verdict::Linearizable),
        (r#""a""#, Verdict::Linearizable),
        (r#""b""#, Verdict::NotLinearizable),
    ] {
        assert_eq!(verdict("kv", &[put, info, get, &got(value, "")]), expected, "{value}");
    }
    for (version, expected) in [(1, Verdict::Linearizable), (2, Verdict::NotLinearizable)] {
        let more = format!(r#","version":{version}"#);
        assert_eq!(verdict("kv", &[put, info, get, &got(r#""a""#, &more)]), expected, "{version}");
    }
    let put = r#"{"at":5,"process":2,"type":"invoke","f":"put","key":"x","value":"c","version":9}"#;
    let refused = r#"{"at":6,"process":2,"type":"ok","f":"put","key":"x","value":false}"#;
    let done = r#"{"at":6,"process":2,"type":"ok","f":"put","key":"x"}"#;
    assert_eq!(verdict("kv", &[put, refused]), Verdict::Linearizable);
    assert_eq!(verdict("kv", &[put, done]), Verdict::NotLinearizable);
}

#[test]
fn a_missing_key_reads_as_empty_if_the_header_says_so() {
    let get = r#"{"at":3,"process":1,"type":"invoke","f":"get","key":"x"}"#;
    let got = r#"{"at":4,"process":1,"type":"ok","f":"get","key":"x","value":""}"#;
    for (says, expected) in [
        (r#""missing_is_empty":true"#, Verdict::Linearizable),
        (r#""missing_is_empty":false"#, Verdict::NotLinearizable),
        (r#""model":"kv""#, Verdict::NotLinearizable),
    ] {
        let header = format!(r#"{{"schema":"labtest.history/v2",{says}}}"#);
        let text = [&header, get, got].join("\n");
        assert_eq!(check_jsonl(&text, "kv").unwrap().1.verdict, expected, "{says}");
    }
}

#[test]
fn a_store_that_answers_the_empty_string_for_nothing_is_recognized() {
    let get = r#"{"process":0,"type":"invoke","f":"get","key":"x"}"#;
    let empty = r#"{"process":0,"type":"ok","f":"get","key":"x","value":""}"#;
    let nothing = r#"{"process":0,"type":"ok","f":"get","key":"x","value":null}"#;
    let put = r#"{"process":1,"type":"invoke","f":"put","key":"y","value":""}"#;
    for (lines, takes, expected) in [
        (&[get, empty][..], true, Verdict::Linearizable),
        (&[get, empty, get, nothing], false, Verdict::NotLinearizable),
        (&[get, empty, put], false, Verdict::NotLinearizable),
        (&[get, nothing], false, Verdict::Linearizable),
    ] {
        let text = [&[HEADER], lines].concat().join("\n");
        let (history, report) = check_jsonl(&text, "kv").unwrap();
        assert_eq!(report.verdict, expected, "{text}");
        assert_eq!(history.source().takes_empty_for_missing, takes, "{text}");
        assert_eq!(history.source().to_string().contains("empty string"), takes, "{text}");
    }
}

#[test]
fn lines_of_the_nemesis_numbers_as_keys_and_missing_times_are_taken() {
    let write = r#"{"process":0,"type":"invoke","f":"write","key":7,"value":1}"#;
    let cut = r#"{"process":"nemesis","type":"info","f":"cut","value":[0,1]}"#;
    let written = r#"{"process":0,"type":"ok","f":"write","key":7}"#;
    let read = r#"{"process":1,"type":"invoke","f":"read","key":7}"#;
    let nothing = r#"{"process":1,"type":"ok","f":"read","key":7,"value":null}"#;
    let text = [HEADER, write, cut, written, read, nothing].join("\n");
    let (history, report) = check_jsonl(&text, "register").unwrap();
    assert_eq!(report.verdict, Verdict::NotLinearizable, "the read began after the write");
    assert_eq!(report.parts[0].key, "7");
    assert_eq!(
        history.source().to_string(),
        "4 lines of 2 clients, as JSON lines; 1 line that no client wrote, left out"
    );
    let timed = r#"{"at":9,"process":1,"type":"ok","f":"read","key":7,"value":null}"#;
    let expected =
        "line 4: expected a time in all lines or in none, and the first line with an event";
    assert!(
        error("register", &[write, written, timed.replace("ok", "invoke").as_str()])
            .starts_with(expected)
    );
}

#[test]
fn lists() {
    let lines = [
        r#"{"at":1,"process":0,"type":"invoke","f":"append","value":1}"#,
        r#"{"at":1,"process":1,"type":"invoke","f":"append","value":2}"#,
        r#"{"at":2,"process":0,"type":"ok","f":"append","value":1}"#,
        r#"{"at":2,"process":1,"type":"ok","f":"append","value":2}"#,
        "",
        r#"{"at":3,"process":0,"type":"invoke","f":"read"}"#,
    ];
    for (list, expected) in [
        ("[2,1]", Verdict::Linearizable),
        ("[1,2]", Verdict::Linearizable),
        ("[1]", Verdict::NotLinearizable),
        ("[1,2,2]", Verdict::NotLinearizable),
    ] {
        let read = format!(r#"{{"at":4,"process":0,"type":"ok","f":"read","value":{list}}}"#);
        assert_eq!(verdict("append", &[&lines[..], &[&read]].concat()), expected, "{list}");
    }
}

#[test]
fn bad_lines_are_named_with_what_was_expected() {
    let invoke = r#"{"at":5,"process":1,"type":"invoke","f":"put","key":"x","value":"a"}"#;
    for (line, expected) in [
        ("{", "line 3: EOF while parsing an object, at column 1"),
        ("[5,1]", "line 3: expected a JSON object, found [5,1]"),
        (
            "{}",
            "line 3: expected \"process\" to be a whole number from 0, or \"nemesis\", found nothing",
        ),
        (r#"{"at":-1}"#, "line 3: expected \"at\" to be a time, a whole number from 0, found -1"),
        (
            r#"{"at":6,"process":0,"type":"okay","f":"get"}"#,
            "line 3: expected \"type\" to be \"invoke\", \"ok\", \"fail\" or \"info\", found \
             \"okay\"",
        ),
        (
            r#"{"at":6,"process":0,"type":"invoke","f":"get","key":[7]}"#,
            "line 3: expected \"key\" to be a string, a number or {\"base64\": string}, found [7]",
        ),
        (
            r#"{"at":6,"process":0,"type":"invoke","f":"get"}"#,
            "line 3: expected \"key\" to be a string, a number or {\"base64\": string}, found nothing",
        ),
        (
            r#"{"at":6,"process":0,"type":"invoke","f":"write","value":"a"}"#,
            "line 3: expected \"f\" to be \"get\", \"put\", \"append\", \"cas\" or \"delete\", \
             found \"write\"",
        ),
        (
            r#"{"at":6,"process":0,"type":"invoke","f":"put","value":7}"#,
            "line 3: expected \"value\" to be a string or {\"base64\": string}, found 7",
        ),
        (
            r#"{"at":6,"process":0,"type":"invoke","f":"cas","value":["a"]}"#,
            "line 3: expected \"value\" to be [from or null, to], found [\"a\"]",
        ),
        (
            r#"{"at":6,"process":0,"type":"ok","f":"get","value":null}"#,
            "line 3: process 0 completes an operation, but has none open",
        ),
        (
            r#"{"at":6,"process":1,"type":"invoke","f":"get","key":"x"}"#,
            "line 3: process 1 invokes an operation while its last one, invoked at 5, is open",
        ),
        (
            r#"{"at":6,"process":1,"type":"ok","f":"get","key":"x","value":"a"}"#,
            "line 3: process 1 completes \"get\" of \"x\", but has put \"x\" \"a\" -> ? open",
        ),
        (
            r#"{"at":6,"process":1,"type":"ok","f":"put","key":"y"}"#,
            "line 3: process 1 completes \"put\" of \"y\", but has put \"x\" \"a\" -> ? open",
        ),
        (
            r#"{"at":4,"process":1,"type":"ok","f":"put","key":"x"}"#,
            "line 3: time goes back, from 5 to 4",
        ),
    ] {
        assert_eq!(error("kv", &[invoke, line]), expected);
    }
    assert_eq!(
        error("register", &[r#"{"at":1,"process":1,"type":"invoke","f":"write"}"#]),
        "line 2: expected \"value\" to be what is written, which is not null, found null",
    );
    assert_eq!(
        error(
            "append",
            &[
                r#"{"at":1,"process":1,"type":"invoke","f":"read"}"#,
                r#"{"at":1,"process":1,"type":"ok","f":"read","value":"[1]"}"#,
            ],
        ),
        "line 3: expected \"value\" to be all of the list, found \"[1]\"",
    );
}

#[test]
fn an_answer_to_a_read_has_a_value() {
    let get = r#"{"at":1,"process":1,"type":"invoke","f":"get","key":"x"}"#;
    let got = r#"{"at":2,"process":1,"type":"ok","f":"get","key":"x"}"#;
    let expected =
        "line 3: expected \"value\" to be a string, {\"base64\": string} or null, found nothing";
    assert_eq!(error("kv", &[get, got]), expected);
    let read = r#"{"at":1,"process":1,"type":"invoke","f":"read"}"#;
    let done = r#"{"at":2,"process":1,"type":"ok","f":"read"}"#;
    let expected =
        "line 3: expected \"value\" to be what was read, null for nothing, found nothing";
    assert_eq!(error("register", &[read, done]), expected);
}

#[test]
fn all_lines_have_keys_or_none_has() {
    let with = r#"{"at":1,"process":1,"type":"invoke","f":"write","value":1,"key":"x"}"#;
    let without = r#"{"at":2,"process":2,"type":"invoke","f":"read"}"#;
    let expected = "line 3: expected \"key\" in all lines or in none";
    assert!(error("register", &[with, without]).starts_with(expected));
}

#[test]
fn keys_and_values_that_are_no_text_are_told_in_base64() {
    let lines = |read: &str| {
        [
            r#"{"process":0,"type":"invoke","f":"put","key":{"base64":"/w=="},"value":{"base64":"ww=="}}"#.to_owned(),
            r#"{"process":0,"type":"ok","f":"put","key":{"base64":"/w=="}}"#.to_owned(),
            r#"{"process":0,"type":"invoke","f":"append","key":{"base64":"/w=="},"value":{"base64":"qQ=="}}"#.to_owned(),
            r#"{"process":0,"type":"ok","f":"append","key":{"base64":"/w=="}}"#.to_owned(),
            r#"{"process":0,"type":"invoke","f":"get","key":{"base64":"/w=="}}"#.to_owned(),
            format!(r#"{{"process":0,"type":"ok","f":"get","key":{{"base64":"/w=="}},"value":{read}}}"#),
        ]
    };
    for (read, expected) in [
        (r#""é""#, Verdict::Linearizable),
        (r#"{"base64":"w6k="}"#, Verdict::Linearizable),
        (r#"{"base64":"w6g="}"#, Verdict::NotLinearizable),
    ] {
        let lines = lines(read);
        let text = [HEADER].into_iter().chain(lines.iter().map(String::as_str)).collect::<Vec<_>>();
        let (history, report) = check_jsonl(&text.join("\n"), "kv").unwrap();
        assert_eq!(report.verdict, expected, "{read}");
        assert_eq!(report.parts[0].key, "base64:/w==");
        let judgement = history.judgement(&report);
        assert_eq!(judgement.operations[0].text, "put \"base64:/w==\" base64:ww==");
    }
    let lines = lines(r#"{"base64":"w6"}"#);
    let expected = "line 7: expected \"value\" to be a string, {\"base64\": string} or null, found \
                    {\"base64\":\"w6\"}";
    assert_eq!(error("kv", &lines.each_ref().map(String::as_str)), expected);
}

#[test]
fn the_version_before_is_read() {
    let header = r#"{"schema":"labtest.history/v1"}"#;
    let write = r#"{"at":1,"process":0,"type":"invoke","f":"write","value":1}"#;
    let (history, _) = check_jsonl(&[header, write].join("\n"), "register").unwrap();
    assert_eq!(history.operation_count(), 1);
}

#[test]
fn a_header_of_something_else_is_refused() {
    let error = |text| check_jsonl(text, "kv").unwrap_err().to_string();
    assert_eq!(
        error(""),
        "line 1: expected a header, {\"schema\":\"labtest.history/v2\"}, found nothing",
    );
    assert_eq!(
        error(r#"{"schema":"labtest.history/v3"}"#),
        "line 1: expected a history in the format \"labtest.history/v2\" or the one before, \
         found \"labtest.history/v3\"",
    );
    assert_eq!(
        error("{}"),
        "line 1: expected \"schema\" to be the name of the format, a string, found nothing"
    );
    assert_eq!(
        error(r#"{"schema":"labtest.history/v2","missing_is_empty":1}"#),
        "line 1: expected \"missing_is_empty\" to be true or false, found 1"
    );
    assert_eq!(
        check_jsonl(HEADER, "stack").unwrap_err().to_string(),
        "no model is called \"stack\"; there are register, kv, append, set, queue, \
         unordered-queue, lock, counter, multi-register and bank",
    );
}

/// A line that may have anything, often what it should.
fn line() -> impl Strategy<Value = String> {
    let word = |words: &'static [&'static str]| proptest::sample::select(words);
    let value = word(&[
        "null",
        "1",
        "true",
        "false",
        "\"a\"",
        "[]",
        "[1,2]",
        "[null,\"a\"]",
        "{\"a\":[1]}",
        "1e400",
        "-0.0",
        "\"\\ud800\"",
        "\"\u{202e}\"",
        "18446744073709551616",
    ]);
    let kind = word(&["invoke", "ok", "fail", "info", "okay"]);
    let f = word(&["read", "write", "cas", "get", "put", "append", "delete", "x"]);
    let fields = (0..20u64, 0..3u64, kind, f, value, proptest::option::of(0..3u64));
    let object = fields.prop_map(|(at, process, kind, f, value, version)| {
        let version = version.map_or(String::new(), |version| format!(r#","version":{version}"#));
        let head = format!(r#""at":{at},"process":{process},"type":"{kind}","f":"{f}""#);
        format!(r#"{{{head},"value":{value}{version}}}"#)
    });
    prop_oneof![8 => object, 1 => any::<String>(), 1 => Just(String::new())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_brings_the_reader_down(
        text in any::<String>(),
        lines in proptest::collection::vec(line(), 0..12),
    ) {
        for model in ModelName::all().map(ModelName::name) {
            let _ = check_jsonl(&text, model);
            let _ = check_jsonl(&format!("{HEADER}\n{text}"), model);
            let body = format!("{HEADER}\n{}", lines.join("\n"));
            if let Ok((history, report)) = check_jsonl(&body, model) {
                let _ = history.describe(&report);
                let _ = history.html(&report, &lincheck::PageContext::default());
            }
        }
    }

    #[test]
    fn what_is_written_is_read(
        steps in proptest::collection::vec((0..4u64, 0..4u8, 0..3u64, any::<i32>()), 0..40)
    ) {
        let mut reader = EventReader::<KeyedInput<AppendListInput<i32>>, _>::new();
        let mut lines = vec![HEADER.to_string()];
        let mut now = 0;
        for (process, die, pause, value) in steps {
            now += pause;
            let open = reader.open(process).cloned();
            let (f, kind, field) = match (&open, die) {
                (None, 0) => ("read", EventKind::Invoke(AppendListInput::Read), None),
                (None, _) => {
                    let input = AppendListInput::Append(value);
                    ("append", EventKind::Invoke(input), Some(value.to_string()))
                }
                (Some(_), 0) => ("", EventKind::Fail, None),
                (Some(_), 1) => ("", EventKind::Info, None),
                (Some(KeyedInput { input: AppendListInput::Read, .. }), _) => {
                    let list = AppendListOutput::List(vec![value]);
                    ("read", EventKind::Ok(list), Some(format!("[{value}]")))
                }
                (Some(_), _) => ("append", EventKind::Ok(AppendListOutput::Appended), None),
            };
            let open_f = open.map(|open| match open.input {
                AppendListInput::Read => "read",
                AppendListInput::Append(_) => "append",
            });
            let name = match kind {
                EventKind::Invoke(_) => "invoke",
                EventKind::Ok(_) => "ok",
                EventKind::Fail => "fail",
                EventKind::Info => "info",
            };
            let kind = match kind {
                EventKind::Invoke(input) => {
                    EventKind::Invoke(KeyedInput { key: "k".to_string(), input })
                }
                EventKind::Ok(output) => EventKind::Ok(output),
                EventKind::Fail => EventKind::Fail,
                EventKind::Info => EventKind::Info,
            };
            let value = field.map_or(String::new(), |value| format!(r#","value":{value}"#));
            lines.push(format!(
                r#"{{"at":{now},"process":{process},"type":"{name}","f":"{}","key":"k"{value}}}"#,
                open_f.unwrap_or(f),
            ));
            reader.push(Event { at: now, process, kind }).unwrap();
        }
        let text = lines.join("\n");
        let read = RecordedHistory::read(&text, ModelName::Append, &ReadOptions::default()).unwrap();
        let list = Keyed(AppendList::new());
        let written = reader.finish();
        let report = Checker::new(&list).explain(&written);
        prop_assert_eq!(read.explain(None), report.clone());
        prop_assert_eq!(read.describe(&report), report.describe(&list, &written));
        let context = PageContext::default();
        prop_assert_eq!(read.html(&report, &context), render_html(&list, &written, &report, &context));
    }
}
