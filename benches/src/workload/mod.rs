//! What everybody is asked for: profiles by key, from a database that counts.

mod database;
mod keys;
mod profile;

pub use database::Database;
pub use keys::{KEYS, Member, Spread};
pub use profile::Profile;
