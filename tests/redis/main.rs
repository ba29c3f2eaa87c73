//! The cache on a real Redis: servers of their own, on private ports.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod conformance;
mod failover;
mod faults;
mod foreign;
mod large;
mod late;
mod near;
mod outage;
mod processes;
mod races;
mod regressions;
mod replay;
mod runtimes;
mod secure;
mod service;
mod states;
#[path = "../support/mod.rs"]
mod support;
mod wire;
mod worker;
mod writes;
