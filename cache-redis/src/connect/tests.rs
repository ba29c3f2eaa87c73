use std::time::Duration;

use redis::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use two_tier_cache_test_servers::RedisServer;

use super::{ConnectError, connect};
use crate::RedisConfig;
use crate::connect::connection::Connection;

/// Longer than anything takes here; only there so that a mistake does not hang.
const LONG: Duration = Duration::from_secs(20);
/// For peers that never answer.
const SHORT: Duration = Duration::from_millis(50);

pub(super) fn config(url: &str) -> RedisConfig {
    RedisConfig::from_url(url).unwrap().connect_timeout(LONG)
}

pub(super) async fn ask(connection: &Connection, words: &[&str]) -> Value {
    let mut command = redis::cmd(words[0]);
    for word in &words[1..] {
        command.arg(word);
    }
    connection.send(&command).await.unwrap()
}

pub(super) async fn text(connection: &Connection, words: &[&str]) -> String {
    match ask(connection, words).await {
        Value::BulkString(bytes) => String::from_utf8(bytes).unwrap(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => text,
        other => panic!("not a text: {other:?}"),
    }
}

pub(super) async fn failure(config: &RedisConfig) -> String {
    let error: ConnectError = connect(config).await.expect_err("no connection");
    error.to_string()
}

async fn protocol(connection: &Connection) -> i64 {
    let info = text(connection, &["CLIENT", "INFO"]).await;
    let field = info.split_whitespace().find_map(|field| field.strip_prefix("resp="));
    field.map_or(2, |number| number.parse().unwrap())
}

#[tokio::test]
async fn a_server_is_reached_with_resp3() {
    let server = RedisServer::start();
    let connection = connect(&config(&server.url())).await.unwrap();
    assert_eq!(text(&connection, &["PING"]).await, "PONG");
    assert_eq!(protocol(&connection).await, 3);
    let connection = connect(&config(&server.url()).resp2()).await.unwrap();
    assert_eq!(protocol(&connection).await, 2);
}

#[tokio::test]
async fn a_server_that_knows_no_hello_gets_resp2() {
    let server = RedisServer::builder().args(["--rename-command", "HELLO", ""]).start();
    let config = config(&server.url()).database(3).client_name("old");
    let connection = connect(&config).await.unwrap();
    assert_eq!(text(&connection, &["CLIENT", "GETNAME"]).await, "old");
    assert!(text(&connection, &["CLIENT", "INFO"]).await.contains(" db=3 "));
    assert_eq!(protocol(&connection).await, 2);
}

#[tokio::test]
async fn the_password_is_given_and_missed() {
    for hello in [&["--rename-command", "HELLO", ""][..], &[]] {
        let server = RedisServer::builder().password("s3cret").args(hello.iter().copied()).start();
        let right = connect(&config(&server.url_as("", "s3cret"))).await.unwrap();
        assert_eq!(text(&right, &["PING"]).await, "PONG");
        let wrong = "WRONGPASS: the password is wrong, or the user does not exist";
        assert_eq!(failure(&config(&server.url_as("", "other-one"))).await, wrong);
        assert_eq!(failure(&config(&server.url_as("nobody", "s3cret"))).await, wrong);
        let missing = "NOAUTH: the server wants a password";
        assert_eq!(failure(&config(&server.url())).await, missing);
        assert_eq!(failure(&config(&server.url()).resp2()).await, missing);
        assert_eq!(failure(&config(&server.url()).username("nobody")).await, wrong);
    }
}

#[tokio::test]
async fn an_acl_user_comes_in() {
    let server = RedisServer::start();
    server.command(&["ACL", "SETUSER", "app", "on", ">pa:ss@w/rd#", "+ping", "+acl|whoami"]);
    server.command(&["ACL", "SETUSER", "open", "on", "nopass", "+@all", "-select"]);
    for config in [
        config(&server.url_as("app", "pa%3Ass%40w%2Frd%23")),
        config(&server.url()).username("app").password("pa:ss@w/rd#").resp2(),
        // It may not be named, which is no reason to be without a cache.
        config(&server.url()).username("app").password("pa:ss@w/rd#").client_name("app"),
    ] {
        let connection = connect(&config).await.unwrap();
        assert_eq!(text(&connection, &["ACL", "WHOAMI"]).await, "app");
    }
    let open = config(&server.url()).username("open");
    assert_eq!(text(&connect(&open).await.unwrap(), &["ACL", "WHOAMI"]).await, "open");
    assert_eq!(failure(&open.database(1)).await, "NOPERM: the user may not select the database");
}

#[tokio::test]
async fn the_database_and_the_name_are_set() {
    let server = RedisServer::start();
    let config = config(&format!("{}/7?client_name=shop", server.url()));
    let connection = connect(&config).await.unwrap();
    let clients = text(&connection, &["CLIENT", "LIST"]).await;
    assert!(clients.lines().any(|line| line.contains(" name=shop ") && line.contains(" db=7 ")));
    // A name the server refuses is left out.
    let connection = connect(&config.client_name("two words")).await.unwrap();
    assert!(
        ask(&connection, &["CLIENT", "GETNAME"]).await != Value::BulkString(b"two words".into())
    );
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named() {
    let server = RedisServer::start();
    let config = config(&format!("{}/999", server.url()));
    assert_eq!(failure(&config).await, "the server has no such database");
    assert_eq!(failure(&config.resp2()).await, "the server has no such database");
}

#[tokio::test]
async fn a_unix_socket_is_reached() {
    let server = RedisServer::builder().unix_socket().password("s3cret").start();
    let config = config(&format!("{}?db=2&pass=s3cret", server.unix_url()));
    let connection = connect(&config).await.unwrap();
    assert!(text(&connection, &["CLIENT", "INFO"]).await.contains(" db=2 "));
    let missing = server.socket_path().with_file_name("other.sock");
    let expected = format!("no such socket ({})", missing.display());
    assert_eq!(failure(&RedisConfig::unix(missing)).await, expected);
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("redis://{address}");
    assert_eq!(failure(&config(&url)).await, format!("connection refused ({address})"));
}

#[tokio::test]
async fn every_address_of_a_name_is_tried() {
    // The harness listens on IPv4 only, and `localhost` may be IPv6 first.
    let server = RedisServer::start();
    let config = config(&format!("redis://localhost:{}", server.port()));
    assert_eq!(text(&connect(&config).await.unwrap(), &["PING"]).await, "PONG");
}

#[tokio::test]
async fn a_name_without_address_is_told() {
    let error = failure(&config("redis://no-such-host.invalid")).await;
    assert!(error.starts_with("the name `no-such-host.invalid` is not found: "), "{error}");
}

/// Accepts everybody, sends `reply` after the first bytes, and closes the connection if told to.
async fn peer(reply: &'static [u8], close: bool) -> RedisConfig {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
            stream.write_all(reply).await.unwrap();
            if !close {
                open.push(stream);
            }
        }
    });
    config(&format!("redis://:s3cret-text@{address}"))
}

#[tokio::test]
async fn a_silent_peer_ends_with_the_deadline() {
    let config = peer(b"", false).await.connect_timeout(SHORT);
    assert_eq!(failure(&config).await, "no answer within 50ms to the Redis handshake");
    let config = peer(b"%7\r\n", false).await.connect_timeout(SHORT);
    assert_eq!(failure(&config).await, "no answer within 50ms to the Redis handshake");
    let config = config.connect_timeout(Duration::ZERO);
    assert!(failure(&config).await.starts_with("no answer within 10ms"));
}

#[tokio::test]
async fn another_protocol_is_recognised() {
    let config = peer(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", false).await;
    let expected = "the server does not speak the Redis protocol";
    assert_eq!(failure(&config).await, expected);
    assert_eq!(failure(&config.resp2()).await, expected);
    let config = peer(b"\x15\x03\x01\x00\x02\x02\x46", true).await;
    assert_eq!(failure(&config).await, expected);
}

#[tokio::test]
async fn a_peer_that_hangs_up_is_told() {
    let expected = "the server closed the connection during the handshake; a port with TLS wants \
                    `rediss://`";
    assert_eq!(failure(&peer(b"", true).await).await, expected);
}

#[tokio::test]
async fn the_words_of_a_server_are_not_repeated() {
    let quoting = b"-ERR unknown command `HELLO`, with args beginning with: `s3cret-text`\r\n";
    assert_eq!(
        failure(&peer(quoting, false).await).await,
        "WRONGPASS: the password is wrong, or the user does not exist"
    );
    for (reply, expected) in [
        (&b"-ODD s3cret-text\r\n"[..], "the server answered ODD to the handshake"),
        (b"-LOADING s3cret-text\r\n", "LOADING: the server reads its data"),
        (
            b"-DENIED s3cret-text\r\n",
            "DENIED: the server is in protected mode and refuses other machines",
        ),
        (b"-ERR max number of clients reached\r\n", "the server has its most clients"),
    ] {
        assert_eq!(failure(&peer(reply, true).await).await, expected);
    }
}

#[tokio::test]
async fn a_server_that_is_full_says_so() {
    let server = RedisServer::start();
    let mut client = server.client();
    client.command(&["CONFIG", "SET", "maxclients", "1"]);
    let config = config(&server.url());
    assert_eq!(failure(&config).await, "the server has its most clients");
    client.command(&["CONFIG", "SET", "maxclients", "10"]);
    connect(&config).await.unwrap();
}

#[tokio::test]
async fn a_failed_or_dropped_attempt_leaves_no_task() {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let server = RedisServer::builder().password("s3cret").start();
    let good = config(&server.url_as("", "s3cret"));
    let before = tasks();
    drop(connect(&good).await.unwrap());
    failure(&config(&server.url_as("", "other-one"))).await;
    failure(&config(&server.url()).resp2()).await;
    server.pause();
    failure(&good.clone().connect_timeout(SHORT)).await;
    assert!(tokio::time::timeout(SHORT, connect(&good)).await.is_err());
    server.resume();
    // An aborted task ends when the runtime comes around to it.
    while tasks() > before {
        tokio::task::yield_now().await;
    }
}
