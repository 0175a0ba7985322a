//! Places in a file, `servers[2].client_port`, and the lines they are on.

use serde::de::IgnoredAny;
use serde_path_to_error::{Path, Segment};
use std::fmt;

/// What the list of servers is called, also where it is the whole file.
const SERVERS: &str = "servers";

/// The way from the whole file to a value in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(Vec<PlaceStep>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum PlaceStep {
    Field(String),
    Entry(usize),
}

impl Place {
    /// A field of an entry of this cluster's list of servers, or of another cluster's.
    pub fn of_field(other: Option<&str>, entry: usize, field: &str) -> Place {
        let mut steps = match other {
            None => vec![PlaceStep::Field(SERVERS.to_owned())],
            Some(name) => {
                vec![PlaceStep::Field("others".to_owned()), PlaceStep::Field(name.to_owned())]
            }
        };
        steps.extend([PlaceStep::Entry(entry), PlaceStep::Field(field.to_owned())]);
        Place(steps)
    }

    /// A field of the whole file.
    pub fn at_top(field: &str) -> Place {
        Place(vec![PlaceStep::Field(field.to_owned())])
    }

    /// Where reading stopped; none for the file as a whole.
    pub fn of_path(path: &Path) -> Option<Place> {
        let mut steps: Vec<PlaceStep> = path
            .iter()
            .filter_map(|segment| match segment {
                Segment::Seq { index } => Some(PlaceStep::Entry(*index)),
                Segment::Map { key } => Some(PlaceStep::Field(key.clone())),
                Segment::Enum { .. } | Segment::Unknown => None,
            })
            .collect();
        if let PlaceStep::Entry(_) = steps.first()? {
            steps.insert(0, PlaceStep::Field(SERVERS.to_owned()));
        }
        Some(Place(steps))
    }

    /// The line on which the value begins, from 1, or the entry, if it is not there because its default
    /// is meant. The text is JSON up to there.
    pub fn line(&self, text: &str) -> Option<usize> {
        let mut at = skip(text, 0);
        let is_list = text[at..].starts_with('[');
        for step in self.0.iter().skip(usize::from(is_list)) {
            match step_to(text, at, step)? {
                Some(next) => at = next,
                None => break,
            }
        }
        Some(1 + text[..at].matches('\n').count())
    }
}

/// Where the value begins that the step leads to from the list or object at `at`; none if it is not there.
fn step_to(text: &str, at: usize, step: &PlaceStep) -> Option<Option<usize>> {
    let mut at = skip(text, at + 1);
    for entry in 0.. {
        if text[at..].starts_with([']', '}']) {
            return Some(None);
        }
        let found = match step {
            PlaceStep::Entry(wanted) => entry == *wanted,
            PlaceStep::Field(wanted) => {
                let end = at + value_bytes(&text[at..])?;
                let key: String = serde_json::from_str(&text[at..end]).ok()?;
                at = skip(text, end);
                key == *wanted
            }
        };
        if found {
            return Some(Some(at));
        }
        at = skip(text, at + value_bytes(&text[at..])?);
    }
    None
}

/// Goes on to where the next value begins or a list or object ends.
fn skip(text: &str, at: usize) -> usize {
    let rest = text[at..].trim_start_matches([' ', '\t', '\r', '\n', ',', ':']);
    text.len() - rest.len()
}

/// How long the value is with which the text begins.
fn value_bytes(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                PlaceStep::Field(name) if number == 0 => f.write_str(name)?,
                PlaceStep::Field(name) => write!(f, ".{name}")?,
                PlaceStep::Entry(entry) => write!(f, "[{entry}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_place() {
        let list = "\n[{\"id\": 0},\n {\"data\": \"}],[{\",\n\n  \"id\":\n 1}]";
        assert_eq!(Place::of_field(None, 0, "id").line(list), Some(2));
        assert_eq!(Place::of_field(None, 1, "data").line(list), Some(3));
        assert_eq!(Place::of_field(None, 1, "id").line(list), Some(6));
        let object =
            "{\"others\": {\n\"a\": [],\n\"b\": [[],\n{\"host\": 1}]},\n\"servers\": [{}]}";
        assert_eq!(Place::of_field(Some("b"), 1, "host").line(object), Some(4));
        assert_eq!(Place::at_top("servers").line(object), Some(5));
    }

    #[test]
    fn a_value_that_is_not_there_is_where_its_entry_is() {
        let list = "[{},\n{\n\"id\": 1}]";
        assert_eq!(Place::of_field(None, 1, "host").line(list), Some(2));
        assert_eq!(Place::of_field(None, 1, "host").line("[{},\n{\"id\""), None);
    }

    #[test]
    fn places_are_written_as_programs_write_them() {
        let place = Place::of_field(None, 2, "client_port");
        assert_eq!(place.to_string(), "servers[2].client_port");
        let place = Place::of_field(Some("west"), 0, "host");
        assert_eq!(place.to_string(), "others.west[0].host");
    }
}
