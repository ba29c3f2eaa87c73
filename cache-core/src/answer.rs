//! The future of a sibling that looks into the cache or writes to it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Answers yes or no, as the siblings `set_*` and `exists_*` do.
///
/// The key is made when the sibling is called; everything else happens when this is awaited. It
/// borrows nothing.
///
/// # Cancel safety
///
/// Of `exists_*`: nothing is lost. Of `set_*`: the value may or may not be stored; the older one is
/// gone either way, unless this was never polled.
#[must_use = "nothing happens until it is awaited"]
pub struct Answer(Pin<Box<dyn Future<Output = bool> + Send>>);

impl Answer {
    pub(crate) fn new(answer: impl Future<Output = bool> + Send + 'static) -> Self {
        Self(Box::pin(answer))
    }
}

impl Future for Answer {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer")
    }
}
