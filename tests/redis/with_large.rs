//! The guarantees again, with large values, which go over a connection of their own.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod failover;
mod faults;
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
async fn values_are_large() {
    let server = two_tier_cache_test_servers::RedisServer::start();
    let service = Service::patient(&server.url(), &Db::new());
    until_async("they are read on a connection of their own", async || {
        service.read(7).await;
        server.resp3_clients().values().nth(1).is_some_and(|second| second.contains(" cmd=get "))
    })
    .await;
}
