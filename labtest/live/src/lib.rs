//! Real servers under the tester: processes that are killed, paused and cut off while clients use them, and
//! judged by what the clients saw.
//!
//! A server is a process of its own ([`processes`]), in namespaces of its own where the system allows it
//! ([`isolation`]). What it says to the others and to clients goes through proxies ([`network`]). How a server
//! is started and spoken to is a [`driver`]'s to say. [`clients`] ask, and note what they were told; the
//! nemesis is that of simulations, and acts on processes here. When no server runs, their disks are looked at
//! ([`blackouts`]). In the end [`judge`] finds the verdict.
//!
//! Programs that speak the protocol of Maelstrom are run by [`maelstrom`], which has a network of its own.
//!
//! ```
//! use live::judge::{Check, Finding, worst};
//!
//! // Of all findings the worst is the verdict: what is not known is no pass.
//! let check = |property, finding| Check { property, finding };
//! let checks = [
//!     check("safety:linearizable", Finding::Holds),
//!     check("safety:durability", Finding::Unknown("a disk could not be read".to_owned())),
//! ];
//! assert!(!worst(&checks).is_pass());
//! ```

#[cfg(not(unix))]
compile_error!("live runs need Unix: processes, signals, and on Linux namespaces");

pub mod blackouts;
pub mod clients;
pub mod driver;
pub mod heartbeat;
pub mod isolation;
pub mod judge;
pub mod maelstrom;
pub mod network;
mod noted;
pub mod operation;
pub mod processes;
pub mod record;
pub mod run;
mod world;
