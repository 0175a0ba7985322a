//! What the client sends, and how often.

use super::fake::{BREAK, FakeServer, Nobody};
use kvd::client::{Client, ClientError, ClientOptions, Connection, LeaderWatch};
use kvd::password::Password;
use kvd::resp::Reply;
use std::io::ErrorKind;
use std::time::Duration;

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to try what can't succeed.
const SHORT: Duration = Duration::from_millis(300);

fn client(servers: &[&str], timeout: Duration) -> Client {
    let servers = servers.iter().map(|&server| server.to_owned()).collect();
    Client::new(ClientOptions { servers, timeout, ..ClientOptions::default() })
}

const UNKNOWN: &str = "-UNKNOWN the outcome of this write is not known";
const SESSION: &str = "$2\r\ns1";

#[tokio::test]
async fn a_client_follows_moved_and_stays_there() {
    let leader = FakeServer::start(["+OK", "$2\r\n10"]);
    let follower = FakeServer::start([format!("-MOVED 7 {}", leader.address)]);
    let mut client = client(&[&follower.address], PATIENCE);
    assert_eq!(client.request(&["SET", "x", "10"]).await, Ok(Reply::ok()));
    assert_eq!(client.request(&["GET", "x"]).await, Ok(Reply::bulk("10")));
    assert_eq!(follower.asked(), ["SET x 10"]);
    assert_eq!(leader.asked(), ["SET x 10", "GET x"]);
}

#[tokio::test]
async fn servers_that_send_in_a_circle_are_no_answer() {
    let circle = FakeServer::start_knowing(|address| vec![format!("-MOVED 7 {address}"); 10_000]);
    let error = client(&[&circle.address], SHORT).request(&["SET", "x", "1"]).await.unwrap_err();
    assert!(matches!(error, ClientError::NoAnswer(_)), "{error}");
}

#[tokio::test]
async fn what_certainly_had_no_effect_is_tried_elsewhere() {
    for refusal in ["-CLUSTERDOWN no leader for 2.0 s", "-TRYAGAIN busy", "-LOADING"] {
        let (first, second) = (FakeServer::start([refusal]), FakeServer::start(["+OK"]));
        let dead = Nobody::new();
        let mut client = client(&[&first.address, &dead.address, &second.address], PATIENCE);
        assert_eq!(client.request(&["SET", "x", "10"]).await, Ok(Reply::ok()), "{refusal}");
        assert_eq!(first.asked(), ["SET x 10"]);
        assert_eq!(second.asked(), ["SET x 10"]);
    }
}

#[tokio::test]
async fn a_write_of_unknown_outcome_is_sent_once() {
    for answer in [UNKNOWN, BREAK] {
        let (first, second) = (FakeServer::start([answer]), FakeServer::start(["+OK"]));
        let mut client = client(&[&first.address, &second.address], PATIENCE);
        let error = client.request(&["INCR", "x"]).await.unwrap_err();
        assert!(matches!(error, ClientError::Unknown(_)), "{error}");
        assert_eq!((first.asked().len(), second.asked().len()), (1, 0));
    }
}

#[tokio::test]
async fn a_read_is_sent_again_when_its_connection_breaks() {
    let server = FakeServer::start([BREAK, "$2\r\n10"]);
    let mut client = client(&[&server.address], PATIENCE);
    assert_eq!(client.request(&["GET", "x"]).await, Ok(Reply::bulk("10")));
    assert_eq!(server.asked(), ["GET x", "GET x"]);
}

#[tokio::test]
async fn a_write_in_a_session_is_sent_with_its_sequence_until_it_is_answered() {
    let server = FakeServer::start([SESSION, BREAK, UNKNOWN, "-CLUSTERDOWN", ":1", ":2"]);
    let mut client = client(&[&server.address], PATIENCE);
    assert_eq!(client.request_once(&["INCR", "x"]).await, Ok(Reply::Integer(1)));
    assert_eq!(client.request_once(&["INCR", "x"]).await, Ok(Reply::Integer(2)));
    let [first, second] = ["ONCE s1 1 INCR x", "ONCE s1 2 INCR x"];
    assert_eq!(server.asked(), ["SESSION", first, first, first, first, second]);
}

#[tokio::test]
async fn an_expired_session_is_left_and_says_nothing_of_attempts_before() {
    let expired = "-EXPIRED there is no such session (any more)";
    let script = [SESSION, expired, SESSION, BREAK, expired, SESSION, ":1"];
    let server = FakeServer::start(script);
    let mut client = client(&[&server.address], PATIENCE);
    let error = client.request_once(&["INCR", "x"]).await.unwrap_err();
    assert!(matches!(error, ClientError::Refused(_)), "{error}");
    let error = client.request_once(&["INCR", "x"]).await.unwrap_err();
    assert!(matches!(error, ClientError::Unknown(_)), "{error}");
    assert_eq!(client.request_once(&["INCR", "x"]).await, Ok(Reply::Integer(1)));
    let once = "ONCE s1 1 INCR x";
    assert_eq!(server.asked(), ["SESSION", once, "SESSION", once, once, "SESSION", once]);
}

#[tokio::test]
async fn when_time_is_up_what_was_sent_is_unknown_and_what_was_not_is_no_answer() {
    let dead = Nobody::new();
    let error = client(&[&dead.address], SHORT).request_once(&["INCR", "x"]).await.unwrap_err();
    assert!(matches!(error, ClientError::NoAnswer(_)), "{error}");
    let script = [SESSION, BREAK].into_iter().chain([UNKNOWN; 1000]);
    let server = FakeServer::start(script);
    let error = client(&[&server.address], SHORT).request_once(&["INCR", "x"]).await.unwrap_err();
    assert!(matches!(error, ClientError::Unknown(_)), "{error}");
    let server = FakeServer::start(["-CLUSTERDOWN no leader"; 1000]);
    let error = client(&[&server.address], SHORT).request(&["INCR", "x"]).await.unwrap_err();
    let last = "CLUSTERDOWN no leader".to_owned();
    assert_eq!(error, ClientError::NoAnswer(last));
}

#[tokio::test]
async fn an_error_of_the_command_is_told_at_once() {
    let server = FakeServer::start(["-ERR value is not an integer or out of range"]);
    let error = client(&[&server.address], PATIENCE).request(&["INCR", "x"]).await.unwrap_err();
    let why = "ERR value is not an integer or out of range".to_owned();
    assert_eq!(error, ClientError::Refused(why));
    assert_eq!(server.asked(), ["INCR x"]);
}

#[tokio::test]
async fn the_password_is_said_first_and_a_wrong_one_ends_it() {
    let server = FakeServer::start(["+OK", "+OK", "-WRONGPASS no"]);
    let other = FakeServer::start(["+OK"]);
    let options = ClientOptions {
        servers: vec![server.address.clone(), other.address.clone()],
        password: Some(Password::new("open sesame").unwrap()),
        timeout: PATIENCE,
    };
    assert_eq!(Client::new(options.clone()).request(&["SET", "x", "1"]).await, Ok(Reply::ok()));
    let error = Client::new(options).request(&["SET", "x", "1"]).await.unwrap_err();
    assert!(
        matches!(&error, ClientError::Refused(why) if why.ends_with("WRONGPASS no")),
        "{error}"
    );
    assert_eq!(server.asked(), ["AUTH open sesame", "SET x 1", "AUTH open sesame"]);
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn a_connection_has_replies_in_their_order() {
    let server = FakeServer::start(["+PONG", "-ERR no", "$1\r\na", ":3"]);
    let mut connection = Connection::connect(&server.address, None, PATIENCE).await.unwrap();
    let replies = connection.requests(&[vec!["PING"], vec!["X", "y"], vec!["GET", "a"]]).await;
    let expected = [Reply::Simple("PONG".into()), Reply::error("ERR no"), Reply::bulk("a")];
    assert_eq!(replies.unwrap(), expected);
    assert_eq!(connection.request(&["INCR", "n"]).await.unwrap(), Reply::Integer(3));
    assert!(connection.is_open());
    assert_eq!(server.asked(), ["PING", "X y", "GET a", "INCR n"]);
}

#[tokio::test]
async fn requests_are_sent_while_replies_are_read() {
    // Neither side can buffer that much: a client that only writes waits forever.
    let value = "v".repeat(1 << 20);
    let server = FakeServer::start(vec![format!("$1048576\r\n{value}"); 16]);
    let mut connection = Connection::connect(&server.address, None, PATIENCE).await.unwrap();
    let replies = connection.requests(&vec![["GETSET", "k", value.as_str()]; 16]).await.unwrap();
    assert!(replies == vec![Reply::bulk(value); 16]);
}

#[tokio::test]
async fn after_a_request_without_a_reply_a_connection_takes_no_other() {
    // Half of a reply, and then nothing.
    let server = FakeServer::start(["$5\r\nab"]);
    let mut connection = Connection::connect(&server.address, None, PATIENCE).await.unwrap();
    connection.set_timeout(Duration::from_millis(50));
    let error = connection.request(&["GET", "x"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(!connection.is_open());
    let error = connection.request(&["GET", "y"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    assert_eq!(server.asked(), ["GET x"]);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_seen_to_be_closed() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap().to_string();
    let connection = Connection::connect(&address, None, PATIENCE).await.unwrap();
    let (stream, _) = server.accept().unwrap();
    assert!(connection.is_open());
    drop(stream);
    let closed = async {
        while connection.is_open() {
            runtime::sleep(Duration::from_millis(1)).await;
        }
    };
    runtime::timeout(PATIENCE, closed).await.unwrap();
}

#[tokio::test]
async fn a_leader_watch_needs_a_server_that_answers_and_does_not_refuse() {
    let options = |server: &str| ClientOptions {
        servers: vec![server.to_owned()],
        ..ClientOptions::default()
    };
    let error = LeaderWatch::new(options(&Nobody::new().address)).look().await.unwrap_err();
    assert!(matches!(error, ClientError::NoAnswer(_)), "{error}");
    let server = FakeServer::start(["-NOAUTH Authentication required."; 3]);
    let error = LeaderWatch::new(options(&server.address)).look().await.unwrap_err();
    assert!(matches!(error, ClientError::Refused(_)), "{error}");
}
