//! The compiled specimens. The build script makes them; this is what they have in common.

use crate::specimen::{Breaks, Specimen};
use std::sync::Arc;

macro_rules! specimens {
    ($(
        $module:ident, $path:literal, $name:literal, $statement:literal, $breaks:ident,
        $property:literal, $source:literal, $cause:expr, $lines:literal, $own_entries:literal,
        $suite:literal;
    )*) => {
        $(
            // The original is checked in its place. Here a bug leaves things unused and code that can't be
            // reached, and links in documentation lead nowhere.
            #[allow(warnings, clippy::all, rustdoc::all)]
            #[path = $path]
            mod $module;
        )*

        /// All specimens, bugs first, by name.
        pub fn specimens() -> Vec<Specimen> {
            vec![$(Specimen {
                name: $name,
                statement: $statement,
                breaks: Breaks::$breaks,
                property: $property,
                source: $source,
                cause: $cause,
                lines: $lines,
                own_entries: $own_entries,
                suite: $suite,
                make: |config, peers, me, persister, apply| {
                    // The same options as another type: over their encoding.
                    let options = labrpc::encode(config).map_err(anyhow::Error::msg)?;
                    let options = labrpc::decode(&options).map_err(anyhow::Error::msg)?;
                    let raft = $module::Raft::with_config(options, peers, me, persister, apply)?;
                    Ok(Arc::new(raft))
                },
            }),*]
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
