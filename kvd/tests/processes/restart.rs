//! Servers that end and start again, that wait for a leader, and that refuse clients.

use crate::common::{
    Client, ClusterOfProcesses, Connection, Spawner, eventually, servers_file, text, words,
};
use bytes::Bytes;
use kvd::resp::Reply;
use kvd::slots::slot_of;

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

/// How many of them only the leader answers.
const MOVABLE: usize = 200;

fn is_unsure(answer: &str) -> bool {
    ["-UNKNOWN ", "-CLUSTERDOWN ", "-TRYAGAIN "].iter().any(|code| answer.starts_with(code))
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
            // Others are of an election.
            let moved = answers.iter().filter(|answer| answer.starts_with("-MOVED")).count();
            let is_sure = !answers.iter().any(|answer| is_unsure(answer));
            if is_sure && (moved == 0 || moved == MOVABLE) {
                for (number, answer) in answers.iter().enumerate() {
                    assert!(belongs(number, answer), "{number}: {answer}");
                }
                has_moved |= moved == MOVABLE;
                has_answered |= moved == 0;
            }
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
    // A server still says what it knows by itself.
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
fn a_store_that_is_full_takes_only_what_makes_room() {
    let cluster = ClusterOfProcesses::with_flags(1, &["--store-bytes-max", "100"]);
    let mut client = cluster.client();
    let full = format!("SET x {}", "v".repeat(200));
    client.insist(&full);
    let mut connection = cluster.connect(0);
    for write in ["SET y 1", "INCR n", "APPEND x 1", "SESSION"] {
        let told = ask(&mut connection, write);
        assert!(told.starts_with("-OOM ") && told.contains("--store-bytes-max is 100"), "{told}");
    }
    assert_eq!(ask(&mut connection, "STRLEN x"), "200");
    assert_eq!(ask(&mut connection, "DEL x"), "1");
    assert_eq!(ask(&mut connection, "SET y 1"), "OK");
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
