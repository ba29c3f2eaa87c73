//! The writes. None of them knows about the cache: who calls them invalidates.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{
    Db,
    config::WidgetConfig,
    model::{CustomerId, DomainId},
};

/// Saves a configuration as the customer's newest active one.
///
/// # Errors
///
/// Those of the database.
pub async fn add_widget_config(
    db: &Db,
    customer: CustomerId,
    config: &WidgetConfig,
) -> sqlx::Result<()> {
    let json = serde_json::to_string(config).map_err(|error| sqlx::Error::Encode(error.into()))?;
    // Two saves in one millisecond, or a clock set back: the later save is still the newer one.
    sqlx::query(
        "INSERT INTO widget_configs (customer_config_id, config_data, is_active, updated_at)
         SELECT $1, json($2), TRUE,
                CASE WHEN COALESCE(MAX(updated_at), 0) < $3 THEN $3 ELSE MAX(updated_at) + 1 END
         FROM widget_configs WHERE customer_config_id = $1",
    )
    .bind(customer.0)
    .bind(json)
    .bind(now_millis())
    .execute(db)
    .await?;
    Ok(())
}

/// Gives a customer's business another name.
///
/// # Errors
///
/// Those of the database.
pub async fn rename_business(db: &Db, customer: CustomerId, name: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE customer_configs SET business_name = $2 WHERE id = $1")
        .bind(customer.0)
        .bind(name)
        .execute(db)
        .await?;
    Ok(())
}

/// Gives a domain another display name.
///
/// # Errors
///
/// Those of the database.
pub async fn rename_domain(db: &Db, domain: DomainId, name: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE domains SET name = $2 WHERE id = $1")
        .bind(domain.0)
        .bind(name)
        .execute(db)
        .await?;
    Ok(())
}

fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
