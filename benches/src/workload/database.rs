//! The database: always well, as slow as it is told to be, and it counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Profile;

/// The one of one contender.
#[derive(Debug, Default)]
pub struct Database {
    loads: AtomicU64,
    version: AtomicU64,
    delay_micros: AtomicU64,
}

impl Database {
    /// Reads a row as it is now, which takes a while to arrive.
    pub async fn load(&self, id: u64) -> Profile {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let row = Profile::of(id, self.version());
        let delay = self.delay_micros.load(Ordering::SeqCst);
        if delay > 0 {
            tokio::time::sleep(Duration::from_micros(delay)).await;
        }
        row
    }

    pub fn loads(&self) -> u64 {
        self.loads.load(Ordering::SeqCst)
    }

    /// Of every row from now on.
    pub fn set_version(&self, version: u64) {
        self.version.store(version, Ordering::SeqCst);
    }

    pub fn version(&self) -> u64 {
        self.version.load(Ordering::SeqCst)
    }

    pub fn set_delay(&self, delay: Duration) {
        let micros = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        self.delay_micros.store(micros, Ordering::SeqCst);
    }
}
