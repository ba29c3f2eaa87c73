//! What exists once per process: the installed manager, and the environment. Each case runs in a
//! process of its own, which is this program again.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::env;
use std::net::TcpListener;
use std::process::Command;

use support::events::Events;
use support::{Db, TTL};
use tracing::Level;
use two_tier_cache::{CacheManager, HealthState, two_tier_cached};

/// Tells a child which case to run.
const CASE: &str = "TWO_TIER_CACHE_TEST_CASE";

#[two_tier_cached(prefix = "row", ttl = TTL, skip(db))]
async fn load_row(db: &Db, id: u32) -> u32 {
    let Ok(row) = db.load().await;
    row + id
}

/// Runs a case in a process of its own, with this `REDIS_URL`.
fn run(case: &str, redis_url: Option<&str>) {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "child", "--nocapture"]).env(CASE, case).env_remove("REDIS_URL");
    if let Some(url) = redis_url {
        child.env("REDIS_URL", url);
    }
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "the child ran nothing: {said}");
}

/// Does nothing but in a child.
#[tokio::test]
async fn child() {
    let Ok(case) = env::var(CASE) else { return };
    match case.as_str() {
        "twice" => twice(),
        "late" => late().await,
        "used" => used().await,
        "implicit" => implicit().await,
        "embedded" => embedded(),
        "mistaken" => mistaken(),
        "down" => down().await,
        other => panic!("no case {other}"),
    }
}

#[test]
fn a_second_install_is_an_error() {
    run("twice", None);
}

fn twice() {
    let first = CacheManager::builder().build().unwrap();
    first.install().unwrap();
    for manager in [CacheManager::builder().build().unwrap(), first] {
        let error = manager.install().unwrap_err().to_string();
        assert!(error.contains("installed already"), "{error}");
    }
}

#[test]
fn an_install_after_the_first_call_is_an_error() {
    run("late", None);
}

async fn late() {
    let db = Db::new();
    load_row(&db, 1).await;
    let caches = CacheManager::builder().build().unwrap();
    let error = caches.install().unwrap_err().to_string();
    assert!(error.contains("before a manager was installed"), "{error}");
    load_row(&db, 1).await;
    assert_eq!(db.loads(), 1, "the first manager stays");
}

#[test]
fn functions_use_the_installed_manager() {
    run("used", None);
}

async fn used() {
    let (db, events) = (Db::new(), Events::catch());
    let caches = CacheManager::builder().namespace("shop").build().unwrap();
    caches.install().unwrap();
    load_row(&db, 1).await;
    assert_eq!(caches.stats().prefix("row").unwrap().misses, 1);
    assert!(events.loud().is_empty(), "{:?}", events.loud());
}

#[test]
fn without_an_install_functions_share_one_manager_and_it_is_said_once() {
    run("implicit", None);
}

async fn implicit() {
    let (db, events) = (Db::new(), Events::catch());
    for _ in 0..3 {
        load_row(&db, 1).await;
    }
    assert_eq!(db.loads(), 1);
    assert_eq!(events.at(Level::WARN).len(), 1, "{:?}", events.at(Level::WARN));
    invalidate_load_row(1).await;
    load_row(&db, 1).await;
    assert_eq!(db.loads(), 2);
}

#[test]
fn from_env_without_a_server_is_embedded() {
    run("embedded", None);
    run("embedded", Some(""));
}

fn embedded() {
    assert_eq!(CacheManager::from_env().unwrap().health().state, HealthState::Embedded);
}

#[test]
fn from_env_with_a_mistake_is_an_error_without_the_password() {
    for url in [
        "redis://user:hunter2@localhost:notaport",
        "redis://user:hunter2@localhost:6379/first",
        "redis://user:hunter2@localhost:6379?hunter2=1",
        "http://user:hunter2@localhost",
        "user:hunter2@localhost",
    ] {
        run("mistaken", Some(url));
    }
}

fn mistaken() {
    let error = CacheManager::from_env().unwrap_err();
    let (shown, debug) = (error.to_string(), format!("{error:?}"));
    assert!(shown.contains("REDIS_URL"), "{shown}");
    assert!(!shown.contains("hunter2"), "an error shows no password: {shown}");
    assert!(!debug.contains("hunter2"), "nor does its debug output: {debug}");
}

#[test]
fn from_env_with_a_server_that_is_down_is_a_cache_in_this_process_for_now() {
    // Nobody listens on a port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    run("down", Some(&format!("redis://user:hunter2@127.0.0.1:{port}")));
}

async fn down() {
    let (caches, db) = (CacheManager::from_env().unwrap(), Db::new());
    caches.install().unwrap();
    assert_eq!(caches.health().state, HealthState::Connecting, "nothing was asked of it yet");
    for _ in 0..3 {
        assert_eq!(load_row(&db, 1).await, 2);
    }
    let health = caches.health();
    assert_eq!(health.state, HealthState::Down);
    let reason = health.reason.unwrap();
    assert!(!reason.is_empty() && !reason.contains("hunter2"), "{reason}");
    assert_eq!(db.loads(), 1, "it caches in this process for now");
}
