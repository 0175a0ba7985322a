//! Operations as commands of Redis, and what its answers mean.

use crate::driver::Reached;
use crate::operation::{Answer, Operation, Outcome, Transaction};
use bytes::Bytes;
use kvd_api::resp::Reply;

/// The end of each element of a list, which is a string that is appended to.
const END_OF_ELEMENT: char = ',';

/// Errors that only commands get which have no effect and never will.
const DEFINITE: [&str; 16] = [
    "ASK",
    "BUSY",
    "CLUSTERDOWN",
    "CROSSSLOT",
    "ERR",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "MOVED",
    "NOAUTH",
    "NOPERM",
    "OOM",
    "READONLY",
    "TRYAGAIN",
    "WRONGPASS",
    "WRONGTYPE",
];

/// The words of the command that does it.
pub(super) fn words(operation: &Operation) -> Vec<String> {
    let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect();
    match operation {
        Operation::Get { key } | Operation::ReadList { key } | Operation::ReadCounter { key } => {
            words(&["GET", key])
        }
        Operation::Put { key, value } => words(&["SET", key, value]),
        Operation::CompareAndSet { key, expected: Some(expected), value } => {
            words(&["CAS", key, expected, value])
        }
        Operation::CompareAndSet { key, expected: None, value } => words(&["SETNX", key, value]),
        Operation::Delete { key } => words(&["DEL", key]),
        Operation::Append { key, element } => {
            words(&["APPEND", key, &format!("{element}{END_OF_ELEMENT}")])
        }
        Operation::Add { key, amount } => words(&["INCRBY", key, &amount.to_string()]),
        Operation::Transaction(Transaction::Read { keys }) => {
            std::iter::once("MGET".to_owned()).chain(keys.iter().cloned()).collect()
        }
        Operation::Transaction(Transaction::Write { writes }) => {
            let pairs = writes.iter().flat_map(|(key, value)| [key.clone(), value.clone()]);
            std::iter::once("MSET".to_owned()).chain(pairs).collect()
        }
    }
}

/// What a reply to it means.
pub(super) fn reached(operation: &Operation, reply: Reply) -> Reached {
    if let Reply::Error(sentence) = reply {
        return refused(operation, sentence);
    }
    match answer(operation, &reply) {
        Some(answer) => Reached::Done(Outcome::Ok(answer)),
        // A server that answers this may have done the write.
        None => Reached::Done(operation.lost(format!("no answer to that: {reply:?}"))),
    }
}

fn refused(operation: &Operation, sentence: String) -> Reached {
    let mut words = sentence.split(' ');
    let code = words.next().unwrap_or_default();
    match (code, words.nth(1)) {
        ("MOVED" | "ASK", Some(address)) => Reached::Elsewhere(address.to_owned()),
        _ if DEFINITE.contains(&code) => Reached::Done(Outcome::Failed(sentence)),
        _ => Reached::Done(operation.lost(sentence)),
    }
}

fn answer(operation: &Operation, reply: &Reply) -> Option<Answer> {
    let integer = || match reply {
        Reply::Integer(number) => Some(*number),
        _ => None,
    };
    match operation {
        Operation::Get { .. } => Some(Answer::Value(value(reply)?)),
        Operation::Put { .. } | Operation::Transaction(Transaction::Write { .. }) => {
            matches!(reply, Reply::Simple(word) if word == "OK").then_some(Answer::Done)
        }
        Operation::CompareAndSet { .. } => match integer()? {
            0 => Some(Answer::Swapped(false)),
            1 => Some(Answer::Swapped(true)),
            _ => None,
        },
        Operation::Delete { .. } | Operation::Append { .. } => integer().map(|_| Answer::Done),
        Operation::ReadList { .. } => Some(Answer::List(elements(value(reply)?.as_deref()))),
        Operation::Add { .. } => integer().map(Answer::Number),
        Operation::ReadCounter { .. } => match value(reply)? {
            None => Some(Answer::Number(0)),
            Some(text) => text.parse().ok().map(Answer::Number),
        },
        Operation::Transaction(Transaction::Read { keys }) => match reply {
            Reply::Array(items) if items.len() == keys.len() => {
                Some(Answer::Values(items.iter().map(value).collect::<Option<_>>()?))
            }
            _ => None,
        },
    }
}

/// A value, or that there is none; nothing where the reply says neither.
fn value(reply: &Reply) -> Option<Option<String>> {
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    match reply {
        Reply::Bulk(bytes) => Some(Some(text(bytes))),
        Reply::Null => Some(None),
        _ => None,
    }
}

/// The elements of a list; what follows the last end of an element counts as one, too, though nobody wrote it.
fn elements(list: Option<&str>) -> Vec<String> {
    list.unwrap_or_default().split_terminator(END_OF_ELEMENT).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> String {
        "k".to_owned()
    }

    fn get() -> Operation {
        Operation::Get { key: key() }
    }

    fn put() -> Operation {
        Operation::Put { key: key(), value: "1".into() }
    }

    fn ok(answer: Answer) -> Reached {
        Reached::Done(Outcome::Ok(answer))
    }

    #[test]
    fn every_operation_has_a_command() {
        let cas = |expected: Option<&str>| Operation::CompareAndSet {
            key: key(),
            expected: expected.map(str::to_owned),
            value: "2".into(),
        };
        let writes = vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())];
        let keys = vec!["a".to_owned(), "b".to_owned()];
        let rows = [
            (get(), "GET k"),
            (put(), "SET k 1"),
            (cas(Some("1")), "CAS k 1 2"),
            (cas(None), "SETNX k 2"),
            (Operation::Delete { key: key() }, "DEL k"),
            (Operation::Append { key: key(), element: "7".into() }, "APPEND k 7,"),
            (Operation::ReadList { key: key() }, "GET k"),
            (Operation::Add { key: key(), amount: 5 }, "INCRBY k 5"),
            (Operation::ReadCounter { key: key() }, "GET k"),
            (Operation::Transaction(Transaction::Read { keys }), "MGET a b"),
            (Operation::Transaction(Transaction::Write { writes }), "MSET a 1 b 2"),
        ];
        for (operation, command) in rows {
            assert_eq!(words(&operation).join(" "), command);
        }
    }

    #[test]
    fn answers_are_understood() {
        assert_eq!(reached(&get(), Reply::Null), ok(Answer::Value(None)));
        assert_eq!(reached(&get(), Reply::bulk("x")), ok(Answer::Value(Some("x".into()))));
        assert_eq!(reached(&put(), Reply::ok()), ok(Answer::Done));
        let list = Operation::ReadList { key: key() };
        let found = Answer::List(vec!["1".into(), "2".into()]);
        assert_eq!(reached(&list, Reply::bulk("1,2,")), ok(found));
        assert_eq!(reached(&list, Reply::Null), ok(Answer::List(Vec::new())));
        let counter = Operation::ReadCounter { key: key() };
        assert_eq!(reached(&counter, Reply::bulk("12")), ok(Answer::Number(12)));
        assert_eq!(reached(&counter, Reply::Null), ok(Answer::Number(0)));
        let read = Operation::Transaction(Transaction::Read { keys: vec![key(), key()] });
        let two = Reply::Array(vec![Reply::Null, Reply::bulk("x")]);
        assert_eq!(reached(&read, two), ok(Answer::Values(vec![None, Some("x".into())])));
    }

    #[test]
    fn errors_are_definite_only_where_they_say_so() {
        let error = |operation: &Operation, text: &str| reached(operation, Reply::error(text));
        let moved = Reached::Elsewhere("127.0.0.1:8001".into());
        assert_eq!(error(&put(), "MOVED 12 127.0.0.1:8001"), moved);
        let down = "CLUSTERDOWN no leader for 2.0 s";
        assert_eq!(error(&put(), down), Reached::Done(Outcome::Failed(down.into())));
        let unknown = "UNKNOWN the outcome of this write is not known";
        assert_eq!(error(&put(), unknown), Reached::Done(Outcome::Unknown(unknown.into())));
        assert_eq!(error(&get(), unknown), Reached::Done(Outcome::Failed(unknown.into())));
        assert_eq!(error(&put(), "NEW code"), Reached::Done(Outcome::Unknown("NEW code".into())));
    }

    #[test]
    fn an_answer_that_is_none_leaves_a_write_unknown() {
        let reached = reached(&put(), Reply::Integer(3));
        assert!(
            matches!(reached, Reached::Done(Outcome::Unknown(why)) if why.contains("Integer(3)"))
        );
    }
}
