//! Collecting: what is ordered while a target is evaluated waits for the write.
//!
//! The siblings, and whatever else a target calls, start an invalidation when they are called. Before
//! a write that is too early, and the call cannot be put off, because the body may take the arguments
//! away. So the call is made, and its orders are kept.

use std::cell::RefCell;

use crate::manager::Order;

thread_local! {
    /// The orders of the target that this thread evaluates now, if it does.
    static COLLECTED: RefCell<Option<Vec<Order>>> = const { RefCell::new(None) };
}

/// Keeps an order, or gives it back where nothing is collected.
pub(crate) fn collect(order: Order) -> Result<(), Order> {
    // Not there while a thread ends; nothing is collected then.
    let mut order = Some(order);
    let _gone = COLLECTED.try_with(|collected| {
        if let Some(orders) = &mut *collected.borrow_mut() {
            orders.extend(order.take());
        }
    });
    order.map_or(Ok(()), Err)
}

/// Runs `evaluate`, and gives what was ordered meanwhile on this thread.
pub(crate) fn collecting<R>(evaluate: impl FnOnce() -> R) -> (R, Vec<Order>) {
    let outer = Outer(COLLECTED.replace(Some(Vec::new())));
    let result = evaluate();
    let orders = COLLECTED.take().unwrap_or_default();
    drop(outer);
    (result, orders)
}

/// Puts back, also after a panic, what was collected around this.
struct Outer(Option<Vec<Order>>);

impl Drop for Outer {
    fn drop(&mut self) {
        COLLECTED.set(self.0.take());
    }
}

#[cfg(test)]
mod tests {
    use crate::CacheManager;
    use crate::backend::Invalidate;

    use super::*;

    fn order(caches: &CacheManager) -> Invalidate {
        caches.cache::<u32>("row").build().invalidate(&7_u32)
    }

    #[test]
    fn a_collection_inside_another_takes_its_own_orders_alone() {
        let caches = CacheManager::builder().build().expect("it is valid");
        let (inner, outer) = collecting(|| {
            drop(order(&caches));
            let (target, inner) = collecting(|| order(&caches));
            assert!(!target.has_started());
            drop((order(&caches), order(&caches)));
            inner
        });
        assert_eq!((inner.len(), outer.len()), (1, 3));
        assert!(order(&caches).has_started());
        let counted = || caches.stats().prefix("row").map(|row| row.invalidations);
        assert_eq!(counted(), Some(1));
        for order in outer {
            drop(order.start());
        }
        assert_eq!(counted(), Some(4));
    }
}
