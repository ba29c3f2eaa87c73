use crate::config::{Protocol, RedisConfig, Secret};

/// What a URL says, to compare.
fn summary(url: &str) -> String {
    let config = RedisConfig::from_url(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    let secret = |secret: &Option<Secret>| {
        secret.as_ref().map_or_else(|| "-".to_owned(), |secret| format!("{:?}", secret.reveal()))
    };
    format!(
        "{} {} {} {} {}",
        config.endpoint(),
        secret(&config.username),
        secret(&config.password),
        config.client_name.as_deref().unwrap_or("-"),
        if config.protocol == Protocol::Resp2 { "resp2" } else { "newest" },
    )
}

#[test]
fn urls_are_read() {
    let table = [
        ("redis://localhost", "redis://localhost:6379 - - - newest"),
        ("redis://localhost/", "redis://localhost:6379 - - - newest"),
        ("redis://127.0.0.1:6380/0", "redis://127.0.0.1:6380 - - - newest"),
        ("REDIS://Cache.Internal:1/15", "redis://cache.internal:1/15 - - - newest"),
        (" redis://localhost\n", "redis://localhost:6379 - - - newest"),
        ("valkey://localhost", "redis://localhost:6379 - - - newest"),
        ("redis://my_redis-0.cache:6379", "redis://my_redis-0.cache:6379 - - - newest"),
        ("redis://bücher.example", "redis://xn--bcher-kva.example:6379 - - - newest"),
        ("redis://[::1]", "redis://[::1]:6379 - - - newest"),
        ("redis://[2001:db8::1]:6380/2", "redis://[2001:db8::1]:6380/2 - - - newest"),
        ("redis://:pw@h", r#"redis://h:6379 - "pw" - newest"#),
        ("redis://u:pw@h:1/2", r#"redis://h:1/2 "u" "pw" - newest"#),
        ("redis://u:@h", r#"redis://h:6379 "u" "" - newest"#),
        ("redis://:@h", "redis://h:6379 - - - newest"),
        ("redis://a%40b:%3A%2f%23%3f%25+%C3%A4@h", r#"redis://h:6379 "a@b" ":/#?%+ä" - newest"#),
        // What needs no guessing is taken as it is.
        ("redis://u:p@ss:w@rd@h", r#"redis://h:6379 "u" "p@ss:w@rd" - newest"#),
        ("redis://h?client_name=shop&protocol=resp2", "redis://h:6379 - - shop resp2"),
        ("redis://h/3?protocol=resp3&", "redis://h:6379/3 - - - newest"),
        ("unix:///run/redis.sock", "unix:/run/redis.sock - - - newest"),
        ("redis+unix:///run/a%20b.sock?db=1", "unix:/run/a b.sock?db=1 - - - newest"),
        ("unix:///s?user=u&pass=a%26b%3Dc+=/@&db=2", r#"unix:/s?db=2 "u" "a&b=c+=/@" - newest"#),
        ("unix:///s?pass=pw&client_name=n&protocol=2", r#"unix:/s - "pw" n resp2"#),
    ];
    for (url, expected) in table {
        assert_eq!(summary(url), expected, "{url}");
    }
}

#[test]
fn failovers_are_strict_where_the_url_says_so() {
    use crate::failover::Failover;

    let failover = |url| super::url::parse(url).map(|config| config.failover);
    assert_eq!(failover("redis://h").unwrap(), Failover::Bounded);
    assert_eq!(failover("redis://h?failover=bounded").unwrap(), Failover::Bounded);
    assert_eq!(failover("unix:///s?failover=strict").unwrap(), Failover::Strict);
    let mistake = failover("redis://h?failover=yes").unwrap_err().to_string();
    assert_eq!(mistake, "the Redis URL has an unknown failover: it is `bounded` or `strict`");
}

#[test]
fn mistakes_in_a_url_are_told() {
    let schemes = "it begins with `redis://`, `rediss://` or `unix://`";
    let form = "a password ends with `@`, as in `redis://:password@host:6379`";
    let space = "holds a space or a control character: in a password, percent-encode it (a space \
                 is `%20`)";
    let at = "has an `@` after a `/`, `?` or `#`: in a password, percent-encode them (`@` is \
              `%40`, `/` is `%2F`, `?` is `%3F`, `#` is `%23`)";
    let no_scheme = format!("has no scheme: {schemes}");
    let no_host = format!("has no host; {form}");
    let port = format!("has a port that is not a number from 1 to 65535; {form}");
    let host = "has a host that is neither a name nor an address; an IPv6 address is in brackets, \
                as in `redis://[::1]:6379`";
    let database =
        "has a database that is not a number: it is `redis://host:6379/2` or `unix:///path?db=2`";
    let table = [
        ("", "is empty"),
        (" ", "is empty"),
        ("redis://:se cret@h", space),
        ("redis://:se\tcret@h", space),
        ("localhost:6379", &no_scheme),
        ("user:secret@h:6379", &no_scheme),
        ("redis:localhost", &no_scheme),
        ("secret://h", &format!("has an unknown scheme: {schemes}")),
        ("http://h", "has the scheme `http://`: write `redis://`"),
        ("HTTPS://h", "has the scheme `https://`: write `rediss://`"),
        (
            "redis-sentinel://h",
            "has the scheme `redis-sentinel://`: give the address of one server, with `redis://` \
             or `rediss://`",
        ),
        ("redis://", &no_host),
        ("redis:///2", &no_host),
        ("redis://:secret", &no_host),
        ("redis://:secret@", &no_host),
        ("redis://:secret@:6379", &no_host),
        ("redis://user:secret", &port),
        ("redis://h:0", &port),
        ("redis://h:65536", &port),
        ("redis://h:", &port),
        ("redis://user:sec:ret", host),
        ("redis://::1", host),
        ("redis://::1:6379", host),
        ("redis://[::1", host),
        ("redis://a<b", host),
        (
            "redis://secret@h",
            "has a user without a password: write `redis://:password@host` or \
             `redis://user:password@host`",
        ),
        ("redis://:sec/ret@h", at),
        ("redis://:sec?ret@h", at),
        ("redis://:sec#ret@h", at),
        ("redis://u:1/p@h", at),
        ("redis://h/x", database),
        ("redis://h/-1", database),
        ("redis://h/0/", database),
        ("redis://h/4294967296", database),
        ("unix:///s?db=x", database),
    ];
    all_fail(&table);
}

#[test]
fn mistakes_in_parameters_and_encoding_are_told() {
    let percent = "has a `%` without two hexadecimal digits after it: a `%` itself is `%25`";
    let hash = "has a `#`: in a password, percent-encode it (`%23`)";
    let no_path = "has no path that begins with `/`, as in `unix:///run/redis.sock`";
    let table = [
        ("redis://:50%off@h", percent),
        ("redis://:50%@h", percent),
        ("redis://:%+1@h", percent),
        ("redis://:%ff@h", "decodes to what is not UTF-8"),
        ("redis://h#x", hash),
        ("unix:///s?pass=a#b", hash),
        (
            "redis://h/#insecure",
            "ends with `#insecure`, which would trust every certificate: give the server's CA with \
             `?ca=` instead",
        ),
        (
            "redis://h?timeout=1",
            "has the unknown parameter `timeout`: known are `client_name`, `protocol`, `failover`",
        ),
        (
            "redis://h?secret",
            "has an unknown parameter: known are `client_name`, `protocol`, `failover`; `?` in a password is \
             `%3F`",
        ),
        (
            "unix:///s?pass=a&bc=d",
            "has an unknown parameter after `pass`: known are `client_name`, `protocol`, `failover`, `db`, \
             `user`, `pass`; `&` in a password is `%26`",
        ),
        ("redis://h?protocol=resp2&protocol=resp3", "gives the parameter `protocol` twice"),
        ("redis://h?protocol=resp4", "has an unknown protocol: it is `resp2` or `resp3`"),
        ("unix://run/redis.sock", no_path),
        ("unix:///", no_path),
        ("unix://", no_path),
        ("unix:///s?user=u", "has the parameter `user` without `pass`"),
        (
            "unix://u:secret@/s",
            "has a user before the path of a Unix socket: write \
             `unix:///path?user=user&pass=password`",
        ),
    ];
    all_fail(&table);
}

fn all_fail(table: &[(&str, &str)]) {
    for (url, expected) in table {
        let error = url.parse::<RedisConfig>().expect_err(url);
        assert_eq!(error.to_string(), format!("the Redis URL {expected}"), "{url}");
    }
}

#[cfg(not(feature = "tls"))]
#[test]
fn a_url_with_tls_names_the_feature_it_needs() {
    for url in ["rediss://h", "valkeys://:secret@h"] {
        let error = RedisConfig::from_url(url).unwrap_err().to_string();
        let expected =
            "the Redis URL asks for TLS: enable the feature `redis-tls` of `two-tier-cache`";
        assert_eq!(error, expected);
    }
}

#[test]
fn a_typed_configuration_has_the_same_endpoint() {
    let endpoint = |config: RedisConfig| config.endpoint();
    assert_eq!(endpoint(RedisConfig::tcp("::1", 7).database(1)), "redis://[::1]:7/1");
    assert_eq!(endpoint(RedisConfig::tcp("[::1]", 7)), "redis://[::1]:7");
    assert_eq!(endpoint(RedisConfig::unix("/s").database(1)), "unix:/s?db=1");
}
