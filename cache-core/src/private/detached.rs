//! Loads in a task of their own, which go on when their caller does not.

use std::borrow::{Borrow, Cow};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::Instrument;

use super::Miss;
use crate::access::Access;
use crate::load::drive;
use crate::manager::{CacheManager, Function, in_this_scope};
use crate::read_through::Call;
use crate::recursion;

/// Whether what a function returns can come back from another task.
#[diagnostic::on_unimplemented(
    message = "a detached load cannot give back `{R}`",
    label = "`detached` runs the load in a task of its own, so what it returns must be `Send` and `'static`",
    note = "of a boxed error write `Box<dyn Error + Send + Sync>`"
)]
pub trait GivesBack<R> {
    /// How it is loaded.
    const DETACHED: Detached<R>;
}

#[diagnostic::do_not_recommend]
impl<R: Send + 'static> GivesBack<R> for Load {
    const DETACHED: Detached<R> = Detached(|miss, caches, function, body| {
        Box::pin(load_detached(miss, caches, function, body))
    });
}

/// How a detached function is loaded. A struct, so that the code behind it has no bound that could fail
/// a second time.
pub struct Detached<R>(Loads<R>);

type Loads<R> =
    for<'a> fn(Miss<'a, R>, &'a CacheManager, &'static Function, Body<R>) -> Ended<'a, R>;
type Body<R> = Pin<Box<dyn Future<Output = R> + Send>>;
type Ended<'a, R> = Pin<Box<dyn Future<Output = R> + Send + 'a>>;

impl<R> std::fmt::Debug for Detached<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Detached")
    }
}

/// The one place where the bounds on what a detached function returns are checked.
#[must_use]
pub fn detached<R>() -> Detached<R>
where
    Load: GivesBack<R>,
{
    Load::DETACHED
}

impl<R> Detached<R> {
    /// Ends a call as [`Miss::load`] does, but what it has begun to load goes on, and is cached, if the
    /// caller's future is dropped.
    ///
    /// # Panics
    ///
    /// If `body` does, or the runtime shuts down meanwhile.
    ///
    /// # Cancel safety
    ///
    /// A call that has not begun to load ends with its caller: it would load for nobody.
    #[must_use]
    pub fn load<'a>(
        self,
        miss: Miss<'a, R>,
        caches: &'a CacheManager,
        function: &'static Function,
        body: impl Future<Output = R> + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = R> + Send + 'a>> {
        (self.0)(miss, caches, function, Box::pin(body))
    }
}

async fn load_detached<R: Send + 'static>(
    miss: Miss<'_, R>,
    caches: &CacheManager,
    function: &'static Function,
    body: Body<R>,
) -> R {
    let Miss { returns, codec, call } = miss;
    let (Some(Call { access, next }), Ok(runtime)) = (call, Handle::try_current()) else {
        return body.await;
    };
    let (Access { prefix, key, .. }, caches) = (access, caches.clone());
    let begun = Arc::new(AtomicBool::new(false));
    let load = noting(Arc::clone(&begun), body);
    let call = async move {
        let (caches, policy) = (caches.inner(), function.policy());
        let access = Access::at(caches, prefix, policy, codec, key);
        drive(Call { access, next }, returns, pin!(load)).await
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

/// What owns the arguments of a detached load.
#[derive(Debug)]
pub struct Load;

/// Whether a load can own a clone of a `T`. The question is put to the load, or else the compiler
/// would propose a reference, which is always `Clone`.
#[diagnostic::on_unimplemented(
    message = "a detached load cannot own a clone of `{T}`",
    label = "`detached` runs the load in a task of its own, which must own this argument",
    note = "derive `Clone` for `{T}`, which must also be `Send`, `Sync` and `'static`; or take the \
            argument behind an `Arc`"
)]
pub trait Own<T> {
    /// Makes the clone.
    fn own(arg: &T) -> T;
}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> Own<T> for Load {
    fn own(arg: &T) -> T {
        arg.clone()
    }
}

/// Clones an argument that a load borrows. Given without the argument, so that the compiler blames
/// its type.
#[must_use]
pub fn own<T>() -> fn(&T) -> T
where
    Load: Own<T>,
{
    Load::own
}

/// Lends the clone.
#[must_use]
pub fn lend<T>(owned: &T) -> &T {
    owned
}

/// Clones a text that a load borrows.
#[must_use]
pub fn own_str() -> fn(&str) -> String {
    str::to_owned
}

/// Lends the clone.
#[allow(clippy::ptr_arg, reason = "it stands where `lend` stands for other types")]
#[must_use]
pub fn lend_str(owned: &String) -> &str {
    owned
}

/// Clones a slice that a load borrows.
#[must_use]
pub fn own_slice<T>() -> fn(&[T]) -> Vec<T>
where
    Load: Own<T>,
{
    |arg| arg.iter().map(Load::own).collect()
}

/// Lends the clone.
#[allow(clippy::ptr_arg, reason = "it stands where `lend` stands for other types")]
#[must_use]
pub fn lend_slice<T>(owned: &Vec<T>) -> &[T] {
    owned
}

/// Owns an argument that may be borrowed.
pub fn own_cow<T: ToOwned + ?Sized>(arg: Cow<'_, T>) -> T::Owned {
    arg.into_owned()
}

/// Lends what is owned.
#[must_use]
pub fn lend_cow<T: ToOwned + ?Sized>(owned: &T::Owned) -> Cow<'_, T> {
    Cow::Borrowed(owned.borrow())
}
