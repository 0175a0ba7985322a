//! Messages as arrows.

use super::super::run::{Fate, Message, MessageKind};
use super::Picture;
use super::pen::cross;
use std::fmt::Write;

/// More arrows than this hide each other; the least telling kinds then are left out, and counted.
pub(super) const ARROWS_MAX: usize = 600;

impl Picture<'_> {
    /// Draws the messages, and counts those left out.
    pub(super) fn messages(&mut self) -> usize {
        let run = self.run;
        let mut omitted = 0;
        let mut chosen: Vec<Vec<&Message>> = Vec::new();
        let mut count = 0;
        // The most telling kinds first; once there is no room, the rest would only be in the way.
        for reply in [false, true] {
            for kind in [
                MessageKind::Vote,
                MessageKind::Snapshot,
                MessageKind::Append,
                MessageKind::Other,
                MessageKind::Heartbeat,
            ] {
                let alike: Vec<&Message> = run
                    .messages
                    .iter()
                    .filter(|message| message.kind == kind && message.reply == reply)
                    .filter(|message| self.scale.sees(message.sent, message.ended))
                    .collect();
                if omitted > 0 || count + alike.len() > ARROWS_MAX {
                    omitted += alike.len();
                } else {
                    count += alike.len();
                    chosen.push(alike);
                }
            }
        }
        for alike in chosen.iter().rev().filter(|alike| !alike.is_empty()) {
            self.arrows(alike);
        }
        omitted
    }

    /// Messages of one kind, all requests or all replies.
    fn arrows(&mut self, messages: &[&Message]) {
        let (mut lines, mut tips, mut crosses) = (String::new(), String::new(), String::new());
        let (kind, reply) = (messages[0].kind, messages[0].reply);
        for message in messages {
            let (x0, y0, x1, y1) = self.arrow(message);
            let _ = write!(lines, "M{x0:.1} {y0:.1}L{x1:.1} {y1:.1}");
            match message.fate {
                Fate::Delivered => tips.push_str(&tip(kind, reply, (x0, y0), (x1, y1))),
                Fate::Lost(_) => crosses.push_str(&cross(x1, y1, 3.5)),
                Fate::UnderWay => {}
            }
        }
        let class = class(kind);
        let reply_class = if reply { " reply" } else { "" };
        self.pen.path(&format!("m {class}{reply_class}"), &lines);
        let filled = if reply || kind == MessageKind::Heartbeat { "m tip" } else { "full" };
        self.pen.path(&format!("{class} {filled}"), &tips);
        self.pen.path("rim", &crosses);
        self.pen.path("cross", &crosses);
    }

    fn arrow(&self, message: &Message) -> (f64, f64, f64, f64) {
        let down = message.to > message.from;
        let (y0, door) = if down {
            (self.scale.band_bottom(message.from), self.scale.band_top(message.to))
        } else {
            (self.scale.band_top(message.from), self.scale.band_bottom(message.to))
        };
        let before = if down { door - 8.0 } else { door + 8.0 };
        let y1 = match &message.fate {
            Fate::Delivered => door,
            Fate::Lost(why) if why == "cut" => self.first_wall(message).unwrap_or(before),
            Fate::Lost(_) | Fate::UnderWay => before,
        };
        (self.scale.x(message.sent), y0, self.scale.x(message.ended), y1)
    }

    /// How far a message gets that runs into a wall or a fence.
    fn first_wall(&self, message: &Message) -> Option<f64> {
        let run = self.run;
        let stands = |gap: usize| {
            run.faults.iter().any(|fault| {
                fault.start <= message.ended
                    && message.ended <= fault.end
                    && fault.gaps(run.header.servers).iter().any(|it| it.above() == gap)
            })
        };
        let gap = if message.to > message.from {
            (message.from..message.to).find(|&gap| stands(gap))
        } else {
            (message.to..message.from).rev().find(|&gap| stands(gap))
        };
        gap.map(|gap| self.scale.lane(gap + 1))
    }
}

/// The name of a kind in the style sheet.
pub(super) fn class(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Vote => "vote",
        MessageKind::Append => "append",
        MessageKind::Heartbeat => "heartbeat",
        MessageKind::Snapshot => "snapshot",
        MessageKind::Other => "other",
    }
}

/// The path of an arrow's tip, whose shape shows the kind.
pub(super) fn tip(
    kind: MessageKind,
    reply: bool,
    (x0, y0): (f64, f64),
    (x1, y1): (f64, f64),
) -> String {
    let length = (x1 - x0).hypot(y1 - y0).max(1e-6);
    let (ux, uy) = ((x1 - x0) / length, (y1 - y0) / length);
    let size = if reply { 4.5 } else { 7.0 };
    let points: &[(f64, f64)] = match kind {
        _ if reply || kind == MessageKind::Heartbeat => &[(0.85, -0.55), (0.0, 0.0), (0.85, 0.55)],
        MessageKind::Vote => &[(0.0, 0.0), (0.65, 0.5), (1.3, 0.0), (0.65, -0.5)],
        MessageKind::Snapshot => &[(0.0, 0.55), (1.1, 0.55), (1.1, -0.55), (0.0, -0.55)],
        MessageKind::Other => &[
            (0.0, 0.25),
            (0.25, 0.5),
            (0.75, 0.5),
            (1.0, 0.25),
            (1.0, -0.25),
            (0.75, -0.5),
            (0.25, -0.5),
            (0.0, -0.25),
        ],
        MessageKind::Append | MessageKind::Heartbeat => &[(0.0, 0.0), (1.1, 0.5), (1.1, -0.5)],
    };
    points.iter().enumerate().fold(String::new(), |mut path, (place, (back, aside))| {
        let (back, aside) = (back * size, aside * size);
        let letter = if place == 0 { 'M' } else { 'L' };
        let (x, y) = (x1 - ux * back - uy * aside, y1 - uy * back + ux * aside);
        let _ = write!(path, "{letter}{x:.1} {y:.1}");
        path
    })
}
