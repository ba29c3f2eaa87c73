//! The examples as processes: what people see, and the exit codes scripts see.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use sqlx::{AnyConnection, Connection as _, any::install_default_drivers};

/// An example, caching in its own process whatever the environment of the tests says.
fn example(name: &str) -> Command {
    let mut command = beside_this_test(name).unwrap_or_else(|| through_cargo(name));
    command.env_remove("REDIS_URL");
    command
}

/// `cargo test` builds the examples with the tests.
fn beside_this_test(name: &str) -> Option<Command> {
    let test = env::current_exe().unwrap();
    let target = test.ancestors().nth(2).unwrap();
    let binary = target.join("examples").join(name).with_extension(env::consts::EXE_EXTENSION);
    binary.exists().then(|| Command::new(binary))
}

/// `cargo test --test examples` does not.
fn through_cargo(name: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--example", name, "--"]);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo
}

/// One run and everything it said.
struct Run {
    code: Option<i32>,
    text: String,
    schema: Option<String>,
}

impl Run {
    fn of(mut command: Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        let schema = text
            .lines()
            .find_map(|line| line.strip_prefix("database: ")?.split_once("schema "))
            .map(|(_, schema)| schema.to_owned());
        Self { code: status.code(), text, schema }
    }

    fn assert_says(&self, wanted: &[&str]) {
        for wanted in wanted {
            assert!(self.text.contains(wanted), "{wanted:?} is missing in:\n{}", self.text);
        }
    }

    /// The number in front of the word.
    fn number_before(&self, word: &str) -> f64 {
        let (before, _) = self.text.split_once(word).unwrap();
        before.split_whitespace().next_back().unwrap().parse().unwrap()
    }
}

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

fn on_sqlite(name: &str, args: &[&str]) -> Run {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = example(name);
    command.args(args).env_remove("DATABASE_URL").env("TMPDIR", temporary.path());
    let run = Run::of(command);
    run.assert_says(&["database: SQLite"]);
    assert_empty(temporary.path());
    run
}

fn assert_empty(directory: &Path) {
    let left: Vec<PathBuf> =
        directory.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
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
            "counted: 2001 hits, 202 misses, 202 loads, 201 invalidations",
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
            "PASS nothing left behind",
            "6 of 6 checks passed",
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
            "PASS nothing left behind",
            "1 of 6 checks passed",
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
