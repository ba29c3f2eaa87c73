//! The reads: plain sqlx, one function per question, the same SQL for SQLite and PostgreSQL.

use crate::{
    Db,
    config::WidgetConfig,
    model::{CustomerId, CustomerProfile, Domain, DomainId},
};

/// How many domains a page of search results holds.
pub const PAGE_SIZE: u32 = 20;

type DomainRow = (i64, String, String, Option<String>, i64);

/// The domain with this host name.
///
/// # Errors
///
/// Those of the database.
pub async fn domain_by_name(db: &Db, domain: &str) -> sqlx::Result<Option<Domain>> {
    let row: Option<DomainRow> = sqlx::query_as(
        "SELECT id, domain, name, description, customer_config_id FROM domains WHERE domain = $1",
    )
    .bind(domain)
    .fetch_optional(db)
    .await?;
    Ok(row.map(Domain::from))
}

/// The newest active widget configuration of the customer who owns the domain.
///
/// # Errors
///
/// Those of the database, and a stored configuration that does not have the expected form.
pub async fn newest_widget_config(db: &Db, domain: DomainId) -> sqlx::Result<Option<WidgetConfig>> {
    let json: Option<(String,)> = sqlx::query_as(
        "SELECT CAST(w.config_data AS TEXT)
         FROM widget_configs w JOIN domains d ON d.customer_config_id = w.customer_config_id
         WHERE d.id = $1 AND w.is_active = TRUE
         ORDER BY w.updated_at DESC
         LIMIT 1",
    )
    .bind(domain.0)
    .fetch_optional(db)
    .await?;
    json.map(|(json,)| serde_json::from_str(&json))
        .transpose()
        .map_err(|error| sqlx::Error::Decode(error.into()))
}

/// The customer who owns the domain.
///
/// # Errors
///
/// Those of the database.
pub async fn customer_profile(db: &Db, domain: DomainId) -> sqlx::Result<Option<CustomerProfile>> {
    let row: Option<(i64, String, Option<String>)> = sqlx::query_as(
        "SELECT c.id, c.business_name, c.business_description
         FROM customer_configs c JOIN domains d ON d.customer_config_id = c.id
         WHERE d.id = $1",
    )
    .bind(domain.0)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|(id, business_name, business_description)| CustomerProfile {
        id: CustomerId(id),
        business_name,
        business_description,
    }))
}

/// One page (counted from 0) of a customer's domains whose name contains `term`, in any case.
///
/// # Errors
///
/// Those of the database.
pub async fn domains_matching(
    db: &Db,
    customer: CustomerId,
    term: &str,
    page: u32,
) -> sqlx::Result<Vec<Domain>> {
    let rows: Vec<DomainRow> = sqlx::query_as(
        "SELECT id, domain, name, description, customer_config_id FROM domains
         WHERE customer_config_id = $1 AND LOWER(name) LIKE $2 ESCAPE '!'
         ORDER BY id
         LIMIT $3 OFFSET $4",
    )
    .bind(customer.0)
    .bind(like(term))
    .bind(i64::from(PAGE_SIZE))
    .bind(i64::from(PAGE_SIZE) * i64::from(page))
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Domain::from).collect())
}

/// Every domain of a customer: what a change to the customer concerns.
///
/// # Errors
///
/// Those of the database.
pub async fn domains_of(db: &Db, customer: CustomerId) -> sqlx::Result<Vec<DomainId>> {
    let rows: Vec<(i64,)> =
        sqlx::query_as("SELECT id FROM domains WHERE customer_config_id = $1 ORDER BY id")
            .bind(customer.0)
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(|(id,)| DomainId(id)).collect())
}

/// All host names, the oldest domain first.
///
/// # Errors
///
/// Those of the database.
pub async fn host_names(db: &Db) -> sqlx::Result<Vec<String>> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT domain FROM domains ORDER BY id").fetch_all(db).await?;
    Ok(rows.into_iter().map(|(domain,)| domain).collect())
}

impl From<DomainRow> for Domain {
    fn from((id, domain, name, description, customer): DomainRow) -> Self {
        Self {
            id: DomainId(id),
            domain,
            name,
            description,
            customer_config_id: CustomerId(customer),
        }
    }
}

/// A `LIKE` pattern for texts that contain `term`, whatever signs `term` contains.
fn like(term: &str) -> String {
    let mut pattern = String::from("%");
    for character in term.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    #[test]
    fn signs_of_a_search_term_are_taken_literally() {
        assert_eq!(super::like("50% O_f!"), "%50!% o!_f!!%");
    }
}
