//! RPC as the course labs have it, over a simulated network.
//!
//! A [`Network`] holds servers and a directed link from each to each. A [`ClientEnd`] is one
//! server's way to call another; a [`Service`] is what a server does with a request. Arguments and
//! replies cross the network as bytes, so servers share nothing, and calls and bytes are counted.
//!
//! The behaviours of the labs are settings of the links ([`Network::set_reliable`] and its
//! neighbours); underneath each link has its own [`LinkConfig`]: delay, loss, duplication, and it
//! can be held and released. Two rules have no exception:
//!
//! * a link that is cut, or a server that is deleted, fails the calls in flight at once, and no
//!   reply ever crosses a link that was cut meanwhile;
//! * a message of a server's earlier incarnation is never delivered, nor counted for the new one.
//!
//! On the real clock the same ends also go over TCP: [`tcp`].
//!
//! Everything random comes from one stream per link ([`runtime::rng`]), so one link's traffic does
//! not shift another's fate. Declare a service with [`service!`]; a call then is a typed method.
//! A server with several services has a [`Router`].
//!
//! ```
//! use labrpc::Network;
//! use runtime::{Node, Simulation};
//! use std::sync::Arc;
//!
//! labrpc::service! {
//!     /// Doubles numbers.
//!     pub trait Doubler, client DoublerClient {
//!         /// Twice the number.
//!         fn double("Doubler.Double", u64) -> u64;
//!     }
//! }
//!
//! struct Server;
//! impl Doubler for Server {
//!     async fn double(self: Arc<Self>, number: u64) -> u64 {
//!         2 * number
//!     }
//! }
//!
//! let finished = Simulation::new(1).run(async {
//!     let network = Network::new(2);
//!     let ends = network.add_server(0, &Node::current());
//!     network.add_server(1, &Node::new("server"));
//!     network.set_service(1, DoublerClient::serve(Arc::new(Server)));
//!     DoublerClient::new(ends[1].clone()).double(&21).await
//! });
//! assert_eq!(finished.result.unwrap(), Ok(42));
//! ```

mod call;
mod codec;
mod connection;
mod declaration;
mod end;
mod error;
mod hooks;
mod link;
mod network;
mod observer;
mod router;
mod server_id;
mod service;
mod simulated;
pub mod tcp;

pub use call::{Call, TypedCall};
pub use codec::{decode, encode, encode_into};
pub use end::ClientEnd;
pub use error::{HandleError, Mistake, RpcError};
pub use hooks::Hooks;
pub use link::{Delay, Late, LinkConfig, Path, Throttle};
pub use network::Network;
pub use observer::{EventKind, LossReason, NetworkEvent, Observer};
pub use router::Router;
pub use server_id::ServerId;
pub use service::{BoxFuture, Service};

// What [`service!`] has for [`Service::describe`].
#[doc(hidden)]
pub fn __describe<T: serde::de::DeserializeOwned + std::fmt::Debug>(
    bytes: &[u8],
) -> Option<String> {
    decode::<T>(bytes).ok().map(|value| format!("{value:?}"))
}

// [`service!`] makes the names of constants with it.
#[doc(hidden)]
pub use pastey::paste as __paste;
