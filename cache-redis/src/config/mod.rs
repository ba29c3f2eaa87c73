//! Which server, and how to talk to it.

mod parameters;
#[cfg(test)]
mod secrecy_tests;
mod secret;
#[cfg(feature = "tls")]
mod tls;
#[cfg(all(test, feature = "tls"))]
mod tls_tests;
mod url;
#[cfg(test)]
mod url_tests;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use two_tier_cache_backend::ConfigError;

use crate::failover::Failover;

pub(crate) use self::secret::Secret;
#[cfg(feature = "tls")]
pub(crate) use self::tls::TlsClient;
#[cfg(feature = "tls")]
pub use self::tls::TlsConfig;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(10);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3_600);
const REPLAY_QUEUE: usize = 100_000;

/// Which Redis or Valkey server to use, and how.
///
/// Making one connects to nothing. It never shows a user or a password: not in its `Debug` output,
/// not in an error, not in [`endpoint`](Self::endpoint).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use two_tier_cache_redis::RedisConfig;
///
/// let config = RedisConfig::from_url("redis://shop:s3cret@cache.internal:6380/2")?
///     .client_name("shop")
///     .connect_timeout(Duration::from_millis(500));
/// assert_eq!(config.endpoint(), "redis://cache.internal:6380/2");
///
/// let same = RedisConfig::tcp("cache.internal", 6380).username("shop").password("s3cret").database(2);
/// assert_eq!(same.endpoint(), config.endpoint());
/// # Ok::<(), two_tier_cache_backend::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct RedisConfig {
    pub(crate) target: Target,
    pub(crate) username: Option<Secret>,
    pub(crate) password: Option<Secret>,
    pub(crate) database: u32,
    pub(crate) client_name: Option<String>,
    pub(crate) protocol: Protocol,
    /// For a whole attempt to connect.
    pub(crate) connect_timeout: Duration,
    /// How many keys wait for the server after their invalidation failed.
    pub(crate) replay_queue: usize,
    pub(crate) failover: Failover,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<TlsClient>,
}

/// Where the server listens.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// A name or an address, an IPv6 address without brackets.
    Tcp { host: String, port: u16 },
    /// The path of a socket.
    Unix(PathBuf),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// RESP3, and RESP2 with a server that refuses it.
    Newest,
    Resp2,
}

impl RedisConfig {
    /// Reads a URL:
    ///
    /// | | |
    /// |---|---|
    /// | `redis://[[user]:password@]host[:port][/database]` | TCP, also `valkey://` |
    /// | `rediss://…`, the same | TLS, also `valkeys://`; needs the feature `redis-tls` |
    /// | `unix:///path?db=2&user=…&pass=…` | a Unix socket, also `redis+unix://` |
    ///
    /// Defaults: port 6379, database 0, no user and no password. An IPv6 address is in brackets.
    /// Special characters in a user or a password are percent-encoded: `@` is `%40`, `/` is `%2F`,
    /// `#` is `%23`, `%` is `%25`.
    ///
    /// Parameters after `?`, separated by `&`: `client_name=…`, `protocol=resp2` or
    /// `protocol=resp3`, `failover=strict` (see [`Failover`]); with TLS also `ca=…` (the certificates to trust, instead of the system's),
    /// `cert=…` and `key=…` (the client's own), each the path of a PEM file, read now and not again.
    ///
    /// # Errors
    ///
    /// For anything else, and for a file that cannot be used. The text says what to change and does
    /// not quote the user, the password or what may be a part of them.
    pub fn from_url(url: &str) -> Result<Self, ConfigError> {
        url::parse(url)
    }

    /// A server behind TCP. The host is a name or an address.
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        let host = host.into();
        let host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(bare) => bare.to_owned(),
            None => host,
        };
        Self::new(Target::Tcp { host, port })
    }

    /// A server behind a Unix socket.
    pub fn unix(path: impl AsRef<Path>) -> Self {
        Self::new(Target::Unix(path.as_ref().to_owned()))
    }

    fn new(target: Target) -> Self {
        Self {
            target,
            username: None,
            password: None,
            database: 0,
            client_name: None,
            protocol: Protocol::Newest,
            connect_timeout: CONNECT_TIMEOUT,
            replay_queue: REPLAY_QUEUE,
            failover: Failover::default(),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// The ACL user. Default: the server's default user.
    pub fn username(mut self, name: impl Into<String>) -> Self {
        self.username = Some(Secret::new(name));
        self
    }

    /// The password. Default: none is sent.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(Secret::new(password));
        self
    }

    /// The index of the database. Default: 0.
    pub fn database(mut self, index: u32) -> Self {
        self.database = index;
        self
    }

    /// How the connections are called in the server's `CLIENT LIST`. Printable ASCII without
    /// spaces; a name that the server refuses is left out. Default: none.
    pub fn client_name(mut self, name: impl Into<String>) -> Self {
        self.client_name = Some(name.into());
        self
    }

    /// The longest time for an attempt to connect: looking up the name, TCP, TLS and the handshake
    /// together, from 10 ms to 1 h. Calls never wait for it. Default: 1 s.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time.clamp(SHORTEST_TIMEOUT, LONGEST_TIMEOUT);
        self
    }

    /// Speaks RESP2 from the start. Default: RESP3, and RESP2 with a server that refuses it.
    pub fn resp2(mut self) -> Self {
        self.protocol = Protocol::Resp2;
        self
    }

    /// How many keys wait for the server after their invalidation failed. Beyond it, the whole prefix
    /// of a key is invalidated. Default: 100,000.
    pub fn replay_queue(mut self, keys: usize) -> Self {
        self.replay_queue = keys;
        self
    }

    /// What is done about values that may have outlived their invalidation in a failover or a restart.
    /// Default: [`Failover::Bounded`].
    pub fn failover(mut self, failover: Failover) -> Self {
        self.failover = failover;
        self
    }

    /// Speaks TLS. Reads the certificates now, and not again.
    ///
    /// # Errors
    ///
    /// For a file that cannot be read or used, for a key that does not fit its certificate, for a
    /// system without root certificates where no other are given, and for a Unix socket.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: TlsConfig) -> Result<Self, ConfigError> {
        if let Target::Unix(_) = self.target {
            return Err(ConfigError::new("a Unix socket takes no TLS"));
        }
        self.tls = Some(tls.build()?);
        Ok(self)
    }

    /// The server, for logs: `redis://cache.internal:6379/2`, `unix:/run/redis.sock`. Holds no user
    /// and no password.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let (mut text, before_database) = match &self.target {
            Target::Tcp { host, port } if host.contains(':') => {
                (format!("{}://[{host}]:{port}", self.scheme()), "/")
            }
            Target::Tcp { host, port } => (format!("{}://{host}:{port}", self.scheme()), "/"),
            Target::Unix(path) => (format!("unix:{}", path.display()), "?db="),
        };
        if self.database != 0 {
            text.push_str(before_database);
            text.push_str(&self.database.to_string());
        }
        text
    }

    fn scheme(&self) -> &'static str {
        if self.speaks_tls() { "rediss" } else { "redis" }
    }

    #[cfg(feature = "tls")]
    pub(crate) fn speaks_tls(&self) -> bool {
        self.tls.is_some()
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(crate) fn speaks_tls(&self) -> bool {
        false
    }
}

impl FromStr for RedisConfig {
    type Err = ConfigError;

    /// As [`from_url`](Self::from_url).
    fn from_str(url: &str) -> Result<Self, ConfigError> {
        Self::from_url(url)
    }
}
