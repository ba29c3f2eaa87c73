//! The Redis backend of [two-tier-cache].
//!
//! Depend on the `two-tier-cache` crate with its feature `redis`, which re-exports this as its
//! `redis` module.
//!
//! [two-tier-cache]: https://docs.rs/two-tier-cache

mod backend;
mod commands;
mod config;
mod connect;
mod error;
mod failover;
mod supervision;
mod tracking;

pub use backend::RedisBackend;
pub use config::RedisConfig;
#[cfg(feature = "tls")]
pub use config::TlsConfig;
pub use failover::Failover;
