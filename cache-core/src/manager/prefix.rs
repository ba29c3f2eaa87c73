//! Prefixes: whose they are, and what happened under them.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;

use super::Function;
use super::instance::{home, is_generic};
use crate::key::KeyText;
use crate::stats::{Counters, FunctionStats};

/// One prefix of one manager.
#[derive(Debug)]
pub(crate) struct Prefix {
    /// With what its keys begin: the namespace, if there is one, and the prefix itself.
    stem: String,
    /// The length of the namespace and its colon.
    lead: usize,
    pub(crate) counters: Counters,
    owner: OnceLock<Owner>,
    told_conflict: AtomicBool,
    told_transaction: AtomicBool,
    told_refusal: AtomicBool,
    told_mismatch: AtomicBool,
    told_another_type: AtomicBool,
    told_foreign: AtomicBool,
}

/// The function a prefix belongs to, and what it was called as.
#[derive(Debug)]
struct Owner {
    function: &'static Function,
    value: TypeId,
    /// What the function and its siblings are associated with.
    home: String,
    /// The instance of the function; known once the function itself is called.
    name: OnceLock<String>,
}

/// A call that wants to use a prefix.
pub(super) struct Claim {
    pub(super) function: &'static Function,
    pub(super) value: TypeId,
    /// The name of the caller's own instance.
    pub(super) name: String,
    /// Whether it is a sibling that calls, not the function.
    pub(super) by_sibling: bool,
}

impl Owner {
    fn new(claim: &Claim) -> Self {
        let home = home(&claim.name).to_owned();
        Self { function: claim.function, value: claim.value, home, name: OnceLock::new() }
    }

    /// Whether it admits a call: one of the same function with the same types.
    fn admits(&self, claim: &Claim) -> bool {
        if self.value != claim.value {
            return false;
        }
        if !self.function.is(claim.function) {
            // Two instances of two functions cannot be told to mean the same.
            let generic = [self.name.get(), Some(&self.home), Some(&claim.name)];
            let generic = generic.into_iter().flatten().any(|name| is_generic(name));
            return !generic && self.function.shares_with(claim.function);
        }
        let known = || self.name.get_or_init(|| claim.name.clone()) == &claim.name;
        self.home == home(&claim.name) && (claim.by_sibling || known())
    }
}

impl Prefix {
    fn new(lead: &str, name: &str) -> Self {
        Self {
            stem: format!("{lead}{name}"),
            lead: lead.len(),
            counters: Counters::default(),
            owner: OnceLock::new(),
            told_conflict: AtomicBool::new(false),
            told_transaction: AtomicBool::new(false),
            told_refusal: AtomicBool::new(false),
            told_mismatch: AtomicBool::new(false),
            told_another_type: AtomicBool::new(false),
            told_foreign: AtomicBool::new(false),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.stem[self.lead..]
    }

    /// Writes keys of the prefix.
    #[inline]
    pub(crate) fn key_text(&self) -> KeyText<'_> {
        KeyText { stem: &self.stem }
    }

    /// With what every key of it begins.
    pub(crate) fn scope(&self) -> String {
        format!("{}:", self.stem)
    }

    /// Whether a call may use the prefix. The first to ask gets it: two functions, or one function
    /// with two types, would serve each other's values.
    pub(super) fn claim(&self, claim: &Claim) -> bool {
        let owner = self.owner.get_or_init(|| Owner::new(claim));
        let admitted = owner.admits(claim);
        if !admitted {
            self.conflict(owner.function, claim.function);
        }
        admitted
    }

    /// Counts, and tells once, that a function was called inside of an open transaction.
    #[cold]
    pub(super) fn transaction(&self, function: &Function) {
        self.counters.conflicts.up();
        if first(&self.told_transaction) {
            tracing::error!(
                target: "two_tier_cache",
                prefix = self.name(),
                uncached = function.path(),
                "rows read inside an open transaction are not cached; call the query itself there, \
                 and the cached function with a pool"
            );
        }
    }

    #[cold]
    pub(crate) fn conflict(&self, owner: &Function, other: &Function) {
        self.counters.conflicts.up();
        if first(&self.told_conflict) {
            tracing::error!(
                target: "two_tier_cache",
                prefix = self.name(),
                owner = owner.path(),
                uncached = other.path(),
                "a prefix belongs to one function and one choice of its types, and a type \
                 parameter must not be a `Result`; give the other a prefix of its own"
            );
        }
    }

    /// Tells once that a value was not stored. The reason names no key and no value.
    pub(crate) fn tell_refusal(&self, reason: &str) {
        if first(&self.told_refusal) {
            tracing::warn!(
                target: "two_tier_cache",
                prefix = self.name(),
                reason,
                "a value is not cached"
            );
        }
    }

    /// Tells once that a value does not come back equal.
    #[cold]
    pub(crate) fn tell_mismatch(&self) {
        if first(&self.told_mismatch) {
            tracing::error!(
                target: "two_tier_cache",
                prefix = self.name(),
                "a value is not equal after encoding and decoding, so it never leaves this \
                 process; compare its `Serialize` and `Deserialize`, or choose another codec"
            );
        }
    }

    /// Tells once that another application's data stands under a key of ours.
    #[cold]
    pub(crate) fn tell_foreign(&self) {
        if first(&self.told_foreign) {
            tracing::warn!(
                target: "two_tier_cache",
                prefix = self.name(),
                "data of another application stands under a key of this prefix; it is left alone \
                 and the value is not cached; set a namespace"
            );
        }
    }

    /// Tells once that two types of values meet under the prefix.
    #[cold]
    pub(crate) fn tell_another_type(&self) {
        if first(&self.told_another_type) {
            tracing::warn!(
                target: "two_tier_cache",
                prefix = self.name(),
                "values of two types meet under one prefix and replace each other; a handle takes \
                 the type that the function caches: what its `Ok` holds, `Option` included"
            );
        }
    }
}

fn first(told: &AtomicBool) -> bool {
    !told.swap(true, Ordering::Relaxed)
}

/// The prefixes of one manager.
#[derive(Debug)]
pub(crate) struct Prefixes {
    /// The namespace with its colon, or nothing.
    lead: String,
    by_name: RwLock<HashMap<String, Arc<Prefix>>>,
}

impl Prefixes {
    pub(crate) fn new(lead: &str) -> Self {
        Self { lead: lead.to_owned(), by_name: RwLock::default() }
    }

    pub(crate) fn get(&self, name: &str) -> Arc<Prefix> {
        if let Some(prefix) = self.by_name.read().get(name) {
            return Arc::clone(prefix);
        }
        let mut by_name = self.by_name.write();
        let made = || Arc::new(Prefix::new(&self.lead, name));
        Arc::clone(by_name.entry(name.to_owned()).or_insert_with(made))
    }

    pub(crate) fn snapshot(&self) -> Vec<FunctionStats> {
        let snapshot = |prefix: &Arc<Prefix>| {
            let function = prefix.owner.get().map(|owner| owner.function.path());
            prefix.counters.snapshot(prefix.name(), function)
        };
        self.by_name.read().values().map(snapshot).collect()
    }
}
