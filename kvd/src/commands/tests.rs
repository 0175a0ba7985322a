//! What each command asks, and how it is answered, on a store without a cluster.

use super::*;

/// Does a command at once.
fn run(store: &mut Store, line: &str) -> Reply {
    let arguments: Vec<Bytes> =
        line.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect();
    let row = match row_of(&arguments) {
        Ok(row) => row,
        Err(reply) => return reply,
    };
    match operation(row, &arguments) {
        Ok(Operation::Write(Write { requests, tell, .. })) => {
            let mut answers: Vec<Answer> =
                requests.into_iter().map(|request| store.apply(request)).collect();
            match answers.len() {
                1 => tell(answers.remove(0)),
                _ => tell(Answer::Several(answers)),
            }
        }
        Ok(Operation::Read(Read(look))) => look(store),
        Ok(Operation::OpenSession) => Reply::ok(),
        Err(reply) => reply,
    }
}

fn bulk(text: &'static str) -> Reply {
    Reply::bulk(text)
}

fn is_error(reply: &Reply, beginning: &str) -> bool {
    matches!(reply, Reply::Error(text) if text.starts_with(beginning))
}

#[test]
fn values_are_set_on_condition_and_the_old_one_told() {
    let mut store = Store::default();
    let mut run = |line| run(&mut store, line);
    assert_eq!(run("GET a"), Reply::Null);
    assert_eq!(run("SET a 1 XX"), Reply::Null);
    assert_eq!(run("SET a 1 NX"), Reply::ok());
    assert_eq!(run("set a 2 nx"), Reply::Null);
    assert_eq!(run("SET a 3 XX GET"), bulk("1"));
    assert_eq!(run("SET a 4 NX GET"), bulk("3"));
    assert_eq!(run("GET a"), bulk("3"));
    assert_eq!(run("SET b 1 GET"), Reply::Null);
    assert_eq!(run("GETSET b 2"), bulk("1"));
    assert_eq!(run("GETDEL b"), bulk("2"));
    assert_eq!(run("GETDEL b"), Reply::Null);
    assert_eq!(run("SETNX b 5"), Reply::Integer(1));
    assert_eq!(run("SETNX b 6"), Reply::Integer(0));
    assert_eq!(run("CAS b 6 7"), Reply::Integer(0));
    assert_eq!(run("CAS b 5 7"), Reply::Integer(1));
    assert_eq!(run("CAS none 5 7"), Reply::Integer(0));
    assert_eq!(run("MGET a b c"), Reply::Array(vec![bulk("3"), bulk("7"), Reply::Null]));
    assert!(is_error(&run("SET a 1 NX XX"), "ERR syntax error"));
    assert!(is_error(&run("SET a 1 EX 10"), "ERR syntax error: SET has no option EX"));
}

#[test]
fn numbers_are_counted_up_and_down() {
    let mut store = Store::default();
    let mut run = |line| run(&mut store, line);
    assert_eq!(run("INCR n"), Reply::Integer(1));
    assert_eq!(run("INCRBY n 41"), Reply::Integer(42));
    assert_eq!(run("DECR n"), Reply::Integer(41));
    assert_eq!(run("DECRBY n 50"), Reply::Integer(-9));
    assert!(is_error(&run("DECRBY n -9223372036854775808"), "ERR increment or decrement would"));
    assert!(is_error(&run("INCRBY n 1.5"), "ERR value is not an integer"));
    assert_eq!(run("SET n 9223372036854775807"), Reply::ok());
    assert!(is_error(&run("INCR n"), "ERR increment or decrement would overflow"));
    assert_eq!(run("SET n x"), Reply::ok());
    assert!(is_error(&run("INCR n"), "ERR value is not an integer"));
}

#[test]
fn commands_on_several_keys_count() {
    let mut store = Store::default();
    let mut run = |line| run(&mut store, line);
    assert_eq!(run("MSET a 1 b 2 c 3"), Reply::ok());
    assert_eq!(run("EXISTS a b a d"), Reply::Integer(3));
    assert_eq!(run("DEL a d b"), Reply::Integer(2));
    assert_eq!(run("DEL a"), Reply::Integer(0));
    assert_eq!(run("DBSIZE"), Reply::Integer(1));
    assert_eq!(run("APPEND c 45"), Reply::Integer(3));
    assert_eq!(run("APPEND new 45"), Reply::Integer(2));
    assert_eq!(run("STRLEN c"), Reply::Integer(3));
    assert_eq!(run("TYPE c"), Reply::Simple("string".into()));
    assert_eq!(run("TYPE d"), Reply::Simple("none".into()));
    assert!(is_error(&run("MSET a 1 b"), "ERR wrong number of arguments for 'mset'"));
}

/// What a scan finds, page by page.
fn scan(store: &mut Store, between: impl Fn(&mut Store, usize)) -> Vec<Bytes> {
    let (mut cursor, mut found) = ("0".to_owned(), Vec::new());
    for page in 0.. {
        let Reply::Array(reply) = run(store, &format!("SCAN {cursor} MATCH k* COUNT 7")) else {
            panic!("no array");
        };
        let [Reply::Bulk(next), Reply::Array(keys)] = &reply[..] else { panic!("{reply:?}") };
        found.extend(keys.iter().map(|key| match key {
            Reply::Bulk(key) => key.clone(),
            other => panic!("{other:?}"),
        }));
        cursor = String::from_utf8(next.to_vec()).unwrap();
        if cursor == "0" {
            break;
        }
        between(store, page);
    }
    found.sort();
    found
}

#[test]
fn a_scan_finds_each_key_that_stays_once_whatever_else_changes() {
    let mut store = Store::default();
    for number in 0..100 {
        run(&mut store, &format!("SET k{number} v"));
        run(&mut store, &format!("SET other{number} v"));
    }
    let all = scan(&mut store, |_, _| {});
    assert_eq!(all.len(), 100);
    let again = scan(&mut store, |store, page| {
        run(store, &format!("DEL other{page}"));
        run(store, &format!("SET new{page} v"));
    });
    assert_eq!(again, all);
}

#[test]
fn keys_are_listed_by_pattern_unless_they_are_too_many() {
    let mut store = Store::default();
    assert_eq!(run(&mut store, "KEYS *"), Reply::Array(Vec::new()));
    run(&mut store, "MSET a1 x a2 x b x");
    let Reply::Array(mut keys) = run(&mut store, "KEYS a?") else { panic!("no array") };
    keys.sort_by_key(|key| format!("{key:?}"));
    assert_eq!(keys, [bulk("a1"), bulk("a2")]);
    for number in 0..100_001 {
        store.apply(Request::new(format!("{number}"), kv::Action::Put("v".into())));
    }
    let reply = run(&mut store, "KEYS *");
    assert!(matches!(&reply, Reply::Error(text) if text.ends_with("use SCAN")), "{reply:?}");
}

#[test]
fn what_is_not_there_says_what_is() {
    let mut store = Store::default();
    let reply = run(&mut store, "LPUSH a 1");
    assert!(is_error(&reply, "ERR unknown command 'LPUSH'; this store has APPEND CAS DECR "));
    assert!(is_error(&run(&mut store, "GET"), "ERR wrong number of arguments for 'get'"));
    assert!(is_error(&run(&mut store, "GET a b"), "ERR wrong number of arguments for 'get'"));
    assert!(is_error(&run(&mut store, "SCAN x"), "ERR invalid cursor"));
    assert!(is_error(&run(&mut store, "SCAN 0 COUNT 0"), "ERR syntax error"));
}

#[test]
fn a_command_is_made_once_in_a_session() {
    let of = |line: &str| {
        let arguments: Vec<Bytes> =
            line.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect();
        row_of(&arguments).and_then(|row| operation(row, &arguments))
    };
    let name = Session { number: 31, token: 7 }.to_string();
    assert_eq!(name, "1f-00000000000000000000000000000007");
    let Ok(Operation::Write(write)) = of(&format!("ONCE {name} 2 INCRBY n 3")) else { panic!() };
    assert_eq!(write.once, Some(Once { session: 31, token: 7, sequence: 2 }));
    assert_eq!(write.requests, [Request::new("n", kv::Action::Add(3))]);
    for line in [
        format!("ONCE {name} 0 INCR n"),
        format!("ONCE {name} x INCR n"),
        format!("ONCE {name} 1 GET n"),
        format!("ONCE {name} 1 PING n"),
        format!("ONCE {name} 1 INCR n m"),
        format!("ONCE {name} 1 ONCE {name} 1 INCR n"),
        "ONCE 1f 1 INCR n".to_owned(),
        "ONCE 1F-00000000000000000000000000000007 1 INCR n".to_owned(),
    ] {
        let Err(Reply::Error(text)) = of(&line) else { panic!("{line}") };
        assert!(text.starts_with("ERR "), "{text}");
    }
}

#[test]
fn the_table_has_each_command_once_and_knows_its_keys() {
    for row in TABLE {
        assert_eq!(TABLE.iter().filter(|other| other.name == row.name).count(), 1);
        assert_eq!(row.name, row.name.to_ascii_lowercase());
    }
    let keys = |line: &'static str| {
        let arguments: Vec<Bytes> = line.split(' ').map(Bytes::from).collect();
        let row = row_of(&arguments).unwrap();
        row.keys(&arguments).map(|key| String::from_utf8(key.to_vec()).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(keys("MSET a 1 b 2"), ["a", "b"]);
    assert_eq!(keys("DEL a b c"), ["a", "b", "c"]);
    assert_eq!(keys("SET a b"), ["a"]);
    assert_eq!(keys("ONCE s 1 SET a b"), ["a"]);
    assert_eq!(keys("DBSIZE"), [""; 0]);
}
