//! Where a client finds servers, and how it is to deal with them.

use std::fmt;
use std::time::Duration;

/// Where a client finds servers, and how it is to deal with them.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Servers of the cluster, as `host:port`: one at least. Others are found through them.
    pub servers: Vec<String>,
    /// What they want to hear before anything else.
    pub password: Option<Password>,
    /// How long a command is tried in all.
    pub timeout: Duration,
}

impl Default for ClientOptions {
    /// The five servers of `kvd cluster`, no password, and ten seconds.
    fn default() -> ClientOptions {
        ClientOptions {
            servers: (8000..8005).map(|port| format!("127.0.0.1:{port}")).collect(),
            password: None,
            timeout: Duration::from_secs(10),
        }
    }
}

/// What servers want to hear from clients. It is never shown.
#[derive(Clone)]
pub struct Password(String);

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

    /// The word itself, for the server alone.
    pub(super) fn word(&self) -> &str {
        &self.0
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
    fn a_password_is_trimmed_and_never_shown() {
        let password = Password::new(" open sesame\n").unwrap();
        assert_eq!(password.word(), "open sesame");
        let options = ClientOptions { password: Some(password), ..ClientOptions::default() };
        assert!(!format!("{options:?}").contains("sesame"));
        assert!(Password::new(" \n").is_err());
    }
}
