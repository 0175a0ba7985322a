//! `labtest list`.

use super::CommandError;
use super::args::ListArgs;
use crate::exit_code;
use crate::select::select;
use harness::all_tests;
use std::io::Write;

/// A line for each test: name, servers, network, description.
pub(super) fn list(args: &ListArgs, output: &mut dyn Write) -> Result<u8, CommandError> {
    let tests = select(all_tests(), &args.filters)
        .map_err(|error| CommandError::Usage(error.to_string()))?;
    let width = tests.iter().map(|test| test.name.len()).max().unwrap_or(0);
    for test in tests {
        let (servers, network) = match (test.exploration(), test.reliable) {
            // Each seed draws its own.
            (Some(_), _) => ("1-9".to_string(), "drawn"),
            (None, true) => (test.servers.to_string(), "reliable"),
            (None, false) => (test.servers.to_string(), "unreliable"),
        };
        let (name, description) = (test.name, test.description);
        writeln!(output, "{name:width$}  {servers:>3} servers  {network:10}  {description}")?;
    }
    Ok(exit_code::PASSED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(filter: &str) -> Result<String, CommandError> {
        let mut output = Vec::new();
        list(&ListArgs { filters: vec![filter.to_string()] }, &mut output)?;
        Ok(String::from_utf8(output).unwrap())
    }

    #[test]
    fn a_line_a_test() {
        assert_eq!(
            listed("election").unwrap(),
            "4A::initial_election    3 servers  reliable    initial election\n\
             4A::re_election         3 servers  reliable    election after network failure\n\
             4A::many_elections      7 servers  reliable    multiple elections\n"
        );
    }

    #[test]
    fn an_unknown_filter_is_wrong_usage() {
        assert!(matches!(listed("4E"), Err(CommandError::Usage(_))));
    }
}
