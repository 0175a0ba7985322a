//! One direction of a connection: what its link lets through of what is sent.

use super::Closing;
use super::link::{HalfId, Link, LinkState};
use super::side::Side;
use super::under_way::UnderWay;
use runtime::{Instant, Sleep};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// How much may wait here because of a link that is held or slow. Beyond that nothing is read, so that the
/// sender has to wait.
const WAITING_BYTES_MAX: usize = 4 << 20;
/// How much may wait here for a receiver that does not read, or a link that is throttled.
const WAITING_BYTES_USUAL_MAX: usize = 64 << 10;

/// The connection has to be reset, at both sides.
#[derive(Debug)]
pub(super) struct Torn;

/// How the sender has ended its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It says that nothing more comes.
    Closed,
    /// It has reset the connection, or its process is gone.
    Broken,
}

pub(super) struct Half {
    link: Arc<Link>,
    id: HalfId,
    /// How often the link was reset before this connection.
    resets: u64,
    under_way: UnderWay,
    /// The sender's end, and when it is due.
    end: Option<(End, Instant)>,
    end_passed_on: bool,
    /// The link was cut and something is lost: nothing may arrive any more.
    lossy: bool,
    held: Option<Held>,
    timer: Option<(Instant, Sleep)>,
}

/// Since when the link has been held while there was something to carry, and how much that is by now.
struct Held {
    since: Instant,
    bytes: usize,
}

impl Half {
    pub(super) fn new(link: Arc<Link>) -> Half {
        let (id, resets) = link.enter();
        Half {
            link,
            id,
            resets,
            under_way: UnderWay::default(),
            end: None,
            end_passed_on: false,
            lossy: false,
            held: None,
            timer: None,
        }
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    /// The receiver knows that nothing more comes.
    pub(super) fn is_over(&self) -> bool {
        self.end_passed_on
    }

    /// What the link does at present. The task is woken when that changes.
    ///
    /// # Errors
    /// When the link was reset, or is open again and has lost something.
    pub(super) fn observe(&mut self, context: &mut Context<'_>) -> Result<LinkState, Torn> {
        let (state, resets) = self.link.observe(self.id, context.waker());
        let reset = resets != self.resets || state.closed == Some(Closing::Reset);
        if reset || (self.lossy && state.closed.is_none()) {
            self.link.count(|statistics| statistics.connections_reset += 1);
            return Err(Torn);
        }
        Ok(state)
    }

    /// Takes in what the source sends, and passes it on to the sink, if there is one yet, as far as the link
    /// lets it. The task is woken when there may be more to do.
    ///
    /// # Errors
    /// When the connection has to be reset.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        source: &mut Side,
        mut sink: Option<&mut Side>,
    ) -> Result<(), Torn> {
        // Looked at for each piece: a sender that never pauses must not hide a change.
        let state = loop {
            let state = self.observe(context)?;
            let taken = self.take_in(context, source, &state);
            let passed = match &mut sink {
                Some(sink) => self.pass_on(context, sink, &state)?,
                None => false,
            };
            if !taken && !passed {
                break state;
            }
        };
        self.note_held(&state);
        self.under_way.shrink();
        Ok(())
    }

    /// Whether it has taken in anything.
    fn take_in(&mut self, context: &mut Context<'_>, source: &mut Side, state: &LinkState) -> bool {
        if source.broken && !matches!(self.end, Some((End::Broken, _))) {
            self.take_in_end(End::Broken);
        }
        if self.lossy || state.closed == Some(Closing::Cut) {
            self.swallow();
        }
        if self.end.is_some() {
            return false;
        }
        let may_wait = match state.closed.is_some() || state.delays() {
            true => WAITING_BYTES_MAX,
            false => WAITING_BYTES_USUAL_MAX,
        };
        let room = self.under_way.room(may_wait);
        if room == 0 {
            return false;
        }
        match source.poll_read(context, self.under_way.buffer(), room) {
            Poll::Pending => return false,
            Poll::Ready(Ok(0)) => self.take_in_end(End::Closed),
            Poll::Ready(Ok(bytes)) => {
                let now = runtime::now();
                self.under_way.push(bytes, now, now + self.link.draw_delay(bytes));
            }
            Poll::Ready(Err(_)) => self.take_in_end(End::Broken),
        }
        true
    }

    fn take_in_end(&mut self, end: End) {
        self.end = Some((end, runtime::now() + self.link.draw_delay(0)));
        self.end_passed_on = false;
    }

    fn has_something_to_pass_on(&self) -> bool {
        !self.under_way.is_empty() || (self.end.is_some() && !self.end_passed_on)
    }

    /// Loses everything that is under way.
    fn swallow(&mut self) {
        self.lossy |= self.has_something_to_pass_on();
        let bytes = self.under_way.clear();
        if bytes > 0 {
            self.link.count(|statistics| statistics.bytes_swallowed += bytes as u64);
        }
    }

    /// Whether it has passed on anything.
    fn pass_on(
        &mut self,
        context: &mut Context<'_>,
        sink: &mut Side,
        state: &LinkState,
    ) -> Result<bool, Torn> {
        if state.closed.is_some() || self.lossy {
            return Ok(false);
        }
        if sink.broken {
            self.give_up();
        }
        if self.under_way.is_empty() {
            return self.pass_on_end(context, sink, state);
        }
        let now = runtime::now();
        let due = match state.delays() {
            true => self.under_way.due_by(now),
            false => self.under_way.all(),
        };
        let wait_until = match (self.link.may_send(now), self.under_way.next_due()) {
            (_, Some(next)) if due.is_empty() => next,
            (Err(next), _) => next,
            (Ok(bytes_max), _) => {
                let Poll::Ready(written) =
                    sink.poll_write(context, &due[..due.len().min(bytes_max)])
                else {
                    return Ok(false);
                };
                if let Ok(bytes) = written {
                    self.link.sent(bytes, self.under_way.pass_on(bytes, now), now);
                }
                return Ok(true);
            }
        };
        Ok(self.poll_wait(context, wait_until))
    }

    /// Whether it has passed on the sender's end, after everything that was sent.
    fn pass_on_end(
        &mut self,
        context: &mut Context<'_>,
        sink: &mut Side,
        state: &LinkState,
    ) -> Result<bool, Torn> {
        let Some((end, due)) = self.end.filter(|_| !self.end_passed_on) else { return Ok(false) };
        if state.delays() && runtime::now() < due {
            return Ok(self.poll_wait(context, due));
        }
        if end == End::Broken {
            return Err(Torn);
        }
        // Where it fails there is nobody left to be told.
        self.end_passed_on = sink.broken || sink.end(context).is_ready();
        Ok(self.end_passed_on)
    }

    /// Whether the time has come; the task is woken when it does.
    fn poll_wait(&mut self, context: &mut Context<'_>, until: Instant) -> bool {
        if self.timer.as_ref().is_none_or(|(due, _)| *due != until) {
            self.timer = Some((until, runtime::sleep_until(until)));
        }
        let come =
            self.timer.as_mut().is_some_and(|(_, timer)| Pin::new(timer).poll(context).is_ready());
        if come {
            self.timer = None;
        }
        come
    }

    /// There is nobody any more to pass anything on to.
    fn give_up(&mut self) {
        let bytes = self.under_way.clear();
        self.link.count(|statistics| statistics.bytes_undelivered += bytes as u64);
    }

    fn note_held(&mut self, state: &LinkState) {
        let holds = state.closed == Some(Closing::Hold) && !self.lossy;
        if !holds || !self.has_something_to_pass_on() {
            self.note_released();
            return;
        }
        let held = self.held.get_or_insert_with(|| Held { since: runtime::now(), bytes: 0 });
        let more = self.under_way.len() - held.bytes;
        held.bytes += more;
        if more > 0 {
            self.link.count(|statistics| statistics.bytes_held += more as u64);
        }
    }

    fn note_released(&mut self) {
        if let Some(held) = self.held.take() {
            let duration = runtime::now().since(held.since);
            self.link.count(|statistics| statistics.note_held(duration));
        }
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        self.give_up();
        self.note_released();
        self.link.leave(self.id);
    }
}
