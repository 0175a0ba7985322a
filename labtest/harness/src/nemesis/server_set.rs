//! Servers by their numbers.

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// No server has a number so high.
const NUMBERS: usize = u16::BITS as usize;

/// Some servers, by number. In a file it is a number or a list of them: `0`, `[0, 3]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerSet(u16);

impl ServerSet {
    /// These servers; none when a number is higher than any server's.
    ///
    /// ```
    /// # use harness as labtest;
    /// let set = labtest::nemesis::ServerSet::new([3, 0]).unwrap();
    /// assert_eq!(set.iter().collect::<Vec<_>>(), [0, 3]);
    /// assert_eq!(labtest::nemesis::ServerSet::new([99]), None);
    /// ```
    pub fn new(servers: impl IntoIterator<Item = usize>) -> Option<ServerSet> {
        let with = |set: u16, server| (server < NUMBERS).then(|| set | 1_u16 << server);
        servers.into_iter().try_fold(0, with).map(ServerSet)
    }

    /// The servers, in ascending order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..NUMBERS).filter(move |server| self.0 >> server & 1 == 1)
    }

    /// The highest number, if there is a server.
    pub(crate) fn highest(self) -> Option<usize> {
        self.iter().last()
    }
}

impl fmt::Display for ServerSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.iter().map(|server| server.to_string()).collect();
        match numbers.as_slice() {
            [only] => write!(f, "server {only}"),
            several => write!(f, "servers {}", several.join(", ")),
        }
    }
}

impl Serialize for ServerSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.highest(), self.0.count_ones()) {
            (Some(only), 1) => serializer.serialize_u64(only as u64),
            (_, several) => {
                let mut list = serializer.serialize_seq(Some(several as usize))?;
                self.iter().try_for_each(|server| list.serialize_element(&server))?;
                list.end()
            }
        }
    }
}

/// The set of that one server.
pub(super) fn read_number<E: de::Error>(
    number: i64,
    expected: &dyn de::Expected,
) -> Result<ServerSet, E> {
    let set = usize::try_from(number).ok().and_then(|server| ServerSet::new([server]));
    set.ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), expected))
}

/// The set of the servers in a list.
pub(super) fn read_list<'de, A: SeqAccess<'de>>(
    mut list: A,
    expected: &dyn de::Expected,
) -> Result<ServerSet, A::Error> {
    let mut set = ServerSet::default();
    while let Some(number) = list.next_element()? {
        set.0 |= read_number::<A::Error>(number, expected)?.0;
    }
    match set.0 {
        0 => Err(de::Error::invalid_length(0, expected)),
        _ => Ok(set),
    }
}

impl<'de> Deserialize<'de> for ServerSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ServerSet, D::Error> {
        struct Numbers;

        impl<'de> Visitor<'de> for Numbers {
            type Value = ServerSet;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a server's number or a list of them")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<ServerSet, E> {
                read_number(number, &self)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<ServerSet, A::Error> {
                read_list(list, &self)
            }
        }

        deserializer.deserialize_any(Numbers)
    }
}
