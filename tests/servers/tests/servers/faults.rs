//! A server that runs and refuses.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use two_tier_cache_test_servers::{Paused, RedisServer};

use crate::plain::{Plain, ok};

#[test]
fn without_memory_writes_fail_and_reads_do_not() {
    let server = RedisServer::start();
    let mut client = Plain::tcp(server.port());
    assert_eq!(client.command(&["SET", "key", "value"]), ok());
    server.fill_memory();
    assert!(client.command(&["SET", "key", "other"]).is_error("OOM"));
    assert_eq!(client.command(&["GET", "key"]).text(), "value");
    server.free_memory();
    assert_eq!(client.command(&["SET", "key", "other"]), ok());
}

#[test]
fn a_replica_of_nobody_is_read_only() {
    let server = RedisServer::start();
    let mut client = Plain::tcp(server.port());
    assert_eq!(client.command(&["SET", "key", "value"]), ok());
    server.become_replica_of("127.0.0.1", 1);
    assert!(client.command(&["SET", "key", "other"]).is_error("READONLY"));
    assert_eq!(client.command(&["GET", "key"]).text(), "value");
    server.become_primary();
    assert_eq!(client.command(&["SET", "key", "other"]), ok());
}

#[test]
fn a_replica_gets_the_data_of_its_primary() {
    let (primary, replica) = (RedisServer::start(), RedisServer::start());
    primary.command(&["SET", "key", "value"]);
    replica.become_replica_of("127.0.0.1", primary.port());
    replica.wait_until_synced();
    assert_eq!(replica.command(&["GET", "key"]).text(), "value");
    assert!(replica.command(&["SET", "key", "other"]).is_error("READONLY"));
}

#[test]
fn a_busy_server_refuses_everything_until_the_guard_is_gone() {
    let server = RedisServer::start();
    let mut client = Plain::tcp(server.port());
    let threshold = server.command(&["CONFIG", "GET", "busy-reply-threshold"]);
    let begun = Instant::now();
    let busy = server.make_busy(Duration::from_mins(10));
    assert!(client.command(&["GET", "key"]).is_error("BUSY"));
    assert!(Plain::tcp(server.port()).command(&["SET", "key", "value"]).is_error("BUSY"));
    drop(busy);
    assert_eq!(client.command(&["SET", "key", "value"]), ok());
    assert_eq!(server.command(&["CONFIG", "GET", "busy-reply-threshold"]), threshold);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn a_busy_server_is_busy_no_longer_than_it_should() {
    let server = RedisServer::start();
    let busy = server.make_busy(Duration::from_millis(300));
    server.wait_until_ready();
    drop(busy);
    assert_eq!(server.command(&["PING"]).text(), "PONG");
}

#[test]
fn a_busy_server_can_be_killed() {
    let server = RedisServer::start();
    let busy = server.make_busy(Duration::from_mins(10));
    server.kill();
    drop(busy);
    server.restart();
}

#[test]
fn paused_writes_wait_and_reads_do_not() {
    const PAUSE: Duration = Duration::from_millis(300);

    let server = RedisServer::start();
    let (mut reader, mut writer) = (Plain::tcp(server.port()), Plain::tcp(server.port()));
    let begun = Instant::now();
    server.pause_clients(PAUSE, Paused::Writes);
    writer.send(&["SET", "key", "value"]).unwrap();
    assert!(reader.command(&["GET", "key"]).is_nil());
    assert_eq!(writer.receive().unwrap(), ok());
    assert!(begun.elapsed() >= PAUSE, "{:?}", begun.elapsed());
}

#[test]
fn everything_paused_waits() {
    const PAUSE: Duration = Duration::from_millis(300);

    let server = RedisServer::start();
    let mut client = Plain::tcp(server.port());
    let begun = Instant::now();
    server.pause_clients(PAUSE, Paused::Everything);
    assert!(client.command(&["GET", "key"]).is_nil());
    assert!(begun.elapsed() >= PAUSE, "{:?}", begun.elapsed());
}

#[test]
fn the_clients_of_the_test_are_killed_and_the_harness_is_not() {
    for unix_socket in [false, true] {
        let builder = RedisServer::builder();
        let server = if unix_socket { builder.unix_socket().start() } else { builder.start() };
        let mut kept = server.client();
        let monitor = server.monitor();
        if unix_socket {
            let path = server.socket_path();
            let connect = || std::os::unix::net::UnixStream::connect(&path).unwrap();
            assert_killed(&server, [connect(), connect()]);
        } else {
            let connect = || Plain::tcp(server.port()).stream().try_clone().unwrap();
            assert_killed(&server, [connect(), connect()]);
        }
        assert_eq!(kept.command(&["PING"]).text(), "PONG");
        assert_eq!(monitor.stop(), [["PING"], ["PING"]]);
    }
}

fn assert_killed<S: std::io::Read + std::io::Write>(server: &RedisServer, streams: [S; 2]) {
    let mut clients = streams.map(Plain::new);
    for client in &mut clients {
        assert_eq!(client.command(&["PING"]).text(), "PONG");
    }
    assert_eq!(server.kill_clients(), 2);
    for mut client in clients {
        let kind = client.try_command(&["PING"]).unwrap_err().kind();
        let gone = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset, ErrorKind::UnexpectedEof];
        assert!(gone.contains(&kind), "{kind:?}");
    }
}
