//! The encoding of arguments and replies: postcard, compact and specified.

use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The bytes of a value.
///
/// # Errors
/// For a value that serde can't serialize, in the codec's words.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(64);
    encode_into(&mut bytes, value)?;
    Ok(bytes)
}

/// Appends the bytes of a value.
///
/// # Errors
/// As [`encode`]; what has been appended by then stays.
pub fn encode_into<T: Serialize + ?Sized>(bytes: &mut Vec<u8>, value: &T) -> Result<(), String> {
    postcard::serialize_with_flavor(value, Append(bytes)).map_err(|error| error.to_string())
}

/// Most of what is written are numbers of a byte or two, for which postcard's own way to append takes
/// several times as long.
struct Append<'a>(&'a mut Vec<u8>);

/// Fewer bytes are appended one by one.
const SHORT: usize = 4;

impl Flavor for Append<'_> {
    type Output = ();

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        if bytes.len() < SHORT {
            bytes.iter().for_each(|byte| self.0.push(*byte));
        } else {
            self.0.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// The value of some bytes, all of them.
///
/// # Errors
/// When the bytes are no such value, or when some are left over.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(format!("{} bytes are left over", rest.len())),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Value = (u64, Option<i32>, Vec<String>);

    proptest! {
        #[test]
        fn a_value_survives_its_encoding(value: Value) {
            prop_assert_eq!(decode::<Value>(&encode(&value).unwrap()), Ok(value));
        }

        #[test]
        fn any_bytes_decode_or_are_refused(bytes: Vec<u8>) {
            if let Ok(value) = decode::<Value>(&bytes) {
                prop_assert!(encode(&value).unwrap().len() <= bytes.len());
            }
        }
    }

    #[test]
    fn bytes_left_over_are_an_error() {
        let mut bytes = encode(&7_u64).unwrap();
        bytes.push(0);
        assert_eq!(decode::<u64>(&bytes), Err("1 bytes are left over".to_owned()));
    }
}
