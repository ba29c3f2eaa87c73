//! Fills the tables with customers, domains and configurations, the same ones on every run.

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::{AnyConnection, AssertSqlSafe};

use crate::{
    Db,
    config::{Bubble, Field, Hours, Launcher, LeadForm, Position, Texts, Theme, WidgetConfig},
};

/// How many customers there are.
pub const CUSTOMERS: i64 = 100;
/// How many domains they have together; customer 1 has the domains 1, 101, 201, …
pub const DOMAINS: i64 = 500;

/// The first saved configuration, in milliseconds since 1970.
const FIRST_SAVE: i64 = 1_700_000_000_000;
const DAY: i64 = 86_400_000;
/// Rows per statement; every row has at most five values.
const BATCH: usize = 100;

/// Seeds everything in one transaction.
///
/// # Errors
///
/// Those of the database.
pub async fn seed(db: &Db) -> sqlx::Result<()> {
    let mut transaction = db.begin().await?;
    customers(&mut transaction).await?;
    domains(&mut transaction).await?;
    widget_configs(&mut transaction).await?;
    transaction.commit().await
}

/// The title of a seeded configuration: which customer, and which of the saves.
#[must_use]
pub fn title(customer: i64, revision: i64) -> String {
    format!("Chat with business {customer}, revision {revision}")
}

/// Whether this save is in use. The newest one often is a draft, and some customers have
/// drafts only.
#[must_use]
pub fn is_active(customer: i64, revision: i64) -> bool {
    customer % 20 != 0 && (revision < revisions(customer) - 1 || customer % 3 == 0)
}

/// How many configurations a customer has saved.
#[must_use]
pub fn revisions(customer: i64) -> i64 {
    3 + customer % 4
}

async fn customers(transaction: &mut AnyConnection) -> sqlx::Result<()> {
    let ids: Vec<_> = (1..=CUSTOMERS).collect();
    for batch in ids.chunks(BATCH) {
        let sql = insert("customer_configs", "($, $, $)", batch.len());
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for &id in batch {
            let description = (id % 3 != 0).then(|| format!("Sells the goods of town {id}."));
            query = query.bind(id).bind(format!("Business {id}")).bind(description);
        }
        query.execute(&mut *transaction).await?;
    }
    Ok(())
}

async fn domains(transaction: &mut AnyConnection) -> sqlx::Result<()> {
    let ids: Vec<_> = (1..=DOMAINS).collect();
    for batch in ids.chunks(BATCH) {
        let sql = insert("domains", "($, $, $, $, $)", batch.len());
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for &id in batch {
            let kind = ["Shop", "Support", "Blog"][usize::try_from(id % 3).unwrap_or_default()];
            query = query
                .bind(id)
                .bind(host_name(id))
                .bind(format!("{kind} number {id}"))
                .bind((id % 2 == 0).then(|| format!("Opened as number {id}.")))
                .bind((id - 1) % CUSTOMERS + 1);
        }
        query.execute(&mut *transaction).await?;
    }
    Ok(())
}

async fn widget_configs(transaction: &mut AnyConnection) -> sqlx::Result<()> {
    let saves: Vec<_> = (1..=CUSTOMERS)
        .flat_map(|customer| (0..revisions(customer)).map(move |revision| (customer, revision)))
        .collect();
    for batch in saves.chunks(BATCH) {
        let sql = insert("widget_configs", "($, json($), $, $)", batch.len());
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for &(customer, revision) in batch {
            let config = serde_json::to_string(&widget_config(customer, revision))
                .map_err(|error| sqlx::Error::Encode(error.into()))?;
            query = query
                .bind(customer)
                .bind(config)
                .bind(is_active(customer, revision))
                .bind(FIRST_SAVE + revision * DAY);
        }
        query.execute(&mut *transaction).await?;
    }
    Ok(())
}

/// An `INSERT` of `count` rows; each `$` of `row` becomes `$1`, `$2`, … A round trip per row would
/// make seeding a distant PostgreSQL slow, and sqlx's own builder writes `?` for `Any`.
fn insert(table: &str, row: &str, count: usize) -> String {
    let mut sql = format!("INSERT INTO {table} VALUES ");
    let mut placeholder = 0;
    for index in 0..count {
        sql.push_str(if index == 0 { "" } else { ", " });
        for character in row.chars() {
            sql.push(character);
            if character == '$' {
                placeholder += 1;
                sql.push_str(&placeholder.to_string());
            }
        }
    }
    sql
}

/// The host name of a seeded domain.
#[must_use]
pub fn host_name(domain: i64) -> String {
    format!("site-{domain}.example")
}

/// The seeded configuration. Which parts are there depends on the customer, as in real life:
/// most are absent most of the time.
#[must_use]
pub fn widget_config(customer: i64, revision: i64) -> WidgetConfig {
    let part = |every: i64| customer % every == 0;
    WidgetConfig {
        title: title(customer, revision),
        theme: part(2).then(|| theme(customer)),
        launcher: part(3).then(|| launcher(customer)),
        lead_form: part(4).then(lead_form),
        opening_hours: if part(5) { opening_hours() } else { BTreeMap::new() },
        texts: if part(2) { texts(customer) } else { BTreeMap::new() },
        extra: if part(7) { extra(customer) } else { BTreeMap::new() },
    }
}

fn theme(customer: i64) -> Theme {
    let dark = Theme { primary: Some("#101820".into()), ..Theme::default() };
    Theme {
        primary: Some(format!("#{:06x}", customer * 40_503 % 0x0100_0000)),
        radius: (customer % 4 == 0).then_some(8),
        opacity: (customer % 6 == 0).then_some(0.95),
        dark: (customer % 8 == 0).then(|| Box::new(dark)),
    }
}

fn launcher(customer: i64) -> Launcher {
    let right = customer % 2 == 0;
    Launcher {
        position: if right { Position::BottomRight } else { Position::BottomLeft },
        offset: (!right).then_some(-4),
        bubble: right.then(|| Bubble {
            text: "Questions? We are here.".into(),
            delay_ms: (customer % 4 == 0).then_some(1_500),
        }),
    }
}

fn lead_form() -> LeadForm {
    let topics = ["An order", "A return", "Something else"].map(String::from).to_vec();
    LeadForm {
        fields: vec![
            Field::Email { required: Some(true) },
            Field::Choice { options: topics, preselected: None },
        ],
        webhook: None,
    }
}

fn opening_hours() -> BTreeMap<String, Vec<Hours>> {
    let weekday = vec![Hours { from: 540, to: Some(720) }, Hours { from: 780, to: Some(1_080) }];
    let saturday = vec![Hours { from: 600, to: None }];
    [("monday", weekday.clone()), ("tuesday", weekday), ("saturday", saturday)]
        .map(|(day, hours)| (day.to_owned(), hours))
        .into()
}

fn texts(customer: i64) -> BTreeMap<String, Texts> {
    let english = Texts {
        greeting: Some("Hello! How can we help?".into()),
        away: None,
        starters: vec!["Where is my order?".into(), "Opening hours?".into()],
    };
    let german = Texts { greeting: Some("Grüß Gott! 👋".into()), ..Texts::default() };
    let mut texts = BTreeMap::from([("en".to_owned(), english)]);
    if customer % 4 == 0 {
        texts.insert("de".to_owned(), german);
    }
    texts
}

fn extra(customer: i64) -> BTreeMap<String, serde_json::Value> {
    let analytics = json!({ "id": format!("UA-{customer}"), "rate": 0.25, "debug": null });
    BTreeMap::from([("analytics".to_owned(), analytics), ("build".to_owned(), json!(customer))])
}
