//! A PostgreSQL cluster on disk: made for one run, in a directory of its own, gone afterwards.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::account::{Account, is_open_to_all};
use crate::failure::{Failure, Outcome};

/// The directory of one cluster. Dropping it removes the directory.
#[derive(Debug)]
pub(crate) struct Cluster {
    dir: PathBuf,
    account: Option<Account>,
    /// Any user of the machine can come to a loopback port, and this server's superuser can run
    /// programs: so there is a password, for this run only.
    password: String,
}

impl Cluster {
    /// Creates a cluster with the `initdb` of the given installation.
    pub(crate) fn create(bin: &Path, target_dir: &Path) -> Outcome<Self> {
        let account = Account::instead_of_root()?;
        let dir = fresh_dir(&home(account.is_some(), target_dir)?)?;
        // From here on a failure removes the directory.
        let cluster = Self { dir, account, password: random_password()? };
        if let Some(account) = account {
            account.own(&cluster.dir)?;
        }
        cluster.initdb(bin)?;
        Ok(cluster)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// A program of the installation, as the cluster's owner, untouched by the caller's `PG…`
    /// variables. The fixed locale keeps its messages readable to us.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.dir).stdin(Stdio::null()).env("LC_ALL", "C");
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        if let Some(account) = self.account {
            account.apply(&mut command);
        }
        command
    }

    /// The server's log, opened for the server to write.
    pub(crate) fn new_log(&self) -> Outcome<File> {
        let path = self.log_path();
        File::create(&path).map_err(|cause| Failure::because(path.display(), cause))
    }

    /// The last lines of the server's log.
    pub(crate) fn log_tail(&self) -> String {
        let log = fs::read(self.log_path()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log).into_owned();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    fn log_path(&self) -> PathBuf {
        self.dir.join("server.log")
    }

    fn initdb(&self, bin: &Path) -> Outcome {
        let password_file = self.dir.join("password");
        self.write_secret(&password_file)?;
        let program = bin.join("initdb");
        let mut command = self.command(&program);
        command.arg("--pgdata").arg(self.data()).arg("--pwfile").arg(&password_file);
        command.args(["--username=postgres", "--auth=scram-sha-256"]);
        command.args(["--encoding=UTF8", "--no-locale", "--no-sync"]);
        let output =
            command.output().map_err(|cause| Failure::because(program.display(), cause))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Failure::because(format!("`initdb` failed ({})", output.status), said.trim()))
    }

    fn write_secret(&self, path: &Path) -> Outcome {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        file.and_then(|mut file| file.write_all(self.password.as_bytes()))
            .map_err(|cause| Failure::because(path.display(), cause))?;
        self.account.map_or(Ok(()), |account| account.own(path))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(cause) = fs::remove_dir_all(&self.dir) {
            eprintln!("warning: {} is left behind: {cause}", self.dir.display());
        }
    }
}

/// Where the cluster goes: below `target`, unless its user could not come there.
fn home(other_user: bool, target_dir: &Path) -> Outcome<PathBuf> {
    let home = target_dir.join("xtask");
    fs::create_dir_all(&home).map_err(|cause| Failure::because(home.display(), cause))?;
    if !other_user {
        return Ok(home);
    }
    let homes = [home, env::temp_dir(), PathBuf::from("/tmp")];
    homes.into_iter().find(|home| is_open_to_all(home)).ok_or_else(|| {
        Failure::Step(
            "PostgreSQL does not run as root, and its user cannot reach a temporary directory; \
             set TMPDIR to one that every user can reach"
                .to_owned(),
        )
    })
}

/// A new private directory. It must not exist: below `/tmp` somebody else could have put it there.
fn fresh_dir(home: &Path) -> Outcome<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let dir = home.join(format!("postgres-{}-{count}", process::id()));
    match DirBuilder::new().mode(0o700).create(&dir) {
        Ok(()) => Ok(dir),
        Err(cause) => Err(Failure::because(format!("cannot create {}", dir.display()), cause)),
    }
}

/// 128 random bits in hexadecimal, so that no character needs escaping in a URL.
fn random_password() -> Outcome<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .map_err(|cause| Failure::because("/dev/urandom", cause))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ok = write!(text, "{byte:02x}");
        text
    }))
}
