//! Patterns of `KEYS` and `SCAN`.

/// Whether all of `text` matches: `*` is any bytes, `?` one, `[a-c]` one of those, `[^a-c]` one of the others,
/// and a backslash takes its special meaning from what follows. Takes time in proportion to the product of both
/// lengths at most.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut place) = (0, 0);
    // Where to continue when what follows the last star does not match: one byte later.
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match one(&pattern[at..], text[place]) {
            Some(taken) if pattern[at] != b'*' => (at, place) = (at + taken, place + 1),
            _ if pattern.get(at) == Some(&b'*') => {
                at += 1;
                star = Some((at, place));
            }
            _ => match star {
                Some((after, from)) => {
                    (at, place) = (after, from + 1);
                    star = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// How much of the pattern stands for this byte, if its beginning does.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'\\', literal, ..] => (literal == byte).then_some(2),
        [b'[', ref rest @ ..] => class(rest, byte).map(|taken| taken + 1),
        [literal, ..] => (literal == byte).then_some(1),
    }
}

/// A class after its bracket; without a closing one it goes to the end.
fn class(pattern: &[u8], byte: u8) -> Option<usize> {
    let is_negated = pattern.first() == Some(&b'^');
    let mut at = usize::from(is_negated);
    let mut is_in = false;
    loop {
        match pattern[at..] {
            [] => break,
            [b']', ..] => {
                at += 1;
                break;
            }
            [b'\\', literal, ..] => {
                is_in |= literal == byte;
                at += 2;
            }
            [from, b'-', to, ..] => {
                is_in |= (from.min(to)..=from.max(to)).contains(&byte);
                at += 3;
            }
            [literal, ..] => {
                is_in |= literal == byte;
                at += 1;
            }
        }
    }
    (is_in != is_negated).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::matches;
    use proptest::prelude::*;

    #[test]
    fn patterns_are_those_of_redis() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "abc"),
            ("a*", "a"),
            ("a*c", "abbc"),
            ("*b*", "abc"),
            ("**a", "ba"),
            ("h?llo", "hello"),
            ("h[ae]llo", "hallo"),
            ("h[^e]llo", "hallo"),
            ("h[a-c]llo", "hbllo"),
            ("h[c-a]llo", "hbllo"),
            (r"a\*", "a*"),
            (r"[\]]", "]"),
            ("[ab", "b"),
            ("*a*b*c", "xaxbxaxc"),
        ] {
            assert!(matches(pattern.as_bytes(), text.as_bytes()), "{pattern} and {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a", ""),
            ("a", "ab"),
            ("?", ""),
            ("h[ae]llo", "hillo"),
            ("h[^e]llo", "hello"),
            (r"a\*", "ab"),
            ("a*b", "abc"),
            ("[", "["),
            ("*a*b*c", "acb"),
        ] {
            assert!(!matches(pattern.as_bytes(), text.as_bytes()), "{pattern} and {text}");
        }
    }

    #[test]
    fn stars_do_not_multiply_the_time() {
        let (pattern, text) = ("*a".repeat(200) + "b", "a".repeat(10_000));
        assert!(!matches(pattern.as_bytes(), text.as_bytes()));
    }

    proptest! {
        #[test]
        fn any_text_matches_itself_escaped(text: Vec<u8>) {
            let pattern: Vec<u8> = text.iter().flat_map(|byte| [b'\\', *byte]).collect();
            prop_assert!(matches(&pattern, &text));
        }

        #[test]
        fn nothing_brings_it_down(pattern: Vec<u8>, text: Vec<u8>) {
            matches(&pattern, &text);
        }
    }
}
