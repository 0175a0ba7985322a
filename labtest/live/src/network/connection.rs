//! A connection through the proxy: from the one who dialed it to a server and back.

use super::Closing;
use super::half::{Half, Torn};
use super::link::Link;
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
    address: Arc<ServerAddress>,
    forth: Arc<Link>,
    back: Arc<Link>,
) {
    let mut dialer = Side::new(dialer);
    let (mut forth, mut back) = (Half::new(forth), Half::new(back));
    let mut server = match reach(&address, &mut dialer, &mut forth, &mut back).await {
        Ok(stream) => Side::new(stream),
        Err(Torn) => return dialer.reset(),
    };
    let ended =
        poll_fn(|context| poll_both(context, &mut dialer, &mut server, &mut forth, &mut back));
    if let Err(Torn) = ended.await {
        dialer.reset();
        server.reset();
    }
}

/// Connects to the server once the link there is open. What the dialer sends meanwhile is held or swallowed,
/// as the link says.
async fn reach(
    address: &ServerAddress,
    dialer: &mut Side,
    forth: &mut Half,
    back: &mut Half,
) -> Result<TcpStream, Torn> {
    poll_fn(|context| poll_before_dialing(context, dialer, forth, back)).await?;
    let mut dialing = Box::pin(address.dial());
    let mut failed = false;
    poll_fn(|context| {
        forth.poll(context, dialer, None)?;
        let answers = back.observe(context)?;
        if !failed {
            match ready!(dialing.as_mut().poll(context)) {
                Ok(stream) => return Poll::Ready(Ok(stream)),
                Err(_) => failed = true,
            }
        }
        // That there is no server is something that the dialer learns over the link back.
        if answers.closed.is_some() {
            return Poll::Pending;
        }
        forth.link().count(|statistics| statistics.servers_not_reached += 1);
        Poll::Ready(Err(Torn))
    })
    .await
}

fn poll_before_dialing(
    context: &mut Context<'_>,
    dialer: &mut Side,
    forth: &mut Half,
    back: &mut Half,
) -> Poll<Result<(), Torn>> {
    forth.poll(context, dialer, None)?;
    back.observe(context)?;
    match forth.observe(context)?.closed {
        None => Poll::Ready(Ok(())),
        // Nobody is left who could learn that something is lost.
        Some(Closing::Cut) if dialer.broken => Poll::Ready(Err(Torn)),
        Some(_) => Poll::Pending,
    }
}

fn poll_both(
    context: &mut Context<'_>,
    dialer: &mut Side,
    server: &mut Side,
    forth: &mut Half,
    back: &mut Half,
) -> Poll<Result<(), Torn>> {
    loop {
        let broken = (dialer.broken, server.broken);
        forth.poll(context, dialer, Some(server))?;
        back.poll(context, server, Some(dialer))?;
        // A half that finds its receiver gone tells the other, which has to tell its own.
        if broken == (dialer.broken, server.broken) {
            break;
        }
    }
    let nobody_is_left = dialer.broken && server.broken;
    match nobody_is_left || (forth.is_over() && back.is_over()) {
        true => Poll::Ready(Ok(())),
        false => Poll::Pending,
    }
}
