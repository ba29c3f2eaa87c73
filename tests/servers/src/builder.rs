//! What a server is started with.

use crate::certificates::Certificates;
use crate::launch::{Launch, Ports};
use crate::port::free_port;
use crate::server::{NotReady, RedisServer};

/// Another test process may take the port between our look and the server's start.
const PORT_ATTEMPTS: usize = 5;

/// The settings of a [`RedisServer`] that is to start.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Builder {
    pub(crate) args: Vec<String>,
    pub(crate) certificates: Option<Certificates>,
    pub(crate) unix_socket: bool,
    tls_only: bool,
    port: Option<u16>,
}

impl Builder {
    /// More arguments for the program, such as `["--maxmemory", "5mb"]`. They win over ours, which
    /// turn persistence off and allow `DEBUG` and every `CONFIG SET`.
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Every client has to give this password.
    pub fn password(self, password: &str) -> Self {
        self.args(["--requirepass", password])
    }

    /// The test uses [`RedisServer::unix_url`]. The harness then goes over TCP, and what comes in
    /// there counts as its own.
    pub fn unix_socket(mut self) -> Self {
        self.unix_socket = true;
        self
    }

    /// Also listens with TLS. Clients may show a certificate; with
    /// `.args(["--tls-auth-clients", "yes"])` they must.
    pub fn tls(mut self, certificates: &Certificates) -> Self {
        self.certificates = Some(certificates.clone());
        self
    }

    /// Does not listen without TLS.
    pub fn tls_only(mut self) -> Self {
        self.tls_only = true;
        self
    }

    /// Listens on this port instead of any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Starts the server, and returns when it answers.
    ///
    /// # Panics
    ///
    /// If there is no program to start, or it does not answer.
    #[must_use]
    #[track_caller]
    pub fn start(self) -> RedisServer {
        assert!(!self.tls_only || self.certificates.is_some(), "`tls_only` needs `tls`");
        assert!(!self.tls_only || !self.unix_socket, "the harness needs TCP for `unix_socket`");
        for _ in 0..PORT_ATTEMPTS {
            let server = RedisServer::spawn(Launch::new(&self, self.ports()));
            match server.answers() {
                Ok(()) => return server,
                Err(NotReady::PortTaken(_)) if self.port.is_none() => {}
                Err(NotReady::PortTaken(text) | NotReady::Failed(text)) => panic!("{text}"),
            }
        }
        panic!("redis-server found every one of {PORT_ATTEMPTS} ports taken");
    }

    fn ports(&self) -> Ports {
        Ports {
            plain: if self.tls_only { None } else { Some(self.port.unwrap_or_else(free_port)) },
            tls: self.certificates.as_ref().map(|_| match (self.tls_only, self.port) {
                (true, Some(port)) => port,
                _ => free_port(),
            }),
        }
    }
}
