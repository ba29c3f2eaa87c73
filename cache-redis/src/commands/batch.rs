//! Invalidations, one or many at once.

use std::time::Duration;

use redis::{Cmd, Value};
use two_tier_cache_backend::Token;

use super::{Outcome, millis};
use crate::commands::scripts;
use crate::connect::connection::Connection;
use crate::error::CommandError;

/// A key to invalidate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) key: &'a str,
    /// The writers that end their write with it, if any.
    pub(crate) writers: &'a [Token],
    pub(crate) settle: Duration,
}

impl Connection {
    /// Invalidates all these keys in one round trip; tells for each how it ended.
    ///
    /// # Cancel safety
    ///
    /// As [`invalidate`](Self::invalidate), for each.
    pub(crate) async fn invalidate_all(
        &self,
        targets: &[Target<'_>],
    ) -> Result<Vec<Result<Outcome, CommandError>>, CommandError> {
        let calls: Vec<Cmd> = targets.iter().flat_map(calls).collect();
        let mut replies = self.call_all(&calls).await?.into_iter();
        let outcomes = targets.iter().map(|target| {
            let own = replies.by_ref().take(calls_for(target));
            own.map(|reply| outcome(&reply?)).fold(Ok(Outcome::Applied), worse)
        });
        Ok(outcomes.collect())
    }
}

/// As many as [`calls`] makes.
fn calls_for(target: &Target<'_>) -> usize {
    target.writers.len().max(1)
}

/// One call for each writer, or one without.
fn calls(target: &Target<'_>) -> Vec<Cmd> {
    let Target { key, writers, settle } = *target;
    if writers.is_empty() {
        return vec![invalidate(key, None, settle)];
    }
    writers.iter().map(|&writer| invalidate(key, Some(writer), settle)).collect()
}

pub(super) fn invalidate(key: &str, writer: Option<Token>, settle: Duration) -> Cmd {
    let mut call = scripts::INVALIDATE.on(key);
    call.arg(writer.as_ref().map_or(&[][..], |writer| writer.as_bytes()));
    call.arg(if settle.is_zero() { 0 } else { millis(settle) });
    call
}

/// The numbers are those at the top of `invalidate.lua`; 0 is a foreign key.
pub(super) fn outcome(reply: &Value) -> Result<Outcome, CommandError> {
    match reply {
        Value::Int(0 | 1) => Ok(Outcome::Applied),
        Value::Int(2) => Ok(Outcome::Unsettled),
        _ => Err(CommandError::unexpected("INVALIDATE")),
    }
}

fn worse(
    one: Result<Outcome, CommandError>,
    other: Result<Outcome, CommandError>,
) -> Result<Outcome, CommandError> {
    Ok(match (one?, other?) {
        (Outcome::Applied, Outcome::Applied) => Outcome::Applied,
        _ => Outcome::Unsettled,
    })
}
