//! What the examples share: a real database with the tables of a chat widget service.
//!
//! Nothing in here caches. The examples put `#[two_tier_cached]` in front of it; [`cache`] only says
//! where they keep it.

pub mod cache;
pub mod config;
pub mod database;
pub mod model;
pub mod queries;
pub mod seed;
pub mod target;
pub mod timing;
pub mod updates;

pub use database::{Database, Db, with_database};
