//! What clients must know.

use crate::exit::{Code, Failure};
use std::env::VarError;
use std::fmt;
use std::path::Path;

/// A word that clients must know. It is never shown.
#[derive(Clone)]
pub struct Password(String);

const VARIABLE: &str = "KVD_PASSWORD";

impl Password {
    /// That word. White space around it is not part of it.
    ///
    /// # Errors
    /// When it is empty.
    pub fn new(word: &str) -> Result<Password, String> {
        match word.trim() {
            "" => Err("the password is empty".to_owned()),
            word => Ok(Password(word.to_owned())),
        }
    }

    /// The word in a file, or without one in the variable `KVD_PASSWORD`; none if that is not set.
    ///
    /// # Errors
    /// When there is no word in it, or it can't be read.
    pub fn find(file: Option<&Path>) -> Result<Option<Password>, Failure> {
        let (place, word) = match file {
            Some(file) => {
                let word = std::fs::read_to_string(file).map_err(|error| error.to_string());
                (file.display().to_string(), word)
            }
            None => match std::env::var(VARIABLE) {
                Err(VarError::NotPresent) => return Ok(None),
                word => (VARIABLE.to_owned(), word.map_err(|_| "expected UTF-8".to_owned())),
            },
        };
        let password = word.and_then(|word| Password::new(&word));
        password
            .map(Some)
            .map_err(|error| Failure::new(Code::Usage, format!("the password ({place}): {error}")))
    }

    /// The word, for a server that is to hear it.
    pub(crate) fn word(&self) -> &str {
        &self.0
    }

    /// Whether this is the password. The time it takes does not depend on where they differ.
    pub fn is(&self, word: &[u8]) -> bool {
        let differences = self.0.bytes().zip(word).fold(0, |sum, (own, its)| sum | (own ^ its));
        self.0.len() == word.len() && differences == 0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_known_or_not_and_never_shown() {
        let password = Password::new(" open sesame\n").unwrap();
        assert!(password.is(b"open sesame"));
        for other in [&b"open sesam"[..], b"open sesame!", b"Open sesame", b""] {
            assert!(!password.is(other));
        }
        assert!(!format!("{password:?}").contains("sesame"));
        assert!(Password::new(" \n").is_err());
    }

    #[test]
    fn it_is_found_in_a_file_which_errors_name() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("password");
        let missing = Password::find(Some(&file)).unwrap_err();
        assert!(missing.sentence.contains("password): "), "{missing}");
        std::fs::write(&file, "word\n").unwrap();
        assert!(Password::find(Some(&file)).unwrap().unwrap().is(b"word"));
        std::fs::write(&file, "\n").unwrap();
        assert_eq!(Password::find(Some(&file)).unwrap_err().code, Code::Usage);
    }
}
