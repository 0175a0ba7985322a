//! Commands as people type them: words between blanks, quoted where they hold blanks themselves.

use super::error::ProtocolError;
use bytes::Bytes;

/// The words of a line. In "…", \n, \r, \t, \b, \a and \xHH are the bytes they are in C, and \ before
/// anything else is left out; '…' knows only \'. What follows a quoted word has to be a blank.
pub(super) fn words(line: &[u8]) -> Result<Vec<Bytes>, ProtocolError> {
    let mut words = Vec::new();
    let mut rest = line.trim_ascii_start();
    while !rest.is_empty() {
        let (word, after) = word(rest).ok_or_else(|| {
            ProtocolError::expected("unbalanced quotes in request: expected a closed quote", rest)
        })?;
        words.push(Bytes::from(word));
        rest = after.trim_ascii_start();
    }
    Ok(words)
}

/// The first word, and what follows it.
fn word(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    loop {
        let after = match rest {
            [b'"', inside @ ..] => in_double_quotes(inside, &mut word)?,
            [b'\'', inside @ ..] => in_single_quotes(inside, &mut word)?,
            [byte, after @ ..] if !byte.is_ascii_whitespace() => {
                word.push(*byte);
                rest = after;
                continue;
            }
            _ => return Some((word, rest)),
        };
        let separate = after.first().is_none_or(u8::is_ascii_whitespace);
        return separate.then_some((word, after));
    }
}

fn in_double_quotes<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        let byte;
        (byte, rest) = match rest {
            [] => return None,
            [b'"', after @ ..] => return Some(after),
            [b'\\', b'x', high, low, after @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                (16 * hex_digit(*high) + hex_digit(*low), after)
            }
            [b'\\', escaped, after @ ..] => (escape(*escaped), after),
            [byte, after @ ..] => (*byte, after),
        };
        word.push(byte);
    }
}

fn in_single_quotes<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        let byte;
        (byte, rest) = match rest {
            [] => return None,
            [b'\'', after @ ..] => return Some(after),
            [b'\\', b'\'', after @ ..] => (b'\'', after),
            [byte, after @ ..] => (*byte, after),
        };
        word.push(byte);
    }
}

fn escape(letter: u8) -> u8 {
    match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'a' => 0x07,
        other => other,
    }
}

fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit.to_ascii_lowercase() - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_stands_between_blanks() {
        for line in ["SET key 1", "  SET\t key  1 \r", "\"SET\" 'key' 1", "S\"ET\" k'ey' \"1\""] {
            assert_eq!(words(line.as_bytes()).unwrap(), ["SET", "key", "1"], "{line}");
        }
        for line in ["", "\r", " \t \r"] {
            assert!(words(line.as_bytes()).unwrap().is_empty());
        }
    }

    #[test]
    fn quotes_and_escapes_are_those_of_redis() {
        let word = |line: &[u8]| words(line).unwrap().concat();
        assert_eq!(
            word(br#""a b\n\r\t\b\a\\\"\x00\xfF\xg\q'""#),
            b"a b\n\r\t\x08\x07\\\"\0\xffxgq'"
        );
        assert_eq!(word(br#"'a b\n\x00\'"'"#), br#"a b\n\x00'""#);
        assert_eq!(words(br#""" '' x"#).unwrap(), ["", "", "x"]);
    }

    #[test]
    fn a_quote_that_is_not_closed_or_not_followed_by_a_blank_is_refused() {
        for line in
            ["\"a", "'a", "a \"", "a 'b\\'", "\"a\\\"", "\"a\"b", "'a'b", "\"a\\", "\"a\\x4"]
        {
            let sentence = words(line.as_bytes()).unwrap_err().to_string();
            assert!(sentence.contains("unbalanced quotes in request"), "{line}: {sentence}");
        }
    }
}
