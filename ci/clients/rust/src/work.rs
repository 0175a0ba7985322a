//! What `ci/clients/python/work.py` is for clients in Python: the same counters, the same report.

use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, sleep};

const PLAIN: [&str; 3] = ["plain:0", "plain:0", "plain:1"];
const ONCE: [&str; 2] = ["once:0", "once:0"];
/// Before a command that was not carried out is tried again.
const PAUSE: Duration = Duration::from_millis(20);
/// An increment is not sent again for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why there is no answer to a command.
#[derive(Debug)]
pub enum Error {
    /// It certainly had no effect and never will.
    Refused,
    /// It may have had an effect, or have it yet, once.
    Unknown,
    /// That should not be.
    Unexpected(String),
}

/// A connection that carries out the words of a command. An answer is text, or there is none.
pub trait Client {
    async fn execute(&mut self, words: &[&str]) -> Result<Option<String>, Error>;
}

#[derive(Default)]
struct Counter {
    acknowledged: u64,
    unknown: u64,
}

/// The counters, and what all connections are told of them.
#[derive(Default)]
struct Work {
    ends: Cell<bool>,
    counters: RefCell<BTreeMap<&'static str, Counter>>,
}

impl Work {
    fn tell(&self, key: &'static str, acknowledged: u64, unknown: u64) {
        let mut counters = self.counters.borrow_mut();
        let counter = counters.entry(key).or_default();
        counter.acknowledged += acknowledged;
        counter.unknown += unknown;
    }

    async fn count_plain(
        &self,
        mut client: impl Client,
        key: &'static str,
        own: String,
    ) -> Result<(), String> {
        let mut own = OwnKey { key: own, sets: 0, last: None, unknown: Vec::new() };
        while !self.ends.get() {
            match client.execute(&["INCR", key]).await {
                Ok(_) => self.tell(key, 1, 0),
                Err(Error::Unexpected(sentence)) => return Err(sentence),
                Err(error) => {
                    self.tell(key, 0, u64::from(matches!(error, Error::Unknown)));
                    sleep(PAUSE).await;
                }
            }
            own.set_and_get(&mut client).await?;
        }
        Ok(())
    }

    async fn count_once(&self, mut client: impl Client, key: &'static str) -> Result<(), String> {
        let session = insist(&mut client, &["SESSION"]).await?.unwrap_or_default();
        let mut sequence = 0;
        while !self.ends.get() {
            sequence += 1;
            let number = sequence.to_string();
            let words = ["ONCE", &session, &number, "INCR", key];
            let first = insist(&mut client, &words).await?;
            let again = insist(&mut client, &words).await?;
            self.tell(key, 1, 0);
            if first != again {
                return Err(format!(
                    "{key}: increment {sequence} is answered with {first:?}, and then with {again:?}"
                ));
            }
        }
        Ok(())
    }
}

/// A key that one connection alone sets and reads.
struct OwnKey {
    key: String,
    sets: u64,
    last: Option<String>,
    /// Each of them may take effect at any time.
    unknown: Vec<String>,
}

impl OwnKey {
    async fn set_and_get(&mut self, client: &mut impl Client) -> Result<(), String> {
        self.sets += 1;
        let value = self.sets.to_string();
        match client.execute(&["SET", &self.key, &value]).await {
            Ok(_) => self.last = Some(value),
            Err(Error::Unknown) => self.unknown.push(value),
            Err(Error::Refused) => {}
            Err(Error::Unexpected(sentence)) => return Err(sentence),
        }
        let found = match client.execute(&["GET", &self.key]).await {
            Ok(found) => found,
            Err(Error::Unexpected(sentence)) => return Err(sentence),
            Err(_) => return Ok(()),
        };
        let is_unknown = found.as_ref().is_some_and(|found| self.unknown.contains(found));
        if found == self.last || is_unknown {
            return Ok(());
        }
        Err(format!("{}: {:?} was set last, and {found:?} is read", self.key, self.last))
    }
}

/// Sends a command until it is answered.
async fn insist(client: &mut impl Client, words: &[&str]) -> Result<Option<String>, String> {
    let began = Instant::now();
    loop {
        match client.execute(words).await {
            Ok(answer) => return Ok(answer),
            Err(Error::Unexpected(sentence)) => return Err(sentence),
            Err(error) if began.elapsed() > PATIENCE => {
                return Err(format!("{words:?}: {error:?}"));
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Works until the input ends, with connections that these two make, given the ports of the servers.
pub async fn main<C: Client>(
    sends_once: impl AsyncFn(&[u16]) -> C,
    as_it_comes: impl AsyncFn(&[u16]) -> C,
) {
    let ports: Vec<u16> =
        std::env::args().skip(1).map(|port| port.parse().expect("ports as arguments")).collect();
    let work = Work::default();
    let mut plain = Vec::new();
    for (number, key) in PLAIN.into_iter().enumerate() {
        plain.push(work.count_plain(sends_once(&ports).await, key, format!("own:{number}")));
    }
    let mut once = Vec::new();
    for key in ONCE {
        once.push(work.count_once(as_it_comes(&ports).await, key));
    }
    let end = async {
        // However it ends.
        let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
        work.ends.set(true);
    };
    let (plain, once, ()) =
        futures::join!(futures::future::join_all(plain), futures::future::join_all(once), end);
    let complaints: Vec<String> = plain.into_iter().chain(once).filter_map(Result::err).collect();
    let counters = work.counters.borrow();
    let counters: BTreeMap<_, Value> = counters
        .iter()
        .map(|(key, counter)| {
            (key, json!({"acknowledged": counter.acknowledged, "unknown": counter.unknown}))
        })
        .collect();
    println!("{}", json!({"counters": counters, "complaints": complaints}));
}
