//! Commands about keys and values.

use super::output::Output;
use crate::client::{Client, ClientOptions};
use crate::exit::{Code, Failure};
use crate::resp::Reply;
use anyhow::{Context, bail};
use bytes::Bytes;
use clap::{Args, Subcommand};
use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;

/// How many keys to ask for at once.
const KEYS_AT_ONCE: &[u8] = b"1000";

/// A command about keys and values.
#[derive(Subcommand)]
pub enum StoreCommand {
    /// Show the value of a key
    Get { key: OsString },
    /// Set a key to a value
    Set {
        key: OsString,
        /// The value; `-` for what is read from standard input, to its end
        #[arg(allow_negative_numbers = true)]
        value: OsString,
        #[command(flatten)]
        sending: Sending,
    },
    /// Delete keys, and show how many there were
    Del {
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<OsString>,
        #[command(flatten)]
        sending: Sending,
    },
    /// Set a key to a value if it has the expected value
    Cas {
        key: OsString,
        #[arg(allow_negative_numbers = true)]
        expected: OsString,
        #[arg(allow_negative_numbers = true)]
        value: OsString,
        #[command(flatten)]
        sending: Sending,
    },
    /// Add to the number that a key has, and show the sum
    Incr {
        key: OsString,
        #[arg(default_value_t = 1, allow_negative_numbers = true)]
        by: i64,
        #[command(flatten)]
        sending: Sending,
    },
    /// Show all keys, or those that match
    Keys {
        /// As Redis has it: `*` for any bytes, `?` for one, `[a-z]` for one of these
        #[arg(default_value = "*")]
        pattern: OsString,
    },
}

/// How a write is sent.
#[derive(Args, Clone, Copy)]
pub struct Sending {
    /// Send it until it is answered; it still takes effect only once
    #[arg(long)]
    once: bool,
}

impl StoreCommand {
    /// Carries it out, and shows the result.
    pub async fn run(self, options: ClientOptions, output: &mut Output) -> anyhow::Result<Code> {
        let mut store = StoreClient { client: Client::new(options), output };
        match self {
            StoreCommand::Get { key } => store.get(&key.into_vec()).await,
            StoreCommand::Set { key, value, sending } => {
                store.set(&key.into_vec(), value.into_vec(), sending).await
            }
            StoreCommand::Del { keys, sending } => store.del(keys, sending).await,
            StoreCommand::Cas { key, expected, value, sending } => {
                let (expected, value) = (expected.into_vec(), value.into_vec());
                store.cas(&key.into_vec(), &expected, &value, sending).await
            }
            StoreCommand::Incr { key, by, sending } => {
                store.incr(&key.into_vec(), by, sending).await
            }
            StoreCommand::Keys { pattern } => store.keys(&pattern.into_vec()).await,
        }
    }
}

struct StoreClient<'a> {
    client: Client,
    output: &'a mut Output,
}

impl StoreClient<'_> {
    async fn get(&mut self, key: &[u8]) -> anyhow::Result<Code> {
        match self.read(&[b"GET", key]).await? {
            Reply::Bulk(value) => self.output.line(&[&value])?,
            Reply::Null => return Ok(no(key, "is not there")),
            other => bail!(unexpected(&other)),
        }
        Ok(Code::Done)
    }

    async fn set(
        &mut self,
        key: &[u8],
        mut value: Vec<u8>,
        sending: Sending,
    ) -> anyhow::Result<Code> {
        if value == b"-" {
            value.clear();
            std::io::stdin().read_to_end(&mut value).context("can't read standard input")?;
        }
        match self.write(&[b"SET", key, &value], sending).await? {
            Reply::Simple(_) => self.output.line(&[b"done writing ", key])?,
            other => bail!(unexpected(&other)),
        }
        Ok(Code::Done)
    }

    async fn del(&mut self, keys: Vec<OsString>, sending: Sending) -> anyhow::Result<Code> {
        let keys: Vec<Vec<u8>> = keys.into_iter().map(OsString::into_vec).collect();
        let mut words: Vec<&[u8]> = vec![b"DEL"];
        words.extend(keys.iter().map(Vec::as_slice));
        let count = number(self.write(&words, sending).await?)?;
        self.output.line(&[count.to_string().as_bytes()])?;
        Ok(Code::Done)
    }

    async fn cas(
        &mut self,
        key: &[u8],
        expected: &[u8],
        value: &[u8],
        sending: Sending,
    ) -> anyhow::Result<Code> {
        if number(self.write(&[b"CAS", key, expected, value], sending).await?)? == 0 {
            return Ok(no(key, "has another value, or is not there"));
        }
        self.output.line(&[b"done writing ", key])?;
        Ok(Code::Done)
    }

    async fn incr(&mut self, key: &[u8], by: i64, sending: Sending) -> anyhow::Result<Code> {
        let by = by.to_string();
        let sum = number(self.write(&[b"INCRBY", key, by.as_bytes()], sending).await?)?;
        self.output.line(&[sum.to_string().as_bytes()])?;
        Ok(Code::Done)
    }

    async fn keys(&mut self, pattern: &[u8]) -> anyhow::Result<Code> {
        let mut cursor = Bytes::from_static(b"0");
        loop {
            let scan = [b"SCAN", &cursor[..], b"MATCH", pattern, b"COUNT", KEYS_AT_ONCE];
            let reply = self.read(&scan).await?;
            let Some((next, keys)) = scanned(&reply) else { bail!(unexpected(&reply)) };
            for key in keys {
                self.output.line(&[key])?;
            }
            if &next[..] == b"0" {
                return Ok(Code::Done);
            }
            cursor = next;
        }
    }

    async fn read(&mut self, words: &[&[u8]]) -> anyhow::Result<Reply> {
        Ok(self.client.request(words).await.map_err(Failure::from)?)
    }

    async fn write(&mut self, words: &[&[u8]], sending: Sending) -> anyhow::Result<Reply> {
        let reply = match sending.once {
            true => self.client.request_once(words).await,
            false => self.client.request(words).await,
        };
        Ok(reply.map_err(Failure::from)?)
    }
}

fn no(key: &[u8], sentence: &str) -> Code {
    eprintln!("{} {sentence}", String::from_utf8_lossy(key));
    Code::No
}

/// The next cursor, and keys.
fn scanned(reply: &Reply) -> Option<(Bytes, Vec<&Bytes>)> {
    let Reply::Array(parts) = reply else { return None };
    let [Reply::Bulk(next), Reply::Array(keys)] = &parts[..] else { return None };
    let keys = keys.iter().map(|key| if let Reply::Bulk(key) = key { Some(key) } else { None });
    Some((next.clone(), keys.collect::<Option<_>>()?))
}

fn number(reply: Reply) -> anyhow::Result<i64> {
    match reply {
        Reply::Integer(number) => Ok(number),
        other => bail!(unexpected(&other)),
    }
}

fn unexpected(reply: &Reply) -> String {
    format!("the server answered {reply:?}, which kvd does not")
}
