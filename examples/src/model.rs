//! What the queries return, apart from the widget configuration (see [`config`](crate::config)).

use serde::{Deserialize, Serialize};
use two_tier_cache::CacheKey;

/// Identifies a domain. Two kinds of id never get mixed up when each is a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, CacheKey)]
pub struct DomainId(pub i64);

/// Identifies a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, CacheKey)]
pub struct CustomerId(pub i64);

/// A web site the widget runs on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Domain {
    /// The primary key.
    pub id: DomainId,
    /// The host name, e.g. `shop-7.example`.
    pub domain: String,
    /// What people call it.
    pub name: String,
    /// A few words, if anybody wrote them.
    pub description: Option<String>,
    /// Whose site it is.
    pub customer_config_id: CustomerId,
}

/// Who the widget speaks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomerProfile {
    /// The primary key.
    pub id: CustomerId,
    /// The name of the business.
    pub business_name: String,
    /// What it does, if known.
    pub business_description: Option<String>,
}
