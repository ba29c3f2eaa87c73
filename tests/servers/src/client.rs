//! A client that does one command after the other.

use std::io::{self, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::reply::Reply;

/// Longer than anything a test makes the server do; a limit only so that a test does not hang.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// The harness's own user in the server.
pub(crate) const USER: &str = "harness";

/// A connection of the harness, which may do everything.
///
/// Its commands do not count as a test's: see [`RedisServer::monitor`](crate::RedisServer::monitor).
#[derive(Debug)]
pub struct Client {
    stream: BufReader<Stream>,
}

/// How the harness reaches its server.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    address: Address,
    /// Another server, should it have got our port, does not know it.
    password: Arc<str>,
}

#[derive(Debug, Clone)]
pub(crate) enum Address {
    Tcp(u16),
    Unix(PathBuf),
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Client {
    /// Sends a command and waits for the answer.
    ///
    /// # Panics
    ///
    /// If the connection breaks, or no answer comes in time. An error of the server is an answer.
    #[track_caller]
    pub fn command(&mut self, args: &[impl AsRef<[u8]>]) -> Reply {
        match self.try_command(args) {
            Ok(reply) => reply,
            Err(cause) => panic!("no answer to {}: {cause}", shown(args)),
        }
    }

    /// The same for a server that may not answer.
    ///
    /// # Errors
    ///
    /// If the connection breaks, or no answer comes in time.
    pub fn try_command(&mut self, args: &[impl AsRef<[u8]>]) -> io::Result<Reply> {
        self.send(args)?;
        self.receive()
    }

    pub(crate) fn send(&mut self, args: &[impl AsRef<[u8]>]) -> io::Result<()> {
        let mut request = format!("*{}\r\n", args.len()).into_bytes();
        for arg in args.iter().map(AsRef::as_ref) {
            request.extend(format!("${}\r\n", arg.len()).into_bytes());
            request.extend(arg);
            request.extend(b"\r\n");
        }
        self.stream.get_mut().write_all(&request)
    }

    pub(crate) fn receive(&mut self) -> io::Result<Reply> {
        Reply::read(&mut self.stream)
    }

    /// From now on an answer may take as long as it likes.
    pub(crate) fn without_limit(self) -> io::Result<Self> {
        self.stream.get_ref().limit(None)?;
        Ok(self)
    }
}

impl Connector {
    pub(crate) fn new(address: Address, password: Arc<str>) -> Self {
        Self { address, password }
    }

    pub(crate) fn try_client(&self) -> io::Result<Client> {
        let stream = match &self.address {
            Address::Tcp(port) => Stream::Tcp(TcpStream::connect((Ipv4Addr::LOCALHOST, *port))?),
            Address::Unix(path) => Stream::Unix(UnixStream::connect(path)?),
        };
        stream.limit(Some(ANSWER_LIMIT))?;
        let mut client = Client { stream: BufReader::new(stream) };
        match client.try_command(&["AUTH", USER, &*self.password])? {
            Reply::Status(_) => Ok(client),
            other => Err(io::Error::other(format!("the server does not know us: {other:?}"))),
        }
    }

    #[track_caller]
    pub(crate) fn client(&self) -> Client {
        self.try_client().unwrap_or_else(|cause| panic!("the server is not there: {cause}"))
    }
}

impl Stream {
    fn limit(&self, limit: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_read_timeout(limit),
            Self::Unix(stream) => stream.set_read_timeout(limit),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A command as it may stand in a message.
pub(crate) fn shown(args: &[impl AsRef<[u8]>]) -> String {
    let words = args.iter().map(|arg| String::from_utf8_lossy(arg.as_ref()));
    words.collect::<Vec<_>>().join(" ")
}
