//! The Redis backend of [two-tier-cache].
//!
//! Depend on the `two-tier-cache` crate with its feature `redis`, which re-exports this as its
//! `redis` module.
//!
//! [two-tier-cache]: https://docs.rs/two-tier-cache

mod backend;
mod call;
mod commands;
mod config;
mod connect;
mod connection;
mod error;
mod invalidation;
mod link;
mod office;
mod queue;
mod replay;
mod scripts;
mod supervisor;
mod sweep;

pub use backend::RedisBackend;
pub use config::RedisConfig;
#[cfg(feature = "tls")]
pub use config::TlsConfig;
