//! A database that several processes share.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const LOADS: &str = "loads";
const HISTORY: &str = "history";

/// Rows that only grow, in a directory. A row is the length of its file, so that to write it is to
/// append one byte: the system makes that atomic, and gives all appends to a file one order.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    dir: PathBuf,
}

impl Database {
    /// The database in a directory that exists.
    pub(crate) fn at(dir: impl AsRef<Path>) -> Self {
        Self { dir: dir.as_ref().to_owned() }
    }

    /// The row of a key; 0 if it was never written.
    pub(crate) fn read(&self, key: &str) -> u64 {
        match fs::metadata(self.row(key)) {
            Ok(file) => file.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => panic!("{error}"),
        }
    }

    /// Raises the row of a key; what it returns is written by then.
    pub(crate) fn write(&self, key: &str) -> u64 {
        append(&self.row(key)).write_all(b"+").unwrap();
        self.read(key)
    }

    /// Notes that a load of the key begins.
    pub(crate) fn count_load(&self, key: &str) {
        self.note(LOADS, key);
    }

    /// How many loads of the key have begun.
    pub(crate) fn loads(&self, key: &str) -> usize {
        self.notes(LOADS).iter().filter(|loaded| *loaded == key).count()
    }

    /// Adds a line to the history.
    pub(crate) fn tell(&self, event: &str) {
        self.note(HISTORY, event);
    }

    /// The lines of the history, in the order in which they were told.
    pub(crate) fn history(&self) -> Vec<String> {
        self.notes(HISTORY)
    }

    fn row(&self, key: &str) -> PathBuf {
        self.dir.join(format!("row {key}"))
    }

    fn note(&self, file: &str, line: &str) {
        append(&self.dir.join(file)).write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn notes(&self, file: &str) -> Vec<String> {
        let text = fs::read_to_string(self.dir.join(file)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

fn append(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).unwrap()
}
