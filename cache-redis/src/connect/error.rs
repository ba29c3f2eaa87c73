//! Why there is no connection, for people.

use std::fmt;
use std::io;

use redis::{ErrorKind, RedisError};

/// An attempt to connect that failed. Every one is tried again, whatever the reason.
///
/// Its text holds no user, password or key: a server's words are never repeated, since one that
/// does not know a command quotes its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConnectError {
    text: String,
}

impl ConnectError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// What the handshake said.
    pub(super) fn handshake(error: &RedisError, encrypted: bool) -> Self {
        if let Some(text) = known_reply(error) {
            return Self::new(text);
        }
        if let Some(code) = error.code() {
            return Self::new(format!("the server answered {code} to the handshake"));
        }
        Self::new(match error.kind() {
            ErrorKind::AuthenticationFailed => WRONG_PASSWORD.to_owned(),
            ErrorKind::Parse => "the server does not speak the Redis protocol".to_owned(),
            ErrorKind::Io => match io_cause(error) {
                Some(cause) if !is_end(cause) => describe_any(cause),
                _ if encrypted => {
                    "the server closed the connection during the handshake".to_owned()
                }
                _ => {
                    "the server closed the connection during the handshake; a port with TLS wants \
                      `rediss://`"
                        .to_owned()
                }
            },
            _ => format!("the handshake failed: {}", error.category()),
        })
    }
}

const WRONG_PASSWORD: &str = "WRONGPASS: the password is wrong, or the user does not exist";
const NO_PASSWORD: &str = "NOAUTH: the server wants a password";

/// The answers that need more words than their code.
fn known_reply(error: &RedisError) -> Option<String> {
    let detail = error.detail().unwrap_or_default();
    let text = match error.code()? {
        "WRONGPASS" => WRONG_PASSWORD,
        "NOAUTH" => NO_PASSWORD,
        "DENIED" => "DENIED: the server is in protected mode and refuses other machines",
        "NOPERM" => "NOPERM: the user may not select the database",
        "LOADING" => "LOADING: the server reads its data",
        _ if detail.starts_with("max number of clients") => "the server has its most clients",
        _ if detail.starts_with("DB index is out of range") => "the server has no such database",
        _ if detail.starts_with("invalid DB index") => "the server has no such database",
        _ if detail.starts_with("SELECT is not allowed in cluster") => {
            "a cluster has no database but 0"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// Whether a server that knows nothing of RESP3 answers like this.
pub(super) fn refuses_resp3(error: &RedisError) -> bool {
    error.kind() == ErrorKind::RESP3NotSupported
        || error.code() == Some("NOPROTO")
        || (error.code() == Some("ERR") && known_reply(error).is_none())
}

/// The error of the socket behind it.
fn io_cause(error: &RedisError) -> Option<&io::Error> {
    type Shared = std::sync::Arc<dyn std::error::Error + Send + Sync>;
    let source = std::error::Error::source(error)?;
    source.downcast_ref::<Shared>()?.downcast_ref()
}

fn describe_any(error: &io::Error) -> String {
    #[cfg(feature = "tls")]
    return super::tls::describe(error);
    #[cfg(not(feature = "tls"))]
    return describe(error);
}

fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}

/// An error of a socket, without its number where it has a name.
pub(super) fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        io::ErrorKind::NotFound => "no such socket".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
        _ => error.to_string(),
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ConnectError {}
