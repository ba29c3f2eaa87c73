//! From a configuration to a stream of bytes.

use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};

use super::ConnectError;
use super::deadline::Deadline;
use super::error::describe;
use crate::config::{RedisConfig, Target};

/// After how much silence of an idle connection the kernel asks whether the peer is still there,
/// how often it repeats that, and how many times.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(5);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(1);
const KEEPALIVE_PROBES: u32 = 3;
/// For how long sent bytes may stay unacknowledged.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(1);

/// Bytes in both directions, over whatever.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin + 'static {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Wire for T {}

/// Connects to the server, with TLS where configured.
///
/// # Cancel safety
///
/// Leaves no socket behind. A lookup of a name cannot be interrupted: it ends on its own.
pub(super) async fn dial(
    config: &RedisConfig,
    deadline: &Deadline,
) -> Result<Box<dyn Wire>, ConnectError> {
    match &config.target {
        Target::Unix(path) => unix(path, deadline).await,
        Target::Tcp { host, port } => {
            let stream = tcp(host, *port, deadline).await?;
            #[cfg(feature = "tls")]
            if let Some(tls) = &config.tls {
                return super::tls::encrypt(tls, host, stream, deadline).await;
            }
            Ok(Box::new(stream))
        }
    }
}

#[cfg(unix)]
async fn unix(path: &std::path::Path, deadline: &Deadline) -> Result<Box<dyn Wire>, ConnectError> {
    let place = format!("({})", path.display());
    let stream = deadline
        .limit(&place, tokio::net::UnixStream::connect(path))
        .await?
        .map_err(|error| ConnectError::new(format!("{} {place}", describe(&error))))?;
    Ok(Box::new(stream))
}

#[cfg(not(unix))]
async fn unix(_: &std::path::Path, _: &Deadline) -> Result<Box<dyn Wire>, ConnectError> {
    Err(ConnectError::new("this system has no Unix sockets"))
}

async fn tcp(host: &str, port: u16, deadline: &Deadline) -> Result<TcpStream, ConnectError> {
    let addresses = deadline
        .limit(&format!("to the lookup of `{host}`"), lookup_host((host, port)))
        .await?
        .map_err(|error| ConnectError::new(format!("the name `{host}` is not found: {error}")))?
        .collect::<Vec<_>>();
    let mut failures = Failures::default();
    for (tried, address) in addresses.iter().enumerate() {
        let share = deadline.share(addresses.len() - tried);
        match share.limit("", tcp_to(*address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failures.add(describe(&error), *address),
            Err(error) => failures.add(error.to_string().trim_end().to_owned(), *address),
        }
    }
    Err(failures.into_error(host))
}

async fn tcp_to(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE_IDLE)
        .with_interval(KEEPALIVE_INTERVAL)
        .with_retries(KEEPALIVE_PROBES);
    let socket = SockRef::from(&stream);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
    Ok(stream)
}

/// What went wrong with which addresses of a host.
#[derive(Default)]
struct Failures(Vec<(String, Vec<SocketAddr>)>);

impl Failures {
    fn add(&mut self, reason: String, address: SocketAddr) {
        match self.0.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, addresses)) => addresses.push(address),
            None => self.0.push((reason, vec![address])),
        }
    }

    fn into_error(self, host: &str) -> ConnectError {
        if self.0.is_empty() {
            return ConnectError::new(format!("the name `{host}` has no address"));
        }
        let list = |addresses: &[SocketAddr]| {
            addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let parts = self.0.iter().map(|(reason, at)| format!("{reason} ({})", list(at)));
        ConnectError::new(parts.collect::<Vec<_>>().join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_a_host_are_told_by_what_went_wrong() {
        let mut failures = Failures::default();
        for (reason, address) in
            [("refused", "[::1]:1"), ("silent", "1.2.3.4:1"), ("refused", "1.2.3.5:1")]
        {
            failures.add(reason.to_owned(), address.parse().unwrap());
        }
        let text = failures.into_error("host").to_string();
        assert_eq!(text, "refused ([::1]:1, 1.2.3.5:1); silent (1.2.3.4:1)");
        let text = Failures::default().into_error("host").to_string();
        assert_eq!(text, "the name `host` has no address");
    }

    #[tokio::test]
    async fn the_options_of_the_socket_are_set() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = tcp_to(listener.local_addr().unwrap()).await.unwrap();
        assert!(stream.nodelay().unwrap());
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap());
        #[cfg(target_os = "linux")]
        {
            assert_eq!(socket.tcp_keepalive_time().unwrap(), KEEPALIVE_IDLE);
            assert_eq!(socket.tcp_keepalive_interval().unwrap(), KEEPALIVE_INTERVAL);
            assert_eq!(socket.tcp_keepalive_retries().unwrap(), KEEPALIVE_PROBES);
            assert_eq!(socket.tcp_user_timeout().unwrap(), Some(USER_TIMEOUT));
        }
    }
}
