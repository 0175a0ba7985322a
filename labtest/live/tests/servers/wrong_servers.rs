//! Small servers that are wrong on purpose, and must be found guilty; and the same one when it is right.

use crate::common::{finding, load};
use bytes::{Bytes, BytesMut};
use harness::property;
use kvd_api::resp::{Limits, Reply, RequestParser, Version};
use live::driver::resp::Resp;
use live::judge::Finding;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it does wrong, each time that it has been asked so often.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mistake {
    None,
    /// It says that a write is done, and does not do it.
    ForgetsWrites,
    /// It shows what a register held before the last write.
    ShowsOldValues,
    /// It does half of a write of several registers.
    TearsTransactions,
}

/// How often it is asked between two mistakes.
const EVERY: u64 = 15;

struct Store {
    mistake: Mistake,
    asked: u64,
    now: BTreeMap<Bytes, Bytes>,
    before: BTreeMap<Bytes, Bytes>,
}

impl Store {
    fn is_wrong(&mut self, mistake: Mistake) -> bool {
        self.asked += u64::from(self.mistake == mistake);
        self.mistake == mistake && self.asked.is_multiple_of(EVERY)
    }

    fn set(&mut self, key: &Bytes, value: Bytes) {
        if let Some(old) = self.now.insert(key.clone(), value) {
            self.before.insert(key.clone(), old);
        }
    }

    fn get(&self, key: &Bytes) -> Reply {
        self.now.get(key).map_or(Reply::Null, |value| Reply::Bulk(value.clone()))
    }

    fn answer(&mut self, arguments: &[Bytes]) -> Reply {
        let name = arguments[0].to_ascii_uppercase();
        match (name.as_slice(), &arguments[1..]) {
            (b"GET", [key]) => match self.is_wrong(Mistake::ShowsOldValues) {
                true => self.before.get(key).map_or(Reply::Null, |old| Reply::Bulk(old.clone())),
                false => self.get(key),
            },
            (b"SET", [key, value]) => {
                if !self.is_wrong(Mistake::ForgetsWrites) {
                    self.set(key, value.clone());
                }
                Reply::ok()
            }
            (b"CAS", [key, expected, value]) => {
                let is_it = self.now.get(key) == Some(expected);
                if is_it {
                    self.set(key, value.clone());
                }
                Reply::Integer(is_it.into())
            }
            (b"SETNX", [key, value]) => {
                let is_new = !self.now.contains_key(key);
                if is_new {
                    self.set(key, value.clone());
                }
                Reply::Integer(is_new.into())
            }
            (b"DEL", [key]) => Reply::Integer(self.now.remove(key).is_some().into()),
            (b"APPEND", [key, tail]) => {
                let mut all = BytesMut::from(self.now.get(key).map_or(&[][..], |it| it));
                all.extend_from_slice(tail);
                let length = all.len() as i64;
                self.set(key, all.freeze());
                Reply::Integer(length)
            }
            (b"INCRBY", [key, amount]) => {
                let number = |bytes: &Bytes| String::from_utf8_lossy(bytes).parse().unwrap_or(0);
                let sum: i64 = self.now.get(key).map_or(0, number) + number(amount);
                self.set(key, sum.to_string().into());
                Reply::Integer(sum)
            }
            (b"MGET", keys) => Reply::Array(keys.iter().map(|key| self.get(key)).collect()),
            (b"MSET", pairs) => {
                let is_torn = self.is_wrong(Mistake::TearsTransactions);
                for pair in pairs.chunks(2).skip(is_torn.into()) {
                    self.set(&pair[0], pair[1].clone());
                }
                Reply::ok()
            }
            _ => Reply::error("ERR what?"),
        }
    }
}

async fn talk(store: Arc<Mutex<Store>>, mut stream: TcpStream) -> std::io::Result<()> {
    let mut parser = RequestParser::new(Limits::default());
    let mut input = BytesMut::new();
    loop {
        while let Some(request) = parser.next(&mut input).map_err(std::io::Error::other)? {
            let mut output = BytesMut::new();
            let reply = store.lock().answer(&request.arguments);
            reply.write(&mut output, Version::Resp2);
            stream.write_all(&output).await?;
        }
        if stream.read_buf(&mut input).await? == 0 {
            return Ok(());
        }
    }
}

/// Starts a server in this process.
async fn serve(mistake: Mistake) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let store = Store { mistake, asked: 0, now: BTreeMap::new(), before: BTreeMap::new() };
    let store = Arc::new(Mutex::new(store));
    runtime::detach(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let store = Arc::clone(&store);
            runtime::detach(async move { talk(store, stream).await.unwrap_or_default() });
        }
    });
    address
}

async fn verdict(mistake: Mistake) -> Finding {
    let address = serve(mistake).await;
    let seen = load(Arc::new(Resp { program: None, has_cas: true }), address).await;
    let checks = seen.judge();
    finding(&checks, property::LINEARIZABLE).clone()
}

#[tokio::test]
async fn a_server_without_a_mistake_is_linearizable() {
    assert_eq!(verdict(Mistake::None).await, Finding::Holds);
}

#[tokio::test]
async fn a_server_that_forgets_writes_is_found() {
    let finding = verdict(Mistake::ForgetsWrites).await;
    assert!(
        matches!(&finding, Finding::Violated(why) if why.contains("history-kv")),
        "{finding:?}"
    );
}

#[tokio::test]
async fn a_server_that_shows_old_values_is_found() {
    assert!(matches!(verdict(Mistake::ShowsOldValues).await, Finding::Violated(_)));
}

#[tokio::test]
async fn a_server_that_tears_transactions_is_found() {
    let finding = verdict(Mistake::TearsTransactions).await;
    assert!(
        matches!(&finding, Finding::Violated(why) if why.contains("multi-register")),
        "{finding:?}"
    );
}
