use super::*;

const HEADER: &str = r#"{"schema":"labtest.trace/v3","test":"t","description":"d","seed":7,"clock":"virtual","implementation":"raft","servers":5,"network":"reliable"}"#;

fn run(lines: &[&str]) -> Run {
    Run::from_trace(&format!("{HEADER}\n{}\n", lines.join("\n"))).unwrap()
}

fn state(at: u64, server: usize, term: u64, role: &str) -> String {
    format!(
        r#"{{"at":{at},"kind":"state","server":{server},"term":{term},"role":"{role}","voted_for":null,"last_index":0,"last_term":0,"commit_index":0,"applied":0,"snapshot_index":0}}"#
    )
}

fn spans(run: &Run, server: usize) -> Vec<(u64, u64, u64)> {
    run.servers[server].bands.iter().map(|band| (band.start, band.end, band.term)).collect()
}

#[test]
fn messages_are_joined_with_their_ends() {
    let run = run(&[
        r#"{"at":1,"kind":"send","call":17,"from":0,"to":1,"reply":false,"method":"Raft.AppendEntries","text":"heartbeat term 3","bytes":63}"#,
        r#"{"at":2,"kind":"duplicate","call":17,"copy":18}"#,
        r#"{"at":3,"kind":"deliver","call":17,"reply":false}"#,
        r#"{"at":3,"kind":"send","call":17,"from":1,"to":0,"reply":true,"method":"Raft.AppendEntries","text":"term 3, matches to 2","bytes":9}"#,
        r#"{"at":4,"kind":"lose","call":18,"reply":false,"why":"chance"}"#,
        r#"{"at":9,"kind":"end","verdict":"passed","trace_hash":"00"}"#,
    ]);
    let seen: Vec<_> = run
        .messages
        .iter()
        .map(|m| (m.sent, m.ended, m.from, m.to, m.reply, m.fate.clone(), m.copy_of))
        .collect();
    assert_eq!(
        seen,
        [
            (1, 3, 0, 1, false, Fate::Delivered, None),
            (2, 4, 0, 1, false, Fate::Lost("chance".into()), Some(17)),
            (3, 9, 1, 0, true, Fate::UnderWay, None),
        ]
    );
    // The reply is of the kind of its request, though it does not say so itself.
    assert!(run.messages.iter().all(|message| message.kind == MessageKind::Heartbeat));
}

#[test]
fn kinds_are_told_by_method_and_words() {
    let append = |text| MessageKind::of("Raft.AppendEntries", text);
    assert_eq!(append("AppendEntries term 3, 2 entries, commit 6"), MessageKind::Append);
    assert_eq!(append("AppendEntries term 3, 10 entries, commit 6"), MessageKind::Append);
    assert_eq!(append("AppendEntries term 3, 0 entries, commit 6"), MessageKind::Heartbeat);
    assert_eq!(append("AppendEntries term 3, no entries"), MessageKind::Heartbeat);
    assert_eq!(append("Heartbeat term 3"), MessageKind::Heartbeat);
    assert_eq!(append(""), MessageKind::Append);
    assert_eq!(MessageKind::of("Raft.PreVote", ""), MessageKind::Vote);
    assert_eq!(MessageKind::of("Raft.InstallSnapshot", ""), MessageKind::Snapshot);
    assert_eq!(MessageKind::of("Raft.TimeoutNow", ""), MessageKind::Other);
}

#[test]
fn bands_last_from_change_to_change_and_stop_at_a_crash() {
    let states = [
        state(0, 0, 1, "follower"),
        state(5, 0, 2, "candidate"),
        state(6, 0, 2, "candidate"),
        state(7, 0, 2, "leader"),
    ];
    let mut lines: Vec<&str> = states.iter().map(String::as_str).collect();
    lines.extend([
        r#"{"at":10,"kind":"fault","phase":"begin","what":"crash","looks":"crash","servers":[0],"text":"server 0 crashed"}"#,
        r#"{"at":20,"kind":"fault","phase":"end","what":"crash","looks":"crash","servers":[0],"text":"server 0 restarted"}"#,
        r#"{"at":30,"kind":"end","verdict":"passed","trace_hash":"00"}"#,
    ]);
    let run = run(&lines);
    assert_eq!(spans(&run, 0), [(0, 5, 1), (5, 7, 2), (7, 10, 2), (20, 30, 2)]);
    assert_eq!(run.servers[0].bands[3].standing, Standing::Is(Role::Follower));
}

#[test]
fn observations_count_only_where_the_inside_is_hidden() {
    let shown = state(0, 0, 1, "candidate");
    let run = run(&[
        &shown,
        r#"{"at":5,"kind":"role","server":0,"term":1,"leader":false}"#,
        r#"{"at":5,"kind":"role","server":1,"term":1,"leader":false}"#,
        r#"{"at":6,"kind":"role","server":1,"term":2,"leader":true}"#,
        r#"{"at":9,"kind":"end","verdict":"passed","trace_hash":"00"}"#,
    ]);
    assert_eq!(spans(&run, 0), [(0, 9, 1)]);
    assert_eq!(spans(&run, 1), [(5, 6, 1), (6, 9, 2)]);
    assert_eq!(run.servers[1].bands[0].standing, Standing::NotLeader);
}

#[test]
fn faults_without_an_end_last_to_the_end_of_the_run() {
    let run = run(&[
        r#"{"at":1,"kind":"fault","phase":"begin","what":"isolate","looks":"cut","servers":[2],"sides":[[2],[0,1,3,4]],"text":"server 2 isolated"}"#,
        r#"{"at":2,"kind":"fault","phase":"begin","what":"split","looks":"cut","servers":[1,0],"sides":[[0,1],[2,3,4]],"text":"split"}"#,
        r#"{"at":3,"kind":"fault","phase":"end","what":"split","looks":"cut","servers":[0,1],"text":"healed"}"#,
        r#"{"at":9,"kind":"end","verdict":"passed","trace_hash":"00"}"#,
    ]);
    let seen: Vec<_> = run.faults.iter().map(|f| (f.start, f.end, f.end_text.as_deref())).collect();
    assert_eq!(seen, [(1, 9, None), (2, 3, Some("healed"))]);
    assert_eq!(run.faults[0].sides, [vec![2], vec![0, 1, 3, 4]]);
    assert_eq!(run.faults[1].sides, [vec![0, 1], vec![2, 3, 4]]);
}

#[test]
fn an_operation_without_an_end_has_no_outcome() {
    let run = run(&[
        r#"{"at":1,"kind":"client","client":0,"op":7,"phase":"begin","text":"put"}"#,
        r#"{"at":2,"kind":"client","client":1,"op":7,"phase":"begin","text":"get"}"#,
        r#"{"at":4,"kind":"client","client":0,"op":7,"phase":"end","text":"put","outcome":"ok"}"#,
        r#"{"at":9,"kind":"end","verdict":"passed","trace_hash":"00"}"#,
    ]);
    let seen: Vec<_> = run.operations.iter().map(|o| (o.end, o.outcome.as_deref())).collect();
    assert_eq!(seen, [(4, Some("ok")), (9, None)]);
}

#[test]
fn the_story_names_steps_faults_elections_and_failures_in_order() {
    let states = [
        state(1, 0, 1, "candidate"),
        state(2, 3, 1, "candidate"),
        state(3, 3, 1, "leader"),
        state(5, 2, 2, "candidate"),
    ];
    let run = run(&[
        r#"{"at":0,"kind":"note","text":"start"}"#,
        &states[0],
        &states[1],
        &states[2],
        r#"{"at":4,"kind":"note","text":"isolate the leader"}"#,
        r#"{"at":4,"kind":"fault","phase":"begin","what":"isolate","looks":"cut","servers":[3],"text":"server 3 isolated"}"#,
        &states[3],
        r#"{"at":8,"kind":"failure","check":"liveness:leader","text":"no leader"}"#,
        r#"{"at":9,"kind":"end","verdict":"failed","trace_hash":"00"}"#,
    ]);
    let told: Vec<_> = run.story().into_iter().map(|moment| (moment.at, moment.text)).collect();
    let expected = [
        (0, "start"),
        (1, "server 0 stands for election in term 1"),
        (3, "server 3 becomes leader of term 1"),
        (4, "isolate the leader"),
        (4, "server 3 isolated"),
        (5, "server 2 stands for election in term 2"),
        (8, "no leader"),
        (9, "the run ends: failed"),
    ];
    assert_eq!(told, expected.map(|(at, text)| (at, text.to_owned())));
}

#[test]
fn processes_that_end_after_the_run_are_no_part_of_it() {
    let life = |at, phase| {
        format!(
            r#"{{"at":{at},"kind":"life","server":0,"life":1,"phase":"{phase}","text":"server 0"}}"#
        )
    };
    let end = r#"{"at":9,"kind":"end","verdict":"passed"}"#;
    let failure =
        r#"{"at":11,"kind":"failure","check":"run:live-exit","text":"it panics","servers":[0]}"#;
    let role = r#"{"at":2,"kind":"role","server":0,"term":1,"leader":true}"#;
    let (begin, over) = (life(1, "begin"), life(11, "end"));
    let whole = run(&[&begin, role, end, &over]);
    assert_eq!((whole.end_at, whole.faults.len(), spans(&whole, 0)), (9, 0, vec![(2, 9, 1)]));
    // Unless something was wrong with it, or the run has not come to its end.
    for lines in [vec![&begin, role, end, failure, &over], vec![&*begin, role, &over]] {
        let run = run(&lines);
        assert_eq!((run.end_at, run.faults.len(), spans(&run, 0)), (11, 1, vec![(2, 11, 1)]));
    }
}

#[test]
fn an_answer_that_a_check_complains_of_is_told_with_its_server() {
    let client = |at, op, phase, ending: &str| {
        format!(
            r#"{{"at":{at},"kind":"client","client":0,"op":{op},"phase":"{phase}","text":"get x"{ending}}}"#
        )
    };
    let run = run(&[
        &client(1, 1, "begin", ""),
        &client(2, 1, "end", r#","outcome":"ok","server":3"#),
        &client(3, 2, "begin", ""),
        &client(4, 2, "end", r#","outcome":"ok","server":2"#),
        r#"{"at":4,"kind":"failure","check":"safety:linearizable","text":"x"}"#,
        r#"{"at":5,"kind":"failure","check":"safety:election","text":"x","servers":[1]}"#,
    ]);
    let found = run.failures.iter().map(|it| (it.operation, it.servers.as_slice()));
    assert_eq!(found.collect::<Vec<_>>(), [(Some(1), &[2][..]), (None, &[1][..])]);
}
