//! Loads in a task of their own, which go on when their caller does not.

use std::borrow::{Borrow, Cow};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::Instrument;

use super::Miss;
use crate::access::Access;
use crate::manager::{CacheManager, Function, in_this_scope};
use crate::recursion;
use crate::tier::Tiers;

impl<R, T> Miss<'_, R, T>
where
    R: Send + 'static,
    T: Send + Sync,
{
    /// Ends a call as [`load`](Self::load) does, but what it has begun to load goes on, and is
    /// cached, if the caller's future is dropped.
    ///
    /// # Panics
    ///
    /// If `body` does, or the runtime shuts down meanwhile.
    ///
    /// # Cancel safety
    ///
    /// A call that has not begun to load ends with its caller: it would load for nobody.
    pub async fn load_detached(
        self,
        caches: &CacheManager,
        function: &'static Function,
        body: impl Future<Output = R> + Send + 'static,
    ) -> R {
        let (Some((access, next)), Ok(runtime)) = (self.begun, Handle::try_current()) else {
            return body.await;
        };
        let (Access { prefix, key, .. }, shape, caches) = (access, self.shape, caches.clone());
        let begun = Arc::new(AtomicBool::new(false));
        let load = noting(Arc::clone(&begun), body);
        let call = async move {
            let (caches, policy, codec) = (caches.inner(), function.policy(), shape.codec);
            let access = Access { caches, prefix, policy, codec, key, tiers: Tiers::default() };
            next.go(&access, &shape, load).await
        };
        let (answer, answered) = oneshot::channel();
        let call = while_wanted(call, begun, answer);
        let task = in_this_scope(recursion::inherited(call)).in_current_span();
        let task = runtime.spawn(task);
        match answered.await {
            Ok(returned) => returned,
            Err(_) => match task.await {
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                _ => panic!("the runtime shut down during a detached load"),
            },
        }
    }
}

/// Runs a load, and notes that it has begun.
async fn noting<F: Future>(begun: Arc<AtomicBool>, load: F) -> F::Output {
    begun.store(true, Ordering::Relaxed);
    load.await
}

/// Runs a call to its end, or until its caller is gone and it has not begun to load.
async fn while_wanted<R>(
    call: impl Future<Output = R>,
    begun: Arc<AtomicBool>,
    mut answer: oneshot::Sender<R>,
) {
    let mut call = pin!(call);
    let returned = poll_fn(|context| {
        if !begun.load(Ordering::Relaxed) && answer.poll_closed(context).is_ready() {
            return Poll::Ready(None);
        }
        call.as_mut().poll(context).map(Some)
    })
    .await;
    if let Some(returned) = returned {
        // The caller may be gone.
        drop(answer.send(returned));
    }
}

/// An argument of which a detached load can own a clone.
#[diagnostic::on_unimplemented(
    message = "a detached load cannot own `{Self}`",
    label = "`detached` runs the load in a task of its own, which needs a clone of this argument",
    note = "derive `Clone` for `{Self}`, which must also be `Send`, `Sync` and `'static`; or take the \
            argument behind an `Arc`"
)]
pub trait Own {
    /// What is owned.
    type Owned: Send + Sync + 'static;

    /// Makes the clone.
    fn own(&self) -> Self::Owned;

    /// Lends the clone as what the argument was.
    fn lend(owned: &Self::Owned) -> &Self;
}

#[diagnostic::do_not_recommend]
impl<T> Own for T
where
    T: ToOwned<Owned: Send + Sync + 'static> + ?Sized,
{
    type Owned = <T as ToOwned>::Owned;

    fn own(&self) -> Self::Owned {
        self.to_owned()
    }

    fn lend(owned: &Self::Owned) -> &Self {
        owned.borrow()
    }
}

/// Makes the clone of an argument that a load borrows.
pub fn own<T: Own + ?Sized>(arg: &T) -> T::Owned {
    arg.own()
}

/// Lends the clone of an argument.
pub fn lend<T: Own + ?Sized>(owned: &T::Owned) -> &T {
    T::lend(owned)
}

/// Makes the clone of an argument that may be borrowed.
pub fn own_cow<T: ToOwned + ?Sized>(arg: Cow<'_, T>) -> T::Owned {
    arg.into_owned()
}

/// Lends the clone of an argument that may be borrowed.
pub fn lend_cow<T: ToOwned + ?Sized>(owned: &T::Owned) -> Cow<'_, T> {
    Cow::Borrowed(owned.borrow())
}
