//! Writing shapes and text as SVG.

use super::super::timeline::escape;
use std::fmt::Write;

/// Collects the picture.
#[derive(Default)]
pub(super) struct Pen {
    pub(super) svg: String,
}

impl Pen {
    /// Markup as it is; nothing of a trace goes this way.
    pub(super) fn raw(&mut self, markup: &str) {
        self.svg.push_str(markup);
    }

    pub(super) fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let text = escape(text);
        let _ = write!(self.svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{text}</text>");
    }

    pub(super) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: &str) {
        let _ = write!(
            self.svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{fill}\"/>",
            width.max(0.0),
            height.max(0.0),
        );
    }

    pub(super) fn path(&mut self, class: &str, path: &str) {
        if !path.is_empty() {
            let _ = write!(self.svg, "<path class=\"{class}\" d=\"{path}\"/>");
        }
    }
}

/// The path of a cross.
pub(super) fn cross(x: f64, y: f64, size: f64) -> String {
    let (left, right, top, bottom) = (x - size, x + size, y - size, y + size);
    format!("M{left:.1} {top:.1}L{right:.1} {bottom:.1}M{right:.1} {top:.1}L{left:.1} {bottom:.1}")
}

/// At most this many characters, with a sign where some are missing; nothing if too few are left.
pub(super) fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    if room < 4 {
        return String::new();
    }
    let kept: String = text.chars().take(room - 1).collect();
    format!("{}…", kept.trim_end())
}
