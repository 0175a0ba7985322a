//! Three servers of etcd, where it is installed, asked for everything that it has.

use live::clients::{Answer, Operation, Outcome, Transaction};
use live::driver::etcd::Etcd;
use live::driver::{Connection, Driver, Place, Reached, Said};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

const SERVERS: usize = 3;
/// Nothing that is waited for takes nearly as long, on a machine however busy.
const PATIENCE: Duration = Duration::from_secs(90);

/// The program, or none where it is not installed.
fn etcd() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&paths).map(|folder| folder.join("etcd"));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        println!("skipped: etcd: it is not installed; ci/install --night does that");
    }
    found
}

fn places(folder: &Path) -> Vec<Place> {
    // Held until all are known, so that no two are the same.
    let listeners: Vec<TcpListener> =
        (0..2 * SERVERS).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let addresses: Vec<SocketAddr> =
        listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
    let (clients, peers) = addresses.split_at(SERVERS);
    let place = |server: usize| Place {
        server,
        client_address: clients[server],
        peer_address: peers[server],
        peers: peers.to_vec(),
        clients: clients.to_vec(),
        directory: folder.join(server.to_string()),
        life: 1,
    };
    (0..SERVERS).map(place).collect()
}

fn start(driver: &Etcd, place: &Place) -> Child {
    std::fs::create_dir_all(&place.directory).unwrap();
    let program = driver.program(place).unwrap();
    let log = std::fs::File::create(place.directory.join("log")).unwrap();
    Command::new(program.path)
        .args(program.arguments)
        .envs(program.variables)
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Asks one server until the operation has an answer.
async fn ask(driver: &Etcd, address: SocketAddr, operation: &Operation) -> Answer {
    let answered = async {
        loop {
            if let Ok(mut connection) = driver.connect(address).await
                && let Reached::Done(Outcome::Ok(answer)) = call(&mut connection, operation).await
            {
                return answer;
            }
            runtime::sleep(Duration::from_millis(100)).await;
        }
    };
    runtime::timeout(PATIENCE, answered).await.expect("an answer")
}

async fn call(connection: &mut Box<dyn Connection>, operation: &Operation) -> Reached {
    connection.call(operation, Duration::from_secs(20)).await
}

fn get(key: &str) -> Operation {
    Operation::Get { key: key.to_owned() }
}

fn put(key: &str, value: &str) -> Operation {
    Operation::Put { key: key.to_owned(), value: value.to_owned() }
}

fn cas(key: &str, expected: Option<&str>, value: &str) -> Operation {
    let expected = expected.map(str::to_owned);
    Operation::CompareAndSet { key: key.to_owned(), expected, value: value.to_owned() }
}

fn value(value: Option<&str>) -> Answer {
    Answer::Value(value.map(str::to_owned))
}

#[tokio::test]
async fn three_servers_do_what_the_driver_says() {
    let Some(path) = etcd() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (driver, places) = (Etcd::new(path), places(folder.path()));
    let mut servers: Vec<Child> = places.iter().map(|place| start(&driver, place)).collect();
    let address = |server: usize| places[server].client_address;

    // One after the other, each time at another server: all see what was done at the others.
    let keys = vec!["x".to_owned(), "n".to_owned(), "none".to_owned()];
    let writes = vec![("x".to_owned(), "5".to_owned()), ("n".to_owned(), "ü\n".to_owned())];
    let steps = [
        (put("x", "1"), Answer::Done),
        (get("x"), value(Some("1"))),
        (get("none"), value(None)),
        (put("x", "2"), Answer::Done),
        (cas("x", Some("2"), "3"), Answer::Swapped(true)),
        (cas("x", Some("2"), "4"), Answer::Swapped(false)),
        (cas("x", None, "4"), Answer::Swapped(false)),
        (get("x"), value(Some("3"))),
        (cas("n", None, "1"), Answer::Swapped(true)),
        (Operation::Delete { key: "n".to_owned() }, Answer::Done),
        (get("n"), value(None)),
        (Operation::Transaction(Transaction::Write { writes }), Answer::Done),
        (
            Operation::Transaction(Transaction::Read { keys }),
            Answer::Values(vec![Some("5".to_owned()), Some("ü\n".to_owned()), None]),
        ),
        (put("empty", ""), Answer::Done),
        (get("empty"), value(Some(""))),
    ];
    for (place, (operation, expected)) in steps.iter().enumerate() {
        let answer = ask(&driver, address(place % SERVERS), operation).await;
        assert_eq!(&answer, expected, "{operation:?}");
    }

    let logs =
        places.iter().map(|place| std::fs::read_to_string(place.directory.join("log")).unwrap());
    let said: Vec<Said> = logs
        .flat_map(|log| {
            log.lines().filter_map(|line| driver.understand(0, line)).collect::<Vec<_>>()
        })
        .collect();
    assert!(said.iter().any(|said| matches!(said, Said::Leads { .. })), "{said:?}");
    assert!(!said.contains(&Said::Panicked));

    assert!(driver.applied_index(address(1)).await.unwrap().is_some_and(|applied| applied > 10));

    // With most servers gone a write is of unknown outcome, and a connection whose server is gone is useless.
    let mut gone = driver.connect(address(0)).await.unwrap();
    let mut left = driver.connect(address(2)).await.unwrap();
    for server in &mut servers[..2] {
        server.kill().await.unwrap();
    }
    let reached = call(&mut gone, &put("x", "9")).await;
    assert!(matches!(reached, Reached::Broken(_)), "{reached:?}");
    let reached = call(&mut left, &put("x", "10")).await;
    let is_unknown = matches!(
        reached,
        Reached::Done(Outcome::Unknown(_)) | Reached::Broken(Outcome::Unknown(_))
    );
    assert!(is_unknown, "{reached:?}");
}
