//! A connection through the proxy: from whoever dialed it to a server and back.

use super::half::{Half, Torn};
use super::link::{Closing, Link};
use super::listener::ServerAddress;
use super::side::Side;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::net::TcpStream;

/// Carries what the dialer sends over link `forth` and what it is answered over link `back`, until both have
/// ended or the connection is reset.
pub(super) async fn carry(
    dialer: TcpStream,
    server: Arc<ServerAddress>,
    forth: Arc<Link>,
    back: Arc<Link>,
) {
    let mut connection = Connection {
        dialer: Side::new(dialer),
        server: None,
        forth: Half::new(forth),
        back: Half::new(back),
    };
    let ended = match connection.reach(&server).await {
        Ok(()) => poll_fn(|context| connection.poll(context)).await,
        Err(torn) => Err(torn),
    };
    if let Err(Torn) = ended {
        connection.reset();
    }
}

struct Connection {
    dialer: Side,
    /// Not there before it is reached.
    server: Option<Side>,
    forth: Half,
    back: Half,
}

impl Connection {
    /// Connects to the server once the link there is open. What the dialer sends meanwhile is held or
    /// swallowed, as the link says.
    async fn reach(&mut self, server: &ServerAddress) -> Result<(), Torn> {
        poll_fn(|context| self.poll_before_dialing(context)).await?;
        let mut dialing = Box::pin(server.dial());
        let mut failed = false;
        poll_fn(|context| {
            self.forth.poll(context, &mut self.dialer, None)?;
            let back = self.back.observe(context)?;
            if !failed {
                match ready!(dialing.as_mut().poll(context)) {
                    Ok(stream) => {
                        self.server = Some(Side::new(stream));
                        return Poll::Ready(Ok(()));
                    }
                    Err(_) => failed = true,
                }
            }
            // That there is no server is something that the dialer learns over the link back.
            if back.closed.is_some() {
                return Poll::Pending;
            }
            self.forth.link().count(|statistics| statistics.servers_not_reached += 1);
            Poll::Ready(Err(Torn))
        })
        .await
    }

    fn poll_before_dialing(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Torn>> {
        self.forth.poll(context, &mut self.dialer, None)?;
        self.back.observe(context)?;
        match self.forth.observe(context)?.closed {
            None => Poll::Ready(Ok(())),
            // Nobody is left who could learn that something is lost.
            Some(Closing::Cut) if self.dialer.broken => Poll::Ready(Err(Torn)),
            Some(_) => Poll::Pending,
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Torn>> {
        let Some(server) = &mut self.server else { return Poll::Ready(Err(Torn)) };
        let dialer = &mut self.dialer;
        loop {
            let broken = (dialer.broken, server.broken);
            self.forth.poll(context, dialer, Some(server))?;
            self.back.poll(context, server, Some(dialer))?;
            // A half that finds its receiver gone tells the other, which has to tell its own.
            if broken == (dialer.broken, server.broken) {
                break;
            }
        }
        let nobody_is_left = dialer.broken && server.broken;
        match nobody_is_left || (self.forth.is_over() && self.back.is_over()) {
            true => Poll::Ready(Ok(())),
            false => Poll::Pending,
        }
    }

    fn reset(self) {
        self.dialer.reset();
        if let Some(server) = self.server {
            server.reset();
        }
    }
}
