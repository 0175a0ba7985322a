//! Which part of a run is told.

use super::{Kind, Told, Who};
use std::ops::RangeInclusive;

/// A choice; all of its parts must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// What these servers do, and what is nobody's; empty for all.
    servers: Vec<usize>,
    /// Empty for the usual ones.
    kinds: Vec<Kind>,
    /// In nanoseconds.
    times: Option<RangeInclusive<u64>>,
}

/// A filter that can't be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--filter {filter}: {reason}")]
pub struct FilterError {
    filter: String,
    reason: String,
}

impl Filter {
    /// Reads `key=value` texts, for a run with `servers` servers.
    pub fn parse(texts: &[String], servers: usize) -> Result<Filter, FilterError> {
        let mut filter = Filter::default();
        for text in texts {
            let added = filter.add(text, servers);
            added.map_err(|reason| FilterError { filter: text.clone(), reason })?;
        }
        Ok(filter)
    }

    fn add(&mut self, text: &str, servers: usize) -> Result<(), String> {
        let keys = "expected node=0,2 or kind=role,vote or time=1.5s..2s";
        let (key, value) = text.split_once('=').ok_or(keys)?;
        match key {
            "node" | "server" => {
                for number in value.split(',') {
                    self.servers.push(parse_server(number, servers)?);
                }
            }
            "kind" if value == "all" => self.kinds = Kind::ALL.map(|(kind, _)| kind).to_vec(),
            "kind" => {
                for name in value.split(',') {
                    self.kinds.push(parse_kind(name)?);
                }
            }
            "time" => self.times = Some(parse_times(value)?),
            _ => return Err(format!("unknown key `{key}`, {keys}")),
        }
        Ok(())
    }

    /// Whether the line is wanted.
    pub fn lets(&self, told: &Told) -> bool {
        let by_server = match told.who {
            Who::Server(server) => self.servers.is_empty() || self.servers.contains(&server),
            Who::Nobody => true,
        };
        let by_kind = match self.kinds.as_slice() {
            [] => told.kind.is_usual(),
            kinds => kinds.contains(&told.kind),
        };
        let by_time = self.times.as_ref().is_none_or(|times| times.contains(&told.at));
        by_server && by_kind && by_time
    }
}

fn parse_server(text: &str, servers: usize) -> Result<usize, String> {
    let known = text.parse().ok().filter(|server| *server < servers);
    known.ok_or_else(|| format!("expected a server from 0 to {}, found `{text}`", servers - 1))
}

fn parse_kind(name: &str) -> Result<Kind, String> {
    let known = Kind::ALL.iter().find(|(_, known)| *known == name);
    known.map(|(kind, _)| *kind).ok_or_else(|| {
        let names: Vec<&str> = Kind::ALL.iter().map(|(_, name)| *name).collect();
        format!("unknown kind `{name}`, expected all or some of {}", names.join(", "))
    })
}

fn parse_times(text: &str) -> Result<RangeInclusive<u64>, String> {
    let expected = || format!("expected a range such as 1.5s..2s or 500ms.., found `{text}`");
    let (from, to) = text.split_once("..").ok_or_else(expected)?;
    let from = if from.is_empty() { 0 } else { parse_time(from).ok_or_else(expected)? };
    let to = if to.is_empty() { u64::MAX } else { parse_time(to).ok_or_else(expected)? };
    if from > to {
        return Err(expected());
    }
    Ok(from..=to)
}

/// Nanoseconds of `1.5s`, `500ms`, `20us` or, in seconds, `1.5`.
fn parse_time(text: &str) -> Option<u64> {
    const UNITS: [(&str, f64); 4] = [("ns", 1.0), ("us", 1e3), ("ms", 1e6), ("s", 1e9)];
    let unit = UNITS.iter().find_map(|(name, ns)| Some((text.strip_suffix(name)?, *ns)));
    let (number, ns) = unit.unwrap_or((text, 1e9));
    let number: f64 = number.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some((number * ns).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(texts: &[&str]) -> Result<Filter, String> {
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        Filter::parse(&texts, 3).map_err(|error| error.to_string())
    }

    fn told(at: u64, who: Who, kind: Kind) -> Told {
        Told { at, who, kind, text: String::new() }
    }

    #[test]
    fn without_a_filter_all_but_the_flood_is_told() {
        let usual = filter(&[]).unwrap();
        assert!(usual.lets(&told(0, Who::Server(1), Kind::Role)));
        assert!(!usual.lets(&told(0, Who::Server(1), Kind::Heartbeat)));
    }

    #[test]
    fn all_parts_of_a_filter_must_fit() {
        let some = filter(&["node=0,2", "kind=heartbeat,step", "time=500ms..1.5"]).unwrap();
        let fits = |at_ms: u64, who, kind| some.lets(&told(at_ms * 1_000_000, who, kind));
        assert!(fits(500, Who::Server(2), Kind::Heartbeat));
        assert!(fits(1500, Who::Nobody, Kind::Step));
        assert!(!fits(500, Who::Server(1), Kind::Heartbeat));
        assert!(!fits(500, Who::Server(2), Kind::Role));
        assert!(!fits(1501, Who::Server(2), Kind::Heartbeat));
        let all = filter(&["kind=all", "time=..2s"]).unwrap();
        assert!(all.lets(&told(2_000_000_000, Who::Nobody, Kind::Lost)));
    }

    #[test]
    fn what_can_not_be_understood_is_named() {
        let error = |text: &str| filter(&[text]).unwrap_err();
        assert_eq!(error("node=3"), "--filter node=3: expected a server from 0 to 2, found `3`");
        assert!(
            error("kind=vots").starts_with("--filter kind=vots: unknown kind `vots`, expected")
        );
        assert!(error("time=2s..1s").ends_with("such as 1.5s..2s or 500ms.., found `2s..1s`"));
        for wrong in
            ["", "node", "size=3", "time=5s", "time=-1s..", "time=nans..", "kind=", "node="]
        {
            assert!(error(wrong).contains("expected"), "{wrong}");
        }
    }
}
