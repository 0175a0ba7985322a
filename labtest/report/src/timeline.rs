//! The picture of a run as one page of HTML, to look around in: `timeline.html`.
//!
//! The page holds everything it needs and asks for nothing: its style, its script and the run as
//! data. What can be read is written here, in HTML (the run's facts, the failure's sentence, the
//! story), so that it is there without the script too, and for a screen reader. What can be looked
//! at is drawn by the script, from the same `Run` that the other pictures are drawn from.
//!
//! Nothing in a trace can break out of the page: text goes through [`escape`], data is JSON without
//! `<`, and the page's own policy forbids it to load anything.

mod banner;
mod data;
mod logs;
mod story;
#[cfg(test)]
mod tests;

use super::run::{Failure, Fate, Run, Standing};
use banner::banner;
use data::Data;
use labtrace::seconds;
use labtrace::trace::{Clock, Role};
use std::fmt::Write;
use story::story;

const PAGE: &str = include_str!("timeline/page.html");
/// The last part has what a narrow window and paper change of the others.
const STYLE: &str = concat!(
    include_str!("timeline/style.css"),
    include_str!("timeline/details.css"),
    include_str!("timeline/layout.css"),
);
/// One script in the order of its parts: each uses what the ones before it define.
const SCRIPT: &str = concat!(
    include_str!("timeline/run.js"),
    include_str!("timeline/view.js"),
    include_str!("timeline/palette.js"),
    include_str!("timeline/messages.js"),
    include_str!("timeline/lettering.js"),
    include_str!("timeline/lanes.js"),
    include_str!("timeline/faults.js"),
    include_str!("timeline/log_strip.js"),
    include_str!("timeline/marks.js"),
    include_str!("timeline/axis.js"),
    include_str!("timeline/operations.js"),
    include_str!("timeline/overview.js"),
    include_str!("timeline/pick.js"),
    include_str!("timeline/words.js"),
    include_str!("timeline/entries.js"),
    include_str!("timeline/history.js"),
    include_str!("timeline/filter.js"),
    include_str!("timeline/panel.js"),
    include_str!("timeline/boxes.js"),
    include_str!("timeline/log.js"),
    include_str!("timeline/moments.js"),
    include_str!("timeline/past.js"),
    include_str!("timeline/labels.js"),
    include_str!("timeline/overlay.js"),
    include_str!("timeline/picture.js"),
    include_str!("timeline/timeline.js"),
    include_str!("timeline/jumps.js"),
    include_str!("timeline/search.js"),
    include_str!("timeline/play.js"),
    include_str!("timeline/print.js"),
    include_str!("timeline/input.js"),
    include_str!("timeline/script.js"),
);

/// Renders the page of a recorded run from the text of its `trace.jsonl`.
///
/// # Errors
/// Where the text is not a trace of a version that this tool reads; the error names the line and what
/// was expected there.
pub fn render_timeline(trace: &str) -> anyhow::Result<String> {
    render_timeline_beside(trace, &Beside::default())
}

/// What there is of a run beside its trace.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// Pages in the same folder: their files, and what they show.
    pub pages: &'a [(&'a str, &'a str)],
    /// The log of each server, by its number; each line begins with its time in seconds from the start of
    /// the run: `12.345678 raft: …`. None where servers leave none.
    pub logs: &'a [String],
}

/// [`render_timeline`], with links to other pages, and with what servers logged.
///
/// # Errors
/// As there.
pub fn render_timeline_beside(trace: &str, beside: &Beside<'_>) -> anyhow::Result<String> {
    let run = Run::from_trace(trace)?;
    // `<` occurs only inside strings, where JSON can say it otherwise; without it, nothing in the data can end
    // the script element it is in.
    let data = serde_json::to_string(&Data::of(&run, beside.logs))?.replace('<', "\\u003c");
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
            ("links", &links(beside.pages)),
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
/// In one pass, so that a value which looks like a place is not filled too.
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
    run.header.name(" · ")
}

fn facts(run: &Run) -> String {
    let header = &run.header;
    let time = match header.clock {
        Clock::Virtual => "virtual time",
        Clock::Real => "live run, real clock",
    };
    let mut facts: Vec<(&str, String)> = Vec::new();
    facts.extend(header.seed.map(|seed| ("seed", seed.to_string())));
    facts.extend([
        ("implementation", header.implementation.clone()),
        ("servers", header.servers.to_string()),
        ("network", header.network.clone()),
        (time, seconds(run.end_at)),
    ]);
    if !header.config.is_empty() {
        facts.push(("configured", header.config.clone()));
    }
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

/// The whole run in a few sentences, for readers who can't see the picture.
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
    let seed = header.seed.map_or(String::new(), |seed| format!("Seed {seed}, "));
    let config = match header.config.as_str() {
        "" => String::new(),
        config => format!(" Configured: {config}."),
    };
    let mut text = format!(
        "{}, {}. {seed}{}, {}, {} network, {} of {} time.{config} {}, {} lost. A server became leader {}. {}.",
        header.test,
        header.description,
        header.implementation,
        plural(header.servers, "server", "servers"),
        header.network,
        seconds(run.end_at),
        header.clock.name(),
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
