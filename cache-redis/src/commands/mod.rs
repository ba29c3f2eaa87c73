//! The operations on one key, and on several at once in `batch`, each one round trip.
//!
//! None of them sets a limit to its time: their callers do.

mod batch;
mod incarnation;
mod mutants;
mod near;
pub(crate) mod scripts;
pub(crate) mod sweep;
#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

use redis::{Cmd, Pipeline, Value};
use two_tier_cache_backend::{Acquire, Key, Over, Token};

use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};

pub(crate) use batch::Target;

/// Longer than anything is kept. A server refuses times that its clock cannot add up.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// What a plain read finds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// Nothing.
    Absent,
    /// Bytes, perhaps of another application: [`entry::decode`] tells.
    ///
    /// [`entry::decode`]: two_tier_cache_backend::entry::decode
    Bytes(Vec<u8>),
    /// A list, a hash or the like, which is never ours.
    Foreign,
}

impl Got {
    fn of(reply: Result<Value, CommandError>) -> Result<Self, CommandError> {
        match reply {
            Ok(Value::BulkString(bytes)) => Ok(Self::Bytes(bytes)),
            Ok(Value::Nil) => Ok(Self::Absent),
            Ok(_) => Err(CommandError::unexpected("GET")),
            Err(error) if error.is_wrong_type() => Ok(Self::Foreign),
            Err(error) => Err(error),
        }
    }
}

/// The answer to a request for a lease. Values are bytes, not looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Another holds the lease.
    Busy,
    /// Data of another application.
    Foreign,
    /// A tombstone or a fence.
    Held,
    /// The refresh of this stale value is leased.
    Refresh(Vec<u8>),
    /// A value, or something unreadable.
    Value(Vec<u8>),
    /// The lease is granted.
    Won,
}

/// How an invalidation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The value is gone. A foreign key has none.
    Applied,
    /// The value is gone, but the server has no memory to hold the key for the time it should be.
    Unsettled,
}

impl Connection {
    /// Reads a key, at the cost of one `GET`.
    pub(crate) async fn get(&self, key: &str) -> Result<Got, CommandError> {
        // With room for all of it: it is what is sent most.
        let mut get = Cmd::with_capacity(2, "GET".len() + key.len());
        get.arg("GET").arg(key);
        Got::of(self.send(&get).await)
    }

    /// Asks for the right to fill a key.
    ///
    /// # Cancel safety
    ///
    /// The lease may be granted all the same, and stands until it runs out or is released.
    pub(crate) async fn acquire(
        &self,
        key: &Key,
        request: Acquire,
    ) -> Result<Answer, CommandError> {
        let (mode, id) = match &request.over {
            Over::Absent => ("", &[][..]),
            Over::Everything => ("all", &[][..]),
            Over::Unreadable(id) => ("id", &id.as_bytes()[..]),
        };
        let mut call = scripts::ACQUIRE.on(key.as_str());
        call.arg(request.token.as_bytes()).arg(millis(request.lease_ttl)).arg(mode).arg(id);
        answer(self.call(&call).await?).ok_or_else(|| CommandError::unexpected("ACQUIRE"))
    }

    /// Stores the bytes of a value if the lease or refresh of its token still stands.
    ///
    /// # Cancel safety
    ///
    /// The value may be stored all the same.
    pub(crate) async fn fill(
        &self,
        key: &Key,
        token: Token,
        bytes: &[u8],
        ttl: Duration,
    ) -> Result<bool, CommandError> {
        let mut call = scripts::FILL.on(key.as_str());
        call.arg(token.as_bytes()).arg(bytes).arg(millis(ttl));
        yes_or_no(&self.call(&call).await?, "FILL")
    }

    /// Prolongs a lease or refresh; `false` if it no longer stands.
    pub(crate) async fn renew(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
    ) -> Result<bool, CommandError> {
        let mut call = scripts::RENEW.on(key.as_str());
        call.arg(token.as_bytes()).arg(millis(lease));
        yes_or_no(&self.call(&call).await?, "RENEW")
    }

    /// Gives a lease or refresh back, if it still stands.
    pub(crate) async fn release(&self, key: &Key, token: Token) -> Result<(), CommandError> {
        let mut call = scripts::RELEASE.on(key.as_str());
        call.arg(token.as_bytes());
        self.call(&call).await.map(drop)
    }

    /// Invalidates a key and holds it for `settle`; with a writer, ends the write of that writer.
    ///
    /// # Cancel safety
    ///
    /// It may be applied all the same. Once more is harmless.
    pub(crate) async fn invalidate(
        &self,
        key: &str,
        writer: Option<Token>,
        settle: Duration,
    ) -> Result<Outcome, CommandError> {
        batch::outcome(&self.call(&batch::invalidate(key, writer, settle)).await?)
    }

    /// Marks that a writer is at work; `false` if the key is foreign.
    ///
    /// # Cancel safety
    ///
    /// The fence may stand all the same, until it is finished or runs out.
    pub(crate) async fn fence(
        &self,
        key: &Key,
        writer: Token,
        lasting: Duration,
    ) -> Result<bool, CommandError> {
        yes_or_no(&self.call(&batch::fence(key, writer, lasting)).await?, "FENCE")
    }

    /// The milliseconds of the server's clock, from a server that can work: not one that loads, is
    /// busy with a script, or is a replica.
    pub(crate) async fn probe(&self) -> Result<u64, CommandError> {
        let mut commands = Pipeline::with_capacity(2);
        commands.add_command(scripts::CLOCK.alone()).cmd("ROLE");
        let replies = self.send_all(&commands).await?;
        let [clock, role] = <[Value; 2]>::try_from(replies)
            .map_err(|_| CommandError::unexpected("a probe"))?
            .map(|reply| reply.extract_error().map_err(CommandError::from));
        check_role(role)?;
        let time = match clock {
            Err(error) if error.is_no_script() => self.call(&scripts::CLOCK.alone()).await?,
            other => other?,
        };
        integer(&time)
            .and_then(|time| u64::try_from(time).ok())
            .ok_or_else(|| CommandError::unexpected("CLOCK"))
    }
}

/// Refuses every role but that of a master. A server that does not tell is taken for one.
fn check_role(reply: Result<Value, CommandError>) -> Result<(), CommandError> {
    match reply {
        Ok(Value::Array(role)) => match role.first() {
            Some(Value::BulkString(name)) if name == b"master" => Ok(()),
            _ => Err(CommandError::new(Kind::Unready, "a replica")),
        },
        Ok(_) => Err(CommandError::unexpected("ROLE")),
        Err(error) if error.kind == Kind::Refused => Ok(()),
        Err(error) => Err(error),
    }
}

/// The numbers are those at the top of `acquire.lua`.
fn answer(reply: Value) -> Option<Answer> {
    match reply {
        Value::Int(0) => Some(Answer::Busy),
        Value::Int(1) => Some(Answer::Foreign),
        Value::Int(2) => Some(Answer::Held),
        Value::Int(5) => Some(Answer::Won),
        Value::Array(parts) => match <[Value; 2]>::try_from(parts).ok()? {
            [Value::Int(3), Value::BulkString(bytes)] => Some(Answer::Refresh(bytes)),
            [Value::Int(4), Value::BulkString(bytes)] => Some(Answer::Value(bytes)),
            _ => None,
        },
        _ => None,
    }
}

fn yes_or_no(reply: &Value, operation: &str) -> Result<bool, CommandError> {
    match integer(reply) {
        Some(0) => Ok(false),
        Some(1) => Ok(true),
        _ => Err(CommandError::unexpected(operation)),
    }
}

fn integer(reply: &Value) -> Option<i64> {
    match reply {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

/// Whole milliseconds, never fewer than `time` and never none: a server does not take none.
fn millis(time: Duration) -> u64 {
    let up = time.min(LONGEST).as_nanos().div_ceil(1_000_000);
    u64::try_from(up).unwrap_or(u64::MAX).max(1)
}
