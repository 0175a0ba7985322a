use super::*;
use crate::load::Load;
use crate::run::run;
use std::collections::BTreeMap;
use tokio::net::TcpListener;

/// What a server does with a connection that it accepts.
#[derive(Clone)]
enum Manner {
    /// It keeps what it is given.
    Serves,
    /// It sends every client elsewhere.
    Moves { to: String },
    /// It refuses all but `PING`.
    Refuses(&'static str),
    /// It closes the connection after that many requests.
    Closes { after: usize },
}

/// A server that answers as slowly as one byte at a time, until the test is over. Its address.
async fn server(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    runtime::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            runtime::spawn(serve(tcp, manner.clone()));
        }
    });
    address
}

async fn serve(mut tcp: TcpStream, manner: Manner) {
    use kvd_api::resp::{Limits, RequestParser, Version};
    let mut parser = RequestParser::new(Limits::default());
    let (mut input, mut output) = (BytesMut::new(), BytesMut::new());
    let mut store = BTreeMap::new();
    let mut asked = 0;
    while tcp.read_buf(&mut input).await.is_ok_and(|bytes| bytes > 0) {
        while let Some(request) = parser.next(&mut input).unwrap() {
            let arguments = &request.arguments;
            asked += 1;
            let reply = match (&manner, &arguments[0][..]) {
                (_, b"PING") => Reply::Simple("PONG".into()),
                (Manner::Moves { to }, _) => Reply::error(format!("MOVED 7 {to}")),
                (Manner::Refuses(why), _) => Reply::error(*why),
                (Manner::Closes { after }, _) if asked > *after => return,
                (_, b"SET") => {
                    store.insert(arguments[1].clone(), arguments[2].clone());
                    Reply::ok()
                }
                _ => store.get(&arguments[1]).map_or(Reply::Null, |it| Reply::Bulk(it.clone())),
            };
            reply.write(&mut output, Version::Resp2);
        }
        for byte in output.split() {
            if tcp.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    }
}

fn load(operations: u64) -> Load {
    Load {
        clients: 3,
        pipeline: 7,
        operations: Some(operations),
        time_limit_ms: None,
        ..Load::default()
    }
}

async fn figures(servers: &[String], load: &Load) -> crate::Figures {
    let target = Resp::new(servers.to_vec(), None);
    run(&target, load, false, std::future::pending()).await.unwrap()
}

#[tokio::test]
async fn each_reply_of_a_pipeline_belongs_to_its_request() {
    let address = server(Manner::Serves).await;
    let mut connection = Resp::new(vec![address], None).connect(0).await.unwrap();
    let key = *b"key:000000000001";
    let operation = |kind, value: &'static str| Operation { kind, key, value: value.into() };
    let operations = [
        operation(Kind::Read, ""),
        operation(Kind::Write, "a"),
        operation(Kind::Read, ""),
        operation(Kind::Write, "b"),
    ];
    let mut answers = Vec::new();
    connection.send(&operations, &mut answers).await.unwrap();
    let told: Vec<_> = answers.iter().map(|it| (it.place, it.outcome.clone())).collect();
    let outcomes = [Outcome::Missing, Outcome::Done, Outcome::Done, Outcome::Done];
    assert_eq!(told, outcomes.into_iter().enumerate().collect::<Vec<_>>());
    assert!(answers.is_sorted_by_key(|it| it.at));
}

#[tokio::test]
async fn as_many_operations_are_answered_as_there_are_to_be() {
    let address = server(Manner::Serves).await;
    let figures = figures(&[address], &Load { read_share: 0.5, ..load(1000) }).await;
    assert_eq!(figures.writes.count() + figures.reads.count(), 1000);
    assert!(figures.missing > 0 && figures.errors.is_empty(), "{figures:?}");
}

#[tokio::test]
async fn clients_go_where_they_are_sent() {
    let leader = server(Manner::Serves).await;
    let follower = server(Manner::Moves { to: leader.clone() }).await;
    let figures = figures(&[follower], &load(100)).await;
    assert_eq!((figures.writes.count(), figures.errors.len()), (100, 0), "{figures:?}");
}

#[tokio::test]
async fn who_is_sent_in_circles_gives_up() {
    let address = server(Manner::Refuses("MOVED 7 127.0.0.1:1")).await;
    let mut connection = Resp::new(vec![address.clone()], None).connect(0).await.unwrap();
    // Nobody listens there.
    let operation = Operation { kind: Kind::Read, key: [0; 16], value: "".into() };
    assert!(connection.send(std::slice::from_ref(&operation), &mut Vec::new()).await.is_err());

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let circle = listener.local_addr().unwrap().to_string();
    let manner = Manner::Moves { to: circle.clone() };
    runtime::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            runtime::spawn(serve(tcp, manner.clone()));
        }
    });
    let figures = figures(&[circle], &load(14)).await;
    assert_eq!(figures.errors, BTreeMap::from([("MOVED".to_owned(), 14)]));
}

#[tokio::test]
async fn errors_are_told_by_their_first_word() {
    let address = server(Manner::Refuses("CLUSTERDOWN no leader for 2 s")).await;
    let figures = figures(&[address], &load(14)).await;
    assert_eq!(figures.errors, BTreeMap::from([("CLUSTERDOWN".to_owned(), 14)]));
    assert_eq!(figures.writes.count(), 0);
}

#[tokio::test]
async fn a_connection_that_is_lost_is_opened_again_and_what_is_unclear_is_counted() {
    let address = server(Manner::Closes { after: 20 }).await;
    let figures = figures(&[address], &load(500)).await;
    let lost = figures.errors["connection lost"];
    assert_eq!(figures.errors.len(), 1);
    assert!(lost > 0 && figures.writes.count() > 0);
    assert_eq!(figures.writes.count() + lost, 500);
}

#[tokio::test]
async fn whoever_is_not_there_is_named_at_once() {
    let target = Resp::new(vec!["127.0.0.1:1".to_owned()], None);
    let error = run(&target, &load(1), false, std::future::pending()).await.unwrap_err();
    assert!(error.to_string().starts_with("127.0.0.1:1: "), "{error}");
}

#[tokio::test]
async fn a_server_that_wants_a_password_says_so() {
    let address = server(Manner::Refuses("WRONGPASS no")).await;
    let target = Resp::new(vec![address], Some("word".to_owned()));
    let error = run(&target, &load(1), false, std::future::pending()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
}
