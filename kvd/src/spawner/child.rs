//! The process of one server.

use super::ending::Ending;
use futures::future::{Either, join_all, select};
use rustix::process::{Pid, Signal, kill_process};
use std::io;
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child as Process, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long the last lines of a process that has ended are waited for: something else that it started may
/// hold its output open.
const LAST_LINES_TIME: Duration = Duration::from_secs(1);

/// What a process does.
#[derive(Debug)]
pub enum Deed {
    /// It wrote a line.
    Line(String),
    /// It has ended, and wrote all its lines before.
    Ended(Ending),
}

/// A process that was started. When this is dropped it goes on, until the program ends or its runtime does.
pub struct Child {
    signals: UnboundedSender<Signal>,
}

impl Child {
    /// Starts a process, and reports what it does. It must be called on a thread that lives as long as the
    /// process is to live: see [`super::die_with_parent`].
    pub fn start(
        mut command: Command,
        tell: impl Fn(Deed) + Clone + Send + 'static,
    ) -> io::Result<Child> {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C on the terminal is for the spawner, which then ends its servers.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().map(|pipe| runtime::spawn(read(pipe, tell.clone())));
        let errors = process.stderr.take().map(|pipe| runtime::spawn(read(pipe, tell.clone())));
        let (signals, received) = unbounded_channel();
        runtime::detach(async move {
            let ending = wait(process, received).await;
            let rest = join_all(output.into_iter().chain(errors));
            let _ = runtime::timeout(LAST_LINES_TIME, rest).await;
            tell(Deed::Ended(ending));
        });
        Ok(Child { signals })
    }

    /// Sends it a signal, if it is still there.
    pub fn signal(&self, signal: Signal) {
        let _ = self.signals.send(signal);
    }
}

/// Waits for its end, and hands on signals until then: the number may be another process's afterwards.
async fn wait(mut process: Process, mut signals: UnboundedReceiver<Signal>) -> Ending {
    let number = process.id().and_then(|number| Pid::from_raw(number.try_into().ok()?));
    let mut ended = pin!(process.wait());
    loop {
        let status = match select(ended.as_mut(), pin!(signals.recv())).await {
            Either::Left((status, _)) => status,
            Either::Right((Some(signal), _)) => {
                if let Some(number) = number {
                    // Who has just ended needs no signal.
                    let _ = kill_process(number, signal);
                }
                continue;
            }
            Either::Right((None, _)) => ended.await,
        };
        return match status {
            Ok(status) => Ending::of(status),
            Err(error) => Ending::Refused(format!("waited for: {error}")),
        };
    }
}

/// Tells line by line what is written there.
async fn read(pipe: impl AsyncRead + Unpin, tell: impl Fn(Deed)) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    while let Ok(1..) = pipe.read_until(b'\n', &mut line).await {
        tell(Deed::Line(String::from_utf8_lossy(&line).trim_end().to_owned()));
        line.clear();
    }
}
