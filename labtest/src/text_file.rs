//! Files that users name: read whole, as text, `-` being standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// A file that was read.
pub(crate) struct TextFile {
    /// What errors call it.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Why a file is not text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TextError {
    #[error("can't read {name}: {error}")]
    Read { name: String, error: io::Error },
    #[error("{name}:{line}: this line is not UTF-8 text")]
    NotText { name: String, line: usize },
}

/// Reads a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<TextFile, TextError> {
    let (name, bytes) = match is_standard_input(path) {
        true => {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut bytes);
            ("standard input".to_owned(), read.map(|_| bytes))
        }
        false => (path.to_string_lossy().into_owned(), fs::read(path)),
    };
    match bytes {
        Ok(bytes) => text(bytes, &name).map(|text| TextFile { name, text }),
        Err(error) => Err(TextError::Read { name, error }),
    }
}

/// Whether the path means standard input.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// The bytes of a file with that name as text.
pub(crate) fn text(bytes: Vec<u8>, name: &str) -> Result<String, TextError> {
    labtrace::folder::text(bytes).map_err(|line| TextError::NotText { name: name.to_owned(), line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_told_with_their_line() {
        assert_eq!(text(b"one\ntwo".to_vec(), "it").unwrap(), "one\ntwo");
        let error = text(b"one\ntwo \xff\nthree".to_vec(), "it").unwrap_err();
        assert_eq!(error.to_string(), "it:2: this line is not UTF-8 text");
    }
}
