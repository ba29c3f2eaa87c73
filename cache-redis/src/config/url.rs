//! Configuration from a URL.
//!
//! By hand, because people paste passwords as they are: where a general parser would take a piece
//! of one for a port, a path or a parameter, this must notice, and must not quote it.

use ::url::Host;
use two_tier_cache_backend::ConfigError;

use super::parameters::{Parameters, decode, mistake};
use super::{Protocol, RedisConfig};
use crate::failover::Failover;

const DEFAULT_PORT: u16 = 6379;
const SCHEMES: &str = "it begins with `redis://`, `rediss://` or `unix://`";
const FORM: &str = "a password ends with `@`, as in `redis://:password@host:6379`";

pub(super) fn parse(text: &str) -> Result<RedisConfig, ConfigError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(mistake("is empty"));
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(mistake(
            "holds a space or a control character: in a password, percent-encode it (a space is \
             `%20`)",
        ));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(mistake(&format!("has no scheme: {SCHEMES}")));
    };
    match scheme.to_ascii_lowercase().as_str() {
        "redis" | "valkey" => {
            tcp(rest, &["client_name", "protocol", "failover"]).map(|(config, _)| config)
        }
        "rediss" | "valkeys" => encrypted(rest),
        "unix" | "redis+unix" | "valkey+unix" => unix(rest),
        other => Err(unknown_scheme(other)),
    }
}

/// Names the scheme only where it is a known one, since anything may have been pasted.
fn unknown_scheme(scheme: &str) -> ConfigError {
    let right = match scheme {
        "http" | "tcp" | "redis+tcp" => "redis",
        "https" | "tls" | "ssl" | "redis+tls" | "redis+ssl" => "rediss",
        "file" | "redis-socket" | "redis+socket" => "unix",
        "redis-sentinel" | "redis+sentinel" | "rediss-sentinel" | "redis-cluster"
        | "redis+cluster" => {
            return mistake(&format!(
                "has the scheme `{scheme}://`: give the address of one server, with `redis://` or \
                 `rediss://`"
            ));
        }
        _ => return mistake(&format!("has an unknown scheme: {SCHEMES}")),
    };
    mistake(&format!("has the scheme `{scheme}://`: write `{right}://`"))
}

#[cfg(not(feature = "tls"))]
fn encrypted(_: &str) -> Result<RedisConfig, ConfigError> {
    Err(mistake("asks for TLS: enable the feature `redis-tls` of `two-tier-cache`"))
}

#[cfg(feature = "tls")]
fn encrypted(rest: &str) -> Result<RedisConfig, ConfigError> {
    let (config, given) = tcp(rest, &["client_name", "protocol", "failover", "ca", "cert", "key"])?;
    let mut tls = super::TlsConfig::new();
    if let Some(path) = given.get("ca") {
        tls = tls.ca_file(path);
    }
    match (given.get("cert"), given.get("key")) {
        (Some(certificate), Some(key)) => tls = tls.client_certificate_files(certificate, key),
        (None, None) => {}
        _ => return Err(mistake("has one of `cert` and `key`: a client certificate needs both")),
    }
    config.tls(tls)
}

fn tcp(rest: &str, known: &[&'static str]) -> Result<(RedisConfig, Parameters), ConfigError> {
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // Else the piece before would be taken for the host and its port, and be shown.
    if tail.contains('@') {
        return Err(mistake(
            "has an `@` after a `/`, `?` or `#`: in a password, percent-encode them (`@` is `%40`, \
             `/` is `%2F`, `?` is `%3F`, `#` is `%23`)",
        ));
    }
    let tail = without_fragment(tail)?;
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    let given = Parameters::parse(query, known)?;
    let (userinfo, address) = match authority.rsplit_once('@') {
        Some((userinfo, address)) => (Some(userinfo), address),
        None => (None, authority),
    };
    let (host, port) = host_and_port(address)?;
    let mut config = RedisConfig::tcp(host, port);
    if let Some(userinfo) = userinfo {
        let (user, password) = userinfo.split_once(':').ok_or_else(|| {
            mistake(
                "has a user without a password: write `redis://:password@host` or \
                 `redis://user:password@host`",
            )
        })?;
        config = credentials(config, &decode(user)?, &decode(password)?);
    }
    let database = path.strip_prefix('/').unwrap_or(path);
    if !database.is_empty() {
        config = config.database(index(database)?);
    }
    Ok((common(config, &given)?, given))
}

fn unix(rest: &str) -> Result<RedisConfig, ConfigError> {
    let rest = without_fragment(rest)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if path.split('/').next().is_some_and(|authority| authority.contains('@')) {
        return Err(mistake(
            "has a user before the path of a Unix socket: write \
             `unix:///path?user=user&pass=password`",
        ));
    }
    if !path.starts_with('/') || path == "/" {
        return Err(mistake("has no path that begins with `/`, as in `unix:///run/redis.sock`"));
    }
    let given =
        Parameters::parse(query, &["client_name", "protocol", "failover", "db", "user", "pass"])?;
    let mut config = RedisConfig::unix(decode(path)?);
    if let Some(database) = given.get("db") {
        config = config.database(index(database)?);
    }
    match (given.get("user"), given.get("pass")) {
        (Some(_), None) => return Err(mistake("has the parameter `user` without `pass`")),
        (user, password) => {
            config = credentials(config, user.unwrap_or_default(), password.unwrap_or_default());
        }
    }
    common(config, &given)
}

fn without_fragment(tail: &str) -> Result<&str, ConfigError> {
    match tail.split_once('#') {
        None => Ok(tail),
        Some((_, "insecure")) => Err(mistake(
            "ends with `#insecure`, which would trust every certificate: give the server's CA with \
             `?ca=` instead",
        )),
        Some(_) => Err(mistake("has a `#`: in a password, percent-encode it (`%23`)")),
    }
}

fn host_and_port(address: &str) -> Result<(String, u16), ConfigError> {
    let (host, port) = match address.rsplit_once(':') {
        // The last colon of `[::1]` is not one before a port.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (address, None),
    };
    if host.is_empty() {
        return Err(mistake(&format!("has no host; {FORM}")));
    }
    let host = match Host::parse(host) {
        Ok(Host::Domain(name)) => name,
        Ok(Host::Ipv4(address)) => address.to_string(),
        Ok(Host::Ipv6(address)) => address.to_string(),
        Err(_) => {
            return Err(mistake(
                "has a host that is neither a name nor an address; an IPv6 address is in brackets, \
                 as in `redis://[::1]:6379`",
            ));
        }
    };
    match port.map_or(Some(DEFAULT_PORT), |port| port.parse().ok().filter(|port| *port != 0)) {
        Some(port) => Ok((host, port)),
        None => Err(mistake(&format!("has a port that is not a number from 1 to 65535; {FORM}"))),
    }
}

/// Empty means none, so that a template with unset variables works.
fn credentials(mut config: RedisConfig, user: &str, password: &str) -> RedisConfig {
    if !user.is_empty() {
        config = config.username(user);
    }
    if !user.is_empty() || !password.is_empty() {
        config = config.password(password);
    }
    config
}

fn index(text: &str) -> Result<u32, ConfigError> {
    text.parse().map_err(|_| {
        mistake(
            "has a database that is not a number: it is `redis://host:6379/2` or \
             `unix:///path?db=2`",
        )
    })
}

fn common(mut config: RedisConfig, given: &Parameters) -> Result<RedisConfig, ConfigError> {
    if let Some(name) = given.get("client_name") {
        config = config.client_name(name);
    }
    config.protocol = match given.get("protocol") {
        None | Some("resp3" | "3") => Protocol::Newest,
        Some("resp2" | "2") => Protocol::Resp2,
        Some(_) => return Err(mistake("has an unknown protocol: it is `resp2` or `resp3`")),
    };
    config.failover = match given.get("failover") {
        None | Some("bounded") => Failover::Bounded,
        Some("strict") => Failover::Strict,
        Some(_) => return Err(mistake("has an unknown failover: it is `bounded` or `strict`")),
    };
    Ok(config)
}
