//! What the service does for a visitor: find the site, its widget and who is behind it.

use two_tier_cache_examples::{Db, model::Domain};

use crate::repository::{load_customer_profile, load_widget_config, lookup_domain};

/// What a visitor sees of a site.
pub(crate) struct Page {
    pub(crate) domain: Domain,
    pub(crate) title: String,
    pub(crate) business_name: String,
}

/// Opens a page that carries the widget; `None` for a host nobody registered.
pub(crate) async fn open_page(db: &Db, host: &str) -> sqlx::Result<Option<Page>> {
    let Some(domain) = lookup_domain(db, host).await? else {
        return Ok(None);
    };
    let config = load_widget_config(db, domain.id).await?;
    let profile = load_customer_profile(db, domain.id).await?;
    Ok(Some(Page {
        domain,
        // A customer whose configurations are all drafts still has a widget.
        title: config.map_or_else(|| "Chat".to_owned(), |config| config.title),
        business_name: profile.map(|profile| profile.business_name).unwrap_or_default(),
    }))
}
