//! The line to a server that can be disturbed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use two_tier_cache_test_servers::{Proxy, RedisServer};

const LIMIT: Duration = Duration::from_secs(20);

/// A client of the proxy, as far as these tests need one.
struct Client(TcpStream);

impl Client {
    fn of(proxy: &Proxy) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Self(stream)
    }

    fn send(&mut self, command: &str) {
        writeln!(self.0, "{command}\r").unwrap();
    }

    /// As many bytes as asked for, or fewer if the connection ends.
    fn receive(&mut self, bytes: usize) -> String {
        let mut text = vec![0; bytes];
        let mut length = 0;
        while length < bytes {
            match self.0.read(&mut text[length..]) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(error) => panic!("nothing comes: {error}"),
            }
        }
        text.truncate(length);
        String::from_utf8(text).unwrap()
    }

    fn ping(&mut self) -> String {
        self.send("PING");
        self.receive(7)
    }

    /// Whether nothing comes for a while.
    fn is_silent(&mut self) -> bool {
        self.0.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let read = self.0.read(&mut [0]);
        self.0.set_read_timeout(Some(LIMIT)).unwrap();
        read.is_err()
    }
}

fn setup() -> (RedisServer, Proxy, Client) {
    let server = RedisServer::start();
    let proxy = Proxy::to(server.port());
    let mut client = Client::of(&proxy);
    assert_eq!(client.ping(), "+PONG\r\n");
    (server, proxy, client)
}

fn until(is_so: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LIMIT, "it takes too long");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn what_is_held_arrives_later_also_from_a_client_that_hung_up() {
    let (server, proxy, mut client) = setup();
    proxy.hold_commands();
    client.send("SET late 1");
    assert!(client.is_silent());
    assert_eq!(server.command(&["EXISTS", "late"]).int(), 0);
    drop(client);
    proxy.deliver();
    until(|| server.command(&["EXISTS", "late"]).int() == 1);
}

#[test]
fn replies_are_held_and_commands_pass() {
    let (server, proxy, mut client) = setup();
    proxy.hold_replies();
    client.send("SET key 1");
    until(|| server.command(&["EXISTS", "key"]).int() == 1);
    assert!(client.is_silent());
    proxy.deliver();
    assert_eq!(client.receive(5), "+OK\r\n");
}

#[test]
fn a_cut_closes_every_connection_and_new_ones_pass_unless_refused() {
    let (_server, proxy, mut client) = setup();
    proxy.cut();
    assert_eq!(client.receive(1), "");
    assert_eq!(Client::of(&proxy).ping(), "+PONG\r\n");
    proxy.refuse();
    assert_eq!(Client::of(&proxy).receive(1), "");
    proxy.pass();
    assert_eq!(Client::of(&proxy).ping(), "+PONG\r\n");
}

#[test]
fn a_stranded_connection_stays_open_and_silent() {
    let (server, proxy, mut client) = setup();
    proxy.strand();
    client.send("SET key 1");
    assert!(client.is_silent());
    assert_eq!(server.command(&["EXISTS", "key"]).int(), 0);
    assert_eq!(Client::of(&proxy).ping(), "+PONG\r\n");
}

#[test]
fn replies_are_cut_in_half_and_their_connections_with_them() {
    let (_server, proxy, mut client) = setup();
    proxy.cut_replies_after(3);
    client.send("PING");
    assert_eq!(client.receive(7), "+PO");
    assert_eq!(Client::of(&proxy).ping(), "+PO");
    proxy.pass();
    assert_eq!(Client::of(&proxy).ping(), "+PONG\r\n");
}

#[test]
fn a_slow_line_and_a_long_one_carry_everything() {
    let (_server, proxy, mut client) = setup();
    proxy.slow(2);
    assert_eq!(client.ping(), "+PONG\r\n");
    proxy.delay(Duration::from_millis(5));
    assert_eq!(client.ping(), "+PONG\r\n");
    proxy.pass();
    let before = proxy.passed();
    assert_eq!(client.ping(), "+PONG\r\n");
    assert_eq!(proxy.passed(), [before[0] + 6, before[1] + 7]);
}

#[test]
fn new_connections_go_where_the_proxy_points() {
    let (_server, proxy, _client) = setup();
    let other = RedisServer::start();
    proxy.point_at(other.port());
    let mut client = Client::of(&proxy);
    client.send("SET other 1");
    assert_eq!(client.receive(5), "+OK\r\n");
    assert_eq!(other.command(&["EXISTS", "other"]).int(), 1);
}
