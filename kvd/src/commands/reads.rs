//! Commands that look.

use super::{Read, glob::matches, integer, value_or_null};
use crate::resp::Reply;
use bytes::Bytes;
use kv::Store;

type Parsed = Result<Read, Reply>;

/// More keys than this are for `SCAN`: while they are listed the server does nothing else.
const KEYS_MAX: usize = 100_000;

/// How many keys `SCAN` looks at by default, and at most.
const SCAN_COUNT: usize = 10;
const SCAN_COUNT_MAX: usize = 10_000;

fn look(look: impl FnOnce(&Store) -> Reply + Send + 'static) -> Parsed {
    Ok(Read(Box::new(look)))
}

/// `GET key`.
pub fn get(arguments: &[Bytes]) -> Parsed {
    let key = arguments[0].clone();
    look(move |store| value_or_null(store.get(&key).value))
}

/// `MGET key...`.
pub fn mget(arguments: &[Bytes]) -> Parsed {
    let keys = arguments.to_vec();
    look(move |store| {
        Reply::Array(keys.iter().map(|key| value_or_null(store.get(key).value)).collect())
    })
}

/// `EXISTS key...`: a key that is named twice counts twice.
pub fn exists(arguments: &[Bytes]) -> Parsed {
    let keys = arguments.to_vec();
    look(move |store| {
        let there = keys.iter().filter(|key| store.get(key).value.is_some());
        Reply::Integer(there.count() as i64)
    })
}

/// `STRLEN key`.
pub fn strlen(arguments: &[Bytes]) -> Parsed {
    let key = arguments[0].clone();
    look(move |store| Reply::Integer(store.get(&key).value.map_or(0, |it| it.len()) as i64))
}

/// `TYPE key`.
pub fn r#type(arguments: &[Bytes]) -> Parsed {
    let key = arguments[0].clone();
    look(move |store| {
        let name = if store.get(&key).value.is_some() { "string" } else { "none" };
        Reply::Simple(name.into())
    })
}

/// `DBSIZE`.
pub fn dbsize(_: &[Bytes]) -> Parsed {
    look(|store| Reply::Integer(store.len() as i64))
}

/// `KEYS pattern`.
pub fn keys(arguments: &[Bytes]) -> Parsed {
    let pattern = arguments[0].clone();
    look(move |store| {
        if store.len() > KEYS_MAX {
            return Reply::error(format!(
                "ERR there are {} keys, KEYS goes through {KEYS_MAX} at most; use SCAN",
                store.len()
            ));
        }
        let keys = store.from_place(0).map(|(_, key, _)| key);
        Reply::Array(keys.filter(|key| matches(&pattern, key)).cloned().map(Reply::Bulk).collect())
    })
}

/// `SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]`. The cursor is a place in the order of the keys'
/// hashes: it means the same on every server, after any change. A key that exists all the time is returned
/// once.
pub fn scan(arguments: &[Bytes]) -> Parsed {
    let cursor = std::str::from_utf8(&arguments[0]).ok().and_then(|text| text.parse().ok());
    let cursor: u64 = cursor.ok_or_else(|| Reply::error("ERR invalid cursor"))?;
    let (options, []) = arguments[1..].as_chunks::<2>() else {
        return Err(Reply::error("ERR syntax error: an option of SCAN has no value"));
    };
    let (mut pattern, mut count, mut strings) = (None, SCAN_COUNT, true);
    for [name, value] in options {
        match name.to_ascii_uppercase().as_slice() {
            b"MATCH" => pattern = Some(value.clone()),
            b"COUNT" => match usize::try_from(integer(value)?) {
                Ok(wanted @ 1..) => count = wanted.min(SCAN_COUNT_MAX),
                _ => return Err(Reply::error("ERR syntax error: COUNT must be at least 1")),
            },
            b"TYPE" => strings = value.eq_ignore_ascii_case(b"string"),
            _ => {
                let sentence = "ERR syntax error: SCAN has the options MATCH, COUNT and TYPE";
                return Err(Reply::error(sentence));
            }
        }
    }
    look(move |store| {
        scan_from(store, cursor, count, |key| {
            strings && pattern.as_ref().is_none_or(|pattern| matches(pattern, key))
        })
    })
}

fn scan_from(store: &Store, cursor: u64, count: usize, is_wanted: impl Fn(&[u8]) -> bool) -> Reply {
    let (mut found, mut last, mut next) = (Vec::new(), None, 0);
    for (seen, (place, key, _)) in store.from_place(cursor).enumerate() {
        // Keys of one place are returned together: a cursor can't point between them.
        if seen >= count && last != Some(place) {
            next = place;
            break;
        }
        last = Some(place);
        if is_wanted(key) {
            found.push(Reply::Bulk(key.clone()));
        }
    }
    Reply::Array(vec![Reply::bulk(next.to_string()), Reply::Array(found)])
}
