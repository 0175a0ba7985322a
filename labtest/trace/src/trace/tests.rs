//! Each line is read as it was written, and what is wrong with one is said.

use super::*;
use crate::{Cause, Command, Output, Place, VerdictName};

const HEADER: &str = r#"{"schema":"labtest.trace/v3","test":"4A::re_election","description":"election after network failure","seed":7,"clock":"virtual","implementation":"raft","servers":5,"network":"reliable"}"#;

fn header() -> Header {
    Header {
        schema: SCHEMA.to_string(),
        test: "t".to_string(),
        description: "a \"test\"".to_string(),
        seed: None,
        clock: Clock::Real,
        implementation: "raft".to_string(),
        servers: 3,
        network: "reliable".to_string(),
        config: "elections after 350 to 700 ms".to_string(),
    }
}

fn with_line(line: &str) -> String {
    format!("{HEADER}\n{{\"at\":5,\"kind\":\"note\",\"text\":\"begin\"}}\n{line}\n")
}

fn error(trace: &str) -> String {
    format!("{:#}", read(trace).unwrap_err())
}

/// One event of each kind, written and read.
#[test]
fn a_trace_is_read_as_it_was_written() {
    let fault = Fault {
        phase: Phase::Begin,
        what: "split".to_string(),
        looks: Looks::Cut,
        servers: vec![2],
        sides: vec![vec![2], vec![0, 1]],
        text: "server 2 on one side".to_string(),
    };
    let state = State {
        server: 0,
        term: 3,
        role: Role::PreCandidate,
        voted_for: None,
        last_index: 9,
        last_term: 3,
        commit_index: 7,
        applied: 6,
        snapshot_index: 2,
    };
    let sent = Sent {
        call: 17,
        from: 0,
        to: 1,
        reply: false,
        method: "Raft.AppendEntries",
        text: "sends 2 \"entries\"",
        bytes: 63,
    };
    let place = Place { servers: vec![1], term: Some(3), index: None };
    let command = Command { text: "aaa… (50 bytes)", digest: Some(0xabc) };
    let mut writer = Writer::new(Output::memory(), &header());
    writer.note(1, "isolate the leader");
    writer.send(2, &sent);
    writer.duplicate(3, 17, 18);
    writer.deliver(4, 17, false);
    writer.lose(5, 18, false, "chance");
    writer.state(6, &state);
    writer.role(7, 1, 3, true);
    writer.submit(8, 1, 4, 3, command);
    writer.apply(9, 1, 4, Command { text: "101", digest: None });
    writer.snapshot(10, 1, 4, "leader");
    writer.read(10, 1, 4, 9);
    writer.crash(11, 2, 5);
    writer.fault(12, &fault);
    writer.fault(13, &Fault { phase: Phase::End, sides: Vec::new(), ..fault.clone() });
    writer.client(14, 0, 7, "one(101)", None);
    writer.client(15, 0, 7, "one(101)", Some("ok"));
    writer.life(16, 2, 1, Phase::End, "server 2 was killed");
    writer.answered(
        16,
        0,
        8,
        "get(x)",
        Ending { outcome: "ok", server: Some(2), answer: Some("7") },
    );
    writer.note_of(16, 2, "a vote was refused");
    writer.line(16, 2, Command { text: r#"{"type":"done"}"#, digest: None });
    writer.line(16, 2, command);
    writer.failure(16, "liveness:one", "no agreement", &place);
    let cause = Cause {
        when: 3,
        fact: "vote-twice".to_string(),
        wrong: true,
        place,
        text: "server 1 votes twice".to_string(),
    };
    writer.cause(16, &cause);
    writer.cause(16, &Cause { wrong: false, place: Place::default(), ..cause.clone() });
    writer.end(17, VerdictName::Failed, Some(0xabc));
    let text = writer.finish().unwrap();

    let (read_header, lines) = read(&text).unwrap();
    assert_eq!(read_header, header());
    assert_eq!(lines.iter().map(|line| line.at).max(), Some(17));
    assert_eq!(lines[5].event, Event::State(state));
    assert_eq!(lines[12].event, Event::Fault(fault));
    assert!(lines.iter().any(|line| line.event == Event::Cause(cause.clone())));
    let by_serde: Vec<String> =
        lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
    let by_hand: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(by_hand, by_serde);
    assert_eq!(text.lines().next().unwrap(), serde_json::to_string(&read_header).unwrap());
}

#[test]
fn unknown_kinds_and_fields_and_empty_lines_are_skipped() {
    let trace = with_line("{\"at\":6,\"kind\":\"sunspot\",\"size\":[1]}\n\n");
    let (header, lines) = read(&trace).unwrap();
    assert_eq!(header.servers, 5);
    assert_eq!(lines[1], Line { at: 6, event: Event::Unknown });
    let known = with_line(r#"{"at":6,"kind":"deliver","call":1,"reply":false,"hops":3}"#);
    assert_eq!(read(&known).unwrap().1[1].event, Event::Deliver { call: 1, reply: false });
}

#[test]
fn a_bad_line_is_named_with_what_was_expected() {
    let missing = error(&with_line(r#"{"at":6,"kind":"deliver","reply":false}"#));
    assert!(missing.starts_with(r#"line 3: expected {"at":1000000,"kind":"deliver","call":17"#));
    assert!(missing.contains("missing field `call`"), "{missing}");

    let cut_off = error(&with_line(r#"{"at":6,"kind":"del"#));
    assert!(cut_off.starts_with("line 3: expected an event, a JSON object such as"));

    let role = error(&with_line(
        r#"{"at":6,"kind":"state","server":0,"term":3,"role":"king","voted_for":1,"last_index":9,"last_term":3,"commit_index":7,"applied":7,"snapshot_index":0}"#,
    ));
    assert!(role.contains("line 3") && role.contains("unknown variant `king`"), "{role}");
}

#[test]
fn the_order_of_time_and_the_number_of_servers_are_checked() {
    let back = error(&with_line(r#"{"at":4,"kind":"note","text":"back"}"#));
    assert_eq!(back, "line 3: at 4, after an event at 5; expected the events in the order of time");
    let stranger = error(&with_line(r#"{"at":6,"kind":"snapshot","server":5,"index":1}"#));
    assert!(stranger.starts_with("line 3: server 5; expected one of the 5 servers"));
}

#[test]
fn the_header_must_be_one_and_of_a_known_version() {
    assert!(error("").starts_with("line 1: expected the header"));
    assert!(error(r#"{"at":1,"kind":"note","text":"x"}"#).contains("missing field `schema`"));
    let other = |from: &str, to: &str| error(&HEADER.replace(from, to));
    assert_eq!(
        other("trace/v3", "trace/v4"),
        r#"line 1: the trace is "labtest.trace/v4", and this labtest reads up to "labtest.trace/v3"; a newer one is needed"#
    );
    assert_eq!(
        other("labtest.trace/v3", "labtest.run/v1"),
        r#"line 1: the schema is "labtest.run/v1"; expected "labtest.trace/v3""#
    );
    assert!(other(r#""clock":"virtual","#, "").starts_with("line 1: no clock; expected"));
    assert!(other("virtual", "sundial").contains("unknown variant `sundial`"));
}

#[test]
fn a_header_has_1_to_99_servers() {
    let with = |servers: &str| HEADER.replace("\"servers\":5", &format!("\"servers\":{servers}"));
    for wrong in ["0", "100", "18446744073709551615"] {
        assert_eq!(error(&with(wrong)), format!("line 1: {wrong} servers; expected 1 to 99"));
    }
    assert_eq!(read(&with("99")).unwrap().0.servers, 99);
}

#[test]
fn a_trace_of_v1_is_read_and_its_faults_are_completed() {
    assert!(read(&HEADER.replace("trace/v3", "trace/v2")).is_ok());
    let v1 = HEADER.replace("trace/v3", "trace/v1").replace(r#""clock":"virtual","#, "");
    let fault = r#"{"at":6,"kind":"fault","phase":"begin","what":"isolated","servers":[2],"text":"server 2 is cut off"}"#;
    let (header, lines) = read(&format!("{v1}\n{fault}\n")).unwrap();
    assert_eq!((header.clock, header.seed), (Clock::Virtual, Some(7)));
    let Event::Fault(completed) = &lines[0].event else { panic!("{:?}", lines[0]) };
    assert_eq!(completed.looks, Looks::Cut);
    assert_eq!(completed.sides, [vec![2], vec![0, 1, 3, 4]]);
    // Since v2 only what a trace says counts.
    let (_, lines) = read(&format!("{HEADER}\n{fault}\n")).unwrap();
    let Event::Fault(fault) = &lines[0].event else { panic!("{:?}", lines[0]) };
    assert_eq!((fault.looks, fault.sides.len()), (Looks::Other, 0));
}

#[test]
fn an_unknown_look_is_another_fault() {
    let fault = r#"{"at":6,"kind":"fault","phase":"begin","what":"flood","looks":"wet","servers":[2],"text":""}"#;
    let (_, lines) = read(&with_line(fault)).unwrap();
    let Event::Fault(fault) = &lines[1].event else { panic!("{:?}", lines[1]) };
    assert_eq!(fault.looks, Looks::Other);
    let strange = fault_line(r#""sides":[[0],[1,5]]"#);
    assert!(error(&with_line(&strange)).starts_with("line 3: server 5; expected one of the 5"));
}

fn fault_line(more: &str) -> String {
    format!(
        r#"{{"at":6,"kind":"fault","phase":"begin","what":"cut","looks":"cut","servers":[0],{more},"text":""}}"#
    )
}
