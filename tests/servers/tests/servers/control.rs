//! A server that dies, comes back, stands still.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use two_tier_cache_test_servers::RedisServer;

use crate::plain::{Plain, ok, panic_text};

/// Long enough for any answer that is to come.
const A_WHILE: Duration = Duration::from_millis(200);

#[test]
fn a_killed_server_refuses_connections_until_it_is_restarted() {
    let server = RedisServer::start();
    let (port, pid) = (server.port(), server.pid());
    let mut client = Plain::tcp(port);
    assert_eq!(client.command(&["SET", "key", "value"]), ok());
    server.kill();
    assert!(client.try_command(&["GET", "key"]).is_err());
    let refused = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    server.kill();

    server.restart();
    assert_eq!(server.port(), port);
    assert_ne!(server.pid(), pid);
    assert!(Plain::tcp(port).command(&["GET", "key"]).is_nil());
}

#[test]
fn a_restart_ends_what_ran() {
    let server = RedisServer::start();
    let mut client = Plain::tcp(server.port());
    server.restart();
    assert!(client.try_command(&["PING"]).is_err());
    assert_eq!(server.command(&["PING"]).text(), "PONG");
}

#[test]
fn a_restart_need_not_be_waited_for() {
    let server = RedisServer::start();
    let pid = server.pid();
    server.restart_without_waiting();
    assert_ne!(server.pid(), pid);
    server.wait_until_ready();
    assert_eq!(Plain::tcp(server.port()).command(&["PING"]).text(), "PONG");
}

#[test]
fn a_paused_server_answers_nothing_and_then_everything() {
    let server = RedisServer::start();
    let mut client = Plain::tcp(server.port());
    for round in 1..=20 {
        server.pause();
        client.send(&["INCR", "rounds"]).unwrap();
        // Only the first round takes its time.
        let patience = if round == 1 { A_WHILE } else { Duration::from_millis(2) };
        client.stream().set_read_timeout(Some(patience)).unwrap();
        assert_eq!(client.receive().unwrap_err().kind(), ErrorKind::WouldBlock);
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).is_ok());
        server.resume();
        client.stream().set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        assert_eq!(client.receive().unwrap().int(), round);
    }
}

#[test]
fn a_paused_server_can_be_killed_and_restarted() {
    let server = RedisServer::start();
    server.pause();
    server.restart();
    assert_eq!(server.command(&["PING"]).text(), "PONG");
}

#[test]
fn a_dead_server_cannot_be_paused() {
    let server = RedisServer::start();
    server.kill();
    let text = panic_text(|| server.pause());
    assert!(text.contains("has ended"), "{text}");
}

#[test]
fn a_loading_server_says_so_and_has_its_data_afterwards() {
    const LOADING: Duration = Duration::from_millis(600);

    let server = RedisServer::start();
    server.command(&["SET", "key", "value"]);
    let begun = Instant::now();
    server.restart_loading(LOADING);
    let mut client = Plain::tcp(server.port());
    assert!(client.command(&["GET", "key"]).is_error("LOADING"));
    assert!(client.command(&["SET", "key", "other"]).is_error("LOADING"));
    server.wait_until_ready();
    assert!(begun.elapsed() > LOADING, "{:?}", begun.elapsed());
    assert_eq!(client.command(&["GET", "key"]).text(), "value");
    // What made it slow is gone, and does not come back.
    assert_eq!(server.command(&["DBSIZE"]).int(), 1);
    server.restart();
    assert_eq!(server.command(&["DBSIZE"]).int(), 0);
}
