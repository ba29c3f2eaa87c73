//! The value: a customer's profile, as services have them.

use serde::{Deserialize, Serialize};

/// 286 bytes in postcard; a deep clone takes seven allocations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub id: u64,
    /// Of the row, to tell a stale one.
    pub version: u64,
    name: String,
    email: String,
    street: String,
    city: String,
    locale: String,
    about: String,
    orders: Vec<Order>,
    phone: Option<u64>,
    birthday: Option<u32>,
    score: Option<f64>,
    parent: Option<u64>,
    active: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Order {
    id: u64,
    cents: u32,
    items: u16,
    paid: bool,
}

impl AsRef<Self> for Profile {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl Profile {
    /// The row with this id.
    pub fn of(id: u64, version: u64) -> Self {
        let order = |at: u64| Order {
            id: 1_000_000_000 + id * 10 + at,
            cents: 129_900,
            items: 3,
            paid: at.is_multiple_of(2),
        };
        Self {
            id,
            version,
            name: format!("Customer Number {id:07}"),
            email: format!("customer.{id:07}@example.org"),
            street: format!("{} Long Acre, Second Floor", id % 1_000),
            city: "Kingston upon Hull".to_owned(),
            locale: "en-GB".to_owned(),
            about: "Prefers a call in the morning; parcels go to the neighbour. Invoices by post, once \
                    a quarter, on paper.".to_owned(),
            orders: (0..5).map(order).collect(),
            phone: Some(441_632_960_000 + id),
            birthday: Some(19_840_417),
            score: Some(0.75),
            parent: None,
            active: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_large_as_it_says() {
        let mean = |id| postcard::to_allocvec(&Profile::of(id, 1)).unwrap().len();
        let sizes: Vec<usize> = (0..10_000).step_by(100).map(mean).collect();
        let mean = sizes.iter().sum::<usize>() / sizes.len();
        assert!((284..=288).contains(&mean), "{mean}");
    }
}
