//! The cached reads. Each attribute says under which prefix, for how long, and how the sibling
//! that invalidates is called; the body is what it was without a cache.

use two_tier_cache::{
    ttl::{CONVERSATIONS_LIST, CUSTOMER_PROFILE, DOMAIN_LOOKUP, WIDGET_CONFIG},
    two_tier_cached,
};
use two_tier_cache_examples::{
    Db,
    config::WidgetConfig,
    model::{CustomerId, CustomerProfile, Domain, DomainId},
    queries,
};

/// Which site a request comes from. Domains hardly ever change: 15 minutes.
#[two_tier_cached(
    prefix = "domain",
    ttl = DOMAIN_LOOKUP,
    skip(db),
    invalidate = invalidate_domain_lookup,
)]
pub(crate) async fn lookup_domain(db: &Db, domain: &str) -> sqlx::Result<Option<Domain>> {
    queries::domain_by_name(db, domain).await
}

/// How the widget looks there: the newest active configuration, 5 minutes.
#[two_tier_cached(
    prefix = "widget",
    ttl = WIDGET_CONFIG,
    skip(db),
    invalidate = invalidate_widget_config,
)]
pub(crate) async fn load_widget_config(
    db: &Db,
    domain_id: DomainId,
) -> sqlx::Result<Option<WidgetConfig>> {
    queries::newest_widget_config(db, domain_id).await
}

/// Who the widget speaks for: 10 minutes.
#[two_tier_cached(
    prefix = "customer",
    ttl = CUSTOMER_PROFILE,
    skip(db),
    invalidate = invalidate_customer_profile,
)]
pub(crate) async fn load_customer_profile(
    db: &Db,
    domain_id: DomainId,
) -> sqlx::Result<Option<CustomerProfile>> {
    queries::customer_profile(db, domain_id).await
}

/// A page of a customer's domains whose name contains a term.
///
/// The key has three parts. `key` instead of `skip` says them exactly: " Shop" and "shop" find the
/// same, so they share an entry. The customer comes first, so `<customer>:*` is all of its pages.
#[two_tier_cached(
    prefix = "domain-search",
    ttl = CONVERSATIONS_LIST,
    key(customer, term.trim().to_lowercase(), page),
    invalidate = invalidate_domain_search,
)]
pub(crate) async fn search_domains(
    db: &Db,
    customer: CustomerId,
    term: &str,
    page: u32,
) -> sqlx::Result<Vec<Domain>> {
    queries::domains_matching(db, customer, term.trim(), page).await
}
