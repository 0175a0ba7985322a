//! Recordings that end in the middle of a line, because the process or the disk came to its end.

use serde::de::IgnoredAny;

/// Takes a last line that is no more than a beginning off. Returns its number, if there was one.
///
/// The first line says what the rest is; without it there is no recording.
pub(super) fn take_cut_line(text: &mut Vec<u8>) -> Option<usize> {
    let end = text.iter().rposition(|byte| *byte == b'\n')? + 1;
    let last = &text[end..];
    let is_whole =
        last.trim_ascii().is_empty() || serde_json::from_slice::<IgnoredAny>(last).is_ok();
    if is_whole {
        return None;
    }
    text.truncate(end);
    Some(text.iter().filter(|byte| **byte == b'\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &[u8]) -> (String, Option<usize>) {
        let mut text = text.to_vec();
        let line = take_cut_line(&mut text);
        (String::from_utf8(text).unwrap(), line)
    }

    #[test]
    fn only_a_beginning_of_a_last_line_is_taken_off() {
        let whole = |text: &str| (text.to_owned(), None);
        assert_eq!(cut(b"{}\n{\"a\":1}\n"), whole("{}\n{\"a\":1}\n"));
        assert_eq!(cut(b"{}\n{\"a\":1}"), whole("{}\n{\"a\":1}"));
        assert_eq!(cut(b"{}\n{\"a\":"), ("{}\n".to_owned(), Some(2)));
        // In the middle of a character.
        assert_eq!(cut(b"{}\n{}\n{\"\xc3"), ("{}\n{}\n".to_owned(), Some(3)));
        assert_eq!(cut(b"{\"sch"), whole("{\"sch"));
    }
}
