//! What `kv` says, and its exit codes.

use super::fake::{BREAK, FakeServer, Nobody};
use super::running::{Running, kv, run, run_with};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

#[test]
fn a_value_is_shown_as_it_is_and_a_missing_one_is_no() {
    let server = FakeServer::start(["$3\r\na\nb", "$-1"]);
    let servers = [&server.address];
    assert_eq!(run(&servers, &["get", "x"]).done(), "a\nb\n");
    let missing = run(&servers, &["get", "x"]);
    assert_eq!((missing.code, missing.errors.as_str()), (Some(1), "x is not there\n"));
    assert!(missing.output.is_empty());
}

#[test]
fn a_value_comes_from_the_command_line_or_from_standard_input() {
    let server = FakeServer::start(["+OK"; 3]);
    let servers = [&server.address];
    assert_eq!(run(&servers, &["set", "x", "a b"]).done(), "done writing x\n");
    assert_eq!(run(&servers, &["set", "x", "-5"]).done(), "done writing x\n");
    let mut command = kv(&servers);
    command.args(["set", "x", "-"]);
    assert_eq!(run_with(command, b"from\nhere\n").done(), "done writing x\n");
    assert_eq!(server.asked(), ["SET x a b", "SET x -5", "SET x from\nhere\n"]);
}

#[test]
fn keys_are_bytes() {
    let server = FakeServer::start(["$1\r\n1"]);
    let key = OsStr::from_bytes(b"\xff");
    assert_eq!(run(&[&server.address], &[OsStr::new("get"), key]).done(), "1\n");
    assert_eq!(server.asked(), ["GET \u{fffd}"]);
}

#[test]
fn numbers_are_shown() {
    let server = FakeServer::start([":2", ":7", ":-3"]);
    let servers = [&server.address];
    assert_eq!(run(&servers, &["del", "x", "y", "z"]).done(), "2\n");
    assert_eq!(run(&servers, &["incr", "n"]).done(), "7\n");
    assert_eq!(run(&servers, &["incr", "n", "-10"]).done(), "-3\n");
    assert_eq!(server.asked(), ["DEL x y z", "INCRBY n 1", "INCRBY n -10"]);
}

#[test]
fn a_value_that_is_not_the_expected_one_is_no() {
    let server = FakeServer::start([":1", ":0"]);
    let servers = [&server.address];
    assert_eq!(run(&servers, &["cas", "x", "1", "2"]).done(), "done writing x\n");
    let other = run(&servers, &["cas", "x", "1", "2"]);
    let sentence = "x has another value, or is not there\n";
    assert_eq!((other.code, other.errors.as_str()), (Some(1), sentence));
}

#[test]
fn all_keys_are_shown_however_many_there_are() {
    let server = FakeServer::start([
        "*2\r\n$2\r\n77\r\n*2\r\n$1\r\na\r\n$1\r\nb",
        "*2\r\n$2\r\n99\r\n*0",
        "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nc",
    ]);
    assert_eq!(run(&[&server.address], &["keys", "?"]).done(), "a\nb\nc\n");
    let scan = |cursor: u8| format!("SCAN {cursor} MATCH ? COUNT 1000");
    assert_eq!(server.asked(), [0, 77, 99].map(scan));
}

#[test]
fn exit_codes_tell_what_is_known_of_a_write() {
    let dead = Nobody::new();
    let ended = run(&[&dead.address], &["--timeout", "200ms", "set", "x", "1"]);
    assert_eq!(ended.code, Some(68), "{ended:?}");
    assert!(ended.errors.contains(&dead.address), "{ended:?}");
    let server = FakeServer::start([BREAK, "-ERR no"]);
    let ended = run(&[&server.address], &["set", "x", "1"]);
    assert_eq!(ended.code, Some(79), "{ended:?}");
    assert!(ended.errors.contains("the outcome is not known"), "{ended:?}");
    let ended = run(&[&server.address], &["set", "x", "1"]);
    assert_eq!((ended.code, ended.errors.as_str()), (Some(77), "error: ERR no\n"));
}

#[test]
fn with_once_a_write_is_sent_until_it_is_answered() {
    let server = FakeServer::start(["$2\r\ns1", BREAK, ":1"]);
    assert_eq!(run(&[&server.address], &["incr", "x", "--once"]).done(), "1\n");
    let once = "ONCE s1 1 INCRBY x 1";
    assert_eq!(server.asked(), ["SESSION", once, once]);
}

#[test]
fn the_password_comes_from_a_file_or_a_variable_and_never_from_a_flag() {
    let server = FakeServer::start(["+OK"; 4]);
    let servers = [&server.address];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "open sesame\n").unwrap();
    let mut by_file = kv(&servers);
    by_file.arg("--password-file").arg(&file).args(["set", "x", "1"]);
    run_with(by_file, b"").done();
    let mut by_variable = kv(&servers);
    by_variable.env("KVD_PASSWORD", "simsalabim").args(["set", "x", "1"]);
    run_with(by_variable, b"").done();
    assert_eq!(server.asked(), ["AUTH open sesame", "SET x 1", "AUTH simsalabim", "SET x 1"]);
    let none =
        run(&[&FakeServer::start(["-NOAUTH Authentication required."]).address], &["get", "x"]);
    assert_eq!(none.code, Some(77), "{none:?}");
    assert!(none.errors.contains("--password-file"), "{none:?}");
    let by_flag = run(&servers, &["--password", "word", "get", "x"]);
    assert_eq!(by_flag.code, Some(64), "{by_flag:?}");
    let missing = run(&servers, &["--password-file", "no/such/file", "get", "x"]);
    assert_eq!(missing.code, Some(64), "{missing:?}");
    assert!(missing.errors.contains("no/such/file"), "{missing:?}");
}

#[test]
fn servers_come_from_a_file_as_well() {
    let server = FakeServer::start(["$2\r\n10"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("servers.json");
    let port = server.address.rsplit_once(':').unwrap().1;
    let text = format!(r#"[{{"client_port": {port}, "log_port": 1}}]"#);
    std::fs::write(&file, text).unwrap();
    let config = file.to_str().unwrap();
    assert_eq!(run::<&str, _>(&[], &["--config", config, "get", "x"]).done(), "10\n");
    std::fs::write(&file, "[{}]").unwrap();
    assert_eq!(run::<&str, _>(&[], &["--config", config, "get", "x"]).code, Some(78));
}

#[test]
fn what_the_command_line_does_not_have_is_wrong_usage() {
    for wrong in [
        &["get"][..],
        &["frob", "x"],
        &["--server", "localhost", "get", "x"],
        &["--timeout", "10", "get", "x"],
        &["incr", "x", "one"],
    ] {
        assert_eq!(run::<&str, _>(&[], wrong).code, Some(64), "{wrong:?}");
    }
    let help = run::<&str, _>(&[], &["--help"]).done();
    assert!(help.contains("68  no server answered in time"), "{help}");
}

/// What a server says to a leader watch: its name, the servers of its cluster, and its role.
fn report(role: &str, term: u64, address: &str) -> [String; 3] {
    let port = address.rsplit_once(':').unwrap().1;
    let info = format!("# Raft\r\nraft_role:{role}\r\nraft_term:{term}\r\nraft_leader_id:2\r\n");
    let server = format!("*4\r\n$9\r\n127.0.0.1\r\n:{port}\r\n$2\r\nme\r\n*0");
    [
        "$2\r\nme".to_owned(),
        format!("*1\r\n*3\r\n:0\r\n:16383\r\n{server}"),
        format!("${}\r\n{info}", info.len()),
    ]
}

#[test]
fn changes_of_the_leader_are_shown_until_there_were_as_many_as_wanted() {
    let nobody = Nobody::new();
    let address = &nobody.address;
    let script = [("Follower", 1), ("Follower", 2), ("Leader", 3), ("Leader", 3), ("Candidate", 4)];
    let script = script.iter().flat_map(|(role, term)| report(role, *term, address));
    let server = FakeServer::start(script);
    let mut command = kv(&[&server.address]);
    command.args(["watch-leader", "--changes", "3"]);
    let shown = run_with(command, b"").done();
    assert_eq!(shown, format!("LEADER => None\nLEADER => {address}\nLEADER => None\n"));
}

#[test]
fn a_watch_that_no_server_answers_says_so_and_waits() {
    let nobody = Nobody::new();
    let mut command = kv(&[&nobody.address]);
    command.arg("watch-leader");
    Running::start(command).wait_for(|line| line == "LEADER => None");
}
