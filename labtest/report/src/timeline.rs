//! The picture of a run as one page of HTML, to look around in: `timeline.html`.
//!
//! The page holds everything it needs and asks for nothing: its style, its script and the run as
//! data. What can be read is written here, in HTML (the run's facts, the failure's sentence, the
//! story), so that it is there without the script too, and for a screen reader. What can be looked
//! at is drawn by the script, from the same `Run` that the other pictures are drawn from.
//!
//! Nothing in a trace can break out of the page: text goes through [`escape`], data is JSON without
//! `<`, and the page's own policy forbids it to load anything.

mod data;

use super::run::{Failure, Fate, MomentKind, Run, Standing};
use data::Data;
use labtrace::trace::Role;
use std::fmt::Write;

const PAGE: &str = include_str!("timeline/page.html");
const STYLE: &str = include_str!("timeline/style.css");
/// One script in the order of its parts: each uses what the ones before it define.
const SCRIPT: &str = concat!(
    include_str!("timeline/run.js"),
    include_str!("timeline/view.js"),
    include_str!("timeline/palette.js"),
    include_str!("timeline/messages.js"),
    include_str!("timeline/lanes.js"),
    include_str!("timeline/overview.js"),
    include_str!("timeline/pick.js"),
    include_str!("timeline/words.js"),
    include_str!("timeline/panel.js"),
    include_str!("timeline/moments.js"),
    include_str!("timeline/timeline.js"),
    include_str!("timeline/input.js"),
    include_str!("timeline/script.js"),
);

/// More sentences than anyone reads; a page with all of them would open slowly.
const STORY_LENGTH_MAX: usize = 2_000;

/// Renders the page of a recorded run from the text of its `trace.jsonl`.
///
/// # Errors
/// Where the text is not a trace of the version that this tool reads; the error names the line and
/// what was expected there.
pub fn render_timeline(trace: &str) -> anyhow::Result<String> {
    render_timeline_beside(trace, &[])
}

/// [`render_timeline`], with links to these pages in the same folder: their files, and what there
/// is to see.
pub fn render_timeline_beside(trace: &str, pages: &[(&str, &str)]) -> anyhow::Result<String> {
    let run = Run::from_trace(trace)?;
    // `<` stands only inside of strings, where JSON can say it otherwise; without it, nothing in
    // the data can end the script element it is in.
    let data = serde_json::to_string(&Data::of(&run))?.replace('<', "\\u003c");
    let servers: String = (0..run.header.servers)
        .map(|server| {
            format!(
                "<button type=\"button\" class=\"server\" data-server=\"{server}\" aria-pressed=\"false\">server {server}</button>"
            )
        })
        .collect();
    Ok(fill(
        PAGE,
        &[
            ("title", &escape(&title(&run))),
            ("test", &escape(&run.header.test)),
            ("description", &escape(&run.header.description)),
            ("facts", &facts(&run)),
            ("links", &links(pages)),
            ("verdict", &verdict(&run)),
            ("banner", &banner(&run)),
            ("summary", &escape(&summary(&run))),
            ("servers", &servers),
            ("story", &story(&run)),
            ("style", STYLE),
            ("data", &data),
            ("script", SCRIPT),
        ],
    ))
}

/// Puts values into the places of a template, `{{name}}`.
///
/// In one pass, so that a value which looks like a place is not filled in its turn.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut page = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("the template closes its places");
        let (_, value) = values
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("the template has a place {name:?} without a value"));
        page.push_str(before);
        page.push_str(value);
        rest = after;
    }
    page.push_str(rest);
    page
}

/// Text for HTML or XML, between tags or in a quoted attribute.
///
/// Control characters have no place in XML, not even escaped, so they become the sign for a
/// character that can't be shown.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A moment for people: seconds with milliseconds.
pub fn seconds(at: u64) -> String {
    let milliseconds = at.saturating_add(500_000) / 1_000_000;
    format!("{}.{:03} s", milliseconds / 1_000, milliseconds % 1_000)
}

fn links(pages: &[(&str, &str)]) -> String {
    if pages.is_empty() {
        return String::new();
    }
    let link =
        |(file, text): &(&str, &str)| format!("<a href=\"{}\">{}</a>", escape(file), escape(text));
    let links: String = pages.iter().map(link).collect();
    format!("<nav class=\"links\" aria-label=\"Other pages of this run\">{links}</nav>")
}

fn title(run: &Run) -> String {
    format!("{} · seed {}", run.header.test, run.header.seed)
}

fn facts(run: &Run) -> String {
    let header = &run.header;
    let mut facts = vec![
        ("seed", header.seed.to_string()),
        ("implementation", header.implementation.clone()),
        ("servers", header.servers.to_string()),
        ("network", header.network.clone()),
        ("virtual time", seconds(run.end_at)),
    ];
    facts.extend(run.trace_hash.iter().map(|hash| ("trace hash", hash.clone())));
    facts.iter().fold(String::new(), |mut html, (name, value)| {
        let value = escape(value);
        let _ = write!(html, "<div><dt>{name}</dt><dd>{value}</dd></div>");
        html
    })
}

fn verdict(run: &Run) -> String {
    let verdict = run.verdict.as_deref().unwrap_or("unfinished");
    // Only the known ones have a colour of their own.
    let class = match verdict {
        "passed" | "failed" => verdict,
        _ => "other",
    };
    format!("<span class=\"verdict {class}\">{}</span>", escape(verdict))
}

fn banner(run: &Run) -> String {
    let Some(failure) = run.failures.first() else { return String::new() };
    let more = match run.failures.len() {
        1 => String::new(),
        many => format!(" · the first of {many}"),
    };
    format!(
        "<section class=\"banner\" aria-label=\"Failure\"><p class=\"sentence\">{}</p><p class=\"where\">{}{more}</p></section>",
        escape(&failure.text),
        escape(&place_of(failure)),
    )
}

/// Where a failure was found, in words.
pub fn place_of(failure: &Failure) -> String {
    let mut place = format!("{} at {}", failure.check, seconds(failure.at));
    match failure.servers.as_slice() {
        [] => {}
        [server] => {
            let _ = write!(place, " · server {server}");
        }
        servers => {
            let _ = write!(place, " · servers {}", listed(servers));
        }
    }
    if let Some(term) = failure.term {
        let _ = write!(place, " · term {term}");
    }
    if let Some(index) = failure.index {
        let _ = write!(place, " · index {index}");
    }
    place
}

/// `0`, `0 and 1`, `0, 1 and 2`.
fn listed(servers: &[usize]) -> String {
    let words: Vec<String> = servers.iter().map(ToString::to_string).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// The whole run in a few sentences, for who can't see the picture.
pub fn summary(run: &Run) -> String {
    let header = &run.header;
    let lost = run.messages.iter().filter(|message| matches!(message.fate, Fate::Lost(_))).count();
    let leaders: usize = run
        .servers
        .iter()
        .flat_map(|history| &history.bands)
        .filter(|band| band.standing == Standing::Is(Role::Leader))
        .count();
    let plural = |count: usize, one: &str, many: &str| {
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let mut text = format!(
        "{}, {}. Seed {}, {}, {}, {} network, {} of virtual time. {}, {} lost. A server became leader {}. {}.",
        header.test,
        header.description,
        header.seed,
        header.implementation,
        plural(header.servers, "server", "servers"),
        header.network,
        seconds(run.end_at),
        plural(run.messages.len(), "message", "messages"),
        lost,
        plural(leaders, "time", "times"),
        plural(run.faults.len(), "fault", "faults"),
    );
    for failure in &run.failures {
        let _ = write!(text, " Failure: {} ({}).", failure.text, place_of(failure));
    }
    if let Some(verdict) = &run.verdict {
        let _ = write!(text, " Verdict: {verdict}.");
    }
    text
}

fn story(run: &Run) -> String {
    let moments = run.story();
    let mut html = String::new();
    for moment in moments.iter().take(STORY_LENGTH_MAX) {
        let class = match moment.kind {
            MomentKind::Note => "note",
            MomentKind::Fault => "fault",
            MomentKind::Candidate => "candidate",
            MomentKind::Leader => "leader",
            MomentKind::Failure => "failure",
            MomentKind::End => "end",
        };
        let _ = write!(
            html,
            "<li class=\"{class}\"><button type=\"button\" data-at=\"{}\"><time>{}</time><span>{}</span></button></li>",
            moment.at,
            seconds(moment.at),
            escape(&moment.text),
        );
    }
    if moments.len() > STORY_LENGTH_MAX {
        let _ = write!(html, "<li>… and {} more</li>", moments.len() - STORY_LENGTH_MAX);
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"schema":"labtest.trace/v1","test":"4A::re_election","description":"election after network failure","seed":18446744073709551615,"implementation":"raft","servers":3,"network":"reliable"}"#;

    const NASTY: &str =
        r#"</script><script>alert(1)</script><!-- "quotes" 'single' & ünïcödé 漢字 {{script}} \\"#;

    fn trace(lines: &[String]) -> String {
        format!("{HEADER}\n{}\n", lines.join("\n"))
    }

    fn nasty() -> String {
        let nasty = serde_json::to_string(NASTY).unwrap();
        let header = format!(
            r#"{{"schema":"labtest.trace/v1","test":{nasty},"description":{nasty},"seed":1,"implementation":{nasty},"servers":3,"network":{nasty}}}"#
        );
        let lines = [
            format!(r#"{{"at":1,"kind":"note","text":{nasty}}}"#),
            format!(
                r#"{{"at":2,"kind":"send","call":1,"from":0,"to":1,"reply":false,"method":"Raft.AppendEntries","text":{nasty},"bytes":1}}"#
            ),
            format!(r#"{{"at":3,"kind":"lose","call":1,"reply":false,"why":{nasty}}}"#),
            format!(r#"{{"at":4,"kind":"apply","server":0,"index":1,"command":{nasty}}}"#),
            format!(
                r#"{{"at":5,"kind":"fault","phase":"begin","what":{nasty},"servers":[1],"text":{nasty}}}"#
            ),
            format!(
                r#"{{"at":6,"kind":"client","client":0,"op":1,"phase":"begin","text":{nasty}}}"#
            ),
            format!(r#"{{"at":7,"kind":"failure","check":{nasty},"text":{nasty}}}"#),
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
        let page = render_timeline_beside(HEADER, &[("other.html", "what & why")]).unwrap();
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
    fn seconds_are_rounded_to_milliseconds() {
        assert_eq!(seconds(0), "0.000 s");
        assert_eq!(seconds(1_234_567_890), "1.235 s");
        assert_eq!(seconds(999_999_999), "1.000 s");
    }
}
