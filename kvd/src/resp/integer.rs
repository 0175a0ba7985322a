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
