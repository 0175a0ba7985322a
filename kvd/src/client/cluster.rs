//! A client of a whole cluster.

use super::attempt::{Attempt, Resending};
use super::error::ClientError;
use super::options::ClientOptions;
use crate::password::Password;
use crate::resp::{Reply, Request};
use bytes::{Bytes, BytesMut};
use kvd_api::Connection;
use runtime::Instant;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::time::Duration;

/// How many servers in a row may send a command on to another one. During an election they may send it in
/// a circle.
const REDIRECTS_MAX: usize = 5;

/// How long to wait before a command is tried at another server.
const PAUSE: Duration = Duration::from_millis(20);

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a server may take to answer, even if the time is up meanwhile: longer than it waits for a leader.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// A client of a whole cluster: it finds the leader, and tries again what certainly had no effect, until it is
/// answered or [`ClientOptions::timeout`] is over. An answer to what was sent by then is awaited for at least
/// three seconds.
///
/// It never sends a command twice that could have its effect twice: when the outcome of a write is not
/// known it says so, with [`ClientError::Unknown`]. A write of [`Client::request_once`] has a place in a
/// session, takes effect at most once, and so is sent until it is answered.
#[derive(Debug)]
pub struct Client {
    options: ClientOptions,
    /// The server that is asked next.
    address: String,
    connections: BTreeMap<String, Connection>,
    session: Option<Session>,
}

#[derive(Debug)]
struct Session {
    name: Bytes,
    /// The last that was used.
    sequence: u64,
}

impl Client {
    /// A client that has no connection yet.
    ///
    /// # Panics
    /// When there is no server among the options.
    pub fn new(options: ClientOptions) -> Client {
        let address = options.servers.first().expect("a client knows a server").clone();
        Client { options, address, connections: BTreeMap::new(), session: None }
    }

    /// Executes a command: its name, and its arguments. The reply is never an error.
    ///
    /// # Errors
    /// When it is not answered in time, refused, or a write of unknown outcome.
    ///
    /// # Panics
    /// When there is not even a name.
    pub async fn request(&mut self, arguments: &[impl AsRef<[u8]>]) -> Result<Reply, ClientError> {
        self.request_until(self.deadline(), arguments).await
    }

    /// Executes a write once, however often it must be sent. Opens a session if there is none yet.
    ///
    /// # Errors
    /// As with [`Client::request`]; the outcome can be unknown only when the time is up or the session has
    /// expired meanwhile.
    pub async fn request_once(
        &mut self,
        arguments: &[impl AsRef<[u8]>],
    ) -> Result<Reply, ClientError> {
        let deadline = self.deadline();
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.open_session(deadline).await?,
        };
        session.sequence += 1;
        let sequence = session.sequence.to_string();
        let mut once: Vec<&[u8]> = vec![b"ONCE", &session.name, sequence.as_bytes()];
        once.extend(arguments.iter().map(AsRef::as_ref));
        let answered = self.request_until(deadline, &once).await;
        if !answered.as_ref().is_err_and(ClientError::is_of_expired_session) {
            self.session = Some(session);
        }
        answered
    }

    async fn open_session(&mut self, deadline: Instant) -> Result<Session, ClientError> {
        match self.request_until(deadline, &["SESSION"]).await? {
            Reply::Bulk(name) => Ok(Session { name, sequence: 0 }),
            other => {
                let sentence = format!("expected the name of a session, found {other:?}");
                Err(ClientError::Refused(sentence))
            }
        }
    }

    fn deadline(&self) -> Instant {
        runtime::now() + self.options.timeout
    }

    async fn request_until(
        &mut self,
        deadline: Instant,
        arguments: &[impl AsRef<[u8]>],
    ) -> Result<Reply, ClientError> {
        let mut command = BytesMut::new();
        Request::write(arguments, &mut command);
        let resending = Resending::of(arguments[0].as_ref());
        let (mut redirects, mut is_unclear) = (0, false);
        loop {
            let why = match self.attempt(&command, resending, deadline).await {
                Attempt::Answered(reply) => return Ok(reply),
                Attempt::Moved(address) if redirects < REDIRECTS_MAX => {
                    redirects += 1;
                    self.address = address;
                    continue;
                }
                Attempt::Moved(address) => format!("{} sends to {address} again", self.address),
                Attempt::NotDone(why) => why,
                Attempt::Unclear(why) if resending == Resending::Never => {
                    return Err(ClientError::Unknown(why));
                }
                Attempt::Unclear(why) => {
                    is_unclear |= resending == Resending::Once;
                    why
                }
                // An answer that is not the store's says nothing about an earlier attempt.
                Attempt::Refused(why) if is_unclear && !why.starts_with("ERR ") => {
                    return Err(ClientError::Unknown(why));
                }
                Attempt::Refused(why) => return Err(ClientError::Refused(why)),
            };
            if runtime::now() >= deadline {
                let error = if is_unclear { ClientError::Unknown } else { ClientError::NoAnswer };
                return Err(error(why));
            }
            redirects = 0;
            self.address = self.next_server();
            runtime::sleep(PAUSE).await;
        }
    }

    fn next_server(&self) -> String {
        let servers = &self.options.servers;
        let place = servers.iter().position(|server| *server == self.address);
        servers[place.map_or(0, |place| (place + 1) % servers.len())].clone()
    }

    async fn attempt(&mut self, command: &[u8], resending: Resending, until: Instant) -> Attempt {
        let address = self.address.clone();
        let at_address = |error: io::Error| format!("{address}: {error}");
        let mut connection = match self.connection(&address, until).await {
            Ok(connection) => connection,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return Attempt::Refused(at_address(error));
            }
            Err(error) => return Attempt::NotDone(at_address(error)),
        };
        connection.set_timeout(match resending {
            // Nobody else may be asked.
            Resending::Never => until.since(runtime::now()).max(ANSWER_TIMEOUT),
            Resending::Harmless | Resending::Once => ANSWER_TIMEOUT,
        });
        match connection.send(command).await {
            Ok(reply) => {
                self.connections.insert(address, connection);
                Attempt::of_reply(reply)
            }
            Err(error) => Attempt::Unclear(at_address(error)),
        }
    }

    /// A connection over which nothing is under way.
    async fn connection(&mut self, address: &str, until: Instant) -> io::Result<Connection> {
        match self.connections.remove(address) {
            Some(connection) if connection.is_open() => Ok(connection),
            _ => {
                let timeout = until.since(runtime::now()).min(CONNECT_TIMEOUT);
                {
                    let password = self.options.password.as_ref().map(Password::word);
                    Connection::connect(address, password, timeout).await
                }
            }
        }
    }
}
