//! Servers that end and start again, that wait, and that refuse.

mod common;

use bytes::Bytes;
use common::{
    Client, ClusterOfProcesses, Connection, Spawner, eventually, files, kvd, run, servers_file,
    text, words,
};
use kvd::resp::Reply;
use kvd::servers_file::ServersFile;
use kvd::slots::slot_of;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn ask(connection: &mut Connection, command: &str) -> String {
    text(&connection.ask(command).expect(command))
}

#[test]
fn nothing_is_lost_when_all_are_killed_and_started_again() {
    let (folder, file) = (tempfile::tempdir().unwrap(), servers_file("kvd", 3));
    let config = folder.path().join("servers.json");
    std::fs::write(&config, file.to_json()).unwrap();
    let addresses: Vec<String> = file.servers.iter().map(|it| it.client_address()).collect();
    let mut written = Vec::new();
    for life in 0..3 {
        let mut spawner = Spawner::start(&config, folder.path(), &[]);
        spawner.wait_for_leader();
        let mut client = Client::new(addresses.clone());
        for (key, value) in &written {
            assert_eq!(client.insist(&format!("GET {key}")), *value);
        }
        for number in 0..50 {
            let (key, value) = (format!("key-{life}-{number}"), format!("value-{number}"));
            assert_eq!(client.insist(&format!("SET {key} {value}")), "OK");
            written.push((key, value));
        }
        assert_eq!(client.insist("DBSIZE"), written.len().to_string());
        spawner.kill(3);
    }
}

/// Commands of which each answer can be told from the others'.
fn pipeline() -> Vec<Vec<Bytes>> {
    let commands = (0..300).map(|number| match number % 3 {
        0 => format!("ECHO {number}"),
        1 => format!("GETSET {{{number}}} {number}"),
        _ => format!("GET {{{}}}", number - 1),
    });
    commands.map(|command| words(&command)).collect()
}

/// Whether an answer is one to that command of the pipeline.
fn belongs(number: usize, answer: &str) -> bool {
    let key = number - usize::from(number % 3 == 2);
    let is_moved = answer.starts_with(&format!("-MOVED {} ", slot_of(key.to_string().as_bytes())));
    match number % 3 {
        0 => answer == number.to_string(),
        1 => answer == "nil" || answer == key.to_string() || is_moved,
        _ => answer == key.to_string() || is_moved,
    }
}

#[test]
fn a_pipeline_keeps_its_order_where_commands_are_moved_and_where_they_are_not() {
    let cluster = ClusterOfProcesses::start(3);
    let commands = pipeline();
    let (mut has_moved, mut has_answered) = (false, false);
    eventually("one leads and another does not", || {
        for id in 0..3 {
            let mut connection = cluster.connect(id);
            connection.send_all(&commands).expect("sent");
            let answers: Vec<String> =
                commands.iter().map(|_| text(&connection.receive().expect("all"))).collect();
            let is_free_of_doubt = |answer: &String| {
                !["-UNKNOWN", "-CLUSTERDOWN"].iter().any(|it| answer.starts_with(it))
            };
            if !answers.iter().all(is_free_of_doubt) {
                continue;
            }
            for (number, answer) in answers.iter().enumerate() {
                assert!(belongs(number, answer), "{number}: {answer}");
            }
            let moved = answers.iter().filter(|answer| answer.starts_with("-MOVED")).count();
            has_moved |= moved == 200;
            has_answered |= moved == 0;
        }
        (has_moved && has_answered).then_some(())
    });
}

#[test]
fn answers_that_change_places_would_be_noticed() {
    assert!(belongs(3, "3") && !belongs(3, "4"));
    assert!(belongs(4, "nil") && belongs(4, "4") && !belongs(4, "7"));
    assert!(belongs(5, "4") && !belongs(5, "nil") && !belongs(5, "5"));
    let moved = |key: &str| format!("-MOVED {} 127.0.0.1:8000", slot_of(key.as_bytes()));
    assert!(belongs(4, &moved("4")) && belongs(5, &moved("4")) && !belongs(4, &moved("7")));
}

#[test]
fn commands_are_held_while_there_is_no_leader() {
    let flags = ["--leader-wait-ms", "50000", "--deadline-ms", "55000"];
    let mut cluster = ClusterOfProcesses::with_flags(3, &flags);
    let mut client = cluster.client();
    for round in 0..3 {
        assert_eq!(client.insist(&format!("SET round {round}")), "OK");
        let leader = cluster.leader();
        cluster.kill(leader);
        // They are asked before they have elected another one.
        let others: Vec<usize> = (0..3).filter(|id| *id != leader).collect();
        let mut held: Vec<Connection> = others.iter().map(|id| cluster.connect(*id)).collect();
        held.iter_mut().for_each(|it| it.send_all(&[words("GET round")]).expect("sent"));
        for connection in &mut held {
            let answer = text(&connection.receive().expect("an answer"));
            assert!(answer == round.to_string() || answer.starts_with("-MOVED"), "{answer}");
        }
        assert_eq!(client.insist("GET round"), round.to_string());
        cluster.restart(leader);
    }
    assert!(!client.errors.contains("CLUSTERDOWN"), "{:?}", client.errors);
}

#[test]
fn without_a_majority_a_client_is_told_so() {
    let flags = ["--leader-wait-ms", "200", "--deadline-ms", "1000"];
    let cluster = ClusterOfProcesses::with_flags(3, &flags);
    cluster.client().insist("SET x before");
    let leader = cluster.leader();
    let others: Vec<usize> = (0..3).filter(|id| *id != leader).collect();
    others.iter().for_each(|id| cluster.stop(*id));
    let mut connection = cluster.connect(leader);
    // It may take a moment until a server that led, or was deposed just now, knows of it.
    let mut until_not_moved = |command: &str| {
        eventually(command, || {
            Some(ask(&mut connection, command)).filter(|answer| !answer.starts_with("-MOVED"))
        })
    };
    let told = until_not_moved("SET x during");
    assert!(told.starts_with("-UNKNOWN ") || told.starts_with("-CLUSTERDOWN "), "{told}");
    let told = until_not_moved("GET x");
    assert!(told.starts_with("-CLUSTERDOWN "), "{told}");
    let told = until_not_moved("SET x later");
    assert!(told.starts_with("-UNKNOWN ") || told.starts_with("-CLUSTERDOWN no leader"), "{told}");
    // What every server knows by itself it says all the same.
    assert_eq!(until_not_moved("PING"), "PONG");
    assert!(until_not_moved("CLUSTER SLOTS").starts_with("0 16383 "));
    others.iter().for_each(|id| cluster.resume(*id));
    let value = cluster.client().insist("GET x");
    assert!(["before", "during", "later"].contains(&&*value), "{value}");
    assert_eq!(cluster.client().insist("SET x after"), "OK");
    assert_eq!(cluster.client().insist("GET x"), "after");
}

#[test]
fn too_many_clients_are_told() {
    let cluster = ClusterOfProcesses::with_flags(1, &["--clients-max", "2"]);
    let mut clients = [cluster.connect(0), cluster.connect(0)];
    clients.iter_mut().for_each(|client| assert_eq!(ask(client, "PING"), "PONG"));
    for _ in 0..3 {
        // Also one that speaks first, as most do.
        let mut refused = cluster.connect(0);
        let _ = refused.send_all(&[words("HELLO 3"), words("PING")]);
        let told = text(&refused.receive().expect("an answer"));
        assert_eq!(told, "-ERR max number of clients reached");
        assert!(refused.receive().is_err());
    }
    drop(clients);
    eventually("there is room again", || {
        Some(()).filter(|()| cluster.connect(0).ask("PING").is_ok_and(|it| text(&it) == "PONG"))
    });
}

#[test]
fn what_is_too_large_is_told() {
    let cluster = ClusterOfProcesses::start(1);
    cluster.client().insist("SET x 1");
    let mut connection = cluster.connect(0);
    let value = Bytes::from(vec![b'v'; (16 << 20) + 1]);
    let set = [Bytes::from("SET"), Bytes::from("x"), value];
    let told = text(&connection.ask_words(&set).expect("an answer"));
    assert!(told.starts_with("-ERR ") && told.contains("16777216 bytes is the most"), "{told}");
    // The connection goes on, and nothing has changed.
    assert_eq!(ask(&mut connection, "GET x"), "1");
    // What no parser can skip ends it.
    let begin = b"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$99999999\r\n";
    connection.send_bytes(&[&begin[..], &[b'v'; 1 << 20]].concat()).expect("sent");
    let told = text(&connection.receive().expect("an answer"));
    assert!(told.starts_with("-ERR ") && told.contains("64 MB is the most"), "{told}");
    assert!(connection.receive().is_err());
}

#[test]
fn bytes_that_are_no_request_end_the_connection_after_what_came_before_them() {
    let cluster = ClusterOfProcesses::start(1);
    let mut connection = cluster.connect(0);
    let mut bytes = b"*1\r\n$4\r\nPING\r\n*1\r\n%4\r\nPING\r\n".to_vec();
    // And more than fits into buffers on the way.
    bytes.resize(8 << 20, b'x');
    let _ = connection.send_bytes(&bytes);
    assert_eq!(text(&connection.receive().expect("an answer")), "PONG");
    let told = text(&connection.receive().expect("an answer"));
    assert!(told.starts_with("-ERR Protocol error: expected '$', got '%"), "{told}");
    assert!(connection.receive().is_err());
    assert_eq!(ask(&mut cluster.connect(0), "PING"), "PONG");
}

#[test]
fn who_does_not_know_the_password_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "open sesame\n").unwrap();
    let flags = ["--password-file", password.to_str().unwrap()];
    let cluster = ClusterOfProcesses::with_flags(1, &flags);
    let mut stranger = cluster.connect(0);
    for command in ["SET x 1", "GET x", "INFO", "CLUSTER SLOTS", "PING", "HELLO 3"] {
        assert_eq!(ask(&mut stranger, command), "-NOAUTH Authentication required.", "{command}");
    }
    let auth = |word: &str| [Bytes::from("AUTH"), Bytes::copy_from_slice(word.as_bytes())];
    let wrong = stranger.ask_words(&auth("open says me")).expect("an answer");
    assert!(text(&wrong).starts_with("-WRONGPASS "), "{wrong:?}");
    assert_eq!(stranger.ask_words(&auth("open sesame")).expect("an answer"), Reply::ok());
    eventually("it leads", || Some(()).filter(|()| ask(&mut stranger, "SET x 1") == "OK"));
    let hello = ["HELLO", "3", "AUTH", "default", "open sesame"].map(Bytes::from);
    let mut friend = cluster.connect(0);
    assert!(matches!(friend.ask_words(&hello), Ok(Reply::Map(_))));
    assert_eq!(ask(&mut friend, "GET x"), "1");
    assert!(!ask(&mut friend, "INFO").contains("sesame"));
    assert!(!cluster.log(0).contains("sesame"));
}

#[test]
fn a_command_of_a_session_takes_effect_once_through_failovers() {
    let mut cluster = ClusterOfProcesses::start(3);
    let mut client = cluster.client();
    let session = client.insist("SESSION");
    for sequence in 1..=20 {
        // Sent again and again until it is answered, and then once more.
        let command = format!("ONCE {session} {sequence} INCR counter");
        assert_eq!(client.insist(&command), sequence.to_string());
        assert_eq!(client.insist(&command), sequence.to_string());
        if sequence % 10 == 5 {
            let leader = cluster.leader();
            cluster.kill(leader);
            assert_eq!(client.insist(&command), sequence.to_string());
            cluster.restart(leader);
        }
    }
    assert_eq!(client.insist("GET counter"), "20");
    let late = client.insist(&format!("ONCE {session} 19 INCR counter"));
    assert!(late.starts_with("-LATE "), "{late}");
    let expired = client.insist(&format!("ONCE ffff-{:032x} 1 INCR counter", 1));
    assert!(expired.starts_with("-EXPIRED "), "{expired}");
    let wrong = client.insist("ONCE nobody 1 INCR counter");
    assert!(wrong.starts_with("-ERR no session"), "{wrong}");
    assert_eq!(client.insist("GET counter"), "20");
}

/// All files but locks, in which a process writes its number when it has them.
fn without_locks(data: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = files(data);
    files.retain(|path, _| path.file_name().is_none_or(|name| name != "lock"));
    files
}

/// Runs a server that is not to start: its exit code and sentence. Its data directory stays as it is.
fn refused(file: &str, data: &Path, flags: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("servers.json");
    std::fs::write(&config, file).unwrap();
    let before = without_locks(data);
    let mut command = kvd();
    command.arg("serve").arg("--config").arg(&config).arg("--data").arg(data);
    let id = if flags.contains(&"--id") { &[][..] } else { &["--id", "0"] };
    let ended = run(command.args(id).args(flags));
    let after = without_locks(data);
    let changed = after.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes));
    let changed: Vec<&PathBuf> = changed.map(|(path, _)| path).collect();
    assert!(changed.is_empty() && before.len() == after.len(), "{changed:?} {ended:?}");
    (ended.code, ended.error)
}

/// The same servers at other ports.
fn elsewhere(file: &ServersFile) -> ServersFile {
    let mut other = servers_file(&file.cluster, file.servers.len() as u64);
    for (server, old) in other.servers.iter_mut().zip(&file.servers) {
        server.data = old.data.clone();
    }
    other
}

#[test]
fn an_address_that_is_taken_is_named() {
    let cluster = ClusterOfProcesses::start(1);
    cluster.client().insist("PING");
    let empty = tempfile::tempdir().unwrap();
    let (code, told) = refused(&cluster.file.to_json(), empty.path(), &[]);
    assert_eq!(code, Some(69), "{told}");
    assert!(
        told.starts_with(&format!(
            "error: can't listen at {}",
            cluster.file.servers[0].log_address()
        ))
    );
    assert!(told.contains("(log_port): "), "{told}");
    let mut half = elsewhere(&cluster.file);
    half.servers[0].client_port = cluster.file.servers[0].client_port;
    let (code, told) = refused(&half.to_json(), empty.path(), &[]);
    assert_eq!(code, Some(69), "{told}");
    assert!(told.contains(&format!("{} (client_port): ", cluster.address(0))), "{told}");
}

#[test]
fn a_directory_in_use_or_of_others_is_left_as_it_is() {
    let mut cluster = ClusterOfProcesses::start(1);
    cluster.client().insist("SET x 1");
    cluster.wait_until_quiet();
    let other_ports = elsewhere(&cluster.file);
    let (code, told) = refused(&other_ports.to_json(), cluster.folder(), &[]);
    assert_eq!(code, Some(75), "{told}");
    assert!(told.contains("server-0") && told.contains("in use"), "{told}");
    cluster.kill(0);
    let mut other_cluster = other_ports.clone();
    other_cluster.cluster = "other".to_owned();
    let (code, told) = refused(&other_cluster.to_json(), cluster.folder(), &[]);
    assert_eq!(code, Some(76), "{told}");
    assert!(told.contains("other") && told.contains("kvd"), "{told}");
    let mut more = servers_file("kvd", 3);
    more.servers[0].data = cluster.file.servers[0].data.clone();
    let (code, told) = refused(&more.to_json(), cluster.folder(), &[]);
    assert_eq!(code, Some(76), "{told}");
    assert!(told.contains("servers can't come or go"), "{told}");
    cluster.restart(0);
    assert_eq!(cluster.client().insist("GET x"), "1");
}

#[test]
fn a_file_that_says_what_cannot_be_is_named_with_line_and_field() {
    let empty = tempfile::tempdir().unwrap();
    let file = "[\n{\"client_port\": 8000, \"log_port\": 9000},\n{\"client_port\": \"80a\"}\n]";
    let (code, told) = refused(file, empty.path(), &[]);
    assert_eq!(code, Some(78), "{told}");
    assert!(
        told.contains("line 3: servers[1].client_port: expected a port, found \"80a\""),
        "{told}"
    );
    let wildcard = r#"[{"host": "0.0.0.0", "client_port": 8000, "log_port": 9000}]"#;
    let (code, told) = refused(wildcard, empty.path(), &[]);
    assert_eq!(code, Some(78), "{told}");
    assert!(told.contains("servers[0]") && told.contains("advertised"), "{told}");
}

#[test]
fn a_server_that_strangers_can_reach_needs_a_secret_and_a_password() {
    let empty = tempfile::tempdir().unwrap();
    let mut file = servers_file("kvd", 1);
    file.servers[0].host = "0.0.0.0".to_owned();
    let (code, told) = refused(&file.to_json(), empty.path(), &[]);
    assert_eq!(code, Some(64), "{told}");
    assert!(
        told.contains("server 0 listens at 0.0.0.0") && told.contains("--secret-file"),
        "{told}"
    );
    let (code, told) = refused("3", empty.path(), &["--id", "3"]);
    assert_eq!(code, Some(64), "{told}");
    assert!(told.contains("--id 3: the servers are 0, 1, 2"), "{told}");
}
