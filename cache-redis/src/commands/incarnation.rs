//! Which incarnation of a server answers.

use std::hash::Hasher;

use redis::{Pipeline, Value};
use twox_hash::XxHash3_64;

use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};

impl Connection {
    /// Asks the server which incarnation it is: of its process, and of its data since the last
    /// failover. The second tells a primary that others have failed back to from the one it was.
    pub(crate) async fn ask_incarnation(&self) -> Result<u64, CommandError> {
        let mut commands = Pipeline::with_capacity(2);
        commands.cmd("INFO").arg("server").cmd("INFO").arg("replication");
        let mut hash = XxHash3_64::new();
        let replies = self.send_all(&commands).await?;
        for (reply, name) in replies.into_iter().zip(["run_id", "master_replid"]) {
            let found = reply.extract_error().ok().and_then(|reply| field(&reply, name));
            let Some(found) = found else {
                let text = format!(
                    "`INFO` does not tell the {name}, which failover=strict and large values need"
                );
                return Err(CommandError::new(Kind::Unready, text));
            };
            hash.write(found.as_bytes());
            hash.write(&[0]);
        }
        // 0 stands for none.
        Ok(hash.finish().max(1))
    }
}

/// A field of what `INFO` answers.
fn field(reply: &Value, name: &str) -> Option<String> {
    let text = match reply {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::VerbatimString { text, .. } => text.clone(),
        _ => return None,
    };
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(value.trim_end().to_owned()).filter(|value| !value.is_empty())
}
