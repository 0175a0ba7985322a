//! A page that has the scoreboard in it, between two lines that are comments in Markdown.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

const BEGIN: &str = "<!-- scoreboard -->";
const END: &str = "<!-- end of scoreboard -->";

/// A page with a place for the table.
#[derive(Debug)]
pub(crate) struct Page {
    path: PathBuf,
    /// What stands before the table, and after it.
    before: String,
    after: String,
}

impl Page {
    /// # Errors
    /// When the file can't be read or has no place for a table.
    pub(crate) fn open(path: impl AsRef<Path>) -> Result<Page> {
        let path = path.as_ref().to_owned();
        let text =
            fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
        let place = text.split_once(BEGIN).and_then(|(before, rest)| {
            let (_, after) = rest.split_once(END)?;
            Some((before.to_owned(), after.to_owned()))
        });
        let Some((before, after)) = place else {
            bail!("{} needs a line `{BEGIN}` and, below, a line `{END}`", path.display());
        };
        Ok(Page { path, before, after })
    }

    /// Replaces the table.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(crate) fn write(&self, table: &str) -> Result<()> {
        let Page { path, before, after } = self;
        let text = format!("{before}{BEGIN}\n\n{table}\n\n{END}{after}");
        fs::write(path, text).with_context(|| format!("can't write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_the_table_stays() {
        let path = std::env::temp_dir().join(format!("scoreboard-{}.md", std::process::id()));
        fs::write(&path, format!("# Page\n\n{BEGIN}\nold\n{END}\n\nEnd.\n")).unwrap();
        for table in ["| a |", "| b |"] {
            Page::open(&path).unwrap().write(table).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, "nothing").unwrap();
        let error = Page::open(&path).unwrap_err().to_string();
        fs::remove_file(&path).unwrap();
        assert_eq!(text, format!("# Page\n\n{BEGIN}\n\n| b |\n\n{END}\n\nEnd.\n"));
        assert!(error.contains("needs a line `<!-- scoreboard -->`"), "{error}");
    }
}
