//! Warming: the entries that will be asked for first are loaded before anybody asks.

use futures::{StreamExt as _, TryStreamExt as _};
use indicatif::{ProgressBar, ProgressStyle};
use two_tier_cache_examples::Db;

use crate::visit::open_page;

/// Opens every page once, at most `at_once` at a time: warming must not take the whole connection
/// pool from requests that are already being served. Says how many pages there were.
pub(crate) async fn warm(
    db: &Db,
    hosts: &[String],
    at_once: usize,
    quiet: bool,
) -> anyhow::Result<usize> {
    let progress = progress_bar(hosts.len(), quiet)?;
    let pages: Vec<_> = futures::stream::iter(hosts)
        .map(|host| open_page(db, host))
        .buffer_unordered(at_once)
        .inspect(|_| progress.inc(1))
        .try_collect()
        .await?;
    progress.finish_and_clear();
    Ok(pages.into_iter().flatten().count())
}

/// On standard error, and only where that is a terminal: indicatif draws nothing elsewhere.
/// Log lines and a bar do not share a screen, hence `quiet`.
fn progress_bar(length: usize, quiet: bool) -> anyhow::Result<ProgressBar> {
    if quiet {
        return Ok(ProgressBar::hidden());
    }
    let style = ProgressStyle::with_template("  warming [{bar:40}] {pos}/{len}")?;
    Ok(ProgressBar::new(u64::try_from(length)?).with_style(style))
}
