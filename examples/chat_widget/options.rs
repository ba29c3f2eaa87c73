//! The command line.

use std::{
    env,
    io::{IsTerminal as _, stderr},
};

use anyhow::{Context as _, bail};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// What can be chosen.
pub(crate) struct Options {
    pub(crate) verbose: bool,
    pub(crate) visits: usize,
}

const USAGE: &str = "usage: chat_widget [--visits N] [--verbose]";

impl Options {
    /// `None` if only help was wanted.
    pub(crate) fn from_args() -> anyhow::Result<Option<Self>> {
        let (mut verbose, mut visits) = (false, None);
        let mut args = env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--verbose" => verbose = true,
                "--visits" => {
                    let number = args.next().and_then(|number| number.parse().ok());
                    visits = Some(number.context("--visits takes a number")?);
                }
                "--help" | "-h" => {
                    println!("{USAGE}");
                    return Ok(None);
                }
                other => bail!("unknown option {other:?}; {USAGE}"),
            }
        }
        // Nobody reads the events of ten thousand visits.
        let visits = visits.unwrap_or(if verbose { 20 } else { 10_000 });
        Ok(Some(Self { verbose, visits }))
    }
}

/// Shows every cache event on standard error.
///
/// The events are at debug level because they contain keys, which may be personal data; `verbose`
/// on a function or a cache raises its own to info.
pub(crate) fn log_cache_events() {
    let cache_only = Targets::new().with_target("two_tier_cache", LevelFilter::DEBUG);
    tracing_subscriber::registry()
        .with(fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal()).without_time())
        .with(cache_only)
        .init();
}
