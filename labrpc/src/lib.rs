//! STUB
#![allow(clippy::todo, missing_docs, unused)]
use std::{future::Future, pin::Pin, sync::Arc, task::{Context, Poll}, time::Duration};
use runtime::Node;

pub type ServerId = usize;
/// Why a call has no reply. A caller can't tell a lost request from a lost reply or a dead server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RpcError {
    #[error("no reply")] NoReply,
    #[error("mistake: {0}")] Mistake(Mistake),
}
/// A programming mistake that ends the process in the original lab; here it fails the run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    #[error("server {server}: unknown method {method}")] UnknownMethod { server: ServerId, method: String },
    #[error("server {server}: can't decode arguments of {method}: {reason}")] BadArguments { server: ServerId, method: String, reason: String },
    #[error("can't decode the reply of {method}: {reason}")] BadReply { method: String, reason: String },
}
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// What a server does with a request.
pub trait Service: Send + Sync + 'static {
    /// `args` and the result are encoded bytes. The future is polled in place first.
    fn handle(self: Arc<Self>, method: &'static str, args: Vec<u8>) -> BoxFuture<Result<Vec<u8>, HandleError>>;
}
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    #[error("unknown method")] UnknownMethod,
    #[error("can't decode arguments: {0}")] BadArguments(String),
}
/// The client side of one directed pair of servers, of one incarnation of the caller. Cheap to clone.
#[derive(Clone)]
pub struct ClientEnd;
impl ClientEnd {
    /// The server this end calls.
    pub fn server(&self) -> ServerId { todo!() }
    /// Sends at once (not when first polled).
    pub fn call(&self, method: &'static str, args: Vec<u8>) -> Call { todo!() }
}
pub struct Call;
impl Future for Call { type Output = Result<Vec<u8>, RpcError>; fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> { todo!() } }

/// Cheap to clone; one per cluster.
#[derive(Clone)]
pub struct Network;
impl Network {
    /// `servers`: the number of servers. All links enabled=false at first? No: all enabled, reliable.
    pub fn new(servers: usize) -> Network { todo!() }
    /// A new incarnation of `server`, running on `node`: invalidates all of its older ends and
    /// returns new ones, one per server (index = server called, itself included).
    /// Until `set_service` it receives nothing.
    pub fn add_server(&self, server: ServerId, node: &Node) -> Vec<ClientEnd> { todo!() }
    pub fn set_service(&self, server: ServerId, service: Arc<dyn Service>) { todo!() }
    /// Fails the calls in flight from and to it at once; its ends are dead for ever.
    pub fn delete_server(&self, server: ServerId) { todo!() }
    /// Enables or disables the directed link.
    pub fn set_enabled(&self, from: ServerId, to: ServerId, enabled: bool) { todo!() }
    pub fn set_reliable(&self, reliable: bool) { todo!() }
    pub fn set_long_reordering(&self, on: bool) { todo!() }
    pub fn set_long_delays(&self, on: bool) { todo!() }
    /// Requests delivered to this incarnation of the server.
    pub fn server_calls(&self, server: ServerId) -> u64 { todo!() }
    pub fn total_calls(&self) -> u64 { todo!() }
    pub fn total_bytes(&self) -> u64 { todo!() }
    /// The first mistake made on this network, if any; and a way to wait for one.
    pub fn mistake(&self) -> Option<Mistake> { todo!() }
    pub async fn wait_for_mistake(&self) -> Mistake { todo!() }
}

/// Declares a typed service once: a trait for the server side and a client over `ClientEnd`.
///
/// ```ignore
/// labrpc::service! {
///     /// Raft's RPCs.
///     pub trait RaftRpc, client RaftClient {
///         /// RequestVote.
///         fn request_vote("Raft.RequestVote", RequestVoteArgs) -> RequestVoteReply;
///     }
/// }
/// // server: impl RaftRpc for Shared { async fn request_vote(self: Arc<Self>, args: RequestVoteArgs) -> RequestVoteReply {..} }
/// //         let service: Arc<dyn labrpc::Service> = raft_rpc_service(shared_arc) -> see RaftClient::serve(shared_arc)
/// // client: RaftClient::new(end).request_vote(&args).await -> Result<RequestVoteReply, RpcError>   (sends at once)
/// ```
#[macro_export]
macro_rules! service { () => {} }
