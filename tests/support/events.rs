//! Catches what is logged.

use std::cell::RefCell;
use std::fmt::{Debug, Write};
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata, Subscriber};

thread_local! {
    /// Absent on the threads of other tests, which may log without end.
    static CAUGHT: RefCell<Option<Vec<(Level, String)>>> = const { RefCell::new(None) };
}

/// What this thread logs. One subscriber for the whole program, because what `tracing` remembers of
/// each event does not go well with subscribers that come and go on several threads.
#[derive(Debug)]
pub(crate) struct Events(());

impl Events {
    /// Forgets what this thread has logged, and listens from now on.
    pub(crate) fn catch() -> Self {
        static INSTALL: Once = Once::new();
        INSTALL.call_once(|| {
            tracing::subscriber::set_global_default(Catcher).expect("the only subscriber");
        });
        CAUGHT.set(Some(Vec::new()));
        Self(())
    }

    /// The events of one level, oldest first: all fields as one text.
    pub(crate) fn at(&self, level: Level) -> Vec<String> {
        self.select(|of| of == level)
    }

    /// The events at `info` and above.
    pub(crate) fn loud(&self) -> Vec<String> {
        self.select(|of| of <= Level::INFO)
    }

    #[allow(clippy::unused_self, reason = "to catch is what makes the events be there")]
    fn select(&self, wanted: impl Fn(Level) -> bool) -> Vec<String> {
        let text = |(level, text): &(Level, String)| wanted(*level).then(|| text.clone());
        CAUGHT.with_borrow(|caught| caught.iter().flatten().filter_map(text).collect())
    }
}

struct Catcher;

impl Subscriber for Catcher {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "two_tier_cache"
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        CAUGHT.with_borrow_mut(|caught| {
            if let Some(caught) = caught {
                caught.push((*event.metadata().level(), text.0));
            }
        });
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, "{field}={value} ");
    }
}
