//! The compiled specimens. The build script makes them; this is what they have in common.
#![allow(missing_docs)]

use crate::catalogue::{Breaks, Specimen};
use labtest::{
    ApplyMsg, Bytes, ClientEnd, Implementation, Inspection, MakeArgs, NotLeader, Peer, Persister,
    Service, Started, State, anyhow, mpsc,
};
use std::marker::PhantomData;
use std::sync::Arc;

/// What all of them can do. Each is a type of its own, alike to the real Raft in what is public.
trait RaftLike: Send + Sync + Sized + 'static {
    fn make(
        config: &raft::Config,
        peers: Vec<ClientEnd>,
        me: usize,
        persister: Arc<dyn Persister>,
        apply: mpsc::Sender<ApplyMsg>,
    ) -> anyhow::Result<Self>;
    fn start(&self, command: Bytes) -> Result<Started, NotLeader>;
    fn get_state(&self) -> State;
    fn snapshot(&self, index: u64, snapshot: Bytes);
    fn kill(&self);
    fn service(&self) -> Arc<dyn Service>;
    fn inspect(&self) -> Inspection;
}

/// A specimen for the tester.
struct Variant<R> {
    name: &'static str,
    raft: PhantomData<fn() -> R>,
}

impl<R: RaftLike> Implementation for Variant<R> {
    fn name(&self) -> &str {
        self.name
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        let MakeArgs { peers, me, persister, apply, config } = args;
        Ok(Arc::new(Server(R::make(&config.raft, peers, me, persister, apply)?)))
    }
}

struct Server<R>(R);

impl<R: RaftLike> Peer for Server<R> {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        self.0.start(command)
    }

    fn get_state(&self) -> State {
        self.0.get_state()
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        self.0.snapshot(index, snapshot);
    }

    fn kill(&self) {
        self.0.kill();
    }

    fn service(&self) -> Arc<dyn Service> {
        self.0.service()
    }

    fn inspect(&self) -> Option<Inspection> {
        Some(self.0.inspect())
    }
}

macro_rules! specimens {
    ($(
        $module:ident, $path:literal, $name:literal, $statement:literal, $breaks:ident,
        $property:literal, $source:literal, $lines:literal;
    )*) => {
        $(
            #[path = $path]
            #[allow(warnings, missing_docs, clippy::all, rustdoc::all)]
            mod $module;

            impl RaftLike for $module::Raft {
                fn make(
                    config: &raft::Config,
                    peers: Vec<ClientEnd>,
                    me: usize,
                    persister: Arc<dyn Persister>,
                    apply: mpsc::Sender<ApplyMsg>,
                ) -> anyhow::Result<Self> {
                    // The same options as another type: over their encoding.
                    let options = labtest::encode(config).map_err(anyhow::Error::msg)?;
                    let options = labtest::decode(&options).map_err(anyhow::Error::msg)?;
                    Self::with_config(options, peers, me, persister, apply)
                }

                fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
                    self.start(command)
                }

                fn get_state(&self) -> State {
                    self.get_state()
                }

                fn snapshot(&self, index: u64, snapshot: Bytes) {
                    self.snapshot(index, snapshot);
                }

                fn kill(&self) {
                    self.kill();
                }

                fn service(&self) -> Arc<dyn Service> {
                    self.service()
                }

                fn inspect(&self) -> Inspection {
                    self.inspect()
                }
            }
        )*

        pub(crate) fn all() -> Vec<Specimen> {
            vec![$(Specimen {
                name: $name,
                statement: $statement,
                breaks: Breaks::$breaks,
                property: $property,
                source: $source,
                lines: $lines,
                implementation: Arc::new(Variant {
                    name: $name,
                    raft: PhantomData::<fn() -> $module::Raft>,
                }),
            }),*]
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
