//! Invalidations that wait for a replay: the dirty set.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use two_tier_cache_backend::{Glob, Key};

use super::{Order, Place, Subject, Which};

/// The most globs that are kept apart. Each read compares its key with all of them.
const GLOBS: usize = 100;

/// How long a replay that the server refused waits for the next one, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What has failed.
#[derive(Debug)]
pub(super) struct Failed {
    waiting: HashMap<Subject, Waiting>,
    /// The same in the order of their numbers.
    numbers: BTreeMap<u64, Subject>,
    /// The globs among them: few, to be compared with every key that is read.
    globs: Vec<Glob>,
    capacity: usize,
    /// The prefix that had to stand in for its keys, if one did just now.
    collapsed: Option<String>,
}

#[derive(Debug)]
struct Waiting {
    order: Order,
    /// What a refusal put it off to, and the next pause.
    not_before: Option<Instant>,
    pause: Duration,
}

impl Failed {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            waiting: HashMap::new(),
            numbers: BTreeMap::new(),
            globs: Vec::new(),
            capacity,
            collapsed: None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn take_collapsed(&mut self) -> Option<String> {
        self.collapsed.take()
    }

    pub(super) fn covers(&self, key: &Key) -> bool {
        if self.waiting.contains_key(&Subject::Key(key.clone())) {
            return true;
        }
        self.globs.iter().any(|glob| glob.matches(key.as_str()))
    }

    pub(super) fn order(&self, subject: &Subject) -> Option<Order> {
        self.waiting.get(subject).map(|waiting| waiting.order.clone())
    }

    /// Adds what has failed. For want of room, its whole prefix stands in for it.
    pub(super) fn add(&mut self, subject: &Subject, order: &Order) {
        if self.waiting.contains_key(subject) || self.has_room_for(subject) {
            return self.insert(subject.clone(), order);
        }
        let scope = match subject {
            Subject::Key(key) => key.scope(),
            Subject::Glob(glob) => glob.scope(),
        };
        let whole = Subject::Glob(Glob::new(scope.to_owned(), "*"));
        if !self.waiting.contains_key(&whole) {
            self.collapse(scope, &whole);
        }
        // A glob ends no writes: their fences run out.
        self.insert(whole, &Order { writers: Vec::new(), ..order.clone() });
    }

    fn has_room_for(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Key(_) => self.waiting.len() - self.globs.len() < self.capacity,
            Subject::Glob(_) => self.globs.len() < GLOBS,
        }
    }

    fn insert(&mut self, subject: Subject, order: &Order) {
        let waiting = self.waiting.entry(subject.clone()).or_insert_with(|| {
            if let Subject::Glob(glob) = &subject {
                self.globs.push(glob.clone());
            }
            Waiting { order: Order::default(), not_before: None, pause: FIRST_PAUSE }
        });
        self.numbers.remove(&waiting.order.number);
        waiting.order.add(order);
        self.numbers.insert(waiting.order.number, subject);
    }

    /// Lets a whole prefix stand in for its keys and globs.
    fn collapse(&mut self, scope: &str, whole: &Subject) {
        let under = |subject: &Subject| match subject {
            Subject::Key(key) => key.scope() == scope,
            Subject::Glob(glob) => glob.scope() == scope,
        };
        let mut order = Order::default();
        for (_, waiting) in self.waiting.extract_if(|subject, _| under(subject)) {
            self.numbers.remove(&waiting.order.number);
            order.add(&waiting.order);
        }
        self.globs.retain(|glob| glob.scope() != scope);
        order.writers.clear();
        if order.number > 0 {
            self.insert(whole.clone(), &order);
        }
        self.collapsed = Some(scope.to_owned());
    }

    /// Takes off what is done.
    pub(super) fn confirm(&mut self, subject: &Subject, number: u64) {
        if self.waiting.get(subject).is_some_and(|waiting| waiting.order.number <= number)
            && let Some(waiting) = self.waiting.remove(subject)
        {
            self.numbers.remove(&waiting.order.number);
            if let Subject::Glob(done) = subject {
                self.globs.retain(|glob| glob != done);
            }
        }
    }

    pub(super) fn refuse(&mut self, subject: &Subject) {
        if let Some(waiting) = self.waiting.get_mut(subject) {
            waiting.not_before = Some(Instant::now() + waiting.pause);
            waiting.pause = (waiting.pause * 2).min(LONGEST_PAUSE);
        }
    }

    pub(super) fn due(
        &self,
        which: Which,
        after: u64,
        until: u64,
        limit: usize,
    ) -> Vec<(Place, Order)> {
        if after >= until {
            return Vec::new();
        }
        let now = Instant::now();
        let mut due = Vec::new();
        let mut calls = 0;
        for (&number, subject) in self.numbers.range(after + 1..=until) {
            let Some(waiting) = self.waiting.get(subject) else { continue };
            if waiting.not_before.is_some_and(|moment| now < moment) {
                continue;
            }
            if (which == Which::Globs) != matches!(subject, Subject::Glob(_)) {
                continue;
            }
            due.push((Place { subject: subject.clone(), number }, waiting.order.clone()));
            calls += waiting.order.writers.len().max(1);
            if calls >= limit {
                break;
            }
        }
        due
    }
}
