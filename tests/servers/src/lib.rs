//! Real servers for the tests.
//!
//! Each [`RedisServer`] is a `redis-server` process of its own: on loopback, on ports that nobody
//! else has, in a directory that is removed with it. Everything that can go wrong with a server is
//! one call here: it dies, hangs, restarts, runs out of memory, refuses writes, loads, is busy.
//!
//! ```no_run
//! use two_tier_cache_test_servers::RedisServer;
//!
//! let server = RedisServer::start();
//! server.command(&["SET", "key", "value"]);
//! assert_eq!(server.command(&["GET", "key"]).text(), "value");
//! server.kill();
//! ```
//!
//! The program is what the environment variable `REDIS_SERVER` names, or `redis-server` on `PATH`.
//!
//! All calls block, and return when the server is in the state they name. They are for tests:
//! where one fails it panics, with the server's log if that may help. None of them has to be
//! exclusive, so a server can be shared between threads.
//!
//! # The harness and the clients under test
//!
//! The commands that the harness itself sends take another way into the server than those under
//! test, so that [`RedisServer::monitor`] can leave them out and [`RedisServer::kill_clients`] can
//! spare them: a Unix socket, while the tests use TCP. With [`Builder::unix_socket`] it is the
//! other way round.
//!
//! They also have a user of their own in the server, whom no password or ACL of the test locks out.

mod builder;
mod certificates;
mod client;
mod control;
mod faults;
mod launch;
mod loading;
mod monitor;
mod port;
mod process;
mod proxy;
mod reply;
mod server;

pub use builder::Builder;
pub use certificates::Certificates;
pub use client::Client;
pub use faults::{Busy, Paused};
pub use monitor::Monitor;
pub use proxy::Proxy;
pub use reply::Reply;
pub use server::RedisServer;
