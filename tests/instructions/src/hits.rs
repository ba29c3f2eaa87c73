//! The hits.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use anyhow::{Context as _, Result};
use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(3_600);

type Found = Result<Arc<u64>, Infallible>;

#[two_tier_cached(prefix = "number", ttl = TTL)]
async fn by_number(id: u64) -> Found {
    Ok(Arc::new(id))
}

#[two_tier_cached(prefix = "text", ttl = TTL)]
async fn by_text(name: &str) -> Found {
    Ok(Arc::new(name.len() as u64))
}

#[two_tier_cached(prefix = "both", ttl = TTL)]
async fn by_both(tenant: &str, id: u64) -> Found {
    Ok(Arc::new(tenant.len() as u64 + id))
}

/// With which key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Number,
    Text,
    Both,
}

pub(crate) const KINDS: [Kind; 3] = [Kind::Number, Kind::Text, Kind::Both];

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Number => "u64",
            Self::Text => "&str",
            Self::Both => "(&str,u64)",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self> {
        KINDS.into_iter().find(|kind| kind.name() == name).context("another kind of key")
    }
}

/// Loads once, and hits so often.
pub(crate) fn run(kind: Kind, hits: u64) {
    for _ in 0..=hits {
        match kind {
            Kind::Number => ends_at_once(by_number(1_234_567)),
            Kind::Text => ends_at_once(by_text("a-name-of-medium-length")),
            Kind::Both => ends_at_once(by_both("tenant-7", 1_234_567)),
        }
    }
}

/// Without a backend nothing is waited for, the load included.
fn ends_at_once(call: impl Future<Output = Found>) {
    let polled = pin!(call).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Ok(_))), "a call of this process ends at once");
}
