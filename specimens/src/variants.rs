//! The compiled specimens. The build script makes them; this is what they have in common.
#![allow(missing_docs)]

use crate::catalogue::{Breaks, Specimen};
use labtest::{
    ApplyMsg, Bytes, ClientEnd, DiskDecoder, EntryId, Implementation, Inspection, MakeArgs, NotLeader,
    OurRaft, Peer, Persister, RaftMessage, Service, Started, State, anyhow, mpsc,
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
    fn entry_at(&self, index: u64) -> Option<EntryId>;
}

/// A specimen for the tester.
struct Variant<R> {
    name: &'static str,
    shows_its_inside: bool,
    raft: PhantomData<fn() -> R>,
}

impl<R: RaftLike> Implementation for Variant<R> {
    fn name(&self) -> &str {
        self.name
    }

    fn has_quorum_checks(&self) -> bool {
        OurRaft.has_quorum_checks()
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        let MakeArgs { peers, me, persister, apply, config } = args;
        let raft = R::make(&config.raft, peers, me, persister, apply)?;
        Ok(Arc::new(Server { raft, shows_its_inside: self.shows_its_inside }))
    }

    // No diff changes what messages and records look like.

    fn decode(&self, method: &str, reply: bool, bytes: &[u8]) -> Option<RaftMessage> {
        OurRaft.decode(method, reply, bytes)
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        OurRaft.disk_decoder()
    }
}

impl<R: RaftLike> Variant<R> {
    fn arc(name: &'static str, shows_its_inside: bool) -> Arc<dyn Implementation> {
        Arc::new(Variant { name, shows_its_inside, raft: PhantomData::<fn() -> R> })
    }
}

struct Server<R> {
    raft: R,
    shows_its_inside: bool,
}

impl<R: RaftLike> Peer for Server<R> {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        self.raft.start(command)
    }

    fn get_state(&self) -> State {
        self.raft.get_state()
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        self.raft.snapshot(index, snapshot);
    }

    fn kill(&self) {
        self.raft.kill();
    }

    fn service(&self) -> Arc<dyn Service> {
        self.raft.service()
    }

    fn inspect(&self) -> Option<Inspection> {
        self.shows_its_inside.then(|| self.raft.inspect())
    }

    fn entry_at(&self, index: u64) -> Option<EntryId> {
        self.shows_its_inside.then(|| self.raft.entry_at(index)).flatten()
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

                fn entry_at(&self, index: u64) -> Option<EntryId> {
                    let entry = self.entry(index)?;
                    Some(EntryId::new(entry.term, &entry.command))
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
                open: Variant::<$module::Raft>::arc($name, true),
                closed: Variant::<$module::Raft>::arc($name, false),
            }),*]
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
