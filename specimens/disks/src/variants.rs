//! The compiled copies, and how the tester makes them.

use labtest::{Implementation, MakeArgs, OurRaft, Peer, Supports};
use persister::Disk;
use runtime::Rng;
use std::sync::Arc;

/// Our Raft on a disk that has a bug.
#[derive(Clone, Copy)]
pub struct Specimen {
    /// Its name.
    pub name: &'static str,
    /// What it does wrong.
    pub statement: &'static str,
    make: fn(Rng) -> Arc<dyn Disk>,
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

    fn make_disk(&self, rng: Rng) -> Arc<dyn Disk> {
        (self.make)(rng)
    }
}

/// A row: module, path of its `lib.rs`, name, statement.
macro_rules! specimens {
    ($($module:ident, $path:literal, $name:literal, $statement:literal;)*) => {
        $(
            // The original is checked in its place. Here a bug leaves things unused, most is not needed at all,
            // and links in documentation lead nowhere.
            #[allow(warnings, clippy::all, rustdoc::all)]
            #[path = $path]
            mod $module;
        )*

        /// The copies in the words of the original: each has types of its own.
        mod translated {
            $(pub mod $module {
                use super::super::$module as copy;
                include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/translation.rs"));
            })*
        }

        /// All of them, by name.
        pub fn specimens() -> Vec<Specimen> {
            vec![$(Specimen {
                name: $name,
                statement: $statement,
                make: |rng| Arc::new(translated::$module::Translated::new(rng)),
            }),*]
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/specimens.rs"));
