//! A small crate on disk, for the tests.

use crate::{Crate, Diff, Patched};
use anyhow::Result;
use std::fs;
use std::path::PathBuf;

/// A diff onto the crate of a [`Scene`].
pub(crate) const TWO_HUNKS: &str = "\
# name: bug
# statement: Numbers shout.
--- a/core/log.rs
+++ b/core/log.rs
@@ -1,3 +1,3 @@
 one
-two
+TWO
 three
@@ -4,2 +4,2 @@
 four
-five
+FIVE
";

const SOURCES: [(&str, &str); 5] = [
    ("src/lib.rs", "mod core;\npub use crate::core::log;\n"),
    ("src/core.rs", "pub mod log;\n#[cfg(test)]\nmod testing;\n"),
    ("src/core/log.rs", "one\ntwo\nthree\nfour\nfive\n"),
    ("src/core/testing.rs", "mod more;\n"),
    ("src/core/testing/more.rs", "\n"),
];

/// A folder with the crate `toy` in it. It goes with the scene.
pub(crate) struct Scene {
    pub(crate) folder: PathBuf,
}

impl Scene {
    /// `name` tells the folders of tests apart.
    pub(crate) fn new(name: &str) -> Scene {
        let folder = std::env::temp_dir().join(format!("specimen-{name}-{}", std::process::id()));
        let scene = Scene { folder };
        SOURCES.iter().for_each(|(file, text)| scene.write(&format!("toy/{file}"), text));
        scene
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.folder.join(file);
        fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder is made");
        fs::write(path, text).expect("a file is written");
    }

    pub(crate) fn diff(&self, text: &str) -> Result<Diff> {
        self.write("bug.diff", text);
        Diff::read(&self.folder.join("bug.diff"))
    }

    pub(crate) fn patched(&self, diff: &str) -> Result<Patched> {
        Crate::read(&self.folder.join("toy"))?.patched(&self.diff(diff)?)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
