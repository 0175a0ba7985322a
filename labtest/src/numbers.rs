//! Numbers as people read them.

use std::time::Duration;

/// A rate as a percentage; a small one shows that it is not zero.
pub(crate) fn percent(rate: f64) -> String {
    match rate * 100.0 {
        0.0 => "0 %".to_string(),
        percent if percent >= 99.995 => "100 %".to_string(),
        percent if percent < 0.1 => format!("{percent:.4} %"),
        percent => format!("{percent:.2} %"),
    }
}

/// A duration with three digits or so, in the unit that fits.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        3600.0.. => format!("{:.1} h", seconds / 3600.0),
        600.0.. => format!("{:.0} min", seconds / 60.0),
        60.0.. => format!("{:.1} min", seconds / 60.0),
        10.0.. => format!("{seconds:.1} s"),
        1.0.. => format!("{seconds:.2} s"),
        0.01.. => format!("{:.0} ms", seconds * 1e3),
        0.001.. => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{:.0} µs", seconds * 1e6),
    }
}

/// A number with commas between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number of things by their name: `1 run`, `2,800 runs`.
pub(crate) fn plural(number: u64, one: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{} {one}{end}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn one_is_not_many() {
        let said = [0, 1, 2, 2800].map(|number| plural(number, "run"));
        assert_eq!(said, ["0 runs", "1 run", "2 runs", "2,800 runs"]);
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        let shown =
            [12, 1_500, 45_000, 1_234_000, 12_340_000, 90_000_000, 1_200_000_000, 7_200_000_000]
                .map(|microseconds| duration(Duration::from_micros(microseconds)));
        assert_eq!(
            shown,
            ["12 µs", "1.5 ms", "45 ms", "1.23 s", "12.3 s", "1.5 min", "20 min", "2.0 h"]
        );
    }

    #[test]
    fn rates_show_that_they_are_not_zero() {
        assert_eq!(
            [0.0, 0.000_01, 0.0123, 1.0].map(percent),
            ["0 %", "0.0010 %", "1.23 %", "100 %"]
        );
    }
}
