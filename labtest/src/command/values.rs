//! Values on the command line.

/// Reads a seed.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    from(0, text)
}

/// Reads how many there are to be of something: at least one.
pub(super) fn count(text: &str) -> Result<u64, String> {
    from(1, text)
}

/// Reads how often something may be done, if at all.
pub(super) fn limit(text: &str) -> Result<u64, String> {
    from(0, text)
}

/// Reads the width of a line.
pub(super) fn width(text: &str) -> Result<u16, String> {
    within(40, 1000, text)
}

/// Reads how many servers a cluster has.
pub(super) fn servers(text: &str) -> Result<usize, String> {
    within(1, 9, text)
}

/// Reads the number of a server.
pub(super) fn server(text: &str) -> Result<usize, String> {
    within(0, 98, text)
}

/// Reads a value in JSON.
pub(super) fn json(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|error| format!("expected a value in JSON: {error}"))
}

fn within<T>(least: T, most: T, text: &str) -> Result<T, String>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let number = text.parse().ok().filter(|number| (&least..=&most).contains(&number));
    number.ok_or_else(|| format!("expected a whole number from {least} to {most}, found `{text}`"))
}

fn from(least: u64, text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number >= least);
    let most = u64::MAX;
    number.ok_or_else(|| format!("expected a whole number from {least} to {most}, found `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_told_with_what_was_expected() {
        assert_eq!((seed("0"), count("1"), limit("0"), width("40")), (Ok(0), Ok(1), Ok(0), Ok(40)));
        for text in ["-1", "abc", "", "1.5", "18446744073709551616"] {
            let said = seed(text).unwrap_err();
            let expected = "expected a whole number from 0 to 18446744073709551615, found `";
            assert!(said.starts_with(expected), "{said}");
        }
        assert!(count("0").unwrap_err().starts_with("expected a whole number from 1 to "));
        assert_eq!(width("5").unwrap_err(), "expected a whole number from 40 to 1000, found `5`");
        assert_eq!(servers("10").unwrap_err(), "expected a whole number from 1 to 9, found `10`");
        assert_eq!(servers("9"), Ok(9));
    }
}
