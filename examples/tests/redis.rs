//! The examples on Redis servers of their own: that answer, die in the middle, or never answer.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use std::{
    io::{BufRead as _, BufReader, Lines, Read as _},
    net::TcpListener,
    process::{Child, ChildStdout, Stdio},
};

use two_tier_cache_test_servers::RedisServer;

use crate::support::{Run, example};

/// An example that is watched while it runs.
struct Watched {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    said: String,
}

impl Watched {
    fn start(name: &str, args: &[&str], url: &str) -> Self {
        let mut command = example(name);
        command.args(args).env_remove("DATABASE_URL").env("REDIS_URL", url);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, said: String::new() }
    }

    /// Returns when the example has said this.
    fn wait_for(mut self, start: &str) -> Self {
        loop {
            let line = self.lines.next().unwrap_or_else(|| panic!("no {start:?} in {}", self.said));
            let line = line.unwrap();
            self.said.push_str(&line);
            self.said.push('\n');
            if line.trim_start().starts_with(start) {
                return self;
            }
        }
    }

    fn end(mut self) -> Run {
        for line in self.lines {
            self.said.push_str(&line.unwrap());
            self.said.push('\n');
        }
        self.child.stderr.take().unwrap().read_to_string(&mut self.said).unwrap();
        let code = self.child.wait().unwrap().code();
        Run { code, text: self.said, schema: None }
    }
}

fn run(name: &str, args: &[&str], url: &str) -> Run {
    Watched::start(name, args, url).end()
}

fn unused_url() -> String {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    format!("redis://127.0.0.1:{port}")
}

/// Every key with the seconds it has left.
fn keys(server: &RedisServer) -> Vec<(String, i64)> {
    let keys = server.command(&["KEYS", "*"]).array().into_iter();
    keys.map(|key| {
        let key = key.text();
        let ttl = server.command(&["TTL", &key]).int();
        (key, ttl)
    })
    .collect()
}

/// The longest time to live of a key that `chat_widget` makes.
fn longest_ttl(key: &str) -> i64 {
    match key.split_once(':').unwrap().0 {
        "domain" => 900,
        "widget" => 300,
        "customer" => 600,
        "domain-search" => 60,
        _ => panic!("{key}"),
    }
}

#[test]
fn quickstart_on_one_redis_is_the_same_each_time_and_leaves_one_readable_key() {
    let server = RedisServer::start();
    for _ in 0..2 {
        let run = run("quickstart", &[], &server.url());
        assert_eq!(run.code, Some(0), "{}", run.text);
        run.assert_says(&[
            &format!("cache: Redis at {} (Connected)", server.url()),
            &format!("redis-cli -u {} KEYS 'profile:*'", server.url()),
            ": Business 42\n2. second call, a hit",
            ": Business 42\n3. renamed in the database, invalidated: Applied\n4. next call",
            ": Deep Thought Ltd\n",
            "counted: 2001 hits, 202 misses, 202 loads, 202 invalidations",
        ]);
        let keys = keys(&server);
        let [(key, ttl)] = &keys[..] else { panic!("{keys:?}") };
        assert_eq!(key, "profile:42");
        assert!((1..=600).contains(ttl), "{ttl}");
    }
}

#[test]
fn quickstart_goes_on_when_redis_dies() {
    let server = RedisServer::start();
    let watched = Watched::start("quickstart", &[], &server.url()).wait_for("2.");
    server.kill();
    let run = watched.end();
    assert_eq!(run.code, Some(0), "{}", run.text);
    run.assert_says(&["(Connected)", ": Deep Thought Ltd\n", " times faster"]);
}

#[test]
fn chat_widget_keeps_readable_keys_in_redis_and_stays_fresh_when_it_dies() {
    let server = RedisServer::start();
    let args = ["--visits", "6000"];
    let watched = Watched::start("chat_widget", &args, &server.url()).wait_for("traffic: ");
    let keys = keys(&server);
    server.kill();
    let run = watched.end();

    assert!(keys.len() > 100, "{keys:?}");
    for (key, ttl) in &keys {
        // A lease, while a value is loaded, has 2 s; -2 is a key that has gone since.
        assert!(*ttl == -2 || (0..=longest_ttl(key)).contains(ttl), "{key}: {ttl}");
    }
    assert!(keys.iter().any(|(key, ttl)| key.starts_with("domain:site-") && *ttl > 800));
    assert_eq!(run.code, Some(0), "{}", run.text);
    run.assert_says(&[
        "KEYS 'widget:*'",
        "Shop number 12 -> Number 12 reopened",
        "  with the cache: ",
        "30 saves read back at once, 0 of them stale",
        "time saved: ",
        // So it died while owners were saving.
        "invalidations did not reach Redis",
    ]);
}

#[test]
fn chat_widget_is_not_served_what_an_earlier_database_held() {
    let server = RedisServer::start();
    for _ in 0..2 {
        let run = run("chat_widget", &["--visits", "200"], &server.url());
        assert_eq!(run.code, Some(0), "{}", run.text);
        run.assert_says(&[
            "site-12.example: \"Chat with business 12, revision 2\" for Business 12",
            "its domains invalidated in one batch: Applied",
            "the page now: \"Ask us anything\" for The Twelve",
            "Shop number 12 -> Number 12 reopened",
            "1 saves read back at once, 0 of them stale",
        ]);
    }
}

#[test]
fn quickstart_and_chat_widget_work_without_the_redis_they_were_told_of() {
    let url = unused_url();
    for (name, args) in [("quickstart", &[][..]), ("chat_widget", &["--visits", "1000"])] {
        let run = run(name, args, &url);
        assert_eq!(run.code, Some(0), "{}", run.text);
        run.assert_says(&[
            &format!("cache: Redis at {url} does not answer (Down: "),
            "Queued",
            "invalidations did not reach Redis",
        ]);
        assert!(!run.text.contains("1 of them stale"), "{}", run.text);
    }
}

#[test]
fn quickstart_works_with_a_redis_that_hangs() {
    let server = RedisServer::start();
    server.pause();
    let run = run("quickstart", &[], &server.url());
    assert_eq!(run.code, Some(0), "{}", run.text);
    // `Down`, or still `Connecting`: the first call and the first attempt give up at the same time.
    run.assert_says(&["does not answer (", ": Deep Thought Ltd\n"]);
}

#[test]
fn verify_passes_on_redis() {
    let server = RedisServer::start();
    let run = run("verify", &[], &server.url());
    assert_eq!(run.code, Some(0), "{}", run.text);
    run.assert_says(&[
        "PASS readable keys and TTL in Redis",
        "PASS two processes sharing one load",
        "PASS invalidation reaches the other process",
        "10 of 10 checks passed",
    ]);
    assert_eq!(keys(&server), []);
}

#[test]
fn verify_says_that_redis_does_not_answer() {
    let url = unused_url();
    let run = run("verify", &[], &url);
    assert_eq!(run.code, Some(1), "{}", run.text);
    run.assert_says(&[
        "PASS basic get",
        "PASS fallback when Redis is unreachable",
        &format!("FAIL readable keys and TTL in Redis\n     expected: Redis at {url} answers"),
        "seen:     Redis does not answer: connection refused",
        "PASS nothing left behind",
        "7 of 10 checks passed",
    ]);
}

#[test]
fn verify_ends_with_a_report_when_redis_dies() {
    let server = RedisServer::start();
    let watched = Watched::start("verify", &[], &server.url()).wait_for("PASS expiry");
    server.kill();
    let run = watched.end();
    assert_eq!(run.code, Some(1), "{}", run.text);
    run.assert_says(&[
        "PASS fallback when Redis is unreachable",
        "FAIL two processes sharing one load",
        "Redis does not answer: ",
        "PASS nothing left behind",
        " of 10 checks passed",
    ]);
}

#[test]
fn outage_prints_a_row_for_each_failure() {
    let run = run("outage", &["--rounds", "1", "--seconds", "0.3"], "");
    assert_eq!(run.code, Some(0), "{}", run.text);
    for failure in ["killed, 1", "killed, 64", "hung, 1", "hung, 64", "wrong password, 1"] {
        run.assert_says(&[&format!("\n{failure} at once ")]);
    }
    assert!(!run.text.contains(": errors"), "{}", run.text);
}
