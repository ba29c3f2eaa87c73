//! The record of what clients did.

use std::os::unix::net::UnixStream;
use std::thread;

use two_tier_cache_test_servers::RedisServer;

use crate::plain::{Plain, panic_text};

#[test]
fn the_record_has_every_command_of_the_test_and_no_other() {
    let server = RedisServer::start();
    let mut client = Plain::tcp(server.port());
    client.command(&["SET", "before", "1"]);
    let monitor = server.monitor();
    let mut kept = server.client();
    client.command(&["SET", "key", "a \"b\"\\ \r\n\t\0 é"]);
    kept.command(&["SET", "harness", "1"]);
    server.fill_memory();
    server.free_memory();
    client.command(&["EVAL", "return redis.call('GET', KEYS[1])", "1", "key"]);
    server.command(&["GET", "harness"]);
    client.command(&["DEL", ""]);
    let commands = monitor.stop();
    client.command(&["SET", "after", "1"]);
    let eval: &[&str] = &["EVAL", "return redis.call('GET', KEYS[1])", "1", "key"];
    let expected: [&[&str]; 3] = [&["SET", "key", "a \"b\"\\ \r\n\t\0 é"], eval, &["DEL", ""]];
    assert_eq!(commands, expected);
}

#[test]
fn nothing_is_lost_of_many_commands_of_many_clients() {
    const CLIENTS: usize = 8;
    const COMMANDS: usize = 2_000;

    let server = RedisServer::start();
    let monitor = server.monitor();
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let mut client = Plain::tcp(server.port());
            scope.spawn(move || {
                for count in 0..COMMANDS {
                    client.command(&["SET", &number.to_string(), &count.to_string()]);
                }
            });
        }
    });
    let commands = monitor.stop();
    assert_eq!(commands.len(), CLIENTS * COMMANDS);
    for number in 0..CLIENTS {
        let own = commands.iter().filter(|command| command[1] == number.to_string());
        let counts: Vec<usize> = own.map(|command| command[2].parse().unwrap()).collect();
        assert_eq!(counts, (0..COMMANDS).collect::<Vec<_>>());
    }
}

#[test]
fn with_a_unix_socket_that_is_where_the_test_is() {
    let server = RedisServer::builder().unix_socket().start();
    let monitor = server.monitor();
    let mut client = Plain::new(UnixStream::connect(server.socket_path()).unwrap());
    client.command(&["GET", "key"]);
    server.command(&["SET", "harness", "1"]);
    assert_eq!(monitor.stop(), [["GET", "key"]]);
}

#[test]
fn records_can_overlap() {
    let server = RedisServer::start();
    let mut client = Plain::tcp(server.port());
    let first = server.monitor();
    client.command(&["GET", "1"]);
    let second = server.monitor();
    client.command(&["GET", "2"]);
    assert_eq!(first.stop(), [["GET", "1"], ["GET", "2"]]);
    client.command(&["GET", "3"]);
    assert_eq!(second.stop(), [["GET", "2"], ["GET", "3"]]);
}

#[test]
fn a_record_that_is_not_complete_is_none() {
    let server = RedisServer::start();
    let monitor = server.monitor();
    server.restart();
    let text = panic_text(|| monitor.stop());
    assert!(text.contains("shows its commands to the end"), "{text}");
}
