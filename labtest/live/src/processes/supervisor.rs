//! The task of one server: it carries out orders, and sees the process end.

use super::child::Child;
use super::event::{Ending, Teller, What};
use super::memory;
use super::server::{Order, Status};
use crate::driver::Program;
use futures::{FutureExt, select_biased};
use nix::sys::signal::Signal;
use parking_lot::Mutex;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;

/// How long a server has to end by itself.
const END_TIME: Duration = Duration::from_secs(5);

/// How often its memory is looked at.
const MEMORY_TIME: Duration = Duration::from_millis(500);

type Programs = Box<dyn Fn(u64) -> anyhow::Result<Program> + Send>;

pub struct Supervisor {
    program: Programs,
    guarded: bool,
    orders: UnboundedReceiver<Order>,
    teller: Teller,
    status: Arc<Mutex<Status>>,
    child: Option<Child>,
}

/// What comes next.
enum Next {
    Order(Option<Order>),
    Ended(io::Result<ExitStatus>),
    LookAtMemory,
}

impl Supervisor {
    pub fn new(
        program: Programs,
        guarded: bool,
        orders: UnboundedReceiver<Order>,
        teller: Teller,
        status: Arc<Mutex<Status>>,
    ) -> Supervisor {
        Supervisor { program, guarded, orders, teller, status, child: None }
    }

    /// Until nobody can give orders any more: the process is killed then.
    pub async fn run(mut self) {
        loop {
            match self.next().await {
                Next::Order(Some(order)) => self.carry_out(order).await,
                Next::Order(None) => return self.kill().await,
                Next::Ended(status) => self.ended(status).await,
                Next::LookAtMemory => self.look_at_memory(),
            }
        }
    }

    async fn next(&mut self) -> Next {
        let Some(child) = &mut self.child else {
            return Next::Order(self.orders.recv().await);
        };
        select_biased! {
            status = child.wait().boxed().fuse() => Next::Ended(status),
            order = self.orders.recv().boxed().fuse() => Next::Order(order),
            () = runtime::sleep(MEMORY_TIME).boxed().fuse() => Next::LookAtMemory,
        }
    }

    async fn carry_out(&mut self, order: Order) {
        match order {
            Order::Start => {
                if self.child.as_ref().is_some_and(|child| child.terminated) {
                    self.end().await;
                }
                self.start();
            }
            Order::Kill => self.kill().await,
            Order::Terminate => self.terminate(),
            Order::Pause => self.pause().await,
            Order::Resume => self.resume(),
            Order::Write(line) => self.child.iter().for_each(|child| child.write(line.clone())),
            Order::ExpectEnd => self.child.iter_mut().for_each(|child| child.end_expected = true),
            Order::End(answer) => {
                self.resume();
                self.terminate();
                self.end().await;
                // Who asked may be gone.
                let _ = answer.send(());
            }
            Order::Answer(answer) => drop(answer.send(())),
        }
    }

    fn start(&mut self) {
        if self.child.is_some() {
            return;
        }
        self.teller.life += 1;
        self.status.lock().life = self.teller.life;
        let program = (self.program)(self.teller.life);
        match program.and_then(|program| Child::start(&program, self.guarded)) {
            Ok(mut child) => {
                let pid = child.pid();
                self.status.lock().pid = Some(pid);
                self.teller.tell(What::Started { pid });
                child.talk(&self.teller);
                self.child = Some(child);
            }
            Err(error) => self.teller.tell(What::Refused { why: format!("{error:#}") }),
        }
    }

    async fn kill(&mut self) {
        self.look_at_memory();
        if let Some(child) = &mut self.child {
            child.end_expected = true;
        }
        self.signal(Signal::SIGKILL);
        self.wait().await;
    }

    fn terminate(&mut self) {
        if let Some(child) = &mut self.child {
            (child.terminated, child.end_expected) = (true, true);
        }
        self.signal(Signal::SIGTERM);
    }

    async fn pause(&mut self) {
        if self.status.lock().paused {
            return;
        }
        let Some(child) = &self.child else { return };
        match child.stop().await {
            Ok(true) => self.teller.tell(What::Paused),
            // It has ended, which is told next.
            Ok(false) => return,
            Err(why) => self.teller.tell(What::Trouble(why)),
        }
        self.status.lock().paused = true;
    }

    fn resume(&mut self) {
        if std::mem::take(&mut self.status.lock().paused) {
            self.signal(Signal::SIGCONT);
            self.teller.tell(What::Resumed);
        }
    }

    /// Waits for the end of a process that was asked to, and kills it if it takes too long.
    async fn end(&mut self) {
        let Some(child) = &mut self.child else { return };
        match runtime::timeout(END_TIME, child.wait()).await {
            Ok(status) => self.ended(status).await,
            Err(_) => self.kill().await,
        }
    }

    async fn wait(&mut self) {
        if let Some(child) = &mut self.child {
            let status = child.wait().await;
            self.ended(status).await;
        }
    }

    fn signal(&self, signal: Signal) {
        let Some(child) = &self.child else { return };
        if let Err(error) = child.signal(signal) {
            self.teller.tell(What::Trouble(format!("it can't be sent {signal}: {error}")));
        }
    }

    fn look_at_memory(&self) {
        let peak = self.child.as_ref().and_then(|child| memory::peak_bytes(child.pid()));
        let mut status = self.status.lock();
        status.memory_bytes_max = status.memory_bytes_max.max(peak.unwrap_or_default());
    }

    async fn ended(&mut self, status: io::Result<ExitStatus>) {
        let Some(mut child) = self.child.take() else { return };
        child.last_lines().await;
        {
            let mut status = self.status.lock();
            (status.pid, status.paused) = (None, false);
        }
        match status.map(Ending::from) {
            Ok(how) => {
                let killed = how == Ending::Killed(Signal::SIGKILL as i32);
                let out_of_memory = killed && !child.end_expected && child.saw_kills_for_memory();
                self.teller.tell(What::Ended { how, expected: child.end_expected, out_of_memory });
            }
            Err(error) => {
                self.teller.tell(What::Trouble(format!("its end can't be waited for: {error}")));
            }
        }
    }
}
