use super::messages::ARROWS_MAX;
use super::*;

const HEADER: &str = r#"{"schema":"labtest.trace/v3","test":"4A::re_election","description":"election after network failure","seed":7,"clock":"virtual","implementation":"raft","servers":3,"network":"reliable"}"#;

fn render(lines: &[&str]) -> String {
    render_svg(&format!("{HEADER}\n{}\n", lines.join("\n"))).unwrap()
}

fn state(at: u64, server: usize, term: u64, role: &str) -> String {
    format!(
        r#"{{"at":{at},"kind":"state","server":{server},"term":{term},"role":"{role}","voted_for":null,"last_index":9,"last_term":1,"commit_index":7,"applied":7,"snapshot_index":0}}"#
    )
}

#[test]
fn a_small_trace_becomes_a_picture() {
    let states = [state(0, 0, 3, "leader"), state(0, 1, 3, "follower"), state(0, 2, 3, "follower")];
    let svg = render(&[
        &states[0],
        &states[1],
        &states[2],
        r#"{"at":100000000,"kind":"note","text":"cut off the leader"}"#,
        r#"{"at":100000000,"kind":"fault","phase":"begin","what":"isolate","looks":"cut","servers":[0],"sides":[[0],[1,2]],"text":"server 0 isolated"}"#,
        r#"{"at":200000000,"kind":"send","call":1,"from":0,"to":2,"reply":false,"method":"Raft.AppendEntries","text":"2 entries","bytes":1}"#,
        r#"{"at":200000000,"kind":"lose","call":1,"reply":false,"why":"cut"}"#,
        r#"{"at":900000000,"kind":"failure","check":"liveness:one","text":"one(104) failed to reach agreement","servers":[1]}"#,
        r#"{"at":900000000,"kind":"end","verdict":"failed","trace_hash":"0123456789abcdef"}"#,
    ]);
    for text in [
        "one(104) failed to reach agreement",
        "liveness:one at 0.900 s · server 1",
        "cut off the leader",
        "leader · term 3",
        "isolate",
        ">7/9<",
    ] {
        assert!(svg.contains(text), "no {text:?} in {svg}");
    }
    // The message ends at the wall below server 0, not at server 2.
    let wall = 82.0 + 62.0 + LANE;
    assert!(svg.contains(&format!(" {wall:.1}\"/><path class=\"rim\"")), "{svg}");
}

#[test]
fn what_led_to_the_failure_begins_the_picture_if_it_is_near() {
    let cause = |at: u64| {
        format!(
            r#"{{"at":5000000000,"kind":"cause","when":{at},"fact":"x","wrong":true,"servers":[1],"text":"it votes twice"}}"#
        )
    };
    let failure = r#"{"at":5000000000,"kind":"failure","check":"c","text":"broken"}"#;
    let begins_at = |cause: &str| {
        let trace = format!("{HEADER}\n{failure}\n{cause}\n");
        Picture::new(&Run::from_trace(&trace).unwrap()).scale.start
    };
    // A third more than what lies between, a little at least, a second at most.
    assert_eq!(begins_at(&cause(4_700_000_000)), 4_600_000_000);
    assert_eq!(begins_at(&cause(5_000_000_000)), 5_000_000_000 - BEFORE_CAUSE_NS);
    assert_eq!(begins_at(&cause(4_010_000_000)), 4_000_000_000);
    assert_eq!(begins_at(&cause(1_000_000_000)), 4_000_000_000, "too long ago");
    let svg = render(&[failure, &cause(4_700_000_000)]);
    assert!(
        svg.contains("cause, at 4.700 s: it votes twice") && svg.contains(">1</text>"),
        "{svg}"
    );
}

#[test]
fn only_the_last_second_before_the_failure_is_drawn() {
    let note = |at: u64, text: &str| format!(r#"{{"at":{at},"kind":"note","text":"{text}"}}"#);
    let (long_before, before, after) = (
        note(SECOND, "long before"),
        note(4 * SECOND + 1, "shortly before"),
        note(6 * SECOND, "after"),
    );
    let svg = render(&[
        &long_before,
        &before,
        r#"{"at":5000000000,"kind":"failure","check":"c","text":"broken"}"#,
        &after,
    ]);
    assert!(svg.contains("shortly before"));
    assert!(!svg.contains("long before") && !svg.contains(">after<"));
}

#[test]
fn nothing_in_a_trace_breaks_out_of_the_picture() {
    let nasty = r#"</svg></style><script>alert(1)</script><!-- ]]> \"q\" 'a' & ünïcödé \u0000"#;
    let svg = render_svg(&format!(
        concat!(
            r#"{{"schema":"labtest.trace/v3","test":"{0}","description":"{0}","seed":7,"clock":"virtual","implementation":"{0}","servers":3,"network":"{0}"}}"#,
            "\n",
            r#"{{"at":1,"kind":"note","text":"{0}"}}"#,
            "\n",
            r#"{{"at":1,"kind":"fault","phase":"begin","what":"{0}","looks":"{0}","servers":[1],"text":"{0}"}}"#,
            "\n",
            r#"{{"at":2,"kind":"client","client":1,"op":1,"phase":"begin","text":"{0}"}}"#,
            "\n",
            r#"{{"at":9,"kind":"failure","check":"{0}","text":"{0}"}}"#,
            "\n",
        ),
        nasty
    ))
    .unwrap();
    assert_eq!(svg.matches("</svg>").count(), 1);
    assert_eq!(svg.matches("</style>").count(), 1);
    for foreign in ["<script", "<!--", "\u{0}"] {
        assert!(!svg.contains(foreign), "{foreign}");
    }
    assert!(svg.contains("&lt;script&gt;") && svg.contains("ünïcödé"));
}

#[test]
fn a_run_without_events_is_an_empty_picture() {
    let svg = render(&[]);
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn too_many_arrows_are_left_out_and_counted() {
    let mut lines = Vec::new();
    for call in 0..=ARROWS_MAX {
        lines.push(format!(
            r#"{{"at":{call},"kind":"send","call":{call},"from":0,"to":1,"reply":false,"method":"Raft.AppendEntries","text":"heartbeat","bytes":1}}"#
        ));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert!(render(&lines).contains("601 of the less telling messages are left out"));
}

#[test]
fn a_bad_line_is_an_error_that_names_it() {
    let error = render_svg(&format!("{HEADER}\n[]\n")).unwrap_err();
    assert!(format!("{error:#}").starts_with("line 2: expected an event"));
}

#[test]
fn times_on_the_axis_differ_from_their_neighbours() {
    assert_eq!(time_text(1_600_000_000, 100_000_000), "1.6 s");
    assert_eq!(time_text(2_000_000_000, SECOND), "2 s");
    assert_eq!(time_text(1_050_000, 50_000), "0.00105 s");
    assert_eq!(time_text(7, 1), "0.000000007 s");
}

#[test]
fn the_end_of_time_is_drawn() {
    let last = u64::MAX;
    let note = |at: u64| format!(r#"{{"at":{at},"kind":"note","text":"at {at}"}}"#);
    let failure = format!(r#"{{"at":{last},"kind":"failure","check":"c","text":"broken"}}"#);
    let svg = render(&[&note(0), &note(last - SECOND / 2), &failure]);
    assert!(svg.contains("broken") && !svg.contains("NaN"));
    assert!(render(&[&note(last)]).ends_with("</svg>\n"));
}

#[test]
fn a_fault_has_the_ground_of_its_looks_and_a_bridge_its_fences() {
    let fault = |what: &str, looks: &str, more: &str| {
        format!(
            r#"{{"at":0,"kind":"fault","phase":"begin","what":"{what}","looks":"{looks}","servers":[1]{more},"text":""}}"#
        )
    };
    let svg = render(&[
        &fault("new", "clock", ""),
        &fault("bridge", "cut", r#","sides":[[0,1],[1,2]]"#),
        r#"{"at":900000000,"kind":"note","text":"end"}"#,
    ]);
    for text in ["url(#clock)", "wrong clock", "bridge 0 1 | 1 2", "class=\"fence\""] {
        assert!(svg.contains(text), "no {text:?} in {svg}");
    }
    assert!(!svg.contains("url(#other)\"") && !svg.contains("neighbours that can't talk"));
}
