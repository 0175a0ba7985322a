//! The last second of a run as a still picture: `timeline.svg`.
//!
//! For a quick look, or for a report of a bug: it needs no script and brings its own light ground,
//! so that it reads the same on a dark page. It is drawn like the page (`timeline.html`): a lane
//! for each server, its role and term as a band with the log below, messages as arrows, faults as
//! grey ground with walls between the sides, the failure as a red line.

mod lanes;
mod messages;
mod pen;

use super::run::{MessageKind, Run};
use super::timeline::{escape, place_of, seconds, summary};
use messages::{class, tip};
use pen::{Pen, cross, shortened};
use std::fmt::Write;

const SECOND: u64 = 1_000_000_000;

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
.rim{fill:none;stroke:#fff;stroke-width:4.5}.cross{fill:none;stroke:#c4162a;stroke-width:2}";

/// Renders the last second before the failure, or before the end, from the text of a trace.
///
/// # Errors
/// Where the text is not a trace of the version that this tool reads; the error names the line and
/// what was expected there.
pub fn render_svg(trace: &str) -> anyhow::Result<String> {
    let run = Run::from_trace(trace)?;
    Ok(Picture::new(&run).draw())
}

/// Where a time and a server are in the picture.
#[derive(Clone, Copy)]
struct Scale {
    start: u64,
    end: u64,
    /// Where the lanes begin, and where the axis stands.
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
    /// Whether the Raft shows its inside.
    shows_logs: bool,
    pen: Pen,
}

impl<'a> Picture<'a> {
    fn new(run: &'a Run) -> Self {
        let focus = run.failures.first().map_or(run.end_at, |failure| failure.at);
        let start = focus.saturating_sub(SECOND);
        // Some room behind the failure, so that its line is not the edge.
        let end = (focus + (focus - start) / 25).max(start + 1);
        let logs =
            || run.servers.iter().flat_map(|server| &server.states).filter_map(|s| s.log.as_ref());
        let has_entries = logs().any(|log| log.last_index > 0)
            || run.servers.iter().any(|server| !server.applies.is_empty());
        let shows_logs = logs().next().is_some();
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
        self.open(bottom + LEGEND);
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
        self.legend(bottom + 14.0, omitted);
        self.pen.raw("</svg>\n");
        self.pen.svg
    }

    fn open(&mut self, height: f64) {
        let title = escape(&format!("{} · seed {}", self.run.header.test, self.run.header.seed));
        let _ = write!(
            self.pen.svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" height=\"{height:.0}\" role=\"img\" aria-labelledby=\"title what\"><title id=\"title\">{title}</title><desc id=\"what\">{}</desc><style>{STYLE}</style><defs><clipPath id=\"plot\"><rect x=\"{LEFT}\" y=\"0\" width=\"{}\" height=\"{height:.0}\"/></clipPath>",
            escape(&summary(self.run)),
            RIGHT - LEFT,
        );
        self.pen.raw(concat!(
            r##"<pattern id="cut" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M-2 10L10-2M-2 2L2-2M6 10L10 6" stroke="#c3c6c9"/></pattern>"##,
            r##"<pattern id="pause" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M4 0V8" stroke="#c3c6c9"/></pattern>"##,
            r##"<pattern id="slow" width="7" height="7" patternUnits="userSpaceOnUse"><rect x="3" y="3" width="1.5" height="1.5" fill="#a9adb1"/></pattern>"##,
            r##"<pattern id="disk" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 3H6" stroke="#c3c6c9"/></pattern>"##,
            r##"<pattern id="fault" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M2 2L5 5M5 2L2 5" stroke="#c3c6c9"/></pattern>"##,
        ));
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
        let facts = format!(
            "seed {} · {} · {} · {} of virtual time",
            header.seed,
            header.implementation,
            header.network,
            seconds(self.run.end_at)
        );
        let name = shortened(&header.test, 60);
        let taken = name.chars().count() as f64 * 11.0 + facts.chars().count() as f64 * 7.5;
        let room = (RIGHT - taken - 60.0) / 7.5;
        let description = shortened(&header.description, room.max(0.0) as usize);
        // In one text, since only who draws it knows how wide the name is.
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
        self.pen.text(18.0, 75.0, "dim small", &shortened(&place_of(failure), 160));
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
        let mut at = self.scale.start.div_ceil(step) * step;
        while at <= self.scale.end.min(self.run.end_at) {
            let x = self.scale.x(at);
            self.pen.rect((x, self.scale.top), (1.0, bottom - self.scale.top), "#e3e3df");
            self.pen.rect((x, axis - 5.0), (1.0, 5.0), "#c9cac6");
            if !self.run.failures.iter().any(|failure| (self.scale.x(failure.at) - x).abs() < 60.0)
            {
                self.pen.text(x, axis - 13.0, "dim small middle rimmed", &time_text(at, step));
            }
            at += step;
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

    fn legend(&mut self, top: f64, omitted: usize) {
        let y = top + 6.0;
        let mut x = 18.0;
        for kind in MessageKind::ALL {
            if !self.run.messages.iter().any(|message| message.kind == kind) {
                continue;
            }
            let class = class(kind);
            self.pen.path(&format!("m {class}"), &format!("M{x:.1} {y:.1}H{:.1}", x + 28.0));
            let filled = if kind == MessageKind::Heartbeat { "m tip" } else { "full" };
            let shape = tip(kind, false, (x, y), (x + 32.0, y));
            self.pen.path(&format!("{class} {filled}"), &shape);
            x = self.legend_text(x + 39.0, y, name(kind));
        }
        let reply = tip(MessageKind::Append, true, (x, y), (x + 32.0, y));
        self.pen.path("m append reply", &format!("M{x:.1} {y:.1}H{:.1}", x + 30.0));
        self.pen.path("m append tip", &reply);
        x = self.legend_text(x + 39.0, y, "reply");
        self.pen.path("m append", &format!("M{x:.1} {y:.1}H{:.1}", x + 26.0));
        self.pen.path("cross", &cross(x + 26.0, y, 3.5));
        x = self.legend_text(x + 39.0, y, "lost");
        if omitted > 0 {
            let text = format!("{omitted} of the less telling messages are left out");
            self.pen.text(x + 8.0, y, "small dim", &text);
        }
        self.legend_of_bands(y + 22.0);
    }

    fn legend_of_bands(&mut self, y: f64) {
        let mut x = 18.0;
        let (solid, tint) = HUES[1];
        for (fill, text) in [
            (solid, "leader"),
            ("url(#stripes1)", "candidate"),
            (tint, "follower; each term has its colour"),
            ("#3a4048", "crashed"),
            ("url(#cut)", "cut off"),
        ] {
            let occurs = match text {
                "crashed" => self.visible_faults().any(|fault| fault.what == "crash"),
                "cut off" => self.visible_faults().any(|fault| !fault.sides.is_empty()),
                _ => true,
            };
            if !occurs {
                continue;
            }
            self.pen.rect((x, y - 5.5), (22.0, 11.0), fill);
            if text == "cut off" {
                self.pen.rect((x, y - 6.5), (22.0, 3.0), "#30363d");
            }
            x = self.legend_text(x + 29.0, y, text);
        }
        if self.scale.log > 0.0 {
            if self.shows_logs {
                self.pen.text(x, y, "small strong", "7/9");
                x = self.legend_text(x + 28.0, y, "7 committed, log ends at 9");
            }
            self.pen.rect((x, y - 3.0), (2.0, 6.0), "#1b1f24");
            self.legend_text(x + 8.0, y, "applied");
        }
    }

    /// Writes a text of the legend; gives where the next may begin.
    fn legend_text(&mut self, x: f64, y: f64, text: &str) -> f64 {
        self.pen.text(x, y, "small dim", text);
        x + text.chars().count() as f64 * 6.6 + 18.0
    }
}

fn name(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Vote => "RequestVote",
        MessageKind::Append => "AppendEntries",
        MessageKind::Heartbeat => "heartbeat",
        MessageKind::Snapshot => "InstallSnapshot",
        MessageKind::Other => "other",
    }
}

/// A time on the axis, with as many decimals as its neighbours need to differ.
fn time_text(at: u64, step: u64) -> String {
    let decimals = (0..9).find(|&decimals| step.is_multiple_of(10_u64.pow(9 - decimals)));
    format!("{:.*} s", decimals.unwrap_or(9) as usize, at as f64 / SECOND as f64)
}

#[cfg(test)]
mod tests {
    use super::messages::ARROWS_MAX;
    use super::*;

    const HEADER: &str = r#"{"schema":"labtest.trace/v1","test":"4A::re_election","description":"election after network failure","seed":7,"implementation":"raft","servers":3,"network":"reliable"}"#;

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
        let states =
            [state(0, 0, 3, "leader"), state(0, 1, 3, "follower"), state(0, 2, 3, "follower")];
        let svg = render(&[
            &states[0],
            &states[1],
            &states[2],
            r#"{"at":100000000,"kind":"note","text":"cut off the leader"}"#,
            r#"{"at":100000000,"kind":"fault","phase":"begin","what":"isolated","servers":[0],"text":"server 0 isolated"}"#,
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
            "isolated",
            ">7/9<",
        ] {
            assert!(svg.contains(text), "no {text:?} in {svg}");
        }
        // The message ends at the wall below server 0, not at server 2.
        let wall = 82.0 + 62.0 + LANE;
        assert!(svg.contains(&format!(" {wall:.1}\"/><path class=\"rim\"")), "{svg}");
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
                r#"{{"schema":"labtest.trace/v1","test":"{0}","description":"{0}","seed":7,"implementation":"{0}","servers":3,"network":"{0}"}}"#,
                "\n",
                r#"{{"at":1,"kind":"note","text":"{0}"}}"#,
                "\n",
                r#"{{"at":1,"kind":"fault","phase":"begin","what":"{0}","servers":[1],"text":"{0}"}}"#,
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
}
