//! What the siblings of a cached function call.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use super::Shape;
use crate::access::Access;
use crate::answer::Answer;
use crate::backend::{Invalidate, Key};
use crate::codec::ValueCodec;
use crate::key::{KeyArg, KeyMatch, KeyPattern, KeyWriter, PartMatch};
use crate::manager::{CacheManager, Function, Prefix};
use crate::set::set as store;
use crate::shape::SetArg;

tokio::task_local! {
    /// Set for the one call that is to load again; the call takes it when it begins.
    static REFRESHES: Cell<bool>;
}

/// Whether the call that begins is to load again.
pub(super) fn take_refresh() -> bool {
    REFRESHES.try_with(Cell::take).unwrap_or(false)
}

/// Makes a call of a cached function load again.
pub async fn refresh<F: Future>(call: F) -> F::Output {
    REFRESHES.scope(Cell::new(true), call).await
}

/// Starts to invalidate one key of a function.
pub fn invalidate(
    caches: &CacheManager,
    prefix: &'static str,
    settle: Duration,
    verbose: bool,
    parts: impl FnOnce(&mut KeyWriter<'_>),
) -> Invalidate {
    let inner = caches.inner();
    let prefix = inner.prefix(prefix);
    let text = prefix.key_text();
    let key = text.with(parts, |written| text.finished(written));
    inner.invalidate(&prefix, key, settle, verbose)
}

/// Starts to invalidate the keys of a function that match.
pub fn invalidate_where(
    caches: &CacheManager,
    prefix: &'static str,
    settle: Duration,
    verbose: bool,
    parts: impl FnOnce(&mut KeyPattern),
) -> Invalidate {
    let inner = caches.inner();
    let mut pattern = KeyPattern::default();
    parts(&mut pattern);
    inner.invalidate_pattern(&inner.prefix(prefix), pattern.as_str(), settle, verbose)
}

/// Whether a call of the function would find a value. `name` is that of a closure in the sibling.
pub fn exists<R>(
    caches: &CacheManager,
    function: &'static Function,
    name: &'static str,
    shape: Shape<R>,
    parts: impl FnOnce(&mut KeyWriter<'_>),
) -> Answer {
    let (entry, codec) = (Named::of(caches, function, name, shape.codec, parts), shape.codec);
    Answer::new(async move {
        match &entry {
            Some(entry) if !entry.caches.inner().is_disabled() => {
                entry.access(function, codec).look().await.found_any()
            }
            _ => false,
        }
    })
}

/// Stores a value as what the function returns; whether it is stored.
pub fn set<R>(
    caches: &CacheManager,
    function: &'static Function,
    name: &'static str,
    shape: Shape<R>,
    value: impl SetArg<R>,
    parts: impl FnOnce(&mut KeyWriter<'_>),
) -> Answer {
    let (entry, codec) = (Named::of(caches, function, name, shape.codec, parts), shape.codec);
    // No argument makes an error of itself.
    let value = (shape.returns.take)(value.into_returned()).ok();
    Answer::new(async move {
        let (Some(entry), Some(value)) = (&entry, value) else {
            return false;
        };
        let access = entry.access(function, codec);
        if entry.caches.inner().is_disabled() {
            // Other processes may still hold the older one.
            access.invalidate().await;
            return false;
        }
        store(&access, value).await
    })
}

/// An entry that a sibling has named.
struct Named {
    caches: CacheManager,
    prefix: Arc<Prefix>,
    key: Key,
}

impl Named {
    /// `None` if the prefix belongs to another function, or to another instance of this one.
    fn of(
        caches: &CacheManager,
        function: &'static Function,
        name: &'static str,
        codec: ValueCodec<'_>,
        parts: impl FnOnce(&mut KeyWriter<'_>),
    ) -> Option<Self> {
        let inner = caches.inner();
        let prefix = function.sibling_prefix(inner, codec.type_id(), name)?;
        let text = prefix.key_text();
        let key = text.with(parts, |written| text.finished(written));
        Some(Self { caches: caches.clone(), prefix, key })
    }

    fn access<'a>(&'a self, function: &'static Function, codec: ValueCodec<'static>) -> Access<'a> {
        let (prefix, key) = (Arc::clone(&self.prefix), self.key.clone());
        Access::at(self.caches.inner(), prefix, function.policy(), codec, key)
    }
}

/// Writes the parts of one argument of a sibling, which stands for a `T`.
#[inline]
pub fn arg<T: ?Sized>(key: &mut KeyWriter<'_>, arg: &impl KeyArg<T>) {
    arg.write_key_arg(key);
}

/// Adds what matches the parts of one argument, which is a `T`.
pub fn matching<T: ?Sized>(pattern: &mut KeyPattern, part: &impl KeyMatch<T>) {
    part.write_match(pattern);
}

/// Adds what matches one expression among the parts of the key.
pub fn matching_part(pattern: &mut KeyPattern, part: &impl PartMatch) {
    part.write_match(pattern);
}
