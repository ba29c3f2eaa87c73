//! The contract between [two-tier-cache] and what holds its entries.
//!
//! For those who write a backend. Everybody else depends on the `two-tier-cache` crate, which
//! re-exports this as its `backend` module.
//!
//! [two-tier-cache]: https://docs.rs/two-tier-cache

#[doc(hidden)]
pub mod coarse;
mod contract;
pub mod entry;
mod error;
mod glob;
mod health;
mod invalidate;
mod key;
mod mutant;
mod near;
mod payload;
#[doc(hidden)]
pub mod timer;
mod token;

pub use contract::{
    Acquire, Acquired, Backend, BackendError, Body, BoxFuture, Entry, Fill, Form, Found, Over,
};
pub use error::ConfigError;
pub use glob::Glob;
pub use health::{Health, HealthState};
pub use invalidate::{Invalidate, Invalidation};
pub use key::Key;
#[doc(hidden)]
pub use key::{DIGEST_CHARS, DIGEST_MARK};
#[doc(hidden)]
pub use mutant::mutant;
pub use near::{NearTier, Tracked};
pub use payload::Payload;
pub use token::Token;
