//! The database part, on SQLite and, when `DATABASE_URL` is set, on PostgreSQL too.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::{env, path::PathBuf};

use futures::FutureExt as _;
use sqlx::{AnyConnection, Connection as _};
use two_tier_cache_examples::{
    Database,
    config::{Theme, WidgetConfig},
    database::with_target,
    model::{CustomerId, DomainId},
    queries, seed,
    target::Target,
    updates,
};

fn targets() -> Vec<Target> {
    let postgres = env::var("DATABASE_URL").ok().filter(|url| !url.is_empty());
    let postgres = postgres.map(|url| Target::parse(&url).unwrap());
    [Target::Sqlite].into_iter().chain(postgres).collect()
}

async fn on_each(work: impl AsyncFn(&Database)) {
    for target in targets() {
        let database = Database::open(target, "smoke").await.unwrap();
        work(&database).await;
        database.remove().await.unwrap();
    }
}

async fn exists(target: &Target, schema: &str) -> bool {
    let Target::Postgres(url) = target else {
        return false;
    };
    let mut connection = AnyConnection::connect(url.as_str()).await.unwrap();
    let found: Option<(i32,)> =
        sqlx::query_as("SELECT 1 FROM information_schema.schemata WHERE schema_name = $1")
            .bind(schema)
            .fetch_optional(&mut connection)
            .await
            .unwrap();
    found.is_some()
}

#[tokio::test]
async fn the_seed_is_complete() {
    on_each(async |database| {
        let hosts = queries::host_names(database.pool()).await.unwrap();
        assert_eq!(hosts.len(), 500);
        assert_eq!(hosts[0], seed::host_name(1));
        let domains = queries::domains_of(database.pool(), CustomerId(7)).await.unwrap();
        assert_eq!(domains, [7, 107, 207, 307, 407].map(DomainId));
    })
    .await;
}

#[tokio::test]
async fn a_domain_is_found_by_its_host_name_alone() {
    on_each(async |database| {
        let db = database.pool();
        let domain = queries::domain_by_name(db, "site-107.example").await.unwrap().unwrap();
        assert_eq!(domain.id, DomainId(107));
        assert_eq!(domain.description, None);
        assert_eq!(domain.customer_config_id, CustomerId(7));
        assert_eq!(queries::domain_by_name(db, "site-107.exampl").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn the_newest_active_configuration_counts() {
    on_each(async |database| {
        for customer in 1..=seed::CUSTOMERS {
            let active = |revision: &i64| seed::is_active(customer, *revision);
            let expected = (0..seed::revisions(customer)).rev().find(active);
            let expected = expected.map(|revision| seed::widget_config(customer, revision));
            let seen = queries::newest_widget_config(database.pool(), DomainId(customer)).await;
            assert_eq!(seen.unwrap(), expected, "customer {customer}");
        }
    })
    .await;
}

#[test]
fn the_seed_has_drafts_that_are_newer_than_what_is_active() {
    let newest_is_draft = |&customer: &i64| {
        let newest = seed::revisions(customer) - 1;
        !seed::is_active(customer, newest) && (0..newest).any(|r| seed::is_active(customer, r))
    };
    assert!((1..=seed::CUSTOMERS).filter(newest_is_draft).count() > 10);
}

#[tokio::test]
async fn a_deeply_nested_configuration_comes_back_equal() {
    on_each(async |database| {
        let db = database.pool();
        let dark = Theme { opacity: Some(0.1 + 0.2), ..Theme::default() };
        let theme = Theme { dark: Some(Box::new(dark)), ..Theme::default() };
        let mut config = seed::widget_config(840, 0);
        config.title = "\"quotes\", \\ and 👋 $1 ?".into();
        config.theme = Some(theme);
        for config in [config, WidgetConfig::default()] {
            updates::add_widget_config(db, CustomerId(7), &config).await.unwrap();
            let seen = queries::newest_widget_config(db, DomainId(107)).await.unwrap();
            assert_eq!(seen, Some(config));
        }
    })
    .await;
}

#[test]
fn absent_fields_are_not_written() {
    let config = WidgetConfig { title: "t".into(), ..WidgetConfig::default() };
    assert_eq!(serde_json::to_string(&config).unwrap(), r#"{"title":"t"}"#);
}

#[tokio::test]
async fn a_search_keeps_to_its_customer_and_its_page() {
    on_each(async |database| {
        let db = database.pool();
        let search = async |term: &str, page| {
            let found = queries::domains_matching(db, CustomerId(7), term, page).await.unwrap();
            found.into_iter().map(|domain| domain.id.0).collect::<Vec<_>>()
        };
        assert_eq!(search("number", 0).await, [7, 107, 207, 307, 407]);
        assert_eq!(search("NUMBER 10", 0).await, [107]);
        assert_eq!(search("number", 1).await, [0_i64; 0]);
        assert_eq!(search("%", 0).await, [0_i64; 0]);
        updates::rename_domain(db, DomainId(207), "100% wool").await.unwrap();
        assert_eq!(search("0% W", 0).await, [207]);
    })
    .await;
}

#[tokio::test]
async fn a_profile_follows_its_business() {
    on_each(async |database| {
        let db = database.pool();
        updates::rename_business(db, CustomerId(7), "Seven").await.unwrap();
        let profile = queries::customer_profile(db, DomainId(107)).await.unwrap().unwrap();
        assert_eq!(profile.business_name, "Seven");
        assert!(profile.business_description.is_some());
        assert_eq!(queries::customer_profile(db, DomainId(9_999)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_left_behind() {
    for target in targets() {
        let database = Database::open(target.clone(), "smoke").await.unwrap();
        let schema = database.schema().unwrap_or_default().to_owned();
        assert_eq!(exists(&target, &schema).await, target != Target::Sqlite);
        database.remove().await.unwrap();
        assert!(!exists(&target, &schema).await);
    }
}

/// Where the database of `db` lives: a file or a schema.
async fn whereabouts(db: &two_tier_cache_examples::Db, target: &Target) -> String {
    let sql = match target {
        Target::Sqlite => "SELECT file FROM pragma_database_list WHERE name = 'main'",
        Target::Postgres(_) => "SELECT CAST(current_schema() AS TEXT)",
    };
    let (place,): (String,) = sqlx::query_as(sql).fetch_one(db).await.unwrap();
    place
}

async fn is_gone(target: &Target, place: &str) -> bool {
    match target {
        Target::Sqlite => !PathBuf::from(place).parent().unwrap().exists(),
        Target::Postgres(_) => !exists(target, place).await,
    }
}

#[tokio::test]
async fn nothing_is_left_behind_after_an_error() {
    for target in targets() {
        let mut place = String::new();
        let outcome: anyhow::Result<()> = with_target(target.clone(), "smoke", async |db| {
            place = whereabouts(db, &target).await;
            anyhow::bail!("on purpose")
        })
        .await;
        assert_eq!(outcome.unwrap_err().to_string(), "on purpose");
        assert!(is_gone(&target, &place).await, "{place}");
    }
}

#[tokio::test]
async fn nothing_is_left_behind_after_a_panic() {
    for target in targets() {
        let mut place = String::new();
        let run = with_target(target.clone(), "smoke", async |db| -> anyhow::Result<()> {
            place = whereabouts(db, &target).await;
            panic!("on purpose")
        });
        assert!(std::panic::AssertUnwindSafe(run).catch_unwind().await.is_err());
        assert!(is_gone(&target, &place).await, "{place}");
    }
}

#[tokio::test]
async fn an_unreachable_server_is_reported_at_once_and_without_the_password() {
    let target = Target::parse("postgres://ann:s3cret@127.0.0.1:9/shop").unwrap();
    let error = format!("{:?}", Database::open(target, "smoke").await.unwrap_err());
    assert!(error.contains("PostgreSQL at 127.0.0.1:9/shop"), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
}
