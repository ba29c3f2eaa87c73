//! What the expansions of the attribute call. Not a public API: it changes without notice, together
//! with the macros.

use std::pin::pin;
use std::time::Duration;

pub use crate::key::{CacheKey, KeyArg, KeyWriter};
pub use crate::manager::{CacheManager, Current, Function, current};
pub use crate::shape::{
    OuterResult, Probe, ProbeOptionOfResult, ProbePlain, ProbeResultOf, ProbeResultOfShared,
    ProbeShared, ProbeSharedResult, Shape,
};

use crate::access::{Access, Begun, Looked};
use crate::backend::Invalidate;
use crate::manager::Instance;
use crate::read_through::read_through;

/// How a call of a cached function begins.
pub enum Attempt<'a, R, T> {
    /// It ends here, with a value of this process.
    Hit(R),
    /// It goes on.
    Miss(Miss<'a, R, T>),
}

/// A call that needs to look further, or to load.
pub struct Miss<'a, R, T> {
    shape: Shape<'a, R, T>,
    /// Absent if the call is not to be cached.
    begun: Option<(Access<'a, T>, Option<Looked<T>>)>,
}

/// Begins a call. `instance` is a name that holds the types of a generic function. Synchronous, so that nothing of the key stays in the future of a hit.
#[inline]
pub fn attempt<'a, R, T>(
    caches: &'a CacheManager,
    function: &'static Function,
    shape: Shape<'a, R, T>,
    instance: &'static str,
    parts: impl Fn(&mut KeyWriter<'_>),
) -> Attempt<'a, R, T> {
    let inner = caches.inner();
    if inner.is_disabled() {
        return Attempt::Miss(Miss { shape, begun: None });
    }
    let instance = Instance { value: shape.codec.type_id(), name: instance };
    // A value that is itself a `Result` came in through a type parameter; its errors must not be
    // cached.
    let may_own = || !shape.codec.is_result();
    let begun = function.with_prefix(inner, instance, may_own, |prefix| {
        Access::begin(inner, prefix, function.policy(), shape.codec, parts)
    });
    match begun {
        Some(Begun::Hit(value)) => Attempt::Hit((shape.give)(value)),
        Some(Begun::Miss(access, looked)) => {
            Attempt::Miss(Miss { shape, begun: Some((access, looked)) })
        }
        None => Attempt::Miss(Miss { shape, begun: None }),
    }
}

impl<R, T> Miss<'_, R, T> {
    /// Ends a call: from the backend, from another call's load, or from `body`.
    pub async fn load(self, body: impl Future<Output = R>) -> R {
        let Some((access, looked)) = self.begun else {
            return body.await;
        };
        let looked = match looked {
            Some(looked) => looked,
            None => access.look().await,
        };
        // Pinned once, here: the futures inside pass a pointer on instead of the whole body.
        let load = pin!(async { (self.shape.take)(body.await) });
        match read_through(&access, looked, load).await {
            Ok(value) => (self.shape.give)(value),
            Err(returned) => returned,
        }
    }
}

/// The codec of a function that names none.
pub use crate::codec::MessagePack;

/// Starts to invalidate one key of a function, for its sibling.
pub fn invalidate(
    caches: &CacheManager,
    prefix: &'static str,
    settle: Duration,
    verbose: bool,
    parts: impl FnOnce(&mut KeyWriter<'_>),
) -> Invalidate {
    let inner = caches.inner();
    let text = inner.key_text(prefix);
    let key = text.with(parts, |written| text.finished(written));
    inner.invalidate(&inner.prefix(prefix), key, settle, verbose)
}

/// Writes the parts of one argument. The bound stands here, so that its error is on the argument.
#[inline]
pub fn part<K: CacheKey + ?Sized>(key: &mut KeyWriter<'_>, part: &K) {
    part.write_key(key);
}

/// Writes the parts of one argument of a sibling, which stands for a `T`.
#[inline]
pub fn arg<T: ?Sized>(key: &mut KeyWriter<'_>, arg: &impl KeyArg<T>) {
    arg.write_key_arg(key);
}

/// Gives `return` in a body its type; never runs.
#[must_use]
pub fn never<R>() -> R {
    unreachable!("stands behind `if false`")
}

impl<R, T> std::fmt::Debug for Attempt<'_, R, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Hit(_) => "Attempt::Hit",
            Self::Miss(_) => "Attempt::Miss",
        })
    }
}

impl<R, T> std::fmt::Debug for Miss<'_, R, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Miss")
    }
}
