//! Invalidations that somebody is at.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::{Order, Place, Reporter, Subject};

/// An attempt that has not begun, or not shown that it goes on, for so long is given up: the runtime
/// of its task is no longer driven.
const NOT_BEGUN: Duration = Duration::from_millis(250);
const NOT_ENDED: Duration = Duration::from_secs(30);

/// Invalidations that have neither succeeded nor failed, by what they are of.
#[derive(Debug, Default)]
pub(super) struct Pending {
    subjects: HashMap<Subject, Attempts>,
    len: usize,
}

#[derive(Debug, Default)]
struct Attempts {
    asks: Vec<Ask>,
    /// Whether a glob is under way. Further ones wait for it, and are then done at once.
    sweeping: bool,
}

/// What one call asks for.
#[derive(Debug)]
struct Ask {
    order: Order,
    reporter: Reporter,
    begun: bool,
    since: Instant,
}

impl Pending {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn add(&mut self, subject: Subject, order: Order, reporter: Reporter) {
        let ask = Ask { order, reporter, begun: false, since: Instant::now() };
        self.subjects.entry(subject).or_default().asks.push(ask);
        self.len += 1;
    }

    /// Notes that an attempt begins; `false` if another one under way will be made for it too.
    pub(super) fn begin(&mut self, place: &Place) -> bool {
        let Some(attempts) = self.subjects.get_mut(&place.subject) else {
            // It has been taken care of.
            return false;
        };
        if let Some(ask) = attempts.asks.iter_mut().find(|ask| ask.order.number == place.number) {
            ask.begun = true;
        }
        match place.subject {
            Subject::Key(_) => true,
            Subject::Glob(_) => !std::mem::replace(&mut attempts.sweeping, true),
        }
    }

    /// All that is asked for of a subject.
    pub(super) fn order(&self, subject: &Subject) -> Option<Order> {
        let asks = &self.subjects.get(subject)?.asks;
        let mut orders = asks.iter().map(|ask| &ask.order);
        let mut whole = orders.next()?.clone();
        orders.for_each(|order| whole.add(order));
        Some(whole)
    }

    pub(super) fn contains(&self, subject: &Subject) -> bool {
        self.subjects.contains_key(subject)
    }

    /// Takes off what was asked for of a subject by the calls with these numbers.
    pub(super) fn take(
        &mut self,
        subject: &Subject,
        numbers: impl Fn(u64) -> bool,
    ) -> Vec<(Order, Reporter)> {
        let Some(attempts) = self.subjects.get_mut(subject) else {
            return Vec::new();
        };
        // In the order of their numbers, so those that are taken mostly stand first.
        let taken = attempts.asks.extract_if(.., |ask| numbers(ask.order.number));
        let taken: Vec<_> = taken.map(|ask| (ask.order, ask.reporter)).collect();
        self.len -= taken.len();
        if attempts.asks.is_empty() {
            self.subjects.remove(subject);
        }
        taken
    }

    /// Notes that somebody is still at a subject.
    pub(super) fn touch(&mut self, subject: &Subject) {
        for ask in self.subjects.get_mut(subject).into_iter().flat_map(|one| &mut one.asks) {
            ask.since = Instant::now();
        }
    }

    /// What nobody is at any more.
    pub(super) fn abandoned(&mut self) -> Vec<Place> {
        let mut abandoned = Vec::new();
        for (subject, attempts) in &mut self.subjects {
            for ask in attempts.asks.iter().filter(|ask| ask.is_abandoned()) {
                attempts.sweeping &= !ask.begun;
                abandoned.push(Place { subject: subject.clone(), number: ask.order.number });
            }
        }
        abandoned
    }
}

impl Ask {
    fn is_abandoned(&self) -> bool {
        let patience = if self.begun { NOT_ENDED } else { NOT_BEGUN };
        self.since.elapsed() >= patience
    }
}
