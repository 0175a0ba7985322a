//! The end of a run as a still picture: `timeline.svg`.
//!
//! For a quick look, or for a report of a bug: it needs no script and brings its own light ground,
//! so that it reads the same on a dark page. It is drawn like the page (`timeline.html`): a lane
//! for each server, its role and term as a band with the log below, messages as arrows, faults as
//! grey ground with walls and fences between the sides, the failure as a red line.

mod lanes;
mod legend;
mod messages;
mod pen;
#[cfg(test)]
mod tests;

use super::run::Run;
use super::timeline::{escape, place_of, summary};
use labtrace::{first_wrong, seconds};
use pen::{Pen, cross, shortened};
use std::fmt::Write;

const SECOND: u64 = 1_000_000_000;

/// The radius of a cause's mark.
const CAUSE_RADIUS: f64 = 8.0;
/// So much is seen of what came before the cause.
const BEFORE_CAUSE_NS: u64 = 20_000_000;

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 92.0;
const RIGHT: f64 = WIDTH - 20.0;
const LANE: f64 = 86.0;
/// A little below the middle of the lane: the names of faults stand above the band.
const BAND_TOP: f64 = 27.0;
const ROLE: f64 = 22.0;
const LOG: f64 = 15.0;
const CLIENT_ROW: f64 = 17.0;
const LEGEND: f64 = 58.0;
/// More of the legend, in a picture with faults.
const LEGEND_OF_FAULTS: f64 = 22.0;

/// Per hue of a term: a leader's band, and anybody else's. The first is for term 0.
const HUES: [(&str, &str); 7] = [
    ("#6f7780", "#eceeef"),
    ("#2a66ad", "#dce9f7"),
    ("#966204", "#f8ebcf"),
    ("#7249b0", "#e9e1f6"),
    ("#46752b", "#e1eed5"),
    ("#11737f", "#d5edf0"),
    ("#92512f", "#f4e3d8"),
];

const STYLE: &str = "\
text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:#1b1f24;dominant-baseline:central}\
.strong{font-weight:600}.title{font-size:17px;font-weight:600}.beside{font-size:12px;font-weight:400;fill:#5c646e}.rimmed{paint-order:stroke;stroke:#fff;stroke-width:5px}.sentence{font-size:16px;font-weight:600}\
.small{font-size:11px}.dim{fill:#5c646e}.light{fill:#fff}.end{text-anchor:end}.middle{text-anchor:middle}\
.m{fill:none;stroke-width:1.5}.reply{stroke-width:.9;stroke-dasharray:4 3;opacity:.75}\
.vote{stroke:#a8128a}.append{stroke:#1b1f24}.heartbeat{stroke:#757c85;stroke-width:1}\
.snapshot{stroke:#00756a;stroke-width:3}.other{stroke:#6b4e16;stroke-dasharray:1.5 2.5}\
.snapshot.reply,.other.reply{stroke-width:.9;stroke-dasharray:4 3}\
.tip{stroke-width:1.1;stroke-dasharray:none}.vote.full{fill:#a8128a}.append.full{fill:#1b1f24}\
.snapshot.full{fill:#00756a}.other.full{fill:#6b4e16}.full{stroke:none!important}\
.fence{fill:none;stroke:#30363d;stroke-width:2;stroke-dasharray:6 4}\
.rim{fill:none;stroke:#fff;stroke-width:4.5}.cross{fill:none;stroke:#c4162a;stroke-width:2}";

/// The grounds of faults by their looks; the page's `palette.js` has the same.
const GROUNDS: &str = concat!(
    r##"<pattern id="cut" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M-2 10L10-2M-2 2L2-2M6 10L10 6" stroke="#c3c6c9"/></pattern>"##,
    r##"<pattern id="pause" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M4 0V8" stroke="#c3c6c9"/></pattern>"##,
    r##"<pattern id="slow" width="7" height="7" patternUnits="userSpaceOnUse"><rect x="3" y="3" width="1.5" height="1.5" fill="#a9adb1"/></pattern>"##,
    r##"<pattern id="disk" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 3H6" stroke="#c3c6c9"/></pattern>"##,
    r##"<pattern id="message" width="12" height="10" patternUnits="userSpaceOnUse"><path d="M1 2L6 5M7 7L12 10" stroke="#c3c6c9"/></pattern>"##,
    r##"<pattern id="clock" width="10" height="10" patternUnits="userSpaceOnUse"><path d="M5 3V7M3 5H7" stroke="#c3c6c9"/></pattern>"##,
    r##"<pattern id="other" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M2 2L5 5M5 2L2 5" stroke="#c3c6c9"/></pattern>"##,
);

/// Renders what came last before the failure, or before the end, from the text of a trace: from the first of what
/// led to it in the second before, or that second.
///
/// # Errors
/// Where the text is not a trace of a version that this tool reads; the error names the line and what
/// was expected there.
pub fn render_svg(trace: &str) -> anyhow::Result<String> {
    let run = Run::from_trace(trace)?;
    Ok(Picture::new(&run).draw())
}

/// Where a time and a server are in the picture.
#[derive(Clone, Copy)]
struct Scale {
    start: u64,
    end: u64,
    /// Where the lanes begin, and where the axis is.
    top: f64,
    /// How high the strip of a log is; nothing in a run without entries.
    log: f64,
}

impl Scale {
    fn x(&self, at: u64) -> f64 {
        let span = (self.end - self.start) as f64;
        LEFT + (at as f64 - self.start as f64) / span * (RIGHT - LEFT)
    }

    /// As [`x`](Self::x), but no further out than a little: what is not seen needs no precision.
    fn x_near(&self, at: u64) -> f64 {
        self.x(at).clamp(LEFT - 6.0, RIGHT + 6.0)
    }

    fn lane(&self, server: usize) -> f64 {
        self.top + server as f64 * LANE
    }

    fn band_top(&self, server: usize) -> f64 {
        self.lane(server) + BAND_TOP
    }

    fn band_bottom(&self, server: usize) -> f64 {
        self.band_top(server) + ROLE + self.log
    }

    fn sees(&self, start: u64, end: u64) -> bool {
        start <= self.end && end >= self.start
    }
}

/// A picture while it is being drawn.
struct Picture<'a> {
    run: &'a Run,
    scale: Scale,
    /// Whether the Raft shows its state.
    shows_logs: bool,
    pen: Pen,
}

impl<'a> Picture<'a> {
    fn new(run: &'a Run) -> Self {
        let focus = run.failures.first().map_or(run.end_at, |failure| failure.at);
        let start = start_of(run, focus);
        // Some room after the failure, so that its line is not the edge.
        let end = focus.saturating_add((focus - start) / 25).max(start + 1);
        let shown = || {
            run.servers.iter().flat_map(|server| &server.states).filter_map(|s| s.shown.as_ref())
        };
        let has_entries = shown().any(|state| state.last_index > 0)
            || run.servers.iter().any(|server| !server.applies.is_empty());
        let shows_logs = shown().next().is_some();
        let head = if run.failures.is_empty() { 40.0 } else { 82.0 };
        let log = if has_entries { LOG } else { 0.0 };
        Self {
            run,
            scale: Scale { start, end, top: head + 62.0, log },
            shows_logs,
            pen: Pen::default(),
        }
    }

    fn draw(mut self) -> String {
        let rows = self.client_rows();
        let lanes_bottom = self.scale.lane(self.run.header.servers);
        let clients = if rows.is_empty() { 0.0 } else { rows.len() as f64 * CLIENT_ROW + 12.0 };
        let bottom = lanes_bottom + clients;
        let has_faults = self.visible_faults().next().is_some();
        let legend = LEGEND + if has_faults { LEGEND_OF_FAULTS } else { 0.0 };
        self.open(bottom + legend);
        self.head();
        self.axis(bottom);
        self.pen.raw("<g clip-path=\"url(#plot)\">");
        self.fault_grounds();
        let omitted = self.messages();
        for server in 0..self.run.header.servers {
            self.server(server);
        }
        self.fault_labels();
        self.operations(lanes_bottom, &rows);
        self.pen.raw("</g>");
        self.names(lanes_bottom, &rows);
        self.failures(bottom);
        self.causes();
        self.legend(bottom + 14.0, omitted);
        self.pen.raw("</svg>\n");
        self.pen.svg
    }

    fn open(&mut self, height: f64) {
        let title = escape(&self.run.header.name(" · "));
        let _ = write!(
            self.pen.svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" height=\"{height:.0}\" role=\"img\" aria-labelledby=\"title what\"><title id=\"title\">{title}</title><desc id=\"what\">{}</desc><style>{STYLE}</style><defs><clipPath id=\"plot\"><rect x=\"{LEFT}\" y=\"0\" width=\"{}\" height=\"{height:.0}\"/></clipPath>",
            escape(&summary(self.run)),
            RIGHT - LEFT,
        );
        self.pen.raw(GROUNDS);
        for (hue, (solid, tint)) in HUES.iter().enumerate() {
            let _ = write!(
                self.pen.svg,
                r#"<pattern id="stripes{hue}" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="{tint}"/><path d="M-2 8L8-2M-1 1L1-1M5 7L7 5" stroke="{solid}" stroke-width="2"/></pattern><pattern id="dots{hue}" width="7" height="7" patternUnits="userSpaceOnUse"><rect width="7" height="7" fill="{tint}"/><rect x="3" y="3" width="1.5" height="1.5" fill="{solid}"/></pattern>"#
            );
        }
        let _ = write!(
            self.pen.svg,
            "</defs><rect x=\".5\" y=\".5\" width=\"{}\" height=\"{:.0}\" rx=\"8\" fill=\"#fff\" stroke=\"#c9cac6\"/>",
            WIDTH - 1.0,
            height - 1.0,
        );
    }

    fn head(&mut self) {
        let header = &self.run.header;
        let seed = header.seed.map_or(String::new(), |seed| format!("seed {seed} · "));
        let facts = format!(
            "{seed}{} · {} · {} of {} time",
            header.implementation,
            header.network,
            seconds(self.run.end_at),
            header.clock.name(),
        );
        let name = shortened(&header.test, 60);
        let taken = name.chars().count() as f64 * 11.0 + facts.chars().count() as f64 * 7.5;
        let room = (RIGHT - taken - 60.0) / 7.5;
        let description = shortened(&header.description, room.max(0.0) as usize);
        // In one text, since only the renderer knows how wide the name is.
        let _ = write!(
            self.pen.svg,
            "<text x=\"18\" y=\"24\" class=\"title\">{}<tspan dx=\"14\" class=\"beside\">{}</tspan></text>",
            escape(&name),
            escape(&description),
        );
        self.pen.text(RIGHT, 25.0, "dim end", &shortened(&facts, 90));
        let Some(failure) = self.run.failures.first() else { return };
        self.pen.rect((1.0, 42.0), (WIDTH - 2.0, 44.0), "#fdecec");
        self.pen.rect((1.0, 42.0), (4.0, 44.0), "#c4162a");
        self.pen.text(18.0, 56.0, "sentence", &shortened(&failure.text, 120));
        let mut place = place_of(failure);
        if let Some(cause) = first_wrong(&self.run.causes) {
            let _ = write!(place, " · cause, at {}: {}", seconds(cause.when), cause.text);
        }
        self.pen.text(18.0, 75.0, "dim small", &shortened(&place, 180));
    }

    fn axis(&mut self, bottom: f64) {
        let axis = self.scale.top - 1.0;
        let ran_out = self.scale.x_near(self.run.end_at);
        self.pen.rect(
            (ran_out, self.scale.top),
            (RIGHT - ran_out, bottom - self.scale.top),
            "#f6f6f4",
        );
        // The first step with room for its text; a trace may be of any length up to a second.
        let span = self.scale.end - self.scale.start;
        let step = (0..)
            .flat_map(|power| [1, 2, 5].map(|factor| factor * 10_u64.pow(power)))
            .find(|step| step * 11 > span)
            .unwrap_or(SECOND);
        let last = self.scale.end.min(self.run.end_at);
        let ticks = (self.scale.start.div_ceil(step)..=last / step).map(|tick| tick * step);
        for at in ticks {
            let x = self.scale.x(at);
            self.pen.rect((x, self.scale.top), (1.0, bottom - self.scale.top), "#e3e3df");
            self.pen.rect((x, axis - 5.0), (1.0, 5.0), "#c9cac6");
            if !self.run.failures.iter().any(|failure| (self.scale.x(failure.at) - x).abs() < 60.0)
            {
                self.pen.text(x, axis - 13.0, "dim small middle rimmed", &time_text(at, step));
            }
        }
        for server in 1..=self.run.header.servers {
            self.pen.rect((14.0, self.scale.lane(server)), (RIGHT - 14.0, 1.0), "#e3e3df");
        }
        self.pen.rect((LEFT, axis), (RIGHT - LEFT, 1.0), "#c9cac6");
        self.notes(bottom);
    }

    fn notes(&mut self, bottom: f64) {
        let (run, scale) = (self.run, self.scale);
        let mut notes = run.notes.iter().filter(|note| scale.sees(note.at, note.at)).peekable();
        while let Some(note) = notes.next() {
            let x = self.scale.x(note.at);
            let until = notes.peek().map_or(RIGHT, |next| self.scale.x(next.at));
            let _ = write!(
                self.pen.svg,
                "<path d=\"M{x:.1} {:.1}V{bottom:.1}\" stroke=\"#5c646e\" stroke-dasharray=\"2 3\"/>",
                self.scale.top - 52.0,
            );
            let room = (until - x - 10.0) / 7.8;
            let text = shortened(&note.text, room.max(0.0) as usize);
            self.pen.text(x + 5.0, self.scale.top - 44.0, "strong", &text);
        }
    }

    fn failures(&mut self, bottom: f64) {
        let run = self.run;
        let scale = self.scale;
        for failure in run.failures.iter().filter(|failure| scale.sees(failure.at, failure.at)) {
            let x = self.scale.x(failure.at);
            self.pen.rect(
                (x - 1.0, self.scale.top - 5.0),
                (2.0, bottom - self.scale.top + 5.0),
                "#c4162a",
            );
            let label = x.min(RIGHT - 28.0);
            self.pen.rect((label - 28.0, self.scale.top - 22.0), (56.0, 17.0), "#c4162a");
            self.pen.text(label, self.scale.top - 13.5, "small strong light middle", "failure");
            for &server in &failure.servers {
                let y = self.scale.band_top(server) + (ROLE + self.scale.log) / 2.0;
                let _ = write!(
                    self.pen.svg,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"9\" fill=\"#c4162a\"/><path d=\"{}\" stroke=\"#fff\" stroke-width=\"2\"/>",
                    cross(x, y, 3.5),
                );
            }
        }
    }

    /// The numbered marks of what led to the failure, as the page has them.
    fn causes(&mut self) {
        let (run, scale) = (self.run, self.scale);
        let mut taken = vec![LEFT; run.header.servers];
        for (id, fact) in run.causes.iter().enumerate() {
            let Some(&server) =
                fact.place.servers.first().filter(|_| scale.sees(fact.when, fact.when))
            else {
                continue;
            };
            let (x, y) = (scale.x(fact.when).max(taken[server]), scale.band_top(server) - 2.0);
            taken[server] = x + 2.0 * CAUSE_RADIUS;
            let (fill, ink) = if fact.wrong { ("#c4162a", "#fff") } else { ("#fff", "#1b1f24") };
            let _ = write!(
                self.pen.svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{CAUSE_RADIUS}\" fill=\"{fill}\" stroke=\"{ink}\"/>",
            );
            let class =
                if fact.wrong { "small strong light middle" } else { "small strong middle" };
            self.pen.text(x, y, class, &(id + 1).to_string());
        }
    }
}

/// Where the picture begins: not long before the first of what led to the failure in the second before it.
fn start_of(run: &Run, focus: u64) -> u64 {
    let second_before = focus.saturating_sub(SECOND);
    let near = |at: &u64| (second_before..=focus).contains(at);
    match run.causes.iter().map(|fact| fact.when).filter(near).min() {
        Some(first) => {
            let before = ((focus - first) / 3).max(BEFORE_CAUSE_NS);
            first.saturating_sub(before).max(second_before)
        }
        None => second_before,
    }
}

/// A time on the axis, with as many decimals as its neighbours need to differ.
fn time_text(at: u64, step: u64) -> String {
    let decimals = (0..9).find(|&decimals| step.is_multiple_of(10_u64.pow(9 - decimals)));
    format!("{:.*} s", decimals.unwrap_or(9) as usize, at as f64 / SECOND as f64)
}
