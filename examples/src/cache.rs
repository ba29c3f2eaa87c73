//! Which cache a program is on, in words, and how it ends.

use std::{env, time::Duration};

use two_tier_cache::{CacheManager, HealthState, redis::RedisConfig};

/// How long a program waits at its end for invalidations that could not reach Redis.
const DEADLINE: Duration = Duration::from_secs(1);

/// Where entries go, and how to look at them there. `pattern` is what the keys match.
///
/// Right after the first use of the manager: before it, nothing is known about the server.
#[must_use]
pub fn describe(caches: &CacheManager, pattern: &str) -> String {
    let health = caches.health();
    let server = Server::from_env();
    match (health.state, server) {
        (HealthState::Disabled, _) => "none, it is switched off (Disabled)".to_owned(),
        (HealthState::Embedded, _) | (_, None) => {
            "in this process (Embedded), because REDIS_URL is not set".to_owned()
        }
        (HealthState::Connected, Some(server)) => {
            let look = server.look(pattern);
            format!("Redis at {} (Connected); to look into it:\n  {look}", server.endpoint)
        }
        (state, Some(server)) => {
            let reason = health.reason.unwrap_or_else(|| "no answer yet".to_owned());
            format!(
                "Redis at {} does not answer ({state:?}: {reason});\n  the database is asked, and \
                 for as long as this lasts, this process caches",
                server.endpoint
            )
        }
    }
}

/// Ends caching, as a service does when it ends: invalidations that Redis has not got yet have a
/// second to get there.
#[expect(clippy::print_stdout, reason = "the examples are programs for people to watch")]
pub async fn shutdown(caches: &CacheManager) {
    let left = caches.shutdown(DEADLINE).await.invalidations_left;
    if left > 0 {
        println!(
            "{left} invalidations did not reach Redis, which does not answer; if it comes back"
        );
        println!("with its data, those entries are old until their time to live is over");
    }
}

/// The server that `REDIS_URL` names.
#[derive(Debug)]
pub struct Server {
    url: String,
    /// Without user and password.
    pub endpoint: String,
}

impl Server {
    /// `None` if the variable is not set, or is no URL, which is for `CacheManager::from_env` to
    /// complain about.
    #[must_use]
    pub fn from_env() -> Option<Self> {
        let url = env::var("REDIS_URL").ok()?;
        let endpoint = RedisConfig::from_url(&url).ok()?.endpoint();
        Some(Self { url, endpoint })
    }

    /// The URL as it was given, which may hold a password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What to type to see the keys.
    fn look(&self, pattern: &str) -> String {
        let server = match self.endpoint.strip_prefix("unix:") {
            None => format!("-u {}", self.endpoint),
            Some(socket) => match socket.split_once("?db=") {
                None => format!("-s {socket}"),
                Some((socket, database)) => format!("-s {socket} -n {database}"),
            },
        };
        let secret = if self.url.contains(['@', '&']) { "  # and user and password" } else { "" };
        format!("redis-cli {server} KEYS '{pattern}'{secret}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(url: &str) -> String {
        let endpoint = RedisConfig::from_url(url).unwrap().endpoint();
        Server { url: url.to_owned(), endpoint }.look("profile:*")
    }

    #[test]
    fn what_to_type_names_the_server_and_the_database_and_no_password() {
        assert_eq!(
            look("redis://localhost:6390"),
            "redis-cli -u redis://localhost:6390 KEYS 'profile:*'"
        );
        assert_eq!(
            look("redis://ann:s3cret@cache/2"),
            "redis-cli -u redis://cache:6379/2 KEYS 'profile:*'  # and user and password"
        );
        assert_eq!(
            look("unix:///run/redis.sock?db=2"),
            "redis-cli -s /run/redis.sock -n 2 KEYS 'profile:*'"
        );
    }
}
