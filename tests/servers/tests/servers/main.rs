//! Each control of a server, against a real one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod addresses;
mod control;
mod faults;
mod monitor;
mod plain;
mod proxy;
mod tls;
