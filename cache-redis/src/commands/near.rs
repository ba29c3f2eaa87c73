//! Reads of which the server is to remember that they were made.

use std::time::Duration;

use redis::{Pipeline, Value};
use two_tier_cache_backend::mutant;

use super::{Got, integer};
use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};

impl Connection {
    /// Asks the server to tell of changes: of the keys that are read with [`get_near`](Self::get_near),
    /// and of no others.
    pub(crate) async fn track(&self) -> Result<(), CommandError> {
        let mut command = redis::cmd("CLIENT");
        command.arg("TRACKING").arg("ON").arg("OPTIN");
        self.send(&command).await.map(drop)
    }

    /// Reads a key, and what is left of its time to live; of its next change the server tells.
    ///
    /// The three commands are sent as one. Should the key change between the last two, it tells.
    pub(crate) async fn get_near(
        &self,
        key: &str,
    ) -> Result<(Got, Option<Duration>), CommandError> {
        let mut commands = Pipeline::with_capacity(3);
        if mutant("near-untracked-get") {
            commands.cmd("PING");
        } else {
            commands.cmd("CLIENT").arg("CACHING").arg("YES");
        }
        commands.cmd("GET").arg(key).cmd("PTTL").arg(key);
        let replies = self.send_all(&commands).await?;
        let [caching, got, left] = <[Value; 3]>::try_from(replies)
            .map_err(|_| CommandError::unexpected("a tracked GET"))?
            .map(|reply| reply.extract_error().map_err(CommandError::from));
        let got = Got::of(got)?;
        // A refusal of either takes nothing from what was read.
        let left = match (caching, left) {
            (Ok(_), Ok(left)) => integer(&left).and_then(|left| u64::try_from(left).ok()),
            (Err(error), _) | (_, Err(error)) if error.kind != Kind::Refused => return Err(error),
            _ => None,
        };
        Ok((got, left.map(Duration::from_millis)))
    }
}
