//! The deserializer's objections, in words for the person who wrote the file.

use super::mistake::{Key, shown};
use super::ranges::Ranges;

/// How much of a value is shown, enough to recognize it by.
const FOUND_CHARS_MAX: usize = 60;

/// The sentence for an error at that path; `found` is the text that it is about.
pub(super) fn explain(error: &str, path: &[Key], found: &str, ranges: &Ranges) -> String {
    let name = shown(path);
    if let Some(rest) = error.strip_prefix("unknown field ") {
        let (field, expected) = rest.split_once(", ").unwrap_or((rest, ""));
        let field = field.trim_matches('`');
        let known = match name.rsplit('.').next() {
            // The place is that of the key, or of its table.
            Some(last) if last == field => name,
            _ if name.is_empty() => field.to_owned(),
            _ => format!("{name}.{field}"),
        };
        return format!("unknown key `{known}`, {expected}");
    }
    if let Some(field) = error.strip_prefix("missing field ") {
        return match part(path) {
            Some(part) => format!("{field} is missing in this [[{part}]]"),
            None => format!("{field} is missing"),
        };
    }
    if let Some(rest) = error.strip_prefix("unknown variant ") {
        let (variant, expected) = rest.split_once(", expected ").unwrap_or((rest, "another"));
        // What is chosen is a name in the place of a value, or the key of what belongs to it.
        let is_key = path.last() == Some(&Key::Name(variant.trim_matches('`').to_owned()));
        let chosen = if is_key { shown(&path[..path.len() - 1]) } else { name };
        return must(&chosen, expected, found);
    }
    if error.ends_with(TOO_LARGE) {
        return must(&name, &format!("at most {}", i64::MAX), found);
    }
    let expected = error.rsplit_once(", expected ").map(|(_, expected)| expected);
    match expected {
        Some(expected) => must(&name, &in_words(expected, path, ranges), found),
        None if is_of_faults(path) => must(&name, ONE_FAULT, found),
        None if name.is_empty() => error.to_owned(),
        None => format!("`{name}`: {error}"),
    }
}

/// What the file says, on one line.
pub(super) fn found(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(FOUND_CHARS_MAX).collect();
    let is_whole = short.len() == text.len();
    match (text.is_empty(), is_whole) {
        (true, _) => "nothing".to_owned(),
        (_, true) => short,
        (_, false) => format!("{short}…"),
    }
}

/// The parser takes numbers that are larger than any of TOML's.
const TOO_LARGE: &str = "value was too large";

const ONE_FAULT: &str = "a table with one fault in it, such as { pause = {} }";

fn must(name: &str, expected: &str, text: &str) -> String {
    format!("`{name}` must be {expected}, found {}", found(text))
}

/// The part of the file, such as `step`, that the path leads into.
fn part(path: &[Key]) -> Option<&str> {
    path.windows(2).rev().find_map(|pair| match pair {
        [Key::Name(name), Key::Place(_)] => Some(name.as_str()),
        _ => None,
    })
}

fn is_of_faults(path: &[Key]) -> bool {
    path.last() == Some(&Key::Name("fault".to_owned()))
}

/// A type of the program in the words of the person.
fn in_words(expected: &str, path: &[Key], ranges: &Ranges) -> String {
    match expected {
        "usize" | "u64" | "u32" | "u16" | "u8" => ranges.expected(path),
        "i64" => "a whole number".to_owned(),
        "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        _ if is_of_faults(path) => ONE_FAULT.to_owned(),
        "variant identifier" | "string or table" => "a name in quotes".to_owned(),
        _ if expected.starts_with("enum ") => "a name in quotes".to_owned(),
        _ if expected.starts_with("struct ") || expected == "a map" => {
            format!("a section, [{}]", shown(path))
        }
        _ => expected.to_owned(),
    }
}
