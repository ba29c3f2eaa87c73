//! What a write needs of one key or of many at once: invalidations, and fences before them.

use std::time::Duration;

use redis::{Cmd, Value};
use two_tier_cache_backend::{Key, Token};

use super::{Outcome, millis, yes_or_no};
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

impl Connection {
    /// Marks in one round trip that a writer is at work on all these keys. A foreign key needs no
    /// mark, for nothing of ours is read there.
    ///
    /// # Cancel safety
    ///
    /// Any of the fences may stand all the same, until it is finished or runs out.
    pub(crate) async fn fence_all(
        &self,
        keys: &[Key],
        writer: Token,
        lasting: Duration,
    ) -> Result<(), CommandError> {
        let calls: Vec<Cmd> = keys.iter().map(|key| fence(key, writer, lasting)).collect();
        for reply in self.call_all(&calls).await? {
            yes_or_no(&reply?, "FENCE")?;
        }
        Ok(())
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

pub(super) fn fence(key: &Key, writer: Token, lasting: Duration) -> Cmd {
    let mut call = scripts::FENCE.on(key.as_str());
    call.arg(writer.as_bytes()).arg(millis(lasting));
    call
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
