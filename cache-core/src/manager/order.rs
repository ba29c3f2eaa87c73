//! Where every invalidation starts: at once, or when the write that collects it has been done.

use std::sync::Arc;
use std::time::Duration;

use super::{Inner, Prefix};
use crate::backend::{Glob, Invalidate, Key, Token};
use crate::events::key_event;
use crate::key::check_prefix;
use crate::outbox::{Record, RecordError, Written};
use crate::write::collect;

/// An invalidation that was ordered, and has not started.
pub(crate) struct Order {
    caches: Arc<Inner>,
    prefix: Arc<Prefix>,
    what: What,
    settle: Duration,
    verbose: bool,
    /// The write that ends with it, if it is one's.
    writer: Option<Token>,
}

/// What is invalidated: data and no closure, so that a write can name it before it begins.
enum What {
    Key(Key),
    Keys(Vec<Key>),
    Pattern(String),
}

impl Inner {
    /// Invalidates one key.
    pub(crate) fn invalidate(
        self: &Arc<Self>,
        prefix: &Arc<Prefix>,
        key: Key,
        settle: Duration,
        verbose: bool,
    ) -> Invalidate {
        self.order(prefix, What::Key(key), settle, verbose)
    }

    /// Invalidates several keys of a prefix.
    pub(crate) fn invalidate_many(
        self: &Arc<Self>,
        prefix: &Arc<Prefix>,
        keys: Vec<Key>,
        settle: Duration,
        verbose: bool,
    ) -> Invalidate {
        self.order(prefix, What::Keys(keys), settle, verbose)
    }

    /// Invalidates every key of a prefix whose parts match `pattern`.
    pub(crate) fn invalidate_pattern(
        self: &Arc<Self>,
        prefix: &Arc<Prefix>,
        pattern: &str,
        settle: Duration,
        verbose: bool,
    ) -> Invalidate {
        self.order(prefix, What::Pattern(pattern.to_owned()), settle, verbose)
    }

    /// Invalidates one key, also while a write collects: for what is no target.
    pub(crate) fn invalidate_now(
        &self,
        prefix: &Prefix,
        key: Key,
        settle: Duration,
        verbose: bool,
    ) -> Invalidate {
        forget(self, prefix, &key, settle, verbose);
        self.backend.invalidate(key, settle)
    }

    fn order(
        self: &Arc<Self>,
        prefix: &Arc<Prefix>,
        what: What,
        settle: Duration,
        verbose: bool,
    ) -> Invalidate {
        let (caches, prefix) = (Arc::clone(self), Arc::clone(prefix));
        match collect(Order { caches, prefix, what, settle, verbose, writer: None }) {
            Ok(()) => Invalidate::deferred(),
            Err(order) => order.start(),
        }
    }
}

impl Order {
    /// Makes it the end of a write, whose fences stand from now on, or may.
    pub(crate) fn finishes(&mut self, writer: Token) {
        self.writer = Some(writer);
    }

    /// The manager whose keys it names.
    pub(crate) fn caches(&self) -> &Arc<Inner> {
        &self.caches
    }

    /// The prefix of its keys.
    pub(crate) fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// The keys it names. Those of a pattern are not known before it is carried out.
    pub(crate) fn keys(&self) -> &[Key] {
        match &self.what {
            What::Key(key) => std::slice::from_ref(key),
            What::Keys(keys) => keys,
            What::Pattern(_) => &[],
        }
    }

    /// The order as texts, one for each key.
    pub(crate) fn records(&self) -> Vec<Record> {
        let of_key = |key: &Key| Record::new(Written::Key(key.as_str().to_owned()), self.settle);
        match &self.what {
            What::Pattern(pattern) => {
                let scope = self.prefix.scope();
                let what = Written::Pattern { scope, pattern: pattern.clone() };
                vec![Record::new(what, self.settle)]
            }
            What::Key(_) | What::Keys(_) => self.keys().iter().map(of_key).collect(),
        }
    }

    /// The order that a text is of.
    pub(crate) fn of(caches: &Arc<Inner>, record: &Record) -> Result<Self, RecordError> {
        let own = record.beginning().strip_prefix(&caches.lead);
        let parts = own.and_then(|text| text.split_once(':'));
        let is_whole = |rest: &str| matches!(record.what, Written::Key(_)) || rest.is_empty();
        let prefix = match parts {
            Some((prefix, rest)) if is_whole(rest) && check_prefix("", prefix).is_ok() => prefix,
            _ => {
                let text = format!("the record is of another namespace than `{}`", caches.lead);
                return Err(RecordError::new(text));
            }
        };
        let what = match &record.what {
            Written::Key(key) => What::Key(Key::from_text(key)),
            Written::Pattern { pattern, .. } => What::Pattern(pattern.clone()),
        };
        let (caches, prefix) = (Arc::clone(caches), caches.prefix(prefix));
        let settle = record.settle;
        Ok(Self { caches, prefix, what, settle, verbose: false, writer: None })
    }

    /// Starts the invalidation.
    pub(crate) fn start(self) -> Invalidate {
        let Self { caches, prefix, what, settle, verbose, writer } = self;
        let backend = &caches.backend;
        match what {
            What::Key(key) => {
                forget(&caches, &prefix, &key, settle, verbose);
                match writer {
                    Some(writer) => backend.finish(key, writer, settle),
                    None => backend.invalidate(key, settle),
                }
            }
            What::Keys(keys) => {
                for key in &keys {
                    forget(&caches, &prefix, key, settle, verbose);
                }
                match writer {
                    Some(writer) => backend.finish_many(keys, writer, settle),
                    None => backend.invalidate_many(keys, settle),
                }
            }
            What::Pattern(pattern) => {
                prefix.counters.invalidations.up();
                let scope = prefix.scope();
                key_event!(verbose, "INVALIDATE", format!("{scope}{pattern}"));
                let glob = Glob::new(scope, &pattern);
                caches.outages.invalidate_glob(&glob, settle);
                backend.invalidate_glob(glob, settle)
            }
        }
    }
}

/// Invalidates a key in this process.
fn forget(caches: &Inner, prefix: &Prefix, key: &Key, settle: Duration, verbose: bool) {
    prefix.counters.invalidations.up();
    key_event!(verbose, "INVALIDATE", key.as_str());
    caches.outages.invalidate(&*caches.backend, key, settle);
}
