//! The writes, each followed by the invalidation of what it changed. Always in this order: an
//! invalidation before the commit would let a reader cache the old row again.

use futures::future::join_all;
use two_tier_cache::{CacheManager, Invalidate, Invalidation, TwoTierCache};
use two_tier_cache_examples::{
    Db,
    config::WidgetConfig,
    model::{CustomerId, CustomerProfile, Domain},
    queries, updates,
};

use crate::repository::{invalidate_customer_profile, invalidate_domain_lookup};

/// What the owners of widgets can do.
pub(crate) struct Admin {
    db: Db,
    /// A handle on a function's prefix reaches the function's entries.
    configs: TwoTierCache<Option<WidgetConfig>>,
    searches: TwoTierCache<Vec<Domain>>,
    domains: TwoTierCache<Option<Domain>>,
    profiles: TwoTierCache<Option<CustomerProfile>>,
}

impl Admin {
    pub(crate) fn new(db: &Db, caches: &CacheManager) -> Self {
        Self {
            db: db.clone(),
            configs: caches.cache("widget").build(),
            searches: caches.cache("domain-search").build(),
            domains: caches.cache("domain").build(),
            profiles: caches.cache("customer").build(),
        }
    }

    /// Saves a configuration, which concerns all domains of the customer: one batch.
    pub(crate) async fn save_widget_config(
        &self,
        customer: CustomerId,
        config: &WidgetConfig,
    ) -> sqlx::Result<Invalidation> {
        // Before the write: a query that failed after it would leave us not knowing what is stale.
        let domains = queries::domains_of(&self.db, customer).await?;
        updates::add_widget_config(&self.db, customer, config).await?;
        Ok(self.configs.invalidate_many(domains).await)
    }

    /// Renames a business, through the sibling of `load_customer_profile`.
    pub(crate) async fn rename_business(
        &self,
        customer: CustomerId,
        name: &str,
    ) -> sqlx::Result<()> {
        let domains = queries::domains_of(&self.db, customer).await?;
        updates::rename_business(&self.db, customer, name).await?;
        // A call already starts its invalidation, so these run at the same time.
        join_all(domains.into_iter().map(invalidate_customer_profile)).await;
        Ok(())
    }

    /// Renames a domain. Which searches found it is unknown, so all of the customer's go.
    pub(crate) async fn rename_domain(&self, domain: &Domain, name: &str) -> sqlx::Result<()> {
        updates::rename_domain(&self.db, domain.id, name).await?;
        invalidate_domain_lookup(&domain.domain).await;
        let pages = format!("{}:*", domain.customer_config_id.0);
        self.searches.invalidate_pattern(&pages).await;
        Ok(())
    }

    /// After an import, a restored backup, a new database: whatever is cached may be wrong.
    pub(crate) async fn invalidate_all(&self) -> Invalidation {
        Invalidate::all([
            self.configs.invalidate_pattern("*"),
            self.searches.invalidate_pattern("*"),
            self.domains.invalidate_pattern("*"),
            self.profiles.invalidate_pattern("*"),
        ])
        .await
    }
}
