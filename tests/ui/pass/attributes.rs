#![deny(missing_docs, unreachable_pub, unused_qualifications, warnings)]
#![forbid(unsafe_code)]

//! A documented crate.

/// A public module.
pub mod users {
    use std::time::Duration;

    use two_tier_cache::two_tier_cached;

    const TTL: Duration = Duration::from_secs(60);

    /// Loads a user, with a comment of several lines.
    ///
    /// # Errors
    ///
    /// Never.
    #[inline]
    #[must_use = "loading costs"]
    #[two_tier_cached(prefix = "user", ttl = TTL)]
    #[allow(non_snake_case)]
    pub async fn load(ID: u64) -> Result<u64, String> {
        Ok(ID)
    }

    /// Loads a user as it was done before.
    #[deprecated = "use `load`"]
    #[two_tier_cached(prefix = "old", ttl = TTL)]
    pub async fn old(id: u64) -> u64 {
        id
    }

    #[expect(unused_variables, reason = "kept for its callers")]
    #[two_tier_cached(prefix = "expected", ttl = TTL)]
    async fn expected(id: u64) -> u64 {
        let unused = 1;
        id
    }

    /// Is visible in the crate only.
    #[two_tier_cached(prefix = "inner", ttl = TTL)]
    pub(crate) async fn inner(id: u64) -> u64 {
        expected(id).await
    }

    // Nobody invalidates this one.
    #[two_tier_cached(prefix = "parent", ttl = TTL)]
    pub(super) async fn parent(id: u64) -> u64 {
        id
    }
}

fn main() {
    drop(users::load(1));
    drop(users::invalidate_load(1));
    drop(users::inner(1));
    drop(users::parent(1));
}
