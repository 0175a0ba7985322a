//! STUB
#![allow(clippy::todo, missing_docs, unused)]
use std::{future::Future, pin::Pin, sync::Arc, task::{Context, Poll}, time::Duration, ops::RangeInclusive};

/// A point on a node's clock, in nanoseconds since the run began.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct Instant(u64);
impl Instant {
    pub const START: Instant = Instant(0);
    pub const fn from_nanos(n: u64) -> Self { Instant(n) }
    pub const fn as_nanos(self) -> u64 { self.0 }
    /// Time since `earlier`, zero when `earlier` is later.
    pub fn since(self, earlier: Instant) -> Duration { Duration::from_nanos(self.0.saturating_sub(earlier.0)) }
}
impl std::ops::Add<Duration> for Instant { type Output = Instant; fn add(self, d: Duration) -> Instant { Instant(self.0 + d.as_nanos() as u64) } }

pub fn now() -> Instant { todo!() }
pub fn is_simulated() -> bool { todo!() }
pub struct Sleep;
impl Future for Sleep { type Output = (); fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> { todo!() } }
pub fn sleep(duration: Duration) -> Sleep { todo!() }
pub fn sleep_until(deadline: Instant) -> Sleep { todo!() }
#[derive(Debug)] pub struct Elapsed;
pub async fn timeout<F: Future>(limit: Duration, future: F) -> Result<F::Output, Elapsed> { todo!() }
pub async fn yield_now() { todo!() }

#[derive(Debug)] pub struct JoinError;
/// Dropping it detaches the task.
pub struct JoinHandle<T>(std::marker::PhantomData<T>);
impl<T> Future for JoinHandle<T> { type Output = Result<T, JoinError>; fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> { todo!() } }
impl<T> JoinHandle<T> { pub fn abort(&self) { todo!() } }
/// Spawns on the current node.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output> where F: Future + Send + 'static, F::Output: Send + 'static { todo!() }

/// The stream of chance of that name and index, derived from the run's seed.
pub fn rng(name: &str, index: u64) -> Rng { todo!() }
/// A deterministic stream (Xoshiro256++). Also implements `rand::TryRng<Error = Infallible>`.
#[derive(Clone, Debug)]
pub struct Rng;
impl Rng {
    pub fn from_seed(seed: u64) -> Rng { todo!() }
    pub fn next_u64(&mut self) -> u64 { todo!() }
    /// Uniform in `0..bound`; `bound` must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 { todo!() }
    pub fn range(&mut self, range: RangeInclusive<u64>) -> u64 { todo!() }
    pub fn duration(&mut self, range: RangeInclusive<Duration>) -> Duration { todo!() }
    pub fn chance(&mut self, per_million: u32) -> bool { todo!() }
}

/// One incarnation of a machine: owns tasks; a killed node never comes back, a restart is a new Node.
#[derive(Clone, Debug)]
pub struct Node;
impl Node {
    pub fn new(name: &str) -> Node { todo!() }
    pub fn current() -> Node { todo!() }
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output> where F: Future + Send + 'static, F::Output: Send + 'static { todo!() }
    /// Runs `f` as if in a task of this node (spawn, now, ... refer to it).
    pub fn enter<R>(&self, f: impl FnOnce() -> R) -> R { todo!() }
    pub fn kill(&self) { todo!() }
    pub fn is_alive(&self) -> bool { todo!() }
    pub fn pause(&self) { todo!() }
    pub fn resume(&self) { todo!() }
    pub fn is_paused(&self) -> bool { todo!() }
    /// Rate in parts per million of true time (1_000_000 is exact); `jump` moves the clock forward at once.
    pub fn set_clock_rate(&self, rate_per_million: u32) { todo!() }
    pub fn jump_clock(&self, forward: Duration) { todo!() }
}

/// Folds words into the run's rolling event hash (with the current time). Nothing outside a simulation.
pub fn trace(words: &[u64]) { todo!() }
pub fn trace_bytes(words: &[u64], bytes: &[u8]) { todo!() }

/// One run: executor, virtual clock and chance under one seed. Synchronous; call it on any thread.
pub struct Simulation;
impl Simulation {
    pub fn new(seed: u64) -> Simulation { todo!() }
    pub fn time_limit(self, limit: Duration) -> Self { todo!() }
    pub fn step_limit(self, steps: u64) -> Self { todo!() }
    /// Runs `main` (on a node called "main") to its end, then drops every task and timer.
    pub fn run<F>(self, main: F) -> Finished<F::Output> where F: Future + 'static, F::Output: 'static { todo!() }
}
pub struct Finished<T> { pub result: Result<T, SimulationError>, pub report: Report }
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report { pub trace_hash: u64, pub elapsed: Duration, pub steps: u64 }
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    #[error("deadlock")] Deadlock { blocked: Vec<TaskInfo> },
    #[error("step limit")] StepLimit { steps: u64 },
    #[error("time limit")] TimeLimit { limit: Duration },
    #[error("panic: {message}")] Panic { message: String, task: Option<TaskInfo> },
}
#[derive(Clone, Debug)]
pub struct TaskInfo { pub node: String, pub spawned_at: String }
