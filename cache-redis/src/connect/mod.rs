//! From a configuration to a connection that is ready for commands.

pub(crate) mod connection;
mod deadline;
mod dial;
mod error;
mod meter;
#[cfg(test)]
mod tests;
#[cfg(feature = "tls")]
mod tls;
#[cfg(all(test, feature = "tls"))]
mod tls_tests;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, ProtocolVersion, RedisConnectionInfo, RedisError, Value};

use self::deadline::Deadline;
use self::dial::Wire;
pub(crate) use self::error::ConnectError;
use self::meter::Metered;
use crate::config::{Protocol, RedisConfig, Secret};
use crate::connect::connection::Connection;
use crate::tracking::Tracking;

/// How many commands may wait for the driver. At the default of 50, callers queue for the queue.
const QUEUE: usize = 1024;
/// How the connections are called in the server's `CLIENT LIST`, beside the name of the application.
const LIBRARY: &str = "two-tier-cache";
/// Completes "no answer within 1s".
const HANDSHAKE: &str = "to the Redis handshake";

/// Connects, encrypts, authenticates and selects the database, all within `connect_timeout`.
///
/// # Cancel safety
///
/// A dropped attempt leaves no task and no socket behind. A lookup of a name cannot be interrupted:
/// it ends on its own.
pub(crate) async fn connect(config: &RedisConfig) -> Result<Connection, ConnectError> {
    connect_told(config, None).await
}

/// Connects as [`connect`] does, and has somebody told what the server sends unasked.
///
/// # Cancel safety
///
/// As [`connect`].
pub(crate) async fn connect_told(
    config: &RedisConfig,
    told: Option<&Arc<Tracking>>,
) -> Result<Connection, ConnectError> {
    let deadline = Deadline::after(config.connect_timeout);
    // On the heap: a TLS session is large, and this is not done often.
    Box::pin(negotiate(config, told, &deadline)).await
}

/// RESP3, and on a server that refuses it RESP2 on a new connection, as the old one may be broken.
async fn negotiate(
    config: &RedisConfig,
    told: Option<&Arc<Tracking>>,
    deadline: &Deadline,
) -> Result<Connection, ConnectError> {
    let explain = |error: &RedisError| ConnectError::handshake(error, config.speaks_tls());
    if config.protocol == Protocol::Newest {
        let stream = dial::dial(config, deadline).await?;
        let introduced = introduce(config, ProtocolVersion::RESP3, told, stream);
        match deadline.limit(HANDSHAKE, introduced).await? {
            Err(error) if error::refuses_resp3(&error) => {
                tracing::debug!(target: "two_tier_cache", "the server refuses RESP3; using RESP2");
            }
            outcome => return outcome.map_err(|error| explain(&error)),
        }
    }
    let stream = dial::dial(config, deadline).await?;
    let introduced = introduce(config, ProtocolVersion::RESP2, None, stream);
    let outcome = deadline.limit(HANDSHAKE, introduced).await?;
    outcome.map_err(|error| explain(&error))
}

/// One command after the other where it matters: a server that is full answers the first and hangs
/// up, and the crate would only tell the second part.
async fn introduce(
    config: &RedisConfig,
    protocol: ProtocolVersion,
    told: Option<&Arc<Tracking>>,
    stream: Box<dyn Wire>,
) -> Result<Connection, RedisError> {
    // Every call has its own time limit.
    let mut options =
        AsyncConnectionConfig::new().set_pipeline_buffer_size(QUEUE).set_response_timeout(None);
    if let Some(told) = told.cloned() {
        options = options.set_push_sender(move |message| {
            told.receive(&message);
            Ok::<_, Infallible>(())
        });
    }
    let info = credentials(config, protocol);
    let received = Arc::new(AtomicU64::new(0));
    let stream = Metered::new(stream, Arc::clone(&received));
    let (wire, driver) = MultiplexedConnection::new_with_config(&info, stream, options).await?;
    // Ends the driver if this fails or is dropped.
    let driver = tokio::spawn(driver).abort_handle();
    let connection = Connection::new(wire.clone(), driver, received, told.is_some());
    if protocol == ProtocolVersion::RESP2 {
        check(&wire).await?;
    }
    if config.database != 0 {
        run(&wire, redis::cmd("SELECT").arg(config.database)).await?;
    }
    introduce_by_name(config, &wire).await?;
    Ok(connection)
}

fn credentials(config: &RedisConfig, protocol: ProtocolVersion) -> RedisConnectionInfo {
    let info = RedisConnectionInfo::default().set_protocol(protocol).set_skip_set_lib_name();
    let password = config.password.as_ref().map(Secret::reveal);
    match (&config.username, password) {
        // A user without a password is one with an empty one: it is meant to be sent.
        (Some(user), password) => {
            info.set_username(user.reveal()).set_password(password.unwrap_or_default())
        }
        (None, Some(password)) => info.set_password(password),
        (None, None) => info,
    }
}

/// Whether the server lets us in: without a password, RESP2 has no handshake that would tell.
async fn check(wire: &MultiplexedConnection) -> Result<(), RedisError> {
    match run(wire, &redis::cmd("PING")).await {
        // Whether the server is ready for work is not asked here.
        Err(error) if matches!(error.code(), None | Some("NOAUTH" | "DENIED" | "ERR")) => {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// Tells the server who is there, for its `CLIENT LIST`. It may refuse that.
async fn introduce_by_name(
    config: &RedisConfig,
    wire: &MultiplexedConnection,
) -> Result<(), RedisError> {
    let mut commands = redis::pipe();
    for (field, value) in [("LIB-NAME", LIBRARY), ("LIB-VER", env!("CARGO_PKG_VERSION"))] {
        commands.cmd("CLIENT").arg("SETINFO").arg(field).arg(value);
    }
    if let Some(name) = &config.client_name {
        commands.cmd("CLIENT").arg("SETNAME").arg(name);
    }
    let count = commands.len();
    let replies = wire.clone().send_packed_commands(&commands, 0, count).await?;
    if let (Some(_), Some(Value::ServerError(error))) = (&config.client_name, replies.last()) {
        tracing::debug!(target: "two_tier_cache", code = error.code(), "the server refuses the name of the client");
    }
    Ok(())
}

async fn run(wire: &MultiplexedConnection, command: &Cmd) -> Result<(), RedisError> {
    wire.clone().send_packed_command(command).await?.extract_error().map(drop)
}
