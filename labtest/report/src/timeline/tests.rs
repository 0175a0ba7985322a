use super::*;

const HEADER: &str = r#"{"schema":"labtest.trace/v3","test":"4A::re_election","description":"election after network failure","seed":18446744073709551615,"clock":"virtual","implementation":"raft","servers":3,"network":"reliable"}"#;

const NASTY: &str =
    r#"</script><script>alert(1)</script><!-- "quotes" 'single' & ünïcödé 漢字 {{script}} \\"#;

fn trace(lines: &[String]) -> String {
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

fn nasty() -> String {
    let nasty = serde_json::to_string(NASTY).unwrap();
    let header = format!(
        r#"{{"schema":"labtest.trace/v3","test":{nasty},"description":{nasty},"seed":1,"clock":"virtual","implementation":{nasty},"servers":3,"network":{nasty}}}"#
    );
    let lines = [
        format!(r#"{{"at":1,"kind":"note","text":{nasty}}}"#),
        format!(
            r#"{{"at":2,"kind":"send","call":1,"from":0,"to":1,"reply":false,"method":"Raft.AppendEntries","text":{nasty},"bytes":1}}"#
        ),
        format!(r#"{{"at":3,"kind":"lose","call":1,"reply":false,"why":{nasty}}}"#),
        format!(r#"{{"at":4,"kind":"apply","server":0,"index":1,"command":{nasty}}}"#),
        format!(
            r#"{{"at":5,"kind":"fault","phase":"begin","what":{nasty},"looks":{nasty},"servers":[1],"text":{nasty}}}"#
        ),
        format!(r#"{{"at":6,"kind":"client","client":0,"op":1,"phase":"begin","text":{nasty}}}"#),
        format!(r#"{{"at":7,"kind":"failure","check":{nasty},"text":{nasty}}}"#),
        format!(
            r#"{{"at":7,"kind":"cause","when":1,"fact":{nasty},"servers":[1],"text":{nasty}}}"#
        ),
        format!(r#"{{"at":8,"kind":"end","verdict":{nasty},"trace_hash":{nasty}}}"#),
    ];
    format!("{header}\n{}\n", lines.join("\n"))
}

#[test]
fn a_small_trace_becomes_a_page() {
    let page = render_timeline(&trace(&[
        r#"{"at":1000000,"kind":"role","server":0,"term":1,"leader":true}"#.into(),
        r#"{"at":2000000,"kind":"failure","check":"safety:leader","text":"term 1 has 2 (>1) leaders","servers":[0,2],"term":1}"#.into(),
        r#"{"at":3000000,"kind":"end","verdict":"failed","trace_hash":"0123456789abcdef"}"#.into(),
    ]))
    .unwrap();
    assert!(page.starts_with("<!doctype html>"));
    assert!(page.contains("<title>4A::re_election · seed 18446744073709551615</title>"));
    assert!(page.contains("term 1 has 2 (&gt;1) leaders</p>"));
    assert!(page.contains("safety:leader at 0.002 s · servers 0 and 2 · term 1"));
    assert!(page.contains("server 0 becomes leader of term 1"));
    assert!(page.contains("0123456789abcdef"));
    assert!(page.contains(r#"data-server="2""#) && !page.contains(r#"data-server="3""#));
}

#[test]
fn a_page_needs_nothing_from_elsewhere() {
    let page = render_timeline(HEADER).unwrap();
    for foreign in ["http:", "https:", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(foreign), "the page has {foreign}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn a_page_leads_to_those_beside_it() {
    let page = render_timeline_beside(
        HEADER,
        &Beside { pages: &[("other.html", "what & why")], logs: &[] },
    )
    .unwrap();
    assert!(page.contains(r#"<a href="other.html">what &amp; why</a>"#));
}

#[test]
fn nothing_in_a_trace_breaks_out_of_the_page() {
    let page = render_timeline(&nasty()).unwrap();
    let count = |what: &str| page.matches(what).count();
    let harmless = render_timeline(HEADER).unwrap();
    for tag in ["<script", "</script", "<!--", "alert(1)</script"] {
        assert_eq!(count(tag), harmless.matches(tag).count(), "{tag}");
    }
    assert_eq!(count(SCRIPT), 1, "a value that looks like a place was filled");
    assert!(page.contains("ünïcödé 漢字"));
}

#[test]
fn the_data_of_a_page_is_the_run() {
    let page = render_timeline(&nasty()).unwrap();
    let (_, data) = page.split_once(r#"<script type="application/json" id="run">"#).unwrap();
    let (data, _) = data.split_once("</script>").unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["notes"][0]["text"], NASTY);
    assert_eq!(data["failures"][0]["text"], NASTY);
    assert_eq!(data["causes"][0]["text"], NASTY);
    let message = &data["messages"][0];
    let text = |number: &serde_json::Value| &data["texts"][number.as_u64().unwrap() as usize];
    assert_eq!(text(&message[8]), NASTY);
    assert_eq!(text(&(message[6].as_u64().unwrap() - 2).into()), NASTY, "why it was lost");
    assert_eq!(text(&message[11]), "AppendEntries");
    assert_eq!(text(&data["applies"][0][0][2]), NASTY);
}

#[test]
fn a_bad_line_is_an_error_that_names_it() {
    let error = render_timeline(&trace(&["{\"at\":1".into()])).unwrap_err();
    assert!(format!("{error:#}").starts_with("line 2: expected an event"));
}

#[test]
fn text_is_escaped_and_control_characters_replaced() {
    assert_eq!(escape("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
    assert_eq!(escape("one\ntwo\u{1b}[0m\u{0}"), "one two\u{fffd}[0m\u{fffd}");
}

#[test]
fn a_page_is_light() {
    // Every failure leaves one.
    let page = render_timeline(HEADER).unwrap();
    assert!(page.len() < 200_000, "{} bytes without a run", page.len());
}

#[test]
fn what_repeats_long_before_the_failure_is_folded() {
    let mut lines = Vec::new();
    for term in 1..=10u64 {
        for role in ["candidate", "leader", "follower"] {
            let at = term * 1_000_000_000 + lines.len() as u64;
            lines.push(format!(
                r#"{{"at":{at},"kind":"state","server":{},"term":{term},"role":"{role}","voted_for":null,"last_index":0,"last_term":0,"commit_index":0,"applied":0,"snapshot_index":0}}"#,
                term % 3
            ));
        }
    }
    let failure = r#"{"at":10500000000,"kind":"failure","check":"c","text":"t"}"#;
    lines.push(failure.into());
    let page = render_timeline(&trace(&lines)).unwrap();
    assert!(page.contains("<span>9 elections, 9 leaders, until 9.000 s</span>"));
    let (_, after) = page.split_once("</details>").unwrap();
    assert!(after.contains("server 1 stands for election in term 10"), "that is not long before");
    // Without a failure nothing is more important than anything else.
    lines.pop();
    assert!(!render_timeline(&trace(&lines)).unwrap().contains("<details>"));
}
