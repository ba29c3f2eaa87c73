//! Where a server listens, what it keeps to itself, and what is left of it.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use two_tier_cache_test_servers::{RedisServer, Reply};

use crate::plain::{Plain, ok, panic_text};

#[test]
fn two_servers_share_nothing() {
    let (one, two) = (RedisServer::start(), RedisServer::start());
    assert_ne!(one.port(), two.port());
    assert_ne!(one.pid(), two.pid());
    assert!(![one.port(), two.port()].contains(&6379));
    assert_eq!(one.command(&["SET", "key", "one"]), ok());
    assert!(two.command(&["GET", "key"]).is_nil());
    assert_eq!(Plain::tcp(one.port()).command(&["GET", "key"]).text(), "one");
    assert_eq!(one.url(), format!("redis://127.0.0.1:{}", one.port()));
    one.kill();
    assert_eq!(two.command(&["PING"]).text(), "PONG");
}

#[test]
fn listens_on_loopback_only() {
    let server = RedisServer::start();
    let bind = server.command(&["CONFIG", "GET", "bind"]).array();
    assert_eq!(bind[1].clone().text(), "127.0.0.1");
}

#[test]
fn is_gone_with_its_files_when_dropped_even_while_paused() {
    let server = RedisServer::builder().unix_socket().start();
    let (port, socket) = (server.port(), server.socket_path());
    assert!(socket.parent().is_some_and(Path::is_dir));
    server.pause();
    drop(server);
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
    assert!(!socket.parent().unwrap().exists(), "{}", socket.display());
}

/// Tells the test below that it runs in a process of its own, to be killed.
const TO_BE_KILLED: &str = "TWO_TIER_CACHE_TO_BE_KILLED";

/// Does nothing but in that process.
#[test]
fn a_test_that_is_killed() {
    if std::env::var_os(TO_BE_KILLED).is_none() {
        return;
    }
    let server = RedisServer::builder().unix_socket().start();
    server.pause();
    println!("\nserver {} {}", server.port(), server.socket_path().display());
    let _forever = std::io::stdin().read(&mut [0]);
}

#[test]
fn is_gone_with_its_files_even_when_the_test_is_killed() {
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["addresses::a_test_that_is_killed", "--exact", "--nocapture"]);
    test.env(TO_BE_KILLED, "1");
    let mut test = test.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(test.stdout.take().unwrap());
    let mut lines = said.lines().map(Result::unwrap);
    let server = lines.find_map(|line| Some(line.strip_prefix("server ")?.to_owned())).unwrap();
    let (port, socket) = server.split_once(' ').unwrap();
    let serves = || TcpStream::connect((Ipv4Addr::LOCALHOST, port.parse().unwrap())).is_ok();
    let has_files = || Path::new(socket).parent().is_some_and(Path::exists);
    assert!(serves() && has_files());
    test.kill().unwrap();
    test.wait().unwrap();
    // Another process cleans up, and tells nobody.
    let deadline = Instant::now() + Duration::from_secs(10);
    while serves() || has_files() {
        assert!(Instant::now() < deadline, "a killed test leaves its server on {server}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_unix_socket_serves_the_test() {
    let server = RedisServer::builder().unix_socket().start();
    let path = server.unix_url().strip_prefix("unix://").unwrap().to_owned();
    let mut client = Plain::new(UnixStream::connect(path).unwrap());
    assert_eq!(client.command(&["SET", "key", "value"]), ok());
    assert_eq!(server.command(&["GET", "key"]).bytes(), b"value");
}

#[test]
fn arguments_of_the_test_win() {
    let args = ["--maxmemory", "5mb", "--appendonly", "yes"];
    let server = RedisServer::builder().args(args).start();
    let limit = server.command(&["CONFIG", "GET", "maxmemory"]).array();
    assert_eq!(limit[1].clone().text(), "5242880");
    server.command(&["SET", "key", "kept"]);
    server.restart();
    assert_eq!(server.command(&["GET", "key"]).text(), "kept");
}

#[test]
fn a_wrong_password_is_refused_and_the_harness_is_not() {
    let server = RedisServer::builder().password("right").start();
    let mut client = Plain::tcp(server.port());
    assert!(client.command(&["GET", "key"]).is_error("NOAUTH"));
    assert!(client.command(&["AUTH", "wrong"]).is_error("WRONGPASS"));
    assert_eq!(client.command(&["AUTH", "right"]), ok());
    assert!(client.command(&["GET", "key"]).is_nil());
    assert!(server.command(&["GET", "key"]).is_nil());

    server.set_password("new");
    assert!(Plain::tcp(server.port()).command(&["AUTH", "right"]).is_error("WRONGPASS"));
    assert_eq!(Plain::tcp(server.port()).command(&["AUTH", "new"]), ok());
    server.restart();
    assert_eq!(Plain::tcp(server.port()).command(&["AUTH", "right"]), ok());
}

#[test]
fn a_user_may_do_what_its_rules_say() {
    let server = RedisServer::start();
    server.add_acl_user("reader", &["on", ">secret", "~*", "+get"]);
    let mut client = Plain::tcp(server.port());
    assert_eq!(client.command(&["AUTH", "reader", "secret"]), ok());
    assert!(client.command(&["GET", "key"]).is_nil());
    assert!(client.command(&["SET", "key", "value"]).is_error("NOPERM"));
    let url = format!("redis://reader:secret@127.0.0.1:{}", server.port());
    assert_eq!(server.url_as("reader", "secret"), url);
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let start = || RedisServer::builder().args(["--maxmemory", "much"]).start();
    let text = panic_text(start);
    assert!(text.contains("has ended"), "{text}");
    assert!(text.contains("argument must be a memory value"), "{text}");
}

#[test]
fn a_fixed_port_that_is_taken_is_an_error() {
    let other = RedisServer::start();
    let port = other.port();
    let text = panic_text(|| RedisServer::builder().port(port).start());
    assert!(text.contains("Address already in use"), "{text}");
    drop(other);
    assert_eq!(RedisServer::builder().port(port).start().port(), port);
}

#[test]
fn the_log_is_there() {
    let server = RedisServer::start();
    server.command(&["DEBUG", "LOG", "a line of the test"]);
    assert!(server.log().contains("a line of the test"), "{}", server.log());
    assert_eq!(server.client().command(&["ECHO", "x"]), Reply::Bulk(Some(b"x".to_vec())));
}
