//! The secret that the servers of a cluster share, and its clients with them.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A shorter secret is one that somebody could guess.
const SECRET_BYTES_MIN: usize = 16;

/// A secret shared by all who may connect, of 16 bytes at least. It is never shown.
///
/// It comes from a file or from a variable of the environment, never from the command line, which
/// everybody on the machine can read. `head -c 32 /dev/urandom | base64` makes a good one.
#[derive(Clone)]
pub struct Secret(Arc<[u8]>);

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file can't be read.
    #[error("the secret in {path} can't be read: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// On Unix: others than the file's owner may read or write it.
    #[error(
        "the secret in {path} is open to others (mode {mode:04o}); chmod 600 makes it the owner's alone"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// There is no such variable.
    #[error("there is no secret: the variable {variable} is not set, or is no text")]
    Unset {
        /// Its name.
        variable: String,
    },
    /// It is too short to be one.
    #[error("a secret of {bytes} bytes is none: {SECRET_BYTES_MIN} are the least")]
    TooShort {
        /// How long it is.
        bytes: usize,
    },
}

impl Secret {
    /// The secret of these bytes.
    ///
    /// # Errors
    /// When it is too short.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Secret, SecretError> {
        let bytes = bytes.into();
        match bytes.len() {
            0..SECRET_BYTES_MIN => Err(SecretError::TooShort { bytes: bytes.len() }),
            _ => Ok(Secret(bytes.into())),
        }
    }

    /// The secret in a file. White space around it is not part of it.
    ///
    /// # Errors
    /// When the file can't be read, when (on Unix) its permissions let anybody but its owner at it, and
    /// when what is in it is too short.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Secret, SecretError> {
        let path = path.as_ref();
        let unreadable = |error| SecretError::Unreadable { path: path.to_owned(), error };
        let mut file = File::open(path).map_err(unreadable)?;
        // Of the file that is open: another one could take its name meanwhile.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o7777;
            if mode & 0o077 != 0 {
                return Err(SecretError::Open { path: path.to_owned(), mode });
            }
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(unreadable)?;
        Secret::new(bytes.trim_ascii())
    }

    /// The secret in a variable of the environment. White space around it is not part of it.
    ///
    /// # Errors
    /// When the variable is not set, and when it is too short.
    pub fn from_variable(variable: &str) -> Result<Secret, SecretError> {
        let value = std::env::var(variable);
        let value = value.map_err(|_| SecretError::Unset { variable: variable.to_owned() })?;
        Secret::new(value.trim_ascii())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What shows that somebody has the secret.
pub(super) type Proof = [u8; 32];

/// The proof for that text. Without a secret it proves nothing.
pub(super) fn prove(secret: Option<&Secret>, text: &[u8]) -> Proof {
    mac(secret, text).finalize().into_bytes().into()
}

/// Whether it is the proof for that text. It takes as long for every proof.
pub(super) fn proves(secret: Option<&Secret>, text: &[u8], proof: &Proof) -> bool {
    mac(secret, text).verify_slice(proof).is_ok()
}

fn mac(secret: Option<&Secret>, text: &[u8]) -> Hmac<Sha256> {
    let key = secret.map_or(&[][..], |secret| &secret.0);
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key);
    mac.expect("a key may have any length").chain_update(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "correct horse battery staple";

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::new(WORDS).unwrap();
        assert_eq!(format!("{:?}", Some(secret)), "Some(Secret(…))");
    }

    #[test]
    fn a_short_secret_is_refused() {
        let error = Secret::new("0123456789abcde").unwrap_err();
        assert_eq!(error.to_string(), "a secret of 15 bytes is none: 16 are the least");
        assert!(Secret::new("0123456789abcdef").is_ok());
    }

    #[test]
    fn who_has_no_secret_or_another_one_proves_nothing() {
        let secret = Secret::new(WORDS).unwrap();
        let other = Secret::new("0123456789abcdef").unwrap();
        let proof = prove(Some(&secret), b"text");
        assert!(proves(Some(&secret), b"text", &proof));
        assert!(!proves(Some(&secret), b"another", &proof));
        assert!(!proves(Some(&other), b"text", &proof));
        assert!(!proves(None, b"text", &proof));
        assert!(!proves(Some(&secret), b"text", &prove(None, b"text")));
    }

    /// The second case of RFC 4231, with the key lengthened by nothing: HMAC pads keys with zeros.
    #[test]
    fn the_proof_is_hmac_sha_256() {
        let secret = Secret(Arc::from(*b"Jefe"));
        let proof = prove(Some(&secret), b"what do ya want for nothing?");
        assert_eq!(proof[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        assert_eq!(proof[28..], [0x64, 0xec, 0x38, 0x43]);
    }

    #[test]
    fn a_variable_that_is_not_set_is_no_secret() {
        let error = Secret::from_variable("LABRPC_NO_SUCH_SECRET").unwrap_err();
        let said =
            "there is no secret: the variable LABRPC_NO_SUCH_SECRET is not set, or is no text";
        assert_eq!(error.to_string(), said);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        assert!(matches!(Secret::from_file(&path), Err(SecretError::Unreadable { .. })));
        std::fs::write(&path, format!("{WORDS}\n")).unwrap();
        let set = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        for mode in [0o640, 0o604, 0o620, 0o601] {
            set(mode);
            let refused = Secret::from_file(&path).unwrap_err().to_string();
            assert!(refused.contains(&format!("(mode {mode:04o})")), "{refused}");
        }
        for mode in [0o600, 0o400, 0o700] {
            set(mode);
            assert_eq!(*Secret::from_file(&path).unwrap().0, *WORDS.as_bytes());
        }
    }
}
