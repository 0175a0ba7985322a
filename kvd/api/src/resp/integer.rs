//! Integers in decimal, as lengths, counts and replies have them.

use bytes::{BufMut, BytesMut};

/// A sign and as many digits as a u64 has, the longest of all.
const DIGITS_MAX: usize = 20;

/// Reads an integer that is written in the only way: no plus, no needless zero, no blank.
pub(super) fn read(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] if digits.len() < DIGITS_MAX => {}
        _ => return None,
    }
    let mut value = 0_i64;
    for digit in digits {
        let digit = i64::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
        // Downwards, since the least integer has no positive counterpart.
        value = value.checked_mul(10)?.checked_sub(digit)?;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

/// Appends a line: its first byte, which says what it is, and an integer.
pub(super) fn write_line(to: &mut BytesMut, kind: u8, value: i64) {
    let mut line = [0; DIGITS_MAX + 3];
    let mut begin = line.len() - 2;
    line[begin..].copy_from_slice(b"\r\n");
    let mut rest = value.unsigned_abs();
    loop {
        begin -= 1;
        line[begin] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        begin -= 1;
        line[begin] = b'-';
    }
    begin -= 1;
    line[begin] = kind;
    to.put_slice(&line[begin..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(value: i64) -> BytesMut {
        let mut line = BytesMut::new();
        write_line(&mut line, b':', value);
        line
    }

    proptest! {
        #[test]
        fn an_integer_is_written_as_std_does_and_read_back(value: i64) {
            prop_assert_eq!(written(value), format!(":{value}\r\n"));
            prop_assert_eq!(read(value.to_string().as_bytes()), Some(value));
        }

        #[test]
        fn whatever_is_read_is_written_as_it_was(text in "-?[0-9]{0,20}|[ -~]{0,4}") {
            if let Some(value) = read(text.as_bytes()) {
                prop_assert_eq!(value.to_string(), text);
            }
        }
    }

    #[test]
    fn the_first_and_the_last_integers_are_read_and_written() {
        for value in [0, 1, -1, 9, 10, i64::MAX, i64::MIN] {
            assert_eq!(written(value), format!(":{value}\r\n"));
            assert_eq!(read(value.to_string().as_bytes()), Some(value));
        }
    }

    #[test]
    fn nothing_else_is_an_integer() {
        let (above, below) = ("9223372036854775808", "-9223372036854775809");
        for text in
            ["", "-", "+1", "-0", "01", "1 ", "1x", "--1", above, below, "99999999999999999999"]
        {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
