//! What the expansions of the attribute call. Not a public API: it changes without notice, together
//! with the macros.

mod detached;
mod siblings;

use std::pin::pin;

pub use self::detached::{
    Detached, GivesBack, Load, Own, detached, lend, lend_cow, lend_slice, lend_str, own, own_cow,
    own_slice, own_str,
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
    BesideResult, Given, GivenReference, Keep, Refusal, Returned, ReturnedPlain, Write, Writer,
    keep, refused,
};

use crate::access::{Access, Begun};
use crate::codec::ValueCodec;
use crate::load::drive;
use crate::read_through::{Call, Next};
use crate::shape::Returns;

/// How a call of a cached function begins.
#[allow(clippy::large_enum_variant, reason = "a hit must not allocate, and a miss moves it once")]
pub enum Attempt<'a, R> {
    /// It ends here, with a value of this process.
    Hit(R),
    /// It goes on.
    Miss(Miss<'a, R>),
}

/// A call that needs to look further, or to load.
pub struct Miss<'a, R> {
    returns: Returns<R>,
    codec: ValueCodec<'static>,
    /// Absent if the call is not to be cached.
    call: Option<Call<'a>>,
}

/// Begins a call. Synchronous, so that nothing of the key stays in the future of a hit.
#[inline]
pub fn attempt<'a, R>(
    caches: &'a CacheManager,
    function: &'static Function,
    shape: Shape<R>,
    instance: Instance<'_>,
    parts: impl FnOnce(&mut KeyWriter<'_>),
) -> Attempt<'a, R> {
    let Shape { returns, codec } = shape;
    let inner = caches.inner();
    // Taken in any case: it is for this call and no other.
    let refreshes = function.is_refreshable() && siblings::take_refresh();
    if inner.is_disabled() {
        return Attempt::Miss(Miss { returns, codec, call: None });
    }
    let searched;
    let prefix = match function.bound(inner, codec.type_id(), instance) {
        Some(prefix) => prefix,
        None => {
            // A value that is itself a `Result` came in through a type parameter; its errors must
            // not be cached.
            searched = function.search(inner, codec.type_id(), instance, !codec.is_result());
            let Some(prefix) = &searched else {
                return Attempt::Miss(Miss { returns, codec, call: None });
            };
            prefix
        }
    };
    let policy = function.policy();
    if refreshes {
        let access = Access::new(inner, prefix, policy, codec, parts);
        let call = Call { access, next: Next::Refresh };
        return Attempt::Miss(Miss { returns, codec, call: Some(call) });
    }
    match Access::begin(inner, prefix, policy, &codec, parts, returns.give) {
        Begun::Hit(returned) => Attempt::Hit(returned),
        Begun::Miss(call) => Attempt::Miss(Miss { returns, codec, call: Some(call) }),
    }
}

impl<R> Miss<'_, R> {
    /// Ends a call: from the backend, from another call's load, or from `body`.
    pub async fn load(self, body: impl Future<Output = R>) -> R {
        match self.call {
            Some(call) => drive(call, self.returns, pin!(body)).await,
            None => body.await,
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

impl<R> std::fmt::Debug for Attempt<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Hit(_) => "Attempt::Hit",
            Self::Miss(_) => "Attempt::Miss",
        })
    }
}

impl<R> std::fmt::Debug for Miss<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Miss")
    }
}
