//! What the tests need beside Rust, and where it is found.
//!
//! A new need is one more row of [`TOOLS`].

use std::cmp::Reverse;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One thing to have, as programs that belong together.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// What it is needed for, shown when it is missing.
    pub(crate) purpose: &'static str,
    /// All of them, from one installation. The last one tells the version.
    programs: &'static [&'static str],
    /// Directories to look into besides `PATH`; one `*` may stand in each path component.
    places: &'static [&'static str],
    /// Packages by package manager; empty where it has none.
    pub(crate) apt: &'static [&'static str],
    pub(crate) brew: &'static [&'static str],
    /// What to do where no package manager can help.
    pub(crate) by_hand: &'static str,
}

pub(crate) const TOOLS: &[Tool] = if cfg!(target_os = "linux") {
    &[C_COMPILER, POSTGRESQL, REDIS, VALGRIND]
} else {
    // There is no Valgrind for newer Macs, and a hit takes as many instructions elsewhere.
    &[C_COMPILER, POSTGRESQL, REDIS]
};

const C_COMPILER: Tool = Tool {
    name: "C compiler",
    purpose: "builds the bundled SQLite of the examples",
    programs: &["cc"],
    places: &[],
    apt: &["gcc", "libc6-dev"],
    brew: &[],
    by_hand: "install a C compiler that answers to `cc` (on macOS: xcode-select --install)",
};

pub(crate) const POSTGRESQL: Tool = Tool {
    name: "PostgreSQL",
    purpose: "the examples are tested on a real server",
    programs: &["initdb", "postgres"],
    places: &[
        "/usr/lib/postgresql/*/bin",
        "/usr/pgsql-*/bin",
        "/opt/homebrew/opt/postgresql*/bin",
        "/usr/local/opt/postgresql*/bin",
    ],
    apt: &["postgresql"],
    brew: &["postgresql"],
    by_hand: "install a PostgreSQL server and put its `initdb` and `postgres` on PATH",
};

/// Only from `PATH`, where the tests look for it too.
///
/// The program alone would do, but Debian has it only in the package with the service, and nothing
/// that works everywhere keeps that from being started.
const REDIS: Tool = Tool {
    name: "Redis",
    purpose: "the Redis backend is tested on real servers",
    programs: &["redis-server"],
    places: &[],
    apt: &["redis-server"],
    brew: &["redis"],
    by_hand: "install Redis 7 or later and put its `redis-server` on PATH",
};

const VALGRIND: Tool = Tool {
    name: "Valgrind",
    purpose: "counts the instructions of a hit",
    programs: &["valgrind"],
    places: &[],
    apt: &["valgrind"],
    brew: &[],
    by_hand: "install Valgrind and put its `valgrind` on PATH",
};

/// An installation that was seen to work.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Installed {
    pub(crate) dir: PathBuf,
    pub(crate) version: String,
}

impl Tool {
    /// Looks for a working installation.
    pub(crate) fn find(&self) -> Option<Installed> {
        self.find_on(&env::var_os("PATH").unwrap_or_default())
    }

    /// Real installation directories come before `PATH`, where a name may be a wrapper that
    /// starts something else than it seems.
    fn find_on(&self, path: &OsStr) -> Option<Installed> {
        let places = self.places.iter().flat_map(|place| expand(place));
        places.chain(env::split_paths(path)).find_map(|dir| self.installed_in(&dir))
    }

    /// All programs, after links, from the same directory, and every one runs.
    fn installed_in(&self, dir: &Path) -> Option<Installed> {
        let mut homes = self.programs.iter().map(|program| {
            let file = dir.join(program).canonicalize().ok()?;
            file.parent().map(Path::to_owned)
        });
        let home = homes.next()??;
        if !homes.all(|other| other.as_ref() == Some(&home)) {
            return None;
        }
        let versions: Option<Vec<_>> =
            self.programs.iter().map(|program| version(&dir.join(program))).collect();
        // A link such as `cc` has another name behind it; only a family has a home of its own.
        let dir = if self.programs.len() > 1 { home } else { dir.to_owned() };
        Some(Installed { dir, version: versions?.pop()? })
    }
}

/// The first line a program prints of its version, or `None` if it does not run.
fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next()?.trim().to_owned();
    output.status.success().then_some(line)
}

/// The directories a place stands for, the newest version first.
fn expand(place: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for part in place.split('/').filter(|part| !part.is_empty()) {
        found = match part.split_once('*') {
            None => found.into_iter().map(|dir| dir.join(part)).collect(),
            Some((start, end)) => found.iter().flat_map(|dir| children(dir, start, end)).collect(),
        };
    }
    found.retain(|dir| dir.is_dir());
    found
}

fn children(dir: &Path, start: &str, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let fits = |name: &String| {
        name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
    };
    let mut names: Vec<String> = names.filter(fits).collect();
    names.sort_by_key(|name| Reverse(numbers(name)));
    names.into_iter().map(|name| dir.join(name)).collect()
}

/// The numbers in a name, so that 15 is newer than 9.6.
fn numbers(name: &str) -> Vec<u64> {
    name.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A directory that is removed with the test.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let dir = env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir(&dir).unwrap();
            Self(dir.canonicalize().unwrap())
        }

        /// A program that says its version, or fails. A shell writes it: were it open for writing
        /// here, a process that another test starts meanwhile could keep it busy.
        fn program(&self, path: &str, works: bool) {
            let file = self.0.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            let body = if works { r#"echo "${0##*/} 1.2""# } else { "exit 1" };
            let script = r#"printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod 755 "$1""#;
            let mut shell = Command::new("sh");
            shell.args(["-c", script, "sh"]).arg(&file).arg(body);
            assert!(shell.status().unwrap().success());
        }

        fn link(&self, path: &str, to: &str) {
            let file = self.0.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            symlink(self.0.join(to), file).unwrap();
        }

        fn find(&self, dirs: &[&str]) -> Option<Installed> {
            let tool = Tool { places: &[], ..POSTGRESQL };
            let path = env::join_paths(dirs.iter().map(|dir| self.0.join(dir))).unwrap();
            tool.find_on(&path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn finds_the_real_directory_behind_links() {
        let scratch = Scratch::new("links");
        scratch.program("pg/initdb", true);
        scratch.program("pg/postgres", true);
        scratch.link("bin/initdb", "pg/initdb");
        scratch.link("bin/postgres", "pg/postgres");
        let found = scratch.find(&["nothing", "bin"]).unwrap();
        assert_eq!(found, Installed { dir: scratch.0.join("pg"), version: "postgres 1.2".into() });
    }

    #[test]
    fn programs_of_two_installations_are_not_one() {
        let scratch = Scratch::new("mixed");
        scratch.program("old/initdb", true);
        scratch.program("new/postgres", true);
        scratch.link("bin/initdb", "old/initdb");
        scratch.link("bin/postgres", "new/postgres");
        assert_eq!(scratch.find(&["old", "new", "bin"]), None);
    }

    #[test]
    fn a_program_that_does_not_run_is_passed_over() {
        let scratch = Scratch::new("broken");
        scratch.program("broken/initdb", true);
        scratch.program("broken/postgres", false);
        scratch.program("good/initdb", true);
        scratch.program("good/postgres", true);
        let found = scratch.find(&["broken", "good"]).unwrap();
        assert_eq!(found.dir, scratch.0.join("good"));
    }

    #[test]
    fn the_newest_version_comes_first() {
        let scratch = Scratch::new("newest");
        for version in ["9.6", "15", "16"] {
            scratch.program(&format!("pg/{version}/bin/postgres"), true);
        }
        let place = format!("{}/pg/*/bin", scratch.0.display());
        let found = expand(&place);
        let newest_first = ["16", "15", "9.6"].map(|v| scratch.0.join(format!("pg/{v}/bin")));
        assert_eq!(found, newest_first);
    }
}
