//! The compiled copies, and how the tester makes them.

use labtest::clients::{MakeStoreArgs, StoreServer};
use labtest::{Implementation, MakeArgs, OurRaft, Peer, Service, Supports};
use std::sync::Arc;

/// Our Raft with a store that has a bug.
#[derive(Clone, Copy)]
pub struct Specimen {
    /// Its name.
    pub name: &'static str,
    /// What it does wrong.
    pub statement: &'static str,
    make: fn(MakeStoreArgs) -> anyhow::Result<Arc<dyn StoreServer>>,
}

impl Implementation for Specimen {
    fn name(&self) -> &str {
        self.name
    }

    fn supports(&self) -> Supports {
        OurRaft.supports()
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        OurRaft.make(args)
    }

    fn make_store(&self, args: MakeStoreArgs) -> anyhow::Result<Arc<dyn StoreServer>> {
        (self.make)(args)
    }
}

/// A row: module, path of its `lib.rs`, name, statement.
macro_rules! specimens {
    ($($module:ident, $path:literal, $name:literal, $statement:literal;)*) => {
        $(
            // The original is checked in its place. Here a bug leaves things unused, clients are not needed at
            // all, and links in documentation lead nowhere.
            #[allow(warnings, clippy::all, rustdoc::all)]
            #[path = $path]
            mod $module;

            impl StoreServer for $module::KvServer {
                fn service(&self) -> Arc<dyn Service> {
                    $module::KvServer::service(self)
                }

                fn failure(&self) -> Option<String> {
                    $module::KvServer::failure(self)
                }

                fn kill(&self) {
                    $module::KvServer::kill(self);
                }
            }
        )*

        /// All of them, by name.
        pub fn specimens() -> Vec<Specimen> {
            vec![$(Specimen {
                name: $name,
                statement: $statement,
                make: |args| {
                    let MakeStoreArgs { replica, applied, persister, options } = args;
                    // The same options as another type: over their encoding.
                    let options = labrpc::encode(&options).map_err(anyhow::Error::msg)?;
                    let options = labrpc::decode(&options).map_err(anyhow::Error::msg)?;
                    let server = $module::KvServer::over(replica, applied, persister, options)?;
                    Ok(Arc::new(server))
                },
            }),*]
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/specimens.rs"));
