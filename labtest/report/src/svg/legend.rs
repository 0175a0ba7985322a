//! What the lines, bands and grounds mean.

use super::super::run::{Fault, Gap, MessageKind};
use super::lanes::{WALL, ground};
use super::messages::{class, tip};
use super::pen::cross;
use super::{HUES, Picture};
use labtrace::trace::Looks;

impl Picture<'_> {
    pub(super) fn legend(&mut self, top: f64, omitted: usize) {
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
        ] {
            self.pen.rect((x, y - 5.5), (22.0, 11.0), fill);
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
        self.legend_of_faults(y + 22.0);
    }

    /// The faults that are seen, by their looks.
    fn legend_of_faults(&mut self, y: f64) {
        let mut x = 18.0;
        for looks in self.visible_looks() {
            let (fill, text) = (ground(looks), in_words(looks));
            self.pen.rect((x, y - 5.5), (22.0, 11.0), &fill);
            x = self.legend_text(x + 29.0, y, text);
        }
        let gaps = |fault: &Fault| fault.gaps(self.run.header.servers);
        let gaps: Vec<Gap> = self.visible_faults().flat_map(gaps).collect();
        if gaps.iter().any(|gap| matches!(gap, Gap::Wall(_))) {
            self.pen.rect((x, y - 1.5), (22.0, 3.0), WALL);
            x = self.legend_text(x + 29.0, y, "neighbours that can't talk");
        }
        if gaps.iter().any(|gap| matches!(gap, Gap::Fence(_))) {
            self.pen.path("fence", &format!("M{x:.1} {y:.1}H{:.1}", x + 22.0));
            self.legend_text(x + 29.0, y, "neighbours of which one reaches more servers");
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

/// What looks like that, in a word or two.
fn in_words(looks: Looks) -> &'static str {
    match looks {
        Looks::Cut => "cut off",
        Looks::Pause => "stands still",
        Looks::Slow => "slow",
        Looks::Disk => "disk fault",
        Looks::Crash => "crashed",
        Looks::Message => "messages lost, late or duplicated",
        Looks::Clock => "wrong clock",
        Looks::Other => "another fault",
    }
}
