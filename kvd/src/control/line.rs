//! The lines that a tester writes.

use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// `disk ok`
    Ok,
    /// `disk slow MIN_MS MAX_MS`
    Slow(RangeInclusive<Duration>),
    /// `disk full`
    Full,
    /// `disk fail-sync`
    FailSync,
    /// `exit-at POINT NTH`
    ExitAt(Point, NonZeroU64),
    /// `exit-at never`
    ExitNever,
}

/// A point of a server's own code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// Something was written, and not synced.
    AfterWrite,
    /// A file was made, renamed or removed, and that was not synced.
    AfterSave,
    /// A sync is to begin.
    BeforeSync,
    /// A sync has succeeded, and nobody was told.
    AfterSync,
    /// This server leads a term, and nobody was told.
    Elected,
    /// A client is to be sent answers.
    BeforeReply,
    /// A client was sent answers.
    AfterReply,
}

impl Point {
    /// All of them.
    pub const ALL: [Point; 7] = [
        Point::AfterWrite,
        Point::AfterSave,
        Point::BeforeSync,
        Point::AfterSync,
        Point::Elected,
        Point::BeforeReply,
        Point::AfterReply,
    ];

    /// Its name in lines.
    pub fn name(self) -> &'static str {
        match self {
            Point::AfterWrite => "after-write",
            Point::AfterSave => "after-save",
            Point::BeforeSync => "before-sync",
            Point::AfterSync => "after-sync",
            Point::Elected => "elected",
            Point::BeforeReply => "before-reply",
            Point::AfterReply => "after-reply",
        }
    }
}

impl FromStr for Line {
    type Err = String;

    fn from_str(line: &str) -> Result<Line, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let understood = match words[..] {
            ["disk", "ok"] => Some(Line::Ok),
            ["disk", "slow", min, max] => slow(min, max),
            ["disk", "full"] => Some(Line::Full),
            ["disk", "fail-sync"] => Some(Line::FailSync),
            ["exit-at", "never"] => Some(Line::ExitNever),
            ["exit-at", point, count] => exit_at(point, count),
            _ => None,
        };
        understood.ok_or_else(|| {
            format!(
                "{line:?}: expected `disk ok`, `disk slow MIN_MS MAX_MS`, `disk full`, `disk fail-sync`, `exit-at \
                 POINT NTH` or `exit-at never`, where MIN_MS is at most MAX_MS, NTH at least 1, and POINT one of {}",
                Point::ALL.map(Point::name).join(", ")
            )
        })
    }
}

fn slow(min: &str, max: &str) -> Option<Line> {
    // No more bits: in nanoseconds it must fit as well.
    let ms = |word: &str| Some(Duration::from_millis(word.parse::<u32>().ok()?.into()));
    let (min, max) = (ms(min)?, ms(max)?);
    (min <= max).then_some(Line::Slow(min..=max))
}

fn exit_at(point: &str, count: &str) -> Option<Line> {
    let point = Point::ALL.into_iter().find(|it| it.name() == point)?;
    Some(Line::ExitAt(point, count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_understood() {
        let ms = Duration::from_millis;
        for (line, expected) in [
            ("disk ok", Line::Ok),
            ("disk slow 0 4294967295", Line::Slow(ms(0)..=ms(u32::MAX.into()))),
            (" disk  slow 7 7 ", Line::Slow(ms(7)..=ms(7))),
            ("disk full", Line::Full),
            ("disk fail-sync", Line::FailSync),
            ("exit-at never", Line::ExitNever),
        ] {
            assert_eq!(line.parse(), Ok(expected), "{line}");
        }
        for point in Point::ALL {
            let expected = Line::ExitAt(point, NonZeroU64::MIN);
            assert_eq!(format!("exit-at {} 1", point.name()).parse(), Ok(expected));
        }
    }

    #[test]
    fn what_is_not_understood_is_told_with_what_would_be() {
        for line in [
            "",
            "disk",
            "disk OK",
            "disk ok please",
            "disk slow 5",
            "disk slow 5 4",
            "disk slow -1 4",
            "disk slow 1 4294967296",
            "exit-at",
            "exit-at elected",
            "exit-at elected 0",
            "exit-at elected x",
            "exit-at nowhere 1",
            "exit-at never 1",
        ] {
            let told = line.parse::<Line>().unwrap_err();
            assert!(told.starts_with(&format!("{line:?}: expected ")), "{told}");
            assert!(told.ends_with("before-reply, after-reply"), "{told}");
        }
    }
}
