//! The examples as processes: what people see, and the exit codes scripts see.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use std::{env, process::Command};

use sqlx::{AnyConnection, Connection as _, any::install_default_drivers};

use crate::support::{Run, assert_empty, example, on_sqlite};

/// Runs an example on SQLite and, when `DATABASE_URL` is set, on PostgreSQL. Nothing may be left.
fn on_each(name: &str, args: &[&str], check: impl Fn(&Run)) {
    check(&on_sqlite(name, args));
    if let Some(url) = env::var("DATABASE_URL").ok().filter(|url| !url.is_empty()) {
        let mut command = example(name);
        command.args(args);
        let run = Run::of(command);
        run.assert_says(&["database: PostgreSQL at "]);
        check(&run);
        assert!(!schema_exists(&url, run.schema.as_ref().unwrap()), "{}", run.text);
    }
}

fn schema_exists(url: &str, schema: &str) -> bool {
    install_default_drivers();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = AnyConnection::connect(url).await.unwrap();
        let sql = "SELECT 1 FROM information_schema.schemata WHERE schema_name = $1";
        let found: Option<(i32,)> =
            sqlx::query_as(sql).bind(schema).fetch_optional(&mut connection).await.unwrap();
        found.is_some()
    })
}

#[test]
fn quickstart_loads_hits_updates_invalidates_and_loads_the_new_value() {
    on_each("quickstart", &[], |run| {
        assert_eq!(run.code, Some(0), "{}", run.text);
        run.assert_says(&[
            "1. first call, loaded from the database",
            ": Business 42\n2. second call, a hit",
            ": Business 42\n3. renamed in the database, invalidated: Applied\n4. next call",
            ": Deep Thought Ltd\n",
            "counted: 2001 hits, 202 misses, 202 loads, 202 invalidations",
            "cache: in this process (Embedded)",
        ]);
        assert!(run.number_before(" times faster") > 1.0, "{}", run.text);
    });
}

#[test]
fn chat_widget_is_fresh_after_updates_and_reports_hit_rates() {
    on_each("chat_widget", &["--visits", "2000"], |run| {
        assert_eq!(run.code, Some(0), "{}", run.text);
        run.assert_says(&[
            "site-12.example: \"Chat with business 12, revision 2\" for Business 12",
            "the page now: \"Ask us anything\" for The Twelve",
            "Shop number 12 -> Number 12 reopened",
            "100 of them in ",
            "10 saves read back at once, 0 of them stale",
            "load_widget_config",
            "load_customer_profile",
            "lookup_domain",
            "search_domains",
            "time saved: ",
        ]);
        for prefix in ["customer ", "domain ", "domain-search ", "widget "] {
            let line = run.text.lines().find(|line| line.starts_with(prefix)).unwrap();
            let (rate, _) = line.split_once(" %").unwrap();
            let rate: f64 = rate.split_whitespace().next_back().unwrap().parse().unwrap();
            assert!(rate > 10.0 && rate <= 100.0, "{line}");
        }
    });
}

#[test]
fn chat_widget_shows_its_events_when_asked() {
    let run = on_sqlite("chat_widget", &["--verbose"]);
    assert_eq!(run.code, Some(0), "{}", run.text);
    run.assert_says(&["MISS", "HIT", "SET", "INVALIDATE", "domain:site-12.example"]);
}

#[test]
fn verify_passes() {
    on_each("verify", &[], |run| {
        assert_eq!(run.code, Some(0), "{}", run.text);
        run.assert_says(&[
            "PASS basic get",
            "PASS invalidation",
            "PASS pattern invalidation",
            "PASS expiry",
            "PASS hit against a 50 ms database",
            "PASS fallback when Redis is unreachable",
            "SKIP readable keys and TTL in Redis\n     REDIS_URL is not set",
            "SKIP two processes sharing one load\n     REDIS_URL is not set",
            "SKIP invalidation reaches the other process\n     REDIS_URL is not set",
            "PASS nothing left behind",
            "7 of 7 checks passed, 3 skipped",
        ]);
    });
}

#[test]
fn verify_fails_when_there_is_no_cache() {
    on_each("verify", &["--disabled"], |run| {
        assert_eq!(run.code, Some(1), "{}", run.text);
        run.assert_says(&[
            "FAIL basic get",
            "FAIL invalidation",
            "FAIL pattern invalidation",
            "FAIL expiry",
            "FAIL hit against a 50 ms database",
            "FAIL fallback when Redis is unreachable",
            "SKIP readable keys and TTL in Redis\n     the cache is switched off",
            "PASS nothing left behind",
            "1 of 7 checks passed, 3 skipped",
        ]);
    });
}

#[test]
fn an_unknown_database_is_refused_by_every_example_without_its_password() {
    for name in ["quickstart", "chat_widget", "verify"] {
        let mut command = example(name);
        command.env("DATABASE_URL", "mysql://ann:s3cret@localhost/shop");
        let run = Run::of(command);
        assert_eq!(run.code, Some(1), "{}", run.text);
        run.assert_says(&["the scheme `mysql:`", "use postgres://"]);
        assert!(!run.text.contains("s3cret"), "{}", run.text);
    }
}

#[test]
fn a_sqlite_url_is_left_alone() {
    let mut command = example("quickstart");
    command.env("DATABASE_URL", "sqlite://mine.db");
    let run = Run::of(command);
    assert_eq!(run.code, Some(0), "{}", run.text);
    run.assert_says(&["note: the SQLite file in DATABASE_URL is left alone", "database: SQLite"]);
}

#[test]
fn an_unknown_option_is_refused() {
    for name in ["chat_widget", "verify"] {
        let mut command = example(name);
        command.arg("--fast");
        let run = Run::of(command);
        assert_eq!(run.code, Some(1), "{}", run.text);
        run.assert_says(&["unknown option \"--fast\""]);
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_left_behind_after_an_interrupt() {
    use std::{
        io::{BufRead as _, BufReader},
        process::Stdio,
    };

    let temporary = tempfile::tempdir().unwrap();
    let mut command = example("chat_widget");
    command.args(["--visits", "1000000"]).env_remove("DATABASE_URL");
    command.env("TMPDIR", temporary.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.starts_with("traffic: ")));
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let ended = child.wait_with_output().unwrap();
    let complaint = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("interrupted"), "{complaint}");
    assert_empty(temporary.path());
}
