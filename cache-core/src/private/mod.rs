//! What the expansions of the attribute call. Not a public API: it changes without notice, together
//! with the macros.

mod detached;
mod siblings;

use std::pin::{Pin, pin};

pub use self::detached::{
    Load, Own, lend, lend_cow, lend_slice, lend_str, own, own_cow, own_slice, own_str,
};
pub use self::siblings::{
    arg, exists, invalidate, invalidate_where, matching, matching_part, refresh, set,
};
/// The codec of a function that names none.
pub use crate::codec::MessagePack;
pub use crate::key::{CacheKey, KeyArg, KeyMatch, KeyWriter, PartMatch};
pub use crate::manager::{CacheManager, Current, Function, Instance, current};
pub use crate::shape::{
    OuterResult, Probe, ProbeOptionOfResult, ProbePlain, ProbeResultOf, ProbeResultOfShared,
    ProbeShared, ProbeSharedResult, Shape,
};

pub use crate::write::{
    BesideResult, Given, GivenReference, Keep, Returned, ReturnedPlain, Write, Writer, keep,
};

use crate::access::{Access, Begun, Looked};
use crate::read_through::{read_through, refresh as load_again};

/// How a call of a cached function begins.
pub enum Attempt<'a, R, T: 'static> {
    /// It ends here, with a value of this process.
    Hit(R),
    /// It goes on.
    Miss(Miss<'a, R, T>),
}

/// A call that needs to look further, or to load.
pub struct Miss<'a, R, T: 'static> {
    shape: Shape<R, T>,
    /// Absent if the call is not to be cached.
    begun: Option<(Access<'a, T>, Next<T>)>,
}

/// What a call does next.
enum Next<T> {
    Look,
    /// It has looked in this process.
    Loads(Looked<T>),
    /// It loads, whatever there is.
    Refreshes,
}

/// Begins a call. Synchronous, so that nothing of the key stays in the future of a hit.
#[inline]
pub fn attempt<'a, R, T>(
    caches: &'a CacheManager,
    function: &'static Function,
    shape: Shape<R, T>,
    instance: Instance<'_>,
    parts: impl Fn(&mut KeyWriter<'_>),
) -> Attempt<'a, R, T> {
    let inner = caches.inner();
    if inner.is_disabled() {
        return Attempt::Miss(Miss { shape, begun: None });
    }
    // A value that is itself a `Result` came in through a type parameter; its errors must not be
    // cached.
    let may_own = || !shape.codec.is_result();
    let refreshes = function.is_refreshable() && siblings::take_refresh();
    let begun = function.with_prefix(inner, shape.codec.type_id(), instance, may_own, |prefix| {
        let (policy, codec) = (function.policy(), shape.codec);
        if refreshes {
            let access = Access::new(inner, prefix, policy, codec, parts);
            return Attempt::Miss(Miss { shape, begun: Some((access, Next::Refreshes)) });
        }
        match Access::begin(inner, prefix, policy, codec, parts) {
            Begun::Hit(value) => Attempt::Hit((shape.give)(value)),
            Begun::Miss(access, looked) => {
                let next = looked.map_or(Next::Look, Next::Loads);
                Attempt::Miss(Miss { shape, begun: Some((access, next)) })
            }
        }
    });
    begun.unwrap_or(Attempt::Miss(Miss { shape, begun: None }))
}

impl<R, T> Miss<'_, R, T> {
    /// Ends a call: from the backend, from another call's load, or from `body`.
    pub async fn load(self, body: impl Future<Output = R>) -> R {
        // Pinned once, here: the futures inside pass a pointer on instead of the whole body.
        let body = pin!(body);
        match self.begun {
            Some((access, next)) => next.go(&access, &self.shape, body).await,
            None => body.await,
        }
    }
}

impl<T> Next<T> {
    async fn go<R>(
        self,
        access: &Access<'_, T>,
        shape: &Shape<R, T>,
        body: Pin<&mut impl Future<Output = R>>,
    ) -> R {
        let load = async { (shape.take)(body.await) };
        let ended = match self {
            Self::Loads(looked) => read_through(access, looked, load).await,
            Self::Look => read_through(access, access.look().await, load).await,
            Self::Refreshes => Box::pin(load_again(access, load)).await,
        };
        match ended {
            Ok(value) => (shape.give)(value),
            Err(returned) => returned,
        }
    }
}

/// Writes the parts of one argument. The bound stands here, so that its error is on the argument.
#[inline]
pub fn part<K: CacheKey + ?Sized>(key: &mut KeyWriter<'_>, part: &K) {
    part.write_key(key);
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
