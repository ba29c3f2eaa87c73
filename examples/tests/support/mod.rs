//! Examples as processes, for the tests.

#![allow(dead_code, reason = "each test file is a program of its own and uses its part")]

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// An example, caching in its own process whatever the environment of the tests says.
pub(crate) fn example(name: &str) -> Command {
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
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) text: String,
    pub(crate) schema: Option<String>,
}

impl Run {
    pub(crate) fn of(mut command: Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        let schema = text
            .lines()
            .find_map(|line| line.strip_prefix("database: ")?.split_once("schema "))
            .map(|(_, schema)| schema.to_owned());
        Self { code: status.code(), text, schema }
    }

    pub(crate) fn assert_says(&self, wanted: &[&str]) {
        for wanted in wanted {
            assert!(self.text.contains(wanted), "{wanted:?} is missing in:\n{}", self.text);
        }
    }

    /// The number in front of the word.
    pub(crate) fn number_before(&self, word: &str) -> f64 {
        let (before, _) = self.text.split_once(word).unwrap();
        before.split_whitespace().next_back().unwrap().parse().unwrap()
    }
}

pub(crate) fn on_sqlite(name: &str, args: &[&str]) -> Run {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = example(name);
    command.args(args).env_remove("DATABASE_URL").env("TMPDIR", temporary.path());
    let run = Run::of(command);
    run.assert_says(&["database: SQLite"]);
    assert_empty(temporary.path());
    run
}

pub(crate) fn assert_empty(directory: &Path) {
    let left: Vec<PathBuf> =
        directory.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
}
