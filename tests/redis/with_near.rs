//! The guarantees again, with values kept near in front of the server.
//!
//! Another process may read what was invalidated for as long as a message takes. So a read here first
//! waits for an answer that stands behind all such messages; from there on, nothing is different.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod failover;
mod faults;
mod foreign;
mod late;
mod outage;
mod processes;
mod races;
mod regressions;
mod replay;
mod runtimes;
mod service;
mod states;
#[path = "../support/mod.rs"]
mod support;
mod worker;
mod writes;

use self::service::{Service, until_async};
use self::support::Db;

#[tokio::test]
async fn values_are_near() {
    let server = two_tier_cache_test_servers::RedisServer::start();
    let service = Service::patient(&server.url(), &Db::new());
    until_async("a value is near", async || {
        service.read(7).await;
        service.stats().near_hits > 0
    })
    .await;
}
