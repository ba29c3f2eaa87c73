//! The load of a call, where the read path and the body meet.
//!
//! The read path knows neither the type of the value nor that of the body, so it is compiled once
//! and not for every function. It asks for the load here. Who polls it runs the body then, beside it
//! and in the same task, and leaves here what came of it.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;

use crate::backend::BoxFuture;
use crate::codec::{Erased, another_type};
use crate::read_through::Call;
use crate::recursion::Loading;
use crate::shape::Returns;

/// A call on its way. It ends without a value only if the load does.
pub(crate) type ReadPath<'a> = BoxFuture<'a, Option<Erased>>;

/// The load of one call.
#[derive(Debug, Default)]
pub(crate) struct Load(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    /// The call does not need it so far.
    #[default]
    Idle,
    /// It begins as soon as the read path waits.
    Asked(Arc<Loading>),
    Running(Arc<Loading>),
    /// With a value, unless it failed.
    Ended(Option<Erased>),
}

/// How far a load is that was asked for.
#[derive(Debug)]
pub(crate) enum Progress {
    Begins,
    Runs,
    /// With a value, unless it failed. Told once.
    Ended(Option<Erased>),
}

impl Load {
    /// Asks for the load. Whoever asks waits for nothing before it: it is polled again once the body
    /// was.
    pub(crate) fn ask(&self, loading: Arc<Loading>) {
        *self.0.lock() = State::Asked(loading);
    }

    pub(crate) fn progress(&self) -> Progress {
        let mut state = self.0.lock();
        match &mut *state {
            State::Idle | State::Asked(_) => Progress::Begins,
            State::Running(_) => Progress::Runs,
            State::Ended(value) => Progress::Ended(value.take()),
        }
    }

    /// The load, if it runs or is to begin now.
    fn begin(&self) -> Option<Arc<Loading>> {
        let mut state = self.0.lock();
        let (State::Asked(loading) | State::Running(loading)) = &*state else {
            return None;
        };
        let loading = Arc::clone(loading);
        *state = State::Running(Arc::clone(&loading));
        Some(loading)
    }

    fn is_asked(&self) -> bool {
        matches!(*self.0.lock(), State::Asked(_))
    }

    fn end(&self, value: Option<Erased>) {
        *self.0.lock() = State::Ended(value);
    }
}

/// Ends a call, with the body beside its read path.
pub(crate) async fn drive<R>(
    call: Call<'_>,
    Returns { take, give }: Returns<R>,
    mut body: Pin<&mut impl Future<Output = R>>,
) -> R {
    let load = Load::default();
    let mut read_path = call.read_through(&load);
    let ended =
        poll_fn(|context| poll_call(&load, &mut read_path, body.as_mut(), take, context)).await;
    match ended {
        Ok(value) => give(value).unwrap_or_else(|| another_type()),
        Err(returned) => returned,
    }
}

/// Polls a call: its read path, and its body from when the read path asks for it. `take` takes the
/// value out of what the body returns.
///
/// The body comes first, and the read path is polled right after it: a load that has ended is
/// stored, and its flight ended, in the same poll.
fn poll_call<R>(
    load: &Load,
    read_path: &mut ReadPath<'_>,
    mut body: Pin<&mut impl Future<Output = R>>,
    take: fn(R) -> Result<Erased, R>,
    context: &mut Context<'_>,
) -> Poll<Result<Erased, R>> {
    loop {
        if let Some(loading) = load.begin()
            && let Poll::Ready(returned) = loading.within(|| body.as_mut().poll(context))
        {
            match take(returned) {
                Ok(value) => load.end(Some(value)),
                Err(returned) => {
                    load.end(None);
                    // It counts the failure and tells its waiters. Nothing of that takes time.
                    let _ended = read_path.as_mut().poll(context);
                    return Poll::Ready(Err(returned));
                }
            }
        }
        match read_path.as_mut().poll(context) {
            Poll::Ready(Some(value)) => return Poll::Ready(Ok(value)),
            Poll::Ready(None) => unreachable!("a call without a value has failed to load"),
            // Nothing would wake it for a load that has yet to begin.
            Poll::Pending if load.is_asked() => {}
            Poll::Pending => return Poll::Pending,
        }
    }
}
