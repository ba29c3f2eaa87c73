//! Time-to-live constants for the common kinds of data.
//!
//! A time to live is a plain [`Duration`]; any constant expression of that type will do. The guide
//! has a table for choosing one.

use std::time::Duration;

/// A list of conversations: changes with every message. 60 seconds.
pub const CONVERSATIONS_LIST: Duration = Duration::from_secs(60);

/// One conversation with its messages. 300 seconds.
pub const CONVERSATION_DETAIL: Duration = Duration::from_secs(300);

/// Aggregates behind a dashboard. 180 seconds.
pub const ANALYTICS_DATA: Duration = Duration::from_secs(180);

/// Counters by status. 60 seconds.
pub const STATUS_COUNTS: Duration = Duration::from_secs(60);

/// The configuration of a widget. 300 seconds.
pub const WIDGET_CONFIG: Duration = Duration::from_secs(300);

/// A customer's profile. 600 seconds.
pub const CUSTOMER_PROFILE: Duration = Duration::from_secs(600);

/// The row behind a domain name. 900 seconds.
pub const DOMAIN_LOOKUP: Duration = Duration::from_secs(900);

/// The time to live of a [`TwoTierCache`](crate::TwoTierCache) that sets none. 300 seconds.
pub const DEFAULT: Duration = Duration::from_secs(300);
