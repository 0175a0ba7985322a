//! Commands that change values.

use super::{Write, integer, several, value_or_null, wrong_number};
use crate::resp::Reply;
use bytes::Bytes;
use kv::{Action, Answer, Request};

type Parsed = Result<Write, Reply>;

fn ask(key: &Bytes, action: Action) -> Request {
    Request { key: key.clone(), action }
}

/// `SET key value [NX | XX] [GET]`.
pub fn set(arguments: &[Bytes]) -> Parsed {
    let (key, value) = (&arguments[0], arguments[1].clone());
    let (mut on_condition, mut returns_old) = (None, false);
    for option in &arguments[2..] {
        match option.to_ascii_uppercase().as_slice() {
            b"NX" if on_condition.is_none() => {
                on_condition = Some(Action::CompareAndSet(None, value.clone()));
            }
            b"XX" if on_condition.is_none() => {
                on_condition = Some(Action::PutIfPresent(value.clone()));
            }
            b"GET" => returns_old = true,
            b"NX" | b"XX" => return Err(Reply::error("ERR syntax error: NX and XX at once")),
            _ => return Err(no_such_option(option)),
        }
    }
    let put = ask(key, on_condition.unwrap_or(Action::Put(value)));
    Ok(match returns_old {
        true => Write::new(vec![ask(key, Action::Get), put], old_value),
        false => Write::new(vec![put], done_or_null),
    })
}

fn no_such_option(option: &[u8]) -> Reply {
    let option = option.escape_ascii();
    Reply::error(format!(
        "ERR syntax error: SET has no option {option}; it has NX, XX and GET, and values do not expire"
    ))
}

fn done_or_null(answer: Answer) -> Reply {
    match answer {
        Answer::Done { .. } => Reply::ok(),
        _ => Reply::Null,
    }
}

fn old_value(answer: Answer) -> Reply {
    match several(answer).into_iter().next() {
        Some(Answer::Got(found)) => value_or_null(found.value),
        _ => Reply::Null,
    }
}

/// `SETNX key value`.
pub fn setnx(arguments: &[Bytes]) -> Parsed {
    let action = Action::CompareAndSet(None, arguments[1].clone());
    Ok(Write::new(vec![ask(&arguments[0], action)], how_many))
}

/// `CAS key expected value`.
pub fn cas(arguments: &[Bytes]) -> Parsed {
    let action = Action::CompareAndSet(Some(arguments[1].clone()), arguments[2].clone());
    Ok(Write::new(vec![ask(&arguments[0], action)], how_many))
}

/// `GETSET key value`.
pub fn getset(arguments: &[Bytes]) -> Parsed {
    let key = &arguments[0];
    let put = Action::Put(arguments[1].clone());
    Ok(Write::new(vec![ask(key, Action::Get), ask(key, put)], old_value))
}

/// `GETDEL key`.
pub fn getdel(arguments: &[Bytes]) -> Parsed {
    let key = &arguments[0];
    Ok(Write::new(vec![ask(key, Action::Get), ask(key, Action::Remove)], old_value))
}

/// `DEL key...`.
pub fn del(arguments: &[Bytes]) -> Parsed {
    let requests = arguments.iter().map(|key| ask(key, Action::Remove)).collect();
    Ok(Write::new(requests, how_many))
}

/// Of the requests, those that were done.
fn how_many(answer: Answer) -> Reply {
    let done = |answer: &Answer| matches!(answer, Answer::Done { .. });
    Reply::Integer(several(answer).iter().filter(|it| done(it)).count() as i64)
}

/// `MSET key value...`.
pub fn mset(arguments: &[Bytes]) -> Parsed {
    let (pairs, []) = arguments.as_chunks::<2>() else { return Err(wrong_number("mset")) };
    let puts = pairs.iter().map(|[key, value]| ask(key, Action::Put(value.clone())));
    Ok(Write::new(puts.collect(), |_| Reply::ok()))
}

/// `APPEND key value`.
pub fn append(arguments: &[Bytes]) -> Parsed {
    let key = &arguments[0];
    let append = Action::Append(arguments[1].clone());
    let tell = |answer| several(answer).pop().map_or(Reply::Null, number);
    Ok(Write::new(vec![ask(key, append), ask(key, Action::Length)], tell))
}

fn number(answer: Answer) -> Reply {
    match answer {
        Answer::Number(number) => Reply::Integer(number),
        Answer::Overflow => Reply::error("ERR increment or decrement would overflow"),
        _ => Reply::error("ERR value is not an integer or out of range"),
    }
}

fn add(key: &Bytes, amount: i64) -> Parsed {
    Ok(Write::new(vec![ask(key, Action::Add(amount))], number))
}

/// `INCR key`.
pub fn incr(arguments: &[Bytes]) -> Parsed {
    add(&arguments[0], 1)
}

/// `INCRBY key amount`.
pub fn incrby(arguments: &[Bytes]) -> Parsed {
    add(&arguments[0], integer(&arguments[1])?)
}

/// `DECR key`.
pub fn decr(arguments: &[Bytes]) -> Parsed {
    add(&arguments[0], -1)
}

/// `DECRBY key amount`.
pub fn decrby(arguments: &[Bytes]) -> Parsed {
    match integer(&arguments[1])?.checked_neg() {
        Some(amount) => add(&arguments[0], amount),
        None => Err(number(Answer::Overflow)),
    }
}
