//! A chat widget service: three cached lookups, a cached search, updates that invalidate,
//! warming, a day's traffic, and what the cache made of it.
//!
//! ```text
//! cargo run --example chat_widget
//! cargo run --example chat_widget -- --visits 20000
//! cargo run --example chat_widget -- --verbose        # every HIT, MISS, SET and INVALIDATE
//! REDIS_URL=redis://localhost:6390 cargo run --example chat_widget
//! DATABASE_URL=postgres://user@localhost/db cargo run --example chat_widget
//! ```
#![allow(clippy::print_stdout, reason = "a program for people to watch")]

mod admin;
mod options;
mod report;
mod repository;
mod traffic;
mod visit;
mod warming;

use anyhow::Context as _;
use two_tier_cache::CacheManager;
use two_tier_cache_examples::{
    Db, cache, config::WidgetConfig, model::Domain, queries, seed, timing::timed, with_database,
};

use crate::{admin::Admin, options::Options, traffic::Traffic};

/// How many domains are warmed before the traffic arrives, and how many of them at once.
const WARMED: usize = 100;
const WARMED_AT_ONCE: usize = 8;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Some(options) = Options::from_args()? else {
        return Ok(());
    };
    if options.verbose {
        options::log_cache_events();
    }
    let caches = CacheManager::from_env()?;
    caches.install()?;
    let outcome = with_database("chat_widget", async |db| {
        // The database is new, but Redis may still hold what was in an earlier one.
        Admin::new(db, &caches).invalidate_all().await;
        println!("cache: {}", cache::describe(&caches, "widget:*"));
        one_visit(db).await?;
        updates(db, &caches).await?;
        let mut traffic = Traffic::new(queries::host_names(db).await?);
        warm(db, &traffic.popular(WARMED), &options).await?;
        compare(db, &caches, &mut traffic, options.visits).await?;
        report::print(&caches.stats());
        Ok(())
    })
    .await;
    cache::shutdown(&caches).await;
    outcome
}

async fn one_visit(db: &Db) -> anyhow::Result<()> {
    println!("\none visit, twice");
    for _ in 0..2 {
        let (page, took) = timed(visit::open_page(db, &seed::host_name(12))).await;
        let page = page?.context("the seed has this domain")?;
        println!(
            "  {}: \"{}\" for {}, in {took:.1?}",
            page.domain.domain, page.title, page.business_name
        );
    }
    Ok(())
}

/// Every update is followed by a read, which has to see it.
async fn updates(db: &Db, caches: &CacheManager) -> anyhow::Result<()> {
    println!("\nupdates");
    let admin = Admin::new(db, caches);
    let domain = domain(db).await?;
    let owner = domain.customer_config_id;
    let searched = search(db, &domain, " NUMBER 12 ").await?;

    let title = "Ask us anything".to_owned();
    let config = WidgetConfig { title, ..seed::widget_config(owner.0, 0) };
    let outcome = admin.save_widget_config(owner, &config).await?;
    println!("  saved a configuration, its domains invalidated in one batch: {outcome:?}");
    admin.rename_business(owner, "The Twelve").await?;
    let page = visit::open_page(db, &domain.domain).await?.context("the domain is still there")?;
    println!("  the page now: \"{}\" for {}", page.title, page.business_name);

    admin.rename_domain(&domain, "Number 12 reopened").await?;
    let found = search(db, &domain, "number 12").await?;
    println!("  a search after a rename, its pages invalidated by pattern: {searched} -> {found}");
    Ok(())
}

async fn domain(db: &Db) -> anyhow::Result<Domain> {
    let found = repository::lookup_domain(db, &seed::host_name(12)).await?;
    found.context("the seed has this domain")
}

async fn search(db: &Db, domain: &Domain, term: &str) -> anyhow::Result<String> {
    let found = repository::search_domains(db, domain.customer_config_id, term, 0).await?;
    Ok(found.into_iter().map(|domain| domain.name).collect::<Vec<_>>().join(", "))
}

async fn warm(db: &Db, popular: &[String], options: &Options) -> anyhow::Result<()> {
    println!("\nwarming the {} most popular domains", popular.len());
    let (warmed, took) = timed(warming::warm(db, popular, WARMED_AT_ONCE, options.verbose)).await;
    println!("  {} of them in {took:.1?}, {WARMED_AT_ONCE} at a time", warmed?);
    Ok(())
}

/// The same visits through the cache and through one that is switched off.
async fn compare(
    db: &Db,
    caches: &CacheManager,
    traffic: &mut Traffic,
    visits: usize,
) -> anyhow::Result<()> {
    println!("\ntraffic: {visits} visits, {} at once", traffic::AT_ONCE);
    let hosts = traffic.day(visits);
    let with = traffic::run(db, &Admin::new(db, caches), &hosts).await?;
    println!("  with the cache:    {with}");
    let off = CacheManager::builder().disabled().build()?;
    let without = off.scope(traffic::run(db, &Admin::new(db, &off), &hosts)).await?;
    println!("  without the cache: {without}");
    Ok(())
}
