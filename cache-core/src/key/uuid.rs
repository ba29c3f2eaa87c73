//! [`CacheKey`] for the crate `uuid`.

use uuid::Uuid;

use super::{CacheKey, KeyWriter};

impl CacheKey for Uuid {
    /// In lower case, with hyphens.
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.plain(self.as_hyphenated());
    }
}
