//! How a server is started, the first time and again.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

use crate::builder::Builder;
use crate::certificates::Certificates;
use crate::client::{Address, Connector, USER};
use crate::port::random;
use crate::process::Process;

/// How much of a log a message may contain.
const LOG_LINES: usize = 30;

/// Where a server listens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) plain: Option<u16>,
    pub(crate) tls: Option<u16>,
}

/// All that a server's process is made from.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) dir: TempDir,
    pub(crate) ports: Ports,
    /// Whether the test uses the Unix socket and the harness TCP, and not the other way round.
    pub(crate) unix_socket: bool,
    pub(crate) connector: Connector,
    program: OsString,
    args: Vec<OsString>,
    /// The files of a running server must stay, for its next start.
    _certificates: Option<Certificates>,
}

impl Launch {
    pub(crate) fn new(builder: &Builder, ports: Ports) -> Self {
        let dir = tempfile::Builder::new().prefix("redis-").tempdir();
        let dir = dir.expect("a temporary directory");
        let password: Arc<str> = format!("{:016x}", random()).into();
        let mut args = own_args(dir.path(), ports, &password);
        if let Some(certificates) = &builder.certificates {
            args.extend(tls_args(certificates));
        }
        args.extend(builder.args.iter().map(OsString::from));
        let address = match ports.plain {
            Some(port) if builder.unix_socket => Address::Tcp(port),
            _ => Address::Unix(socket(dir.path())),
        };
        Self {
            dir,
            ports,
            unix_socket: builder.unix_socket,
            connector: Connector::new(address, password),
            program: env::var_os("REDIS_SERVER").unwrap_or_else(|| "redis-server".into()),
            args,
            _certificates: builder.certificates.clone(),
        }
    }

    /// Starts a process, with more arguments that win over the others.
    #[track_caller]
    pub(crate) fn spawn(&self, more: &[&str]) -> Process {
        let log = File::options().create(true).append(true).open(self.log_file());
        let log = log.expect("a log file");
        let both = log.try_clone().expect("a second handle of the log file");
        let mut command = Command::new(&self.program);
        command.args(&self.args).args(more).stdout(Stdio::from(log)).stderr(Stdio::from(both));
        Process::spawn(&mut command, self.dir.path()).unwrap_or_else(|cause| {
            panic!(
                "cannot start `{}`: {cause}\nrun `cargo xtask setup`, or let the environment \
                 variable REDIS_SERVER name the program",
                self.program.display()
            )
        })
    }

    pub(crate) fn socket(&self) -> PathBuf {
        socket(self.dir.path())
    }

    pub(crate) fn log(&self) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.log_file())?).into_owned())
    }

    /// The end of the log, for a message.
    pub(crate) fn log_tail(&self) -> String {
        let log = self.log().unwrap_or_else(|cause| format!("(not readable: {cause})"));
        let lines: Vec<&str> = log.lines().collect();
        let tail = &lines[lines.len().saturating_sub(LOG_LINES)..];
        format!("the last lines of its log:\n{}", tail.join("\n"))
    }

    fn log_file(&self) -> PathBuf {
        self.dir.path().join("log")
    }
}

fn socket(dir: &Path) -> PathBuf {
    dir.join("socket")
}

fn own_args(dir: &Path, ports: Ports, password: &str) -> Vec<OsString> {
    let socket = socket(dir);
    // For Redis, port 0 is none.
    let port = ports.plain.unwrap_or(0).to_string();
    let password = format!(">{password}");
    let mut args: Vec<&OsStr> = vec!["--dir".as_ref(), dir.as_ref()];
    args.extend(["--unixsocket".as_ref(), socket.as_os_str()]);
    let texts = [
        ["--bind", "127.0.0.1"],
        ["--port", &port],
        // A test that wants its data back says so.
        ["--save", ""],
        ["--appendonly", "no"],
        ["--enable-debug-command", "yes"],
        ["--enable-protected-configs", "yes"],
        // Else every replica waits 5 s for others to come.
        ["--repl-diskless-sync-delay", "0"],
    ];
    args.extend(texts.iter().flatten().map(OsStr::new));
    args.extend(["--user", USER, "on", &password, "~*", "&*", "+@all"].map(OsStr::new));
    let mut args: Vec<OsString> = args.into_iter().map(OsStr::to_owned).collect();
    if let Some(port) = ports.tls {
        args.extend(["--tls-port".into(), port.to_string().into()]);
    }
    args
}

fn tls_args(certificates: &Certificates) -> [OsString; 8] {
    [
        "--tls-cert-file".into(),
        certificates.server_certificate().into(),
        "--tls-key-file".into(),
        certificates.server_key().into(),
        "--tls-ca-cert-file".into(),
        certificates.ca().into(),
        "--tls-auth-clients".into(),
        "optional".into(),
    ]
}
