//! How long something may take, as a person writes it.

use std::time::Duration;

const UNITS_MS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// Reads `90s`, `10m`, `1h30m`, `500ms`: numbers with units, one after another.
pub(super) fn parse_time_limit(text: &str) -> Result<Duration, String> {
    let wrong = || format!("expected a time such as 90s, 10m or 1h30m, found `{text}`");
    let mut rest = text.trim();
    let mut milliseconds: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let unit = UNITS_MS.iter().find(|(name, _)| *name == &rest[..letters]);
        let (_, unit_ms) = unit.ok_or_else(wrong)?;
        rest = &rest[letters..];
        let part = number.checked_mul(*unit_ms).ok_or_else(wrong)?;
        milliseconds = milliseconds.checked_add(part).ok_or_else(wrong)?;
    }
    match milliseconds {
        0 => Err(wrong()),
        _ => Ok(Duration::from_millis(milliseconds)),
    }
}

/// Reads the same, or 0 for no limit.
pub(super) fn parse_poll_limit(text: &str) -> Result<Duration, String> {
    if text.trim() == "0" { Ok(Duration::ZERO) } else { parse_time_limit(text) }
}

/// A time as it is read back.
pub(super) fn time_text(time: Duration) -> String {
    match time.as_millis() {
        0 => "0".to_owned(),
        ms if ms.is_multiple_of(1000) => format!("{}s", ms / 1000),
        ms => format!("{ms}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_units() {
        let seconds = |text| parse_time_limit(text).map(|time| time.as_secs_f64());
        assert_eq!(seconds("90s"), Ok(90.0));
        assert_eq!(seconds("10m"), Ok(600.0));
        assert_eq!(seconds("1h30m"), Ok(5400.0));
        assert_eq!(seconds(" 500ms "), Ok(0.5));
    }

    #[test]
    fn a_time_is_read_back() {
        for text in ["0", "500ms", "1s", "90s"] {
            assert_eq!(time_text(parse_poll_limit(text).unwrap()), text);
        }
        assert_eq!(time_text(Duration::from_secs(3600)), "3600s");
    }

    #[test]
    fn what_is_no_time_is_refused_with_an_example() {
        for wrong in ["", "10", "s", "10x", "-1s", "0s", "1.5h", "99999999999999999999s", "5 m"] {
            let error = parse_time_limit(wrong).unwrap_err();
            assert!(error.starts_with("expected a time such as 90s"), "{wrong}: {error}");
        }
        assert!(parse_time_limit("18446744073709551615h").is_err());
    }
}
