//! The shims: Go files that stand where the course's would.

use crate::{Checkout, Layout};
use std::path::Path;

/// A package of shims.
pub(crate) struct Shim {
    /// Its folder below the module's.
    pub(crate) folder: &'static str,
    /// Its files, each with its name.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// Whether it stands in place of one that is there.
    pub(crate) replaces: bool,
}

macro_rules! shim {
    ($folder:literal, $replaces:literal, $($file:literal),+) => {
        Shim {
            folder: $folder,
            files: &[$(($file, include_str!(concat!("../shim/", $file)))),+],
            replaces: $replaces,
        }
    };
}

/// What goes below the module's folder, in both layouts.
const BOTH: &[Shim] = &[
    shim!(
        "labtestbridge",
        true,
        "bridge/bridge.go",
        "bridge/end.go",
        "bridge/json.go",
        "bridge/life.go",
        "bridge/patch.go",
        "bridge/persister.go",
        "bridge/values.go",
        "bridge/wire.go"
    ),
    shim!("labrpc", true, "labrpc/labrpc.go"),
    shim!("labgob", false, "labgob/labgob.go"),
    shim!("labtestmain", true, "main/main.go"),
];

const OF_2025: &[Shim] =
    &[shim!("raftapi", false, "raftapi/raftapi.go"), shim!("tester1", true, "tester1/tester.go")];

/// Where the program begins.
pub(crate) const MAIN: &str = "labtestmain";

/// The course's `Persister` of 2024, which lies beside `raft.go`.
pub(crate) const PERSISTER_2024: &str = include_str!("../shim/raft2024/persister.go");

/// Files that Go's own packages get, by their names below its `src`.
pub(crate) const OF_GO: &[(&str, &str)] = &[
    ("encoding/gob/labtest.go", include_str!("../shim/gob/gob.go")),
    ("runtime/labtest.go", include_str!("../shim/runtime/runtime.go")),
    ("testing/synctest/labtest.go", include_str!("../shim/synctest/synctest.go")),
];

/// The shims of a layout.
pub(crate) fn of(layout: Layout) -> impl Iterator<Item = &'static Shim> {
    let own = match layout {
        Layout::Raft2024 => &[],
        Layout::Raft2025 => OF_2025,
    };
    BOTH.iter().chain(own)
}

/// A shim's text for that checkout.
pub(crate) fn text(text: &str, checkout: &Checkout) -> String {
    let package = checkout.sources.first().map_or("raft", |source| &*source.package);
    let messages = match checkout.layout {
        Layout::Raft2024 => "RAFT",
        Layout::Raft2025 => "MODULE/raftapi",
    };
    text.replace("MESSAGES", messages)
        .replace("MODULE", &checkout.module)
        .replace("RAFT", &checkout.import_path())
        .replace("PACKAGE", package)
}

/// The name of a file without its folder.
pub(crate) fn file_name(name: &str) -> &str {
    Path::new(name).file_name().and_then(|name| name.to_str()).unwrap_or(name)
}
