//! Servers that speak the protocol of Redis, `kvd` first of all.

use crate::operation::{Kind, Operation};
use crate::target::{Answer, Connection, Outcome, Target};
use bytes::BytesMut;
use futures::future::try_join;
use kvd_api::resp::{READ_BYTES, Reply, ReplyLimits, ReplyParser, Request};
use runtime::Instant;
use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How often servers may send a client on to others before it counts as an error.
const REDIRECTS_MAX: usize = 5;

/// How long a server may take to accept a connection and answer the first time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The servers of a cluster of `kvd`, or any others that speak the protocol of Redis. Its clients go where
/// `-MOVED` sends them, and first to where it sent the last one.
#[derive(Clone, Debug)]
pub struct Resp(Rc<Servers>);

#[derive(Debug)]
struct Servers {
    addresses: Vec<String>,
    password: Option<String>,
    /// Where the last client was sent to.
    leader: RefCell<Option<String>>,
}

impl Resp {
    /// These servers, as `host:port`, with their password, if any.
    ///
    /// # Panics
    /// When there is no server.
    pub fn new(addresses: Vec<String>, password: Option<String>) -> Resp {
        assert!(!addresses.is_empty(), "a load is for some server");
        Resp(Rc::new(Servers { addresses, password, leader: RefCell::default() }))
    }
}

impl Target for Resp {
    type Connection = RespConnection;

    async fn connect(&self, client: usize) -> io::Result<RespConnection> {
        let stream = self.0.connect(client).await?;
        Ok(RespConnection::new(Rc::clone(&self.0), stream))
    }
}

impl Servers {
    /// To the leader, if one is known, or else to any, beginning with that one.
    async fn connect(&self, first: usize) -> io::Result<Stream> {
        let leader = self.leader.borrow().clone();
        if let Some(leader) = leader {
            match self.open(&leader).await {
                Ok(stream) => return Ok(stream),
                Err(_) => *self.leader.borrow_mut() = None,
            }
        }
        let (before, after) = self.addresses.split_at(first % self.addresses.len());
        let mut last = None;
        for address in after.iter().chain(before) {
            match self.open(address).await {
                Err(error) if error.kind() != ErrorKind::PermissionDenied => last = Some(error),
                opened => return opened,
            }
        }
        Err(last.expect("there is a server"))
    }

    async fn open(&self, address: &str) -> io::Result<Stream> {
        let opened = async {
            let tcp = TcpStream::connect(address).await?;
            tcp.set_nodelay(true)?;
            let mut stream = Stream::new(tcp);
            let mut greeting = BytesMut::new();
            match &self.password {
                Some(password) => Request::write(&["AUTH", password], &mut greeting),
                None => Request::write(&["PING"], &mut greeting),
            }
            let mut refused = None;
            let hear = |reply, _| {
                if let Reply::Error(why) = reply {
                    refused = Some(why);
                }
            };
            stream.exchange(&greeting, 1, hear).await?;
            match refused {
                Some(why) => Err(io::Error::new(ErrorKind::PermissionDenied, why)),
                None => Ok(stream),
            }
        };
        let opened = runtime::timeout(CONNECT_TIMEOUT, opened).await.unwrap_or_else(|_| {
            let sentence = format!("no answer within {} s", CONNECT_TIMEOUT.as_secs());
            Err(io::Error::new(ErrorKind::TimedOut, sentence))
        });
        opened.map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
    }
}

/// A client's connection, to the leader once it knows it.
#[derive(Debug)]
pub struct RespConnection {
    servers: Rc<Servers>,
    stream: Stream,
    output: BytesMut,
    /// The places of operations that are to be sent, and of those that are to be sent elsewhere.
    open: Vec<usize>,
    moved: Vec<usize>,
}

impl RespConnection {
    fn new(servers: Rc<Servers>, stream: Stream) -> RespConnection {
        let (open, moved) = (Vec::new(), Vec::new());
        RespConnection { servers, stream, output: BytesMut::new(), open, moved }
    }

    /// Sends what is open. Where servers want what was moved, which is open then.
    async fn send_open(
        &mut self,
        operations: &[Operation],
        answers: &mut Vec<Answer>,
    ) -> io::Result<Option<String>> {
        let RespConnection { stream, output, open, moved, .. } = self;
        output.clear();
        open.iter().for_each(|place| write(&operations[*place], output));
        let mut elsewhere = None;
        let mut places = open.iter();
        let hear = |reply, at| {
            let place = *places.next().expect("no more replies than operations");
            match Said::of(reply, operations[place].kind) {
                Said::Outcome(outcome) => answers.push(Answer { place, at, outcome }),
                Said::Moved(address) => {
                    moved.push(place);
                    elsewhere = Some(address);
                }
            }
        };
        stream.exchange(output, open.len(), hear).await?;
        std::mem::swap(open, moved);
        moved.clear();
        Ok(elsewhere)
    }
}

impl Connection for RespConnection {
    async fn send(
        &mut self,
        operations: &[Operation],
        answers: &mut Vec<Answer>,
    ) -> io::Result<()> {
        self.moved.clear();
        self.open.clear();
        self.open.extend(0..operations.len());
        for _ in 0..=REDIRECTS_MAX {
            let Some(address) = self.send_open(operations, answers).await? else { return Ok(()) };
            self.stream = self.servers.open(&address).await?;
            *self.servers.leader.borrow_mut() = Some(address);
        }
        let at = runtime::true_now();
        let refused = |place| Answer { place, at, outcome: Outcome::Refused("MOVED".to_owned()) };
        answers.extend(self.open.drain(..).map(refused));
        Ok(())
    }
}

fn write(operation: &Operation, to: &mut BytesMut) {
    match operation.kind {
        Kind::Write => Request::write(&[b"SET", &operation.key[..], &operation.value], to),
        Kind::Read => Request::write(&[b"GET", &operation.key[..]], to),
    }
}

/// What a reply says of an operation.
#[derive(Debug, PartialEq)]
enum Said {
    Outcome(Outcome),
    /// It had no effect, and that server should be asked.
    Moved(String),
}

impl Said {
    fn of(reply: Reply, kind: Kind) -> Said {
        let outcome = match (kind, reply) {
            (Kind::Write, Reply::Simple(_)) | (Kind::Read, Reply::Bulk(_)) => Outcome::Done,
            (Kind::Read, Reply::Null) => Outcome::Missing,
            (_, Reply::Error(sentence)) => {
                let mut words = sentence.split(' ');
                let code = words.next().unwrap_or_default();
                match (code, words.nth(1)) {
                    ("MOVED", Some(address)) => return Said::Moved(address.to_owned()),
                    _ => Outcome::Refused(code.to_owned()),
                }
            }
            _ => Outcome::Refused("a reply of another kind".to_owned()),
        };
        Said::Outcome(outcome)
    }
}

/// A connection, and what has come over it.
#[derive(Debug)]
struct Stream {
    tcp: TcpStream,
    parser: ReplyParser,
    input: BytesMut,
}

impl Stream {
    fn new(tcp: TcpStream) -> Stream {
        let parser = ReplyParser::new(ReplyLimits::default());
        Stream { tcp, parser, input: BytesMut::new() }
    }

    /// Writes requests and reads a reply to each, with the time at which it was read.
    async fn exchange(
        &mut self,
        output: &[u8],
        count: usize,
        mut hear: impl FnMut(Reply, Instant),
    ) -> io::Result<()> {
        let Stream { tcp, parser, input } = self;
        let (mut reader, mut writer) = tcp.split();
        let read = async {
            let mut missing = count;
            while missing > 0 {
                input.reserve(READ_BYTES);
                if reader.read_buf(input).await? == 0 {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                let at = runtime::true_now();
                while missing > 0
                    && let Some(reply) = parser.next(input).map_err(io::Error::other)?
                {
                    hear(reply, at);
                    missing -= 1;
                }
            }
            Ok(())
        };
        // Both at once: a server whose replies nobody reads may cease to read, too.
        try_join(writer.write_all(output), read).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests;
